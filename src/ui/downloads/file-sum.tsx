/** The sha256 that a saved file should have, and lines that compare it: a browser tells nobody what its disk holds. */
import type { JobView } from '../../page/model.ts';
import { CopyButton } from '../copy/copy-button.tsx';
import { LoadCommands } from './load-commands.tsx';

export function FileSum({ sum, checkCommands }: Pick<JobView, 'sum' | 'checkCommands'>) {
  if (sum === undefined) return <p class="muted">Making the file’s sha256…</p>;
  if ('missing' in sum) {
    return (
      <p class="job-notice">
        There is no sha256 to compare the file with: {sum.missing}. A file that was cut short cannot be loaded.
      </p>
    );
  }
  return (
    <>
      <dl class="load-commands">
        <div>
          <dt class="muted">sha256</dt>
          <dd>
            <code>{sum.hex}</code>
            <CopyButton name="Copy the file’s sha256" text={sum.hex} />
          </dd>
        </div>
      </dl>
      <details>
        <summary>Compare the file on disk with it</summary>
        <LoadCommands commands={checkCommands} />
      </details>
    </>
  );
}

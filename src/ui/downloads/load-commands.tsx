/** The line that loads the file, for each tool that reads it. */
import type { LoadCommand } from '../../page/model.ts';
import { CopyButton } from '../copy/copy-button.tsx';

export function LoadCommands(props: { commands: readonly LoadCommand[] }) {
  return (
    <dl class="load-commands">
      {props.commands.map(({ tool, line }) => (
        <div key={tool}>
          <dt class="muted">{tool}</dt>
          <dd>
            <code>{line}</code>
            <CopyButton name={`Copy the ${tool} command`} text={line} />
          </dd>
        </div>
      ))}
    </dl>
  );
}

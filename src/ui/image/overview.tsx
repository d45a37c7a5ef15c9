/** What an image is: what it runs and its layers at once, and around them the answers to what else is asked first. */
import type { Digest } from '../../core/digest.ts';
import type { Actions, PlatformImage, ReadyImage } from '../../page/model.ts';
import { CopyButton } from '../copy/copy-button.tsx';
import { lazily } from '../lazy/lazily.tsx';
import type { Address } from './address.ts';
import { LayerBar } from './layer-bar.tsx';
import { imageRows } from './layer-rows.ts';
import { LayerTable } from './layer-table.tsx';
import { formatShellLine } from './shell-line.ts';
import './overview.css';

const Answers = lazily(async () => (await import('../overview/answers.tsx')).Answers);
const Details = lazily(async () => (await import('../overview/details.tsx')).Details);

export function Overview(props: {
  image: ReadyImage;
  selected: PlatformImage;
  address: Address;
  choosePlatform: (digest: Digest) => void;
  unpackedSizes: Actions['unpackedSizes'];
}) {
  const { image, selected, address, choosePlatform, unpackedSizes } = props;
  const { config } = selected;
  const rows = imageRows(selected);
  return (
    <div class="overview">
      <CommandLine entrypoint={config.entrypoint ?? []} cmd={config.cmd ?? []} />
      <section class="answers">
        <Answers {...{ image, selected, address, unpackedSizes }} />
      </section>
      <section>
        <h2>
          Layers <span class="muted">{rows.length}</span>
        </h2>
        {rows.length === 0 ? (
          <p class="muted">This image has no layers: its file system is empty.</p>
        ) : (
          <>
            <LayerBar rows={rows} address={address} />
            <LayerTable name="Layers" noteName="Created by" rows={rows} />
          </>
        )}
      </section>
      <Details {...{ image, selected, address, choosePlatform }} />
    </div>
  );
}

function CommandLine(props: { entrypoint: readonly string[]; cmd: readonly string[] }) {
  const line = formatShellLine([...props.entrypoint, ...props.cmd]);
  if (line === '') {
    return <p class="muted">No entry point and no command: whoever starts this image says what it runs.</p>;
  }
  return (
    <section>
      <h2>Runs</h2>
      <div class="command-line">
        <code>
          {props.entrypoint.length > 0 && <span title="Entry point">{formatShellLine(props.entrypoint)}</span>}
          {props.entrypoint.length > 0 && props.cmd.length > 0 && ' '}
          {props.cmd.length > 0 && (
            <span class="command-line-cmd" title="Command: what arguments of docker run replace">
              {formatShellLine(props.cmd)}
            </span>
          )}
        </code>
        <CopyButton name="Copy command line" text={line} />
      </div>
    </section>
  );
}

/** What an image is: what it runs, its facts, its layers, its platforms, what it states about itself. */
import type { Digest } from '../../core/digest.ts';
import type { PlatformImage, ReadyImage } from '../../page/model.ts';
import { CopyButton } from '../copy/copy-button.tsx';
import type { Address } from './address.ts';
import { ImageFacts } from './facts.tsx';
import { KeyValues } from './key-values.tsx';
import { LayerBar } from './layer-bar.tsx';
import { imageRows } from './layer-rows.ts';
import { LayerTable } from './layer-table.tsx';
import { PlatformList } from './platform-list.tsx';
import { formatShellLine } from './shell-line.ts';
import './overview.css';

export function Overview(props: {
  image: ReadyImage;
  selected: PlatformImage;
  address: Address;
  choosePlatform: (digest: Digest) => void;
}) {
  const { image, selected, address } = props;
  const { config, manifest } = selected;
  const rows = imageRows(selected);
  return (
    <div class="overview">
      <CommandLine entrypoint={config.entrypoint ?? []} cmd={config.cmd ?? []} />
      <ImageFacts image={image} selected={selected} />
      <section>
        <h2>
          Layers <span class="muted">{rows.length}</span>
        </h2>
        {rows.length === 0 ? (
          <p class="muted">This image has no layers: its file system is empty.</p>
        ) : (
          <>
            <LayerBar rows={rows} address={address} />
            <LayerTable name="Layers" noteName="Created by" rows={rows} detail="short" />
          </>
        )}
      </section>
      {image.root.kind === 'index' && (
        <PlatformList
          platforms={image.platforms}
          others={image.otherChildren}
          selected={image.selectedDigest}
          choose={props.choosePlatform}
        />
      )}
      <KeyValues title="Environment" entries={config.env.map(splitVariable)} />
      <KeyValues title="Labels" entries={Object.entries(config.labels)} />
      <KeyValues title="Annotations of the manifest" entries={Object.entries(manifest.annotations)} />
      {image.root.kind === 'index' && (
        <KeyValues title="Annotations of the index" entries={Object.entries(image.root.annotations)} />
      )}
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

function splitVariable(variable: string): [name: string, value: string] {
  const equals = variable.indexOf('=');
  return equals < 0 ? [variable, ''] : [variable.slice(0, equals), variable.slice(equals + 1)];
}

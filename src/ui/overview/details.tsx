/** What an image states beside its layers: other platforms, where programs are looked for, environment, labels. */
import type { Digest } from '../../core/digest.ts';
import type { PlatformImage, ReadyImage } from '../../page/model.ts';
import type { Address } from '../image/address.ts';
import { KeyValues } from '../image/key-values.tsx';
import { PlatformList } from '../image/platform-list.tsx';

export interface DetailsProps {
  readonly image: ReadyImage;
  readonly selected: PlatformImage;
  readonly address: Address;
  readonly choosePlatform: (digest: Digest) => void;
}

export function Details({ image, selected, address, choosePlatform }: DetailsProps) {
  const { config, manifest } = selected;
  return (
    <>
      {image.root.kind === 'index' && (
        <PlatformList
          platforms={image.platforms}
          others={image.otherChildren}
          selected={image.selectedDigest}
          choose={choosePlatform}
        />
      )}
      <SearchPath env={config.env} address={address} />
      <KeyValues title="Environment" entries={config.env.map(splitVariable)} />
      <KeyValues title="Labels" entries={Object.entries(config.labels)} />
      <KeyValues title="Annotations of the manifest" entries={Object.entries(manifest.annotations)} />
      {image.root.kind === 'index' && (
        <KeyValues title="Annotations of the index" entries={Object.entries(image.root.annotations)} />
      )}
    </>
  );
}

/** Each directory of `PATH` leads to what is in it. */
function SearchPath({ env, address }: { env: readonly string[]; address: Address }) {
  const path = env.map(splitVariable).find(([name]) => name === 'PATH')?.[1] ?? '';
  const directories = [...new Set(path.split(':'))].filter((directory) => directory.startsWith('/'));
  if (directories.length === 0) return null;
  return (
    <section>
      <h2>Programs on PATH</h2>
      <ul class="platform-buttons">
        {directories.map((directory) => (
          <li key={directory}>
            <a class="button button-small" href={address({ view: 'files', path: directory })}>
              <code>{directory}</code>
            </a>
          </li>
        ))}
      </ul>
    </section>
  );
}

function splitVariable(variable: string): [name: string, value: string] {
  const equals = variable.indexOf('=');
  return equals < 0 ? [variable, ''] : [variable.slice(0, equals), variable.slice(equals + 1)];
}

/** The manifest as sent; under it the index that led to it. */
import type { ReadyImage } from '../../page/model.ts';
import { JsonDocument } from '../json/json-document.tsx';

const TITLES = {
  index: 'Index',
  image: 'Image manifest',
  artifact: 'Artifact manifest',
  schema1: 'Schema 1 manifest',
} as const satisfies Record<ReadyImage['root']['kind'], string>;

export function ManifestView(props: { image: ReadyImage }) {
  const { root, selected } = props.image;
  return (
    <>
      {selected !== undefined && selected.manifest.digest !== root.digest && (
        <JsonDocument
          title={TITLES.image}
          noun="manifest"
          bytes={selected.manifest.bytes}
          digest={selected.manifest.digest}
        />
      )}
      <JsonDocument
        title={TITLES[root.kind]}
        noun={root.kind === 'index' ? 'index' : 'manifest'}
        bytes={root.bytes}
        digest={root.digest}
      />
    </>
  );
}

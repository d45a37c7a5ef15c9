/** The view `manifest`: the manifest as sent; under it the index that led to it. And the view `config`. */
import { useMemo } from 'preact/hooks';
import type { Digest } from '../../core/digest.ts';
import type { JsonDocumentKind } from '../../core/json/json-links.ts';
import type { PlatformImage, ReadyImage } from '../../page/model.ts';
import type { Address } from '../image/address.ts';
import { JsonDocument } from './json-document.tsx';
import { hrefsOf } from './json-hrefs.ts';
import { findPointed, pointedText, readJsonText } from './json-text.ts';

const TITLES = {
  index: 'Index',
  image: 'Image manifest',
  artifact: 'Artifact manifest',
  schema1: 'Schema 1 manifest',
} as const satisfies Record<ReadyImage['root']['kind'], string>;

interface Part {
  readonly title: string;
  readonly noun: string;
  readonly kind: JsonDocumentKind;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly digest: Digest;
}

export interface JsonViewProps {
  readonly image: ReadyImage;
  /** What the link selects. */
  readonly json: string | undefined;
  readonly address: Address;
}

export function ManifestView(props: JsonViewProps) {
  const { root, selected } = props.image;
  const parts = useMemo(() => {
    const main = { ...root, title: TITLES[root.kind], noun: root.kind === 'index' ? 'index' : 'manifest' };
    const chosen = selected?.manifest;
    return chosen === undefined || chosen.digest === root.digest
      ? [main]
      : [{ ...chosen, title: TITLES.image, noun: 'manifest' }, main];
  }, [root, selected?.manifest]);
  return <Documents {...props} parts={parts} />;
}

export function ConfigView(props: JsonViewProps & { selected: PlatformImage }) {
  const { config, manifest } = props.selected;
  const parts = useMemo(
    (): Part[] => [
      { title: 'Image config', noun: 'config', kind: 'config', bytes: config.bytes, digest: manifest.config.digest },
    ],
    [config, manifest],
  );
  return <Documents {...props} parts={parts} />;
}

function Documents(props: JsonViewProps & { parts: readonly Part[] }) {
  const { image, json, address, parts } = props;
  const documents = useMemo(() => parts.map((part) => ({ ...part, ...readJsonText(part.bytes) })), [parts]);
  const pointed = findPointed(documents, json);
  const hrefOf = hrefsOf(image, address);
  return (
    <>
      {json !== undefined && pointed === undefined && (
        <p class="muted">The link selects {json || 'a document'}, and nothing is there.</p>
      )}
      {documents.map((document) => (
        <JsonDocument
          key={document.digest}
          {...document}
          text={document}
          pointer={pointed?.digest === document.digest ? pointed.pointer : undefined}
          hrefOf={hrefOf}
          addressOf={(pointer) =>
            address({ json: pointer === undefined ? undefined : pointedText(documents, document.digest, pointer) })
          }
        />
      ))}
    </>
  );
}

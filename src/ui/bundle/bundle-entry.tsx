/** One entry of the bundle: what it leads to, what each platform of it adds, and what is wrong with it. */
import type { Digest as DigestText } from '../../core/digest.ts';
import type { BundledImageView, BundleEntryView } from '../../page/bundle/model.ts';
import { Digest } from '../digest/digest.tsx';
import { ErrorAlert } from '../error/error-alert.tsx';
import { formatExactBytes, formatSize } from '../format-size.ts';
import { ZstdWarning } from '../formats/zstd-warning.tsx';
import { EntryPlatforms } from './entry-platforms.tsx';

/** Another attempt sees the same. */
const IS_FINAL = /^(?:reference|platform|route|manifest)-/;

export interface BundleEntryProps {
  readonly entry: BundleEntryView;
  readonly remove: () => void;
  readonly retry: () => void;
  readonly choosePlatform: (digest: DigestText, chosen: boolean) => void;
}

export function BundleEntry({ entry, remove, retry, choosePlatform }: BundleEntryProps) {
  const { title, address, root, doing } = entry;
  return (
    <li class="bundle-entry">
      <div class="bundle-head">
        <h2>
          {address === undefined ? (
            <code>{title}</code>
          ) : (
            <a href={address}>
              <code>{title}</code>
            </a>
          )}
        </h2>
        {root !== undefined && <Digest digest={root} />}
        {entry.pinned && <span class="bundle-pinned">pinned</span>}
        <button type="button" class="button button-small bundle-remove" aria-label={`Remove ${title}`} onClick={remove}>
          Remove
        </button>
      </div>
      {entry.images.length > 0 && (
        <ul class="bundle-images">
          {entry.images.map((image) => (
            <ImageLine key={image.digest} image={image} title={title} />
          ))}
        </ul>
      )}
      <output class="muted">{doing === undefined ? '' : `${doing.charAt(0).toUpperCase()}${doing.slice(1)}…`}</output>
      {entry.errors.map((error) => (
        <ErrorAlert key={`${error.code} ${error.message}`} error={error}>
          {!IS_FINAL.test(error.code) && (
            <button type="button" class="button button-small" onClick={retry}>
              Retry
            </button>
          )}
          {address !== undefined && (
            <a class="button button-small" href={address}>
              Open its page
            </a>
          )}
        </ErrorAlert>
      ))}
      {entry.choices.length > 1 && <EntryPlatforms entry={entry} choose={choosePlatform} />}
      {entry.images.some(({ zstd }) => zstd) && <ZstdWarning format="docker+oci" />}
    </li>
  );
}

function ImageLine({ image, title }: { image: BundledImageView; title: string }) {
  const { platform, address, bytes, sharedBytes } = image;
  return (
    <li>
      <a href={address}>{platform}</a>
      <span class="number" title={formatExactBytes(bytes)}>
        {formatSize(bytes)}
      </span>
      <span class="muted" title={`${formatExactBytes(bytes - sharedBytes)} of its own`}>
        {sharedBytes === 0 ? 'shares nothing' : `${formatSize(sharedBytes)} of it shared`}
      </span>
      {image.loadsAs !== title && <span class={image.renamed ? 'bundle-renamed' : 'muted'}>{nameWords(image)}</span>}
    </li>
  );
}

function nameWords({ loadsAs, renamed }: BundledImageView): string {
  if (loadsAs === undefined) return renamed ? 'loads without a tag: another image has it' : 'loads without a tag';
  return `loads as ${loadsAs}`;
}

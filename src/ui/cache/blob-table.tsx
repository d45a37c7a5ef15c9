/** The layers in the cache, last used first. */
import type { Digest as DigestText } from '../../core/digest.ts';
import type { CacheView, Check } from '../../page/cache.ts';
import { Age } from '../age/age.tsx';
import { Digest } from '../digest/digest.tsx';
import { formatExactBytes, formatSize } from '../format-size.ts';

type CachedBlob = CacheView['blobs'][number];

export function BlobTable(props: {
  blobs: readonly CachedBlob[];
  checks: ReadonlyMap<DigestText, Check>;
  remove: (digest: DigestText) => void;
}) {
  return (
    <div class="cache-scroll">
      <table class="table cache-table" aria-label="Layers in the cache">
        <thead>
          <tr>
            <th>Layer</th>
            <th class="number">Size</th>
            <th>Images</th>
            <th>Last used</th>
            <th>State</th>
            <th>
              <span class="unseen">Remove</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {props.blobs.map((blob) => (
            <tr key={blob.digest}>
              <td>
                <Digest digest={blob.digest} />
              </td>
              <td class="number" title={formatExactBytes(blob.size)}>
                {formatSize(blob.size)}
              </td>
              <td>
                <Images images={blob.images} />
              </td>
              <td>
                <Age at={new Date(blob.usedAtMs).toISOString()} suffix="ago" />
              </td>
              <td>{stateWords(blob, props.checks.get(blob.digest))}</td>
              <td>
                <button
                  type="button"
                  class="button button-small"
                  aria-label={`Remove ${blob.digest}`}
                  onClick={() => props.remove(blob.digest)}
                >
                  Remove
                </button>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Images({ images }: { images: readonly string[] }) {
  if (images.length === 0) return <span class="muted">unknown</span>;
  return (
    <ul class="cache-images">
      {images.map((image) => (
        <li key={image}>
          <a href={`#/${image}`}>{image}</a>
        </li>
      ))}
    </ul>
  );
}

function stateWords(blob: CachedBlob, check: Check | undefined): string {
  if (check?.phase === 'checking') return `verifying, ${Math.floor((check.bytes / Math.max(1, blob.size)) * 100)} %`;
  if (check?.phase === 'right') return 'verified just now';
  if (check?.phase === 'wrong') return `damaged: ${check.error.seen}`;
  if (blob.complete) return 'whole';
  return `${formatSize(blob.storedBytes)} of it`;
}

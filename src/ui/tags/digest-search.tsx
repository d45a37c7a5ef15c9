/** Which tags have the digest that is shown. Registries do not tell, so each tag is asked for: only on request. */
import type { ReadyImage } from '../../page/model.ts';
import type { Tags } from '../../page/tags-model.ts';
import { ErrorAlert } from '../error/error-alert.tsx';
import { imageAddress } from './image-address.ts';

const NAMED_AT_MOST = 50;

export function DigestSearch(props: { image: ReadyImage; tags: Tags; asked: readonly string[] }) {
  const { image, tags } = props;
  const search = tags.search.value;
  const unknown = props.asked.filter((tag) => !search.digests.has(tag)).length;
  const known = props.asked.length - unknown;
  const matching = props.asked.filter((tag) => search.digests.get(tag) === image.root.digest);
  const find = (pulls: boolean) => void tags.find(props.asked, { pulls });
  if (props.asked.length === 0 && search.phase !== 'asking') return null;
  return (
    <div class="digest-search">
      {search.phase === 'asking' ? (
        <p class="digest-search-line">
          <progress aria-label="Tags asked" max={search.total} value={search.asked} />
          <span class="muted number">
            {search.asked} of {search.total}
          </span>
          <button type="button" class="button button-small" onClick={tags.stopSearch}>
            Stop
          </button>
        </p>
      ) : search.phase === 'costs' ? (
        <p class="digest-search-line">
          <span>
            This registry hides the digests of tags from web pages. Their manifests can be read instead: {unknown}{' '}
            {unknown === 1 ? 'request' : 'requests'}, each counted as a pull where pulls are limited.
          </span>
          <button type="button" class="button button-small" onClick={() => find(true)}>
            Read {unknown} {unknown === 1 ? 'manifest' : 'manifests'}
          </button>
        </p>
      ) : (
        unknown > 0 && (
          <p class="digest-search-line">
            <button type="button" class="button button-small" onClick={() => find(false)}>
              Find tags of this digest
            </button>
            <span class="muted">
              {search.phase === 'stopped' && search.error === undefined && 'Stopped. '}
              Asks for {unknown === 1 ? 'one tag' : `each of ${unknown.toLocaleString('en')} tags`} by HEAD, which
              counts as no pull.
            </span>
          </p>
        )
      )}
      {search.error !== undefined && (
        <ErrorAlert error={search.error}>
          <p>What was found before is marked. Find tags of this digest goes on from there.</p>
        </ErrorAlert>
      )}
      {known > 0 && (
        <p>
          {matching.length === 0 ? 'None' : matching.length} of the {known} {known === 1 ? 'tag' : 'tags'} asked{' '}
          {matching.length === 1 ? 'has' : 'have'} this digest
          {matching.length > 0 && ': '}
          {matching.slice(0, NAMED_AT_MOST).map((tag, at) => (
            <span key={tag}>
              {at > 0 && ', '}
              <a href={imageAddress({ ...image.reference, tag, digest: undefined })}>
                <code>{tag}</code>
              </a>
            </span>
          ))}
          {matching.length > NAMED_AT_MOST ? ` and ${matching.length - NAMED_AT_MOST} more, marked below.` : '.'}
        </p>
      )}
    </div>
  );
}

/** Which digests the shown tag had when this browser saw it. */
import type { Reference } from '../../core/reference.ts';
import type { Tags } from '../../page/tags-model.ts';
import { Age } from '../age/age.tsx';
import { Digest } from '../digest/digest.tsx';
import { ErrorAlert } from '../error/error-alert.tsx';
import { imageAddress } from './image-address.ts';

export function TagHistory(props: { reference: Reference; tags: Tags }) {
  const { reference, tags } = props;
  const sightings = [...tags.history.value].reverse();
  const failed = tags.forgetError.value;
  if (sightings.length === 0 && failed === undefined) return null;
  return (
    <section aria-label="Tag history">
      <div class="tag-history-head">
        <h2>
          History of {reference.tag ?? 'latest'} <span class="muted">as this browser saw it</span>
        </h2>
        <button
          type="button"
          class="button button-small button-quiet"
          title="Forgets which digests the tags of all images had"
          onClick={() => void tags.forget()}
        >
          Forget all history
        </button>
      </div>
      {failed !== undefined && <ErrorAlert error={failed} />}
      <ol class="tag-history">
        {sightings.map(({ digest, firstSeenMs, lastSeenMs }, at) => (
          <li key={firstSeenMs}>
            <Digest digest={digest} />
            <span class="muted">
              {at === 0 ? 'since' : 'last seen'} <Age at={at === 0 ? firstSeenMs : lastSeenMs} suffix="ago" />
            </span>
            {at === 0 ? <span class="muted">now</span> : <a href={imageAddress({ ...reference, digest })}>Open it</a>}
          </li>
        ))}
      </ol>
    </section>
  );
}

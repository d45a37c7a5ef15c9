/** Says that a tag no longer names the image that it named when this browser saw it last. */
import { formatReference } from '../../core/reference.ts';
import type { ReadyImage } from '../../page/model.ts';
import type { SeenDigest } from '../../page/tags-model.ts';
import { Age } from '../age/age.tsx';
import { Digest } from '../digest/digest.tsx';
import type { Address } from '../image/address.ts';
import { imageAddress } from './image-address.ts';
import './moved-notice.css';

export function MovedNotice(props: { image: ReadyImage; before: SeenDigest; address: Address }) {
  const { reference, selected } = props.image;
  const { registry, repository } = reference;
  const { digest, lastSeenMs } = props.before;
  const old = formatReference({ registry, repository, digest });
  return (
    <p class="moved-notice" role="status">
      <span>
        This tag has moved since <Age at={lastSeenMs} suffix="ago" />: it was
      </span>
      <Digest digest={digest} />
      <a href={imageAddress({ ...reference, digest })}>Open the old image</a>
      {selected !== undefined && <a href={props.address({ view: 'compare', layer: undefined, with: old })}>Compare</a>}
    </p>
  );
}

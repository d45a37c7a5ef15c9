/** Says that a tag no longer names the image that it named when this browser saw it last. */
import type { Reference } from '../../core/reference.ts';
import type { SeenDigest } from '../../page/tags-model.ts';
import { Age } from '../age/age.tsx';
import { Digest } from '../digest/digest.tsx';
import { imageAddress } from './image-address.ts';
import './moved-notice.css';

export function MovedNotice(props: { reference: Reference; before: SeenDigest }) {
  const { reference, before } = props;
  return (
    <p class="moved-notice" role="status">
      <span>
        This tag has moved since <Age at={before.lastSeenMs} suffix="ago" />: it was
      </span>
      <Digest digest={before.digest} />
      <a href={imageAddress({ ...reference, digest: before.digest })}>Open the old image</a>
    </p>
  );
}

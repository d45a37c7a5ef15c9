/** An image that could not be shown: why, and the next step. */
import type { Digest } from '../../core/digest.ts';
import type { ImageState } from '../../page/model.ts';
import { ErrorAlert } from '../error/error-alert.tsx';
import { PlatformButtons } from './platform-list.tsx';

type FailedImage = Extract<ImageState, { phase: 'failed' }>;

export function ImageFailed(props: {
  image: FailedImage;
  reload: () => void;
  choosePlatform: (digest: Digest) => void;
}) {
  const { title, error, transport, platforms = [] } = props.image;
  return (
    <>
      <header class="image-head">
        <h1>{title}</h1>
        {transport !== undefined && (
          <p class="image-facts muted">
            Asked {transport.label}
            {transport.reason !== undefined && ` — ${transport.reason}`}
          </p>
        )}
      </header>
      <ErrorAlert error={error}>
        {platforms.length > 0 ? (
          <PlatformButtons platforms={platforms} choose={props.choosePlatform} />
        ) : (
          <button type="button" class="button" onClick={props.reload}>
            Try again
          </button>
        )}
      </ErrorAlert>
    </>
  );
}

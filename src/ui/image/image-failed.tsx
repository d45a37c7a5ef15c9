/** An image that could not be shown: why, and the next step. */
import type { Digest } from '../../core/digest.ts';
import { readReference } from '../../core/reference.ts';
import type { Credentials } from '../../page/credentials.ts';
import type { ImageState } from '../../page/model.ts';
import { formatRoute } from '../../protocol/route.ts';
import { ErrorAlert } from '../error/error-alert.tsx';
import { SignInForImage } from '../sign-in/sign-in-for-image.tsx';
import { PlatformButtons } from './platform-list.tsx';

/** What has a cause to find: not a wrong platform, not the browser's storage. */
const DIAGNOSED =
  /^(?:network-or-cors|auth-|credentials-refused|not-found|rate-limited|registry-failed|relay-|realm-|manifest-invalid|.+-mismatch)/;

type FailedImage = Extract<ImageState, { phase: 'failed' }>;

export function ImageFailed(props: {
  image: FailedImage;
  credentials: Credentials;
  reload: () => void;
  choosePlatform: (digest: Digest) => void;
}) {
  const { title, error, transport, platforms = [] } = props.image;
  const { registry, repository } = readReference(title);
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
        {transport?.via !== 'static' && DIAGNOSED.test(error.code) && (
          <a class="button" href={formatRoute({ name: 'diagnose', reference: readReference(title) })}>
            Diagnose
          </a>
        )}
      </ErrorAlert>
      <SignInForImage
        error={error}
        registry={transport?.registry ?? registry}
        repository={repository}
        relay={transport?.relay}
        credentials={props.credentials}
        reload={props.reload}
      />
    </>
  );
}

/** What differs between the image that is shown and another one, which comes when this is drawn. */
import { useEffect, useMemo, useState } from 'preact/hooks';
import { asPulltabError, isAbort, type PulltabError } from '../../core/errors.ts';
import { compareImages, type ImageComparison } from '../../core/image-comparison.ts';
import { formatReference, type Reference, ReferenceFault, readReference } from '../../core/reference.ts';
import type { Credentials } from '../../page/credentials.ts';
import type { Actions, ComparableImage, PlatformImage, ReadyImage } from '../../page/model.ts';
import { ErrorAlert } from '../error/error-alert.tsx';
import { formatExactBytes } from '../format-size.ts';
import { SignInForImage } from '../sign-in/sign-in-for-image.tsx';
import { imageAddress } from '../tags/image-address.ts';
import { CompareForm, type CompareFormProps } from './compare-form.tsx';
import { CompareInside } from './compare-inside.tsx';
import { FieldDifferences } from './field-differences.tsx';
import { formatEffect } from './format-effect.ts';
import { HistoryDifferences } from './history-differences.tsx';
import { LayerDifferences } from './layer-differences.tsx';
import './compare-view.css';

export interface CompareViewProps extends Omit<CompareFormProps, 'text'> {
  readonly image: ReadyImage;
  readonly selected: PlatformImage;
  /** The other image's reference, as the link has it. */
  readonly text: string | undefined;
  /** The file whose contents are compared. */
  readonly path: string | undefined;
  readonly compare: Actions['compare'];
  readonly inspectFiles: Actions['inspectFiles'];
  readonly credentials: Credentials;
}

export function CompareView(props: CompareViewProps) {
  const text = props.text ?? '';
  return (
    <div class="compare">
      <CompareForm {...props} text={text} />
      {text !== '' && <Compared {...props} text={text} />}
    </div>
  );
}

function Compared(props: CompareViewProps & { text: string }) {
  const { image, selected, text } = props;
  const [attempt, setAttempt] = useState(0);
  const [other, error] = useOther(props, attempt);
  const comparison = useMemo(() => other && compareImages(other.selected, selected), [other, selected]);
  if (error !== undefined)
    return <Failed {...{ error, text, image }} {...props} again={() => setAttempt(attempt + 1)} />;
  if (other === undefined || comparison === undefined) return <p class="muted">Opening {text}…</p>;
  return (
    <>
      <dl class="compare-images">
        <div>
          <dt>was</dt>
          <dd>
            <a href={imageAddress(other.reference)}>{other.title}</a>
          </dd>
        </div>
        <div>
          <dt>is</dt>
          <dd>{formatReference(image.reference)}</dd>
        </div>
      </dl>
      {comparison.sameManifest ? (
        <p>
          <strong>Equal:</strong> both are the same image, byte for byte.
        </p>
      ) : (
        <>
          <Differences comparison={comparison} />
          <HistoryDifferences was={other.selected.config.history} is={selected.config.history} />
          <CompareInside {...props} other={other} />
        </>
      )}
    </>
  );
}

function Failed(props: {
  error: PulltabError;
  text: string;
  image: ReadyImage;
  credentials: Credentials;
  again: () => void;
}) {
  const { error, again } = props;
  const reference = referenceOf(props.text);
  return (
    <>
      <ErrorAlert error={error}>
        <button type="button" class="button" onClick={again}>
          Try again
        </button>
      </ErrorAlert>
      {reference !== undefined && (
        <SignInForImage
          error={error}
          registry={reference.registry}
          repository={reference.repository}
          relay={props.image.transport.relay}
          credentials={props.credentials}
          reload={again}
        />
      )}
    </>
  );
}

function referenceOf(text: string): Reference | undefined {
  try {
    return readReference(text);
  } catch (error) {
    if (error instanceof ReferenceFault) return undefined;
    throw error;
  }
}

function Differences(props: { comparison: ImageComparison }) {
  const { fields, layers, sameConfig, wasBytes, isBytes } = props.comparison;
  return (
    <>
      <p>
        A pull transfers: <strong>{formatEffect(isBytes - wasBytes)}</strong>{' '}
        <span class="muted">
          (was {formatExactBytes(wasBytes)}, is {formatExactBytes(isBytes)})
        </span>
      </p>
      {fields.length === 0 && layers.every(({ kind }) => kind === 'shared') && (
        <p>The settings and the layers are equal; the images differ elsewhere, in annotations or the build history.</p>
      )}
      <FieldDifferences fields={fields} sameConfig={sameConfig} />
      <LayerDifferences layers={layers} />
    </>
  );
}

/** Opened anew for another text and for another image that is shown, not for what else the page learns of the same. */
function useOther(
  { image, text, compare }: { image: ReadyImage; text: string; compare: Actions['compare'] },
  attempt: number,
): [other: ComparableImage | undefined, error: PulltabError | undefined] {
  const [other, setOther] = useState<ComparableImage | undefined>(undefined);
  const [error, setError] = useState<PulltabError | undefined>(undefined);
  const shownDigest = image.selectedDigest;

  // `image` is left out on purpose: of it only the digest decides what the other one is.
  useEffect(() => {
    const left = new AbortController();
    const open = async (): Promise<void> => {
      try {
        const opened = await compare(text, image, left.signal);
        if (!left.signal.aborted) setOther(opened);
      } catch (failure) {
        if (!isAbort(failure) && !left.signal.aborted) setError(asPulltabError(failure, `open ${text}`));
      }
    };
    void open();
    return () => {
      left.abort();
      setOther(undefined);
      setError(undefined);
    };
  }, [shownDigest, text, compare, attempt]);

  return [other, error];
}

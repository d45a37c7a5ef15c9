/** What differs between the image that is shown and another one, which comes when this is drawn. */
import { useEffect, useState } from 'preact/hooks';
import { asPulltabError, isAbort, type PulltabError } from '../../core/errors.ts';
import { compareImages, type ImageComparison } from '../../core/image-comparison.ts';
import { formatReference } from '../../core/reference.ts';
import type { Actions, ComparableImage, PlatformImage, ReadyImage } from '../../page/model.ts';
import { ErrorAlert } from '../error/error-alert.tsx';
import { formatExactBytes } from '../format-size.ts';
import { imageAddress } from '../tags/image-address.ts';
import { FieldDifferences } from './field-differences.tsx';
import { formatEffect } from './format-effect.ts';
import { LayerDifferences } from './layer-differences.tsx';
import './compare-view.css';

export function CompareView(props: {
  image: ReadyImage;
  selected: PlatformImage;
  /** The other image's reference, as the link has it. */
  text: string | undefined;
  compare: Actions['compare'];
}) {
  const { image, selected } = props;
  const text = props.text ?? '';
  const [other, error] = useOther(props.image, text, props.compare);
  if (error !== undefined) return <ErrorAlert error={error} />;
  if (other === undefined) return <p class="muted">Opening {text}…</p>;
  const comparison = compareImages(other.selected, selected);
  return (
    <div class="compare">
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
        <Differences comparison={comparison} />
      )}
    </div>
  );
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
  image: ReadyImage,
  text: string,
  compare: Actions['compare'],
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
  }, [shownDigest, text, compare]);

  return [other, error];
}

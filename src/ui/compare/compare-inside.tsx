/** What is inside of two images: their packages and their files. Both are read for that, which a button starts where it is much. */
import { useEffect, useState } from 'preact/hooks';
import { asPulltabError, isAbort, type PulltabError } from '../../core/errors.ts';
import type { Inspection, Reading } from '../../page/inspection.ts';
import type { Actions, ComparableImage, LayerView, PlatformImage } from '../../page/model.ts';
import { ErrorAlert } from '../error/error-alert.tsx';
import { ReadingState } from '../files/reading-state.tsx';
import { formatSize } from '../format-size.ts';
import type { Address } from '../image/address.ts';
import { FileDifferences } from './file-differences.tsx';
import { PackageDifferences } from './package-differences.tsx';
import '../files/files-view.css';

/** Up to here nobody is asked (bytes). */
const UNASKED_BYTES = 100_000_000;

export interface CompareInsideProps {
  readonly selected: PlatformImage;
  readonly other: ComparableImage;
  readonly path: string | undefined;
  readonly address: Address;
  readonly inspectFiles: Actions['inspectFiles'];
}

export function CompareInside(props: CompareInsideProps) {
  const bytes = bytesToRead([props.selected, props.other.selected]);
  const [asked, setAsked] = useState(bytes <= UNASKED_BYTES || props.path !== undefined);
  if (asked) return <Inside key={props.other.selected.manifest.digest} {...props} />;
  return (
    <section>
      <h2>Packages and files</h2>
      <p class="compare-offers">
        <button type="button" class="button" onClick={() => setAsked(true)}>
          Compare packages and files
        </button>
        <span class="muted">reads {formatSize(bytes)} of layers that are not here yet</span>
      </p>
    </section>
  );
}

function bytesToRead(images: readonly PlatformImage[]): number {
  const layers = images.flatMap((image) => image.layers).filter(({ cached }) => !cached);
  return [...new Map(layers.map(({ digest, size }) => [digest, size])).values()].reduce((sum, size) => sum + size, 0);
}

interface OpenedBoth {
  readonly inspection: Inspection;
  readonly reading: Reading;
}

function Inside(props: CompareInsideProps) {
  const { selected, other } = props;
  const [both, error] = useBoth(props);
  if (error !== undefined) return <ErrorAlert error={error} />;
  if (both === undefined) return <p class="muted">Starting to read the layers…</p>;
  const { inspection, reading } = both;
  const isRead = inspection.phase.value.phase !== 'reading' && reading.phase.value.phase !== 'reading';
  return (
    <>
      <Named name="is" reading={inspection} layers={selected.layers} />
      <Named name={`was ${other.title}`} reading={reading} layers={other.selected.layers} />
      {isRead && (
        <>
          <PackageDifferences inspection={inspection} />
          <FileDifferences inspection={inspection} selected={selected} path={props.path} address={props.address} />
        </>
      )}
    </>
  );
}

/** Which of the two is being read. */
function Named({ name, reading, layers }: { name: string; reading: Reading; layers: readonly LayerView[] }) {
  return (
    <div class="compare-reading">
      {reading.phase.value.phase !== 'ready' && <span class="muted">{name}</span>}
      <ReadingState inspection={reading} layers={layers} />
    </div>
  );
}

/** Reads the other image for as long as this is looked at. */
function useBoth({
  other,
  inspectFiles,
}: CompareInsideProps): [both: OpenedBoth | undefined, error: PulltabError | undefined] {
  const [both, setBoth] = useState<OpenedBoth | undefined>(undefined);
  const [error, setError] = useState<PulltabError | undefined>(undefined);
  useEffect(() => {
    let left = false;
    let inspection: Inspection | undefined;
    const open = async (): Promise<void> => {
      try {
        inspection = await inspectFiles();
        if (left || inspection === undefined) return;
        setBoth({ inspection, reading: inspection.openOther(other) });
      } catch (failure) {
        if (!left && !isAbort(failure)) setError(asPulltabError(failure, `read the files of ${other.title}`));
      }
    };
    void open();
    return () => {
      left = true;
      inspection?.closeOther();
      setBoth(undefined);
      setError(undefined);
    };
  }, [other, inspectFiles]);
  return [both, error];
}

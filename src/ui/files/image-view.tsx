/** A picture of the image's files. Drawn by the browser from a blob: what is in it runs no script and loads nothing. */
import { useEffect, useState } from 'preact/hooks';
import { asPulltabError, isAbort, type PulltabError } from '../../core/errors.ts';
import type { Inspection } from '../../page/inspection.ts';
import type { FileContent, FilePlace } from '../../protocol/inspector.ts';
import { ErrorAlert } from '../error/error-alert.tsx';
import { showName } from './words.ts';

export function ImageView(props: {
  inspection: Inspection;
  place: FilePlace;
  content: FileContent;
  type: string;
  name: string;
}) {
  const { inspection, place, content, type } = props;
  const [address, setAddress] = useState<string | undefined>(undefined);
  const [outcome, setOutcome] = useState<PulltabError | 'undrawn' | { width: number; height: number } | undefined>();
  const { path, layer, of } = place;

  useEffect(() => {
    const control = new AbortController();
    let made: string | undefined;
    const whole =
      content.bytes.length === content.size
        ? Promise.resolve(content)
        : inspection.read({ path, layer, of }, content.size, { signal: control.signal });
    setOutcome(undefined);
    whole.then(
      ({ bytes }) => {
        if (control.signal.aborted) return;
        made = URL.createObjectURL(new Blob([bytes], { type }));
        setAddress(made);
      },
      (failure: unknown) => {
        if (!isAbort(failure)) setOutcome(asPulltabError(failure, `read /${path}`));
      },
    );
    return () => {
      control.abort();
      if (made !== undefined) URL.revokeObjectURL(made);
    };
  }, [inspection, path, layer, of, content, type]);

  if (outcome instanceof Error) return <ErrorAlert error={outcome} />;
  if (outcome === 'undrawn')
    return <p class="muted">The browser cannot draw this picture. Look at its bytes instead.</p>;
  if (address === undefined) return <p class="muted">Reading the picture…</p>;
  return (
    <figure class="file-image">
      <img
        src={address}
        alt={showName(props.name)}
        onLoad={({ currentTarget: { naturalWidth: width, naturalHeight: height } }) => setOutcome({ width, height })}
        onError={() => setOutcome('undrawn')}
      />
      {outcome !== undefined && (
        <figcaption class="muted">
          {outcome.width} × {outcome.height} pixels
        </figcaption>
      )}
    </figure>
  );
}

/** What is in a file: summed up, as text, as a picture or byte by byte, its first mebibyte at first. */
import { useEffect, useMemo, useState } from 'preact/hooks';
import { asPulltabError, isAbort, type PulltabError } from '../../core/errors.ts';
import { fileKind } from '../../core/layer/file-kind.ts';
import type { Inspection } from '../../page/inspection.ts';
import type { FileContent, FileDetails, FilePlace } from '../../protocol/inspector.ts';
import { ErrorAlert } from '../error/error-alert.tsx';
import { formatExactBytes, formatSize } from '../format-size.ts';
import type { Address } from '../image/address.ts';
import { lazily } from '../lazy/lazily.tsx';
import { decodeText, imageTypeOf } from './content-kind.ts';
import { HexView } from './hex-view.tsx';
import { ImageView } from './image-view.tsx';
import { TextView } from './text-view.tsx';
import { baseName, showName } from './words.ts';

const MIB = 1024 * 1024;
/** What is read of a file at first: enough of almost all texts, and soon there. */
const FIRST_BYTES = MIB;
/** Each time more is asked for it is this many times as much. */
const MORE = 8;
/** Larger pictures are shown as bytes only. */
const IMAGE_BYTES = 32 * MIB;

const FileSummaryView = lazily(async () => (await import('./summary/file-summary.tsx')).FileSummaryView);

type Form = 'summary' | 'text' | 'image' | 'hex';
const FORM_LABELS: Readonly<Record<Form, string>> = { summary: 'Summary', text: 'Text', image: 'Image', hex: 'Hex' };

export interface FileContentProps {
  readonly inspection: Inspection;
  readonly place: FilePlace;
  readonly details: FileDetails;
  readonly line: string | undefined;
  readonly address: Address;
}

export function FileContentView(props: FileContentProps) {
  const { details, place } = props;
  const [limit, setLimit] = useState(FIRST_BYTES);
  const read = useContent(props, limit);
  if (read.error !== undefined) {
    return (
      <ErrorAlert error={read.error}>
        <button type="button" class="button" onClick={read.again}>
          Retry
        </button>
      </ErrorAlert>
    );
  }
  if (read.content === undefined) return <Reading progress={read.progress} />;
  const { content } = read;
  const more = {
    isLoading: read.progress !== undefined,
    load: () => setLimit(content.bytes.length * MORE),
  };
  const follows = details.type === 'symlink' && details.resolved !== undefined;
  return (
    <>
      {follows && (
        <p class="files-note">
          Shown is the file that the link leads to: <code>{showName(`/${details.resolved}`)}</code>.
        </p>
      )}
      <Forms {...props} content={content} more={more} name={baseName(details.resolved ?? place.path)} />
    </>
  );
}

interface More {
  readonly isLoading: boolean;
  readonly load: () => void;
}

function Rest({ content: { bytes, size }, more }: { content: FileContent; more: More }) {
  if (bytes.length === size) return null;
  return (
    <p class="file-more">
      <span class="muted" title={formatExactBytes(size)}>
        The first {formatSize(bytes.length)} of {formatSize(size)}.
      </span>
      <button type="button" class="button button-small" disabled={more.isLoading} onClick={more.load}>
        {more.isLoading
          ? 'Loading…'
          : `Load ${formatSize(Math.min(size - bytes.length, bytes.length * (MORE - 1)))} more`}
      </button>
    </p>
  );
}

function Reading({ progress }: { progress: readonly [number, number] | undefined }) {
  const [read, total] = progress ?? [0, 0];
  return (
    <p class="muted" role="status">
      Reading the file{total > 0 && `: ${formatSize(read)} of ${formatSize(total)} of its layer`}…
    </p>
  );
}

/** The content that came last stays while more of it is read. */
function useContent({ inspection, place, details }: FileContentProps, limit: number) {
  const [content, setContent] = useState<FileContent | undefined>(undefined);
  const [progress, setProgress] = useState<readonly [number, number] | undefined>(undefined);
  const [error, setError] = useState<PulltabError | undefined>(undefined);
  const [attempt, setAttempt] = useState(0);
  const { path, layer, of } = place;
  // Another entry at the path (`details`) has another content.
  useEffect(() => {
    const control = new AbortController();
    setError(undefined);
    setProgress([0, 0]);
    const onProgress = (done: number, total: number): void => {
      if (!control.signal.aborted) setProgress([done, total]);
    };
    inspection
      .read({ path, layer, of }, limit, { signal: control.signal, onProgress })
      .then(
        (read) => !control.signal.aborted && setContent(read),
        (failure: unknown) => {
          if (!control.signal.aborted && !isAbort(failure)) setError(asPulltabError(failure, `read /${path}`));
        },
      )
      .finally(() => !control.signal.aborted && setProgress(undefined));
    return () => control.abort();
  }, [inspection, path, layer, of, details, limit, attempt]);
  return { content, progress, error, again: () => setAttempt(attempt + 1) };
}

function Forms(props: FileContentProps & { content: FileContent; more: More; name: string }) {
  const { content, more, name, place, details } = props;
  const { bytes, size } = content;
  const text = useMemo(() => decodeText(bytes, bytes.length === size), [bytes, size]);
  const imageType = imageTypeOf(bytes, name);
  const kind = useMemo(() => fileKind(details.resolved ?? place.path, bytes), [details, place.path, bytes]);
  const forms: Form[] = [
    ...(kind === undefined ? [] : (['summary'] as const)),
    ...(imageType !== undefined && imageType !== 'image/svg+xml' && size <= IMAGE_BYTES ? (['image'] as const) : []),
    ...(text === undefined ? [] : (['text'] as const)),
    ...(imageType === 'image/svg+xml' && size <= IMAGE_BYTES ? (['image'] as const) : []),
    'hex',
  ];
  const [chosen, setChosen] = useState<Form | undefined>(undefined);
  // A link to a line means the text.
  const asked = chosen ?? (props.line === undefined ? undefined : 'text');
  const form = forms.find((other) => other === asked) ?? forms[0];
  if (size === 0) return <p class="muted">The file is empty.</p>;
  return (
    <>
      <fieldset class="file-forms">
        <legend class="unseen">Show as</legend>
        {forms.map((other) => (
          <button
            key={other}
            type="button"
            class="button button-small"
            aria-pressed={other === form}
            onClick={() => setChosen(other)}
          >
            {FORM_LABELS[other]}
          </button>
        ))}
      </fieldset>
      {form === 'summary' && <FileSummaryView {...props} />}
      {form === 'text' && text !== undefined && (
        <TextView {...{ text, name, more }} line={props.line} address={props.address} isWhole={bytes.length === size} />
      )}
      {form === 'image' && imageType !== undefined && <ImageView {...props} type={imageType} />}
      {form === 'hex' && <HexView bytes={bytes} />}
      {(form === 'text' || form === 'hex') && <Rest content={content} more={more} />}
    </>
  );
}

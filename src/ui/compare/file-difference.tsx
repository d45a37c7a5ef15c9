/** One path in two images: what its entries say, and the lines of a text that differ. */

import { structuredPatch } from 'diff';
import { useEffect, useState } from 'preact/hooks';
import { asPulltabError, isAbort, type PulltabError } from '../../core/errors.ts';
import type { Inspection } from '../../page/inspection.ts';
import type { FileDetails, Which } from '../../protocol/inspector.ts';
import { ErrorAlert } from '../error/error-alert.tsx';
import { decodeText } from '../files/content-kind.ts';
import { formatMode, showLine, showName, TYPE_WORDS } from '../files/words.ts';
import { formatMoment } from '../format-moment.ts';
import { formatExactBytes } from '../format-size.ts';

/** A larger file is no text whose lines people compare (bytes). */
const LARGEST_BYTES = 1024 * 1024;
/** Lines that differ at most: more is another text. */
const MOST_EDITS = 10_000;
/** A hostile text is given up on after so long (ms). */
const LONGEST_MS = 2000;
const CONTEXT_LINES = 3;
const LINES_SHOWN = 5000;

interface TwoFiles {
  readonly was: FileDetails | undefined;
  readonly is: FileDetails | undefined;
  readonly difference: TextDifference;
}

type TextDifference =
  | { readonly kind: 'lines'; readonly lines: readonly string[] }
  | { readonly kind: 'none'; readonly why: string };

export function FileDifference(props: { inspection: Inspection; path: string; close: string }) {
  const { path } = props;
  const [files, error] = useTwoFiles(props.inspection, path);
  return (
    <section class="compare-file" aria-label="File compared">
      <header>
        <h3>/{showName(path)}</h3>
        <a class="button button-small" href={props.close}>
          Close
        </a>
      </header>
      {error !== undefined && <ErrorAlert error={error} />}
      {files === undefined && error === undefined && <p class="muted">Reading both files…</p>}
      {files !== undefined && (
        <>
          <dl class="compare-entries">
            <Entry sign="−" name="was" details={files.was} />
            <Entry sign="+" name="is" details={files.is} />
          </dl>
          <Lines difference={files.difference} />
        </>
      )}
    </section>
  );
}

function Entry({ sign, name, details }: { sign: string; name: 'was' | 'is'; details: FileDetails | undefined }) {
  return (
    <div class={`compare-${name}`}>
      <dt class="compare-sign">
        {sign} {name}
      </dt>
      <dd>
        {details === undefined ? (
          <span class="muted">not there</span>
        ) : (
          <>
            {TYPE_WORDS[details.type]}, <code>{formatMode(details.type, details.mode)}</code> {details.uid}:
            {details.gid}, {formatExactBytes(details.size)}, {formatMoment(details.modifiedAtMs)}
            {details.linkTarget !== '' && <> → {showName(details.linkTarget)}</>}
          </>
        )}
      </dd>
    </div>
  );
}

function Lines({ difference }: { difference: TextDifference }) {
  if (difference.kind === 'none') return <p class="muted">{difference.why}</p>;
  const { lines } = difference;
  return (
    <>
      <pre class="compare-lines">
        {lines.slice(0, LINES_SHOWN).map((line, at) => (
          <span key={`${at}`} class={classOf(line)}>
            {showLine(line)}
            {'\n'}
          </span>
        ))}
      </pre>
      {lines.length > LINES_SHOWN && <p class="muted">The first {LINES_SHOWN} lines are shown.</p>}
    </>
  );
}

function classOf(line: string): string | undefined {
  if (line.startsWith('@@')) return 'compare-hunk';
  return line.startsWith('+') ? 'compare-line-is' : line.startsWith('-') ? 'compare-line-was' : undefined;
}

function useTwoFiles(
  inspection: Inspection,
  path: string,
): [files: TwoFiles | undefined, error: PulltabError | undefined] {
  const [files, setFiles] = useState<TwoFiles | undefined>(undefined);
  const [error, setError] = useState<PulltabError | undefined>(undefined);
  useEffect(() => {
    const left = new AbortController();
    readBoth(inspection, path, left.signal).then(
      (read) => !left.signal.aborted && setFiles(read),
      (failure: unknown) => {
        if (!left.signal.aborted && !isAbort(failure)) setError(asPulltabError(failure, `compare /${path}`));
      },
    );
    return () => left.abort();
  }, [inspection, path]);
  return [files, error];
}

async function readBoth(inspection: Inspection, path: string, signal: AbortSignal): Promise<TwoFiles> {
  const was = await inspection.details({ path, of: 'other' });
  const is = await inspection.details({ path, of: 'shown' });
  const none = (why: string): TwoFiles => ({ was, is, difference: { kind: 'none', why } });
  const isFile = (details: FileDetails | undefined): boolean =>
    details === undefined || details.type === 'file' || details.type === 'hardlink';
  if ((was === undefined && is === undefined) || !isFile(was) || !isFile(is)) return none('No text to compare.');
  if (Math.max(was?.size ?? 0, is?.size ?? 0) > LARGEST_BYTES) {
    return none(`Lines are compared of files up to ${formatExactBytes(LARGEST_BYTES)}.`);
  }
  const read = async (of: Which, details: FileDetails | undefined): Promise<string | undefined> => {
    if (details === undefined) return '';
    const { bytes } = await inspection.read({ path, of }, LARGEST_BYTES, { signal });
    return decodeText(bytes, true);
  };
  const [before, after] = [await read('other', was), await read('shown', is)];
  if (before === undefined || after === undefined) return none('This is no text: only sizes and rights are compared.');
  return { was, is, difference: compareTexts(before, after) };
}

function compareTexts(before: string, after: string): TextDifference {
  if (before === after) return { kind: 'none', why: 'The contents are equal.' };
  const options = { context: CONTEXT_LINES, maxEditLength: MOST_EDITS, timeout: LONGEST_MS };
  const patch = structuredPatch('was', 'is', before, after, undefined, undefined, options);
  if (patch === undefined) return { kind: 'none', why: 'The contents differ in more lines than can be shown.' };
  const lines = patch.hunks.flatMap(({ oldStart, oldLines, newStart, newLines, lines: hunk }) => [
    `@@ -${oldStart},${oldLines} +${newStart},${newLines} @@`,
    ...hunk,
  ]);
  return { kind: 'lines', lines };
}

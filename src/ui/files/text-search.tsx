/** The search inside text files: with progress, stopped at will, each hit a link to its line. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { asPulltabError, isAbort, type PulltabError } from '../../core/errors.ts';
import type { Inspection } from '../../page/inspection.ts';
import {
  HITS_LIMIT,
  type ImageScope,
  type TextHit,
  type TextSearchProgress,
  type TextSearchQuery,
  type TextSearchResult,
} from '../../protocol/inspector.ts';
import { ProgressBar } from '../downloads/progress-bar.tsx';
import { ErrorAlert } from '../error/error-alert.tsx';
import { formatSize } from '../format-size.ts';
import type { Address } from '../image/address.ts';
import { type Find, formatFind, whyNoRegex } from './question.ts';
import { countOf, showLine, showName } from './words.ts';
import '../search-field/search-field.css';

/** Hits drawn at once. */
const STEP = 200;

interface Search {
  readonly hits: readonly TextHit[];
  readonly readBytes: number;
  readonly totalBytes: number;
  readonly outcome: TextSearchResult | 'running' | 'stopped' | PulltabError;
}

export function TextSearch(props: {
  inspection: Inspection;
  scope: ImageScope;
  /** What the address asks for. */
  find: Find | undefined;
  address: Address;
}) {
  const { inspection, scope, find, address } = props;
  const [pattern, setPattern] = useState(find?.text ?? '');
  const [regex, setRegex] = useState(find?.kind === 'text-regex');
  const [ignoreCase, setIgnoreCase] = useState(true);
  const { search, start, stop } = useTextSearch(inspection);
  const wrong = regex ? whyNoRegex(pattern) : undefined;
  const isRunning = search?.outcome === 'running';

  // A link to a search is a search: it begins when there is something to search in.
  const isReady = inspection.phase.value.phase !== 'reading';
  useEffect(() => {
    if (isReady && search === undefined && pattern !== '' && wrong === undefined) {
      start({ scope, pattern, regex, ignoreCase });
    }
  }, [isReady]);

  return (
    <section class="text-search" aria-label="Search in text files">
      <form
        class="text-search-form"
        onSubmit={(event) => {
          event.preventDefault();
          if (pattern === '' || wrong !== undefined) return;
          location.replace(address({ find: formatFind({ kind: regex ? 'text-regex' : 'text', text: pattern }) }));
          start({ scope, pattern, regex, ignoreCase });
        }}
      >
        <input
          class="search-field files-text"
          type="search"
          aria-label="Text to find"
          aria-invalid={wrong !== undefined}
          placeholder="Text in files"
          spellcheck={false}
          autocomplete="off"
          value={pattern}
          onInput={(event) => setPattern(event.currentTarget.value)}
        />
        <button type="submit" class="button" disabled={pattern === '' || wrong !== undefined || isRunning}>
          Search
        </button>
        {isRunning && (
          <button type="button" class="button" onClick={stop}>
            Stop
          </button>
        )}
        <label class="files-check">
          <input type="checkbox" checked={regex} onChange={(event) => setRegex(event.currentTarget.checked)} />
          Regular expression
        </label>
        <label class="files-check">
          <input
            type="checkbox"
            checked={ignoreCase}
            onChange={(event) => setIgnoreCase(event.currentTarget.checked)}
          />
          Ignore case
        </label>
        {wrong !== undefined && (
          <span class="files-wrong" role="alert">
            {wrong}
          </span>
        )}
      </form>
      {search !== undefined && <Outcome search={search} />}
      {search !== undefined && <Hits address={address} hits={search.hits} />}
    </section>
  );
}

function useTextSearch(inspection: Inspection) {
  const [search, setSearch] = useState<Search | undefined>(undefined);
  const running = useRef<AbortController | undefined>(undefined);
  useEffect(() => () => running.current?.abort(), []);

  function start(query: TextSearchQuery): void {
    running.current?.abort();
    const control = new AbortController();
    running.current = control;
    setSearch({ hits: [], readBytes: 0, totalBytes: 0, outcome: 'running' });
    const settle = (outcome: Search['outcome']): void => {
      if (running.current === control) setSearch((before) => before && { ...before, outcome });
    };
    const onProgress = ({ readBytes, totalBytes, hits }: TextSearchProgress): void => {
      if (running.current !== control) return;
      setSearch((before) => before && { ...before, readBytes, totalBytes, hits: [...before.hits, ...hits] });
    };
    inspection.searchText(query, { signal: control.signal, onProgress }).then(settle, (failure: unknown) => {
      settle(isAbort(failure) ? 'stopped' : asPulltabError(failure, 'search in the files'));
    });
  }

  return { search, start, stop: () => running.current?.abort() };
}

function Outcome({ search }: { search: Search }) {
  const { outcome, hits, readBytes, totalBytes } = search;
  if (outcome instanceof Error) return <ErrorAlert error={outcome} />;
  const found = countOf(hits.length, 'hit');
  if (outcome === 'running') {
    const words = `${formatSize(readBytes)} of ${formatSize(totalBytes)}`;
    return (
      <div class="files-reading">
        <ProgressBar name="Searching" valueText={words} tone="accent" doneBytes={readBytes} totalBytes={totalBytes} />
        <span class="muted">
          {found} in {words}
        </span>
      </div>
    );
  }
  return (
    <p class="muted" role="status">
      {outcome === 'stopped' && `Stopped after ${formatSize(readBytes)}: ${found} so far.`}
      {outcome !== 'stopped' && `${found} in ${countOf(outcome.files, 'text file')}.`}
      {outcome !== 'stopped' &&
        outcome.tooLarge > 0 &&
        ` ${countOf(outcome.tooLarge, 'file')} too large for a text ${outcome.tooLarge === 1 ? 'was' : 'were'} left out.`}
      {outcome !== 'stopped' && outcome.capped && ` The search ended at ${HITS_LIMIT} hits; narrow it to see others.`}
    </p>
  );
}

function Hits(props: { hits: readonly TextHit[]; address: Address }) {
  const { hits, address } = props;
  const [limit, setLimit] = useState(STEP);
  if (hits.length === 0) return null;
  return (
    <div class="text-hits">
      <ol aria-label="Hits">
        {hits.slice(0, limit).map((hit, at) => (
          <li key={`${hit.path}:${hit.line}`} class="text-hit">
            {hits[at - 1]?.path !== hit.path && <div class="text-hit-path">{showName(`/${hit.path}`)}</div>}
            <a href={address({ view: 'files', path: `/${hit.path}`, line: String(hit.line) })}>
              <span class="text-hit-line number">{hit.line}</span>
              <code>{showLine(hit.text)}</code>
            </a>
          </li>
        ))}
      </ol>
      {hits.length > limit && (
        <button type="button" class="button button-small" onClick={() => setLimit(limit + STEP)}>
          Show {Math.min(STEP, hits.length - limit)} more of {hits.length - limit}
        </button>
      )}
    </div>
  );
}

/** The files of two images that differ: a tree, or flat, with filters by what differs; and one file's two contents. */
import { useEffect, useMemo, useState } from 'preact/hooks';
import { asPulltabError, isAbort, type PulltabError } from '../../core/errors.ts';
import type { Change } from '../../core/layer/change-set.ts';
import type { Inspection } from '../../page/inspection.ts';
import type { PlatformImage } from '../../page/model.ts';
import type { FilesCompared } from '../../protocol/inspector.ts';
import { ProgressBar } from '../downloads/progress-bar.tsx';
import { ErrorAlert } from '../error/error-alert.tsx';
import { FileTree } from '../files/file-tree.tsx';
import { createFilesModel, type FilesModel } from '../files/files-model.ts';
import { useNarrow } from '../files/use-narrow.ts';
import { CHANGE_SIGNS, CHANGE_WORDS, cleanPath, countOf } from '../files/words.ts';
import { formatSize } from '../format-size.ts';
import type { Address } from '../image/address.ts';
import { FileDifference } from './file-difference.tsx';
import { formatEffect } from './format-effect.ts';
import '../search-field/search-field.css';

const DIFFERENT: readonly Change[] = ['added', 'removed', 'changed', 'metadata'];

/** A tree of so many differences begins unfolded. */
const UNFOLDED_PATHS = 200;

export interface FileDifferencesProps {
  readonly inspection: Inspection;
  readonly selected: PlatformImage;
  readonly path: string | undefined;
  readonly address: Address;
}

export function FileDifferences(props: FileDifferencesProps) {
  const { inspection } = props;
  const model = useMemo(() => createFilesModel(inspection, { kind: 'compared', changes: DIFFERENT }), [inspection]);
  const state = useCompared(inspection, model);
  useEffect(() => model.follow(), [model]);
  const { compared, error } = state;
  if (error !== undefined && compared === undefined) return <ErrorAlert error={error} />;
  if (compared === undefined) return <p class="muted">Comparing the files…</p>;
  return (
    <section class="compare-files">
      <h2>
        Files <span class="muted">{summaryOf(compared)}</span>
      </h2>
      <Undecided {...state} compared={compared} />
      {error !== undefined && <ErrorAlert error={error} />}
      <Filters model={model} compared={compared} />
      <Tree {...props} model={model} />
    </section>
  );
}

function differing({ counts }: FilesCompared): number {
  return DIFFERENT.reduce((sum, change) => sum + counts[change].paths, 0);
}

function summaryOf(compared: FilesCompared): string {
  const { counts, totalBytes } = compared;
  if (differing(compared) === 0) return `all ${countOf(counts.unchanged.paths, 'path')} are equal`;
  const words = DIFFERENT.filter((change) => counts[change].paths > 0).map(
    (change) => `${countOf(counts[change].paths, CHANGE_WORDS[change], CHANGE_WORDS[change])}`,
  );
  return `${words.join(', ')}; unpacked ${formatEffect(totalBytes.is - totalBytes.was)}`;
}

interface ComparedState {
  readonly compared: FilesCompared | undefined;
  readonly progress: readonly [read: number, total: number] | undefined;
  readonly error: PulltabError | undefined;
  readonly stop: () => void;
  readonly go: () => void;
}

/** By the entries first, then by the bytes of the files of which nothing else tells. */
function useCompared(inspection: Inspection, model: FilesModel): ComparedState {
  const [compared, setCompared] = useState<FilesCompared | undefined>(undefined);
  const [progress, setProgress] = useState<readonly [number, number] | undefined>(undefined);
  const [error, setError] = useState<PulltabError | undefined>(undefined);
  const [running, setRunning] = useState<AbortController>(() => new AbortController());

  useEffect(() => {
    const { signal } = running;
    // Progress comes another way than the answer, and may come behind it.
    let isDone = false;
    const compare = async (): Promise<void> => {
      try {
        const first = await inspection.compareFiles();
        if (signal.aborted) return;
        setCompared(first);
        if (differing(first) <= UNFOLDED_PATHS) model.unfolding.value = { unfolded: 'all' };
        if (first.undecidedFiles === 0) return;
        setProgress([0, 0]);
        const whole = await inspection.compareContents({
          signal,
          onProgress: (read, total) => !isDone && !signal.aborted && setProgress([read, total]),
        });
        if (signal.aborted) return;
        setCompared(whole);
        model.refresh();
      } catch (failure) {
        if (!isAbort(failure)) setError(asPulltabError(failure, 'compare the files'));
      } finally {
        isDone = true;
        setProgress(undefined);
      }
    };
    void compare();
    return () => running.abort();
  }, [inspection, model, running]);

  return { compared, progress, error, stop: () => running.abort(), go: () => setRunning(new AbortController()) };
}

function Undecided({ compared, progress, stop, go }: ComparedState & { compared: FilesCompared }) {
  if (progress !== undefined) {
    const [doneBytes, totalBytes] = progress;
    const words = `comparing the bytes of ${countOf(compared.undecidedFiles, 'file')} of equal size`;
    return (
      <div class="files-reading">
        <ProgressBar name="Comparing the files" valueText={words} tone="accent" {...{ doneBytes, totalBytes }} />
        <span class="muted">{words}</span>
        <button type="button" class="button button-small" onClick={stop}>
          Stop
        </button>
      </div>
    );
  }
  if (compared.undecidedFiles === 0) return null;
  return (
    <p class="compare-offers">
      <span class="muted">
        {countOf(compared.undecidedFiles, 'file')} of equal size ({formatSize(compared.undecidedBytes)}) are told apart
        by their times only so far.
      </span>
      <button type="button" class="button button-small" onClick={go}>
        Compare their bytes
      </button>
    </p>
  );
}

function Filters({ model, compared }: { model: FilesModel; compared: FilesCompared }) {
  const scope = model.scope.value;
  const chosen = scope.kind === 'compared' ? (scope.changes ?? DIFFERENT) : DIFFERENT;
  const search = model.search.value;
  const all: readonly Change[] = [...DIFFERENT, 'unchanged'];
  const toggle = (change: Change): void => {
    const changes = chosen.includes(change) ? chosen.filter((other) => other !== change) : [...chosen, change];
    model.scope.value = { kind: 'compared', changes };
  };
  return (
    <div class="compare-filters">
      <fieldset class="compare-kinds">
        <legend class="unseen">Which files</legend>
        {all.map((change) => (
          <button
            key={change}
            type="button"
            class="button button-small"
            aria-pressed={chosen.includes(change)}
            onClick={() => toggle(change)}
          >
            {CHANGE_SIGNS[change] || '='} {CHANGE_WORDS[change]}{' '}
            <span class="muted">{compared.counts[change].paths.toLocaleString('en-US')}</span>
          </button>
        ))}
      </fieldset>
      <input
        type="search"
        class="search-field files-text compare-find"
        aria-label="Find files by name"
        placeholder="Find by name"
        spellcheck={false}
        value={search?.text ?? ''}
        onInput={(event) => {
          const text = event.currentTarget.value;
          model.search.value = text === '' && !isFlat(model) ? undefined : { kind: 'name', text };
        }}
      />
      <label class="files-check">
        <input
          type="checkbox"
          checked={search !== undefined}
          onChange={(event) => {
            model.search.value = event.currentTarget.checked ? { kind: 'name', text: '' } : undefined;
          }}
        />
        Flat
      </label>
    </div>
  );
}

/** The list stays flat when its search is emptied and it was made flat before. */
function isFlat(model: FilesModel): boolean {
  return model.search.peek()?.text === '';
}

function Tree(props: FileDifferencesProps & { model: FilesModel }) {
  const { inspection, model, address, selected } = props;
  const folded = useNarrow();
  const openPath = props.path === undefined ? undefined : cleanPath(props.path);
  const links = useMemo(
    () => ({
      path: (path: string) => address({ view: 'compare', path: `/${path}` }),
      // What was removed is of a layer of the other image, which the comparison of the layers shows.
      layer: (layer: number, change: Change) => {
        const digest = change === 'removed' ? undefined : selected.layers[layer]?.digest;
        return digest === undefined
          ? address({ path: undefined })
          : address({ view: 'files', layer: digest, path: undefined });
      },
    }),
    [address, selected.layers],
  );
  const shown = model.shown.value;
  const error = model.error.value;
  if (error !== undefined) return <ErrorAlert error={error} />;
  if (shown === undefined) return <p class="muted">Listing the files…</p>;
  const showsList = !folded || openPath === undefined;
  return (
    <div class={`files-body${openPath === undefined ? '' : ' files-body-split'}`}>
      {showsList &&
        (shown.listing.rows === 0 ? (
          <p class="files-nothing muted">No such file.</p>
        ) : (
          <FileTree {...{ inspection, model, shown, openPath, folded, links }} />
        ))}
      {openPath !== undefined && (
        <FileDifference key={openPath} inspection={inspection} path={openPath} close={address({ path: undefined })} />
      )}
    </div>
  );
}

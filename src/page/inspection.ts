/**
 * The files of the shown image, as views ask for them: one worker that reads the layers and answers, ended with the
 * image. Its errors are PulltabErrors again here, and nothing that was asked stays unanswered when it ends.
 */

import { type ReadonlySignal, signal } from '@preact/signals-core';
import { proxy, type Remote, wrap } from 'comlink';
import { asPulltabError, fromWire, isAbort, PulltabError } from '../core/errors.ts';
import type { FileSummary } from '../core/layer/summaries/summarize.ts';
import {
  type FileContent,
  type FileDetails,
  type FilePlace,
  type FileRow,
  type FilesCompared,
  type ImagePackages,
  type InspectedLayer,
  type Inspector,
  isWireError,
  type LayerProgress,
  type Listing,
  type ListingQuery,
  type ListingScope,
  type OnProgress,
  type TextSearchProgress,
  type TextSearchQuery,
  type TextSearchResult,
  type WasteReport,
  type Which,
} from '../protocol/inspector.ts';
import { activityLog } from './activity-log.ts';
import type { LayeredImage } from './model.ts';

export type ReadingPhase =
  /** Listings are of what has been read so far. */
  | { readonly phase: 'reading' }
  | { readonly phase: 'ready' }
  /** At least one layer could not be read (its own progress says which and why); listings are of the others. */
  | { readonly phase: 'failed'; readonly error: PulltabError };

/** How the reading of one image's layers goes. */
export interface Reading {
  readonly phase: ReadonlySignal<ReadingPhase>;
  /** Lowest first, one for each layer of the manifest. */
  readonly layers: ReadonlySignal<readonly LayerProgress[]>;
  /** Goes up when listings that were asked for are out of date, because more has been read. */
  readonly revision: ReadonlySignal<number>;
  /** Something worth saying that is not a failure: "Nothing is kept: …". */
  readonly notice: ReadonlySignal<string | undefined>;
  /** Reads what has failed again. */
  retry(): void;
}

export interface TaskOptions {
  /** Stops it: it rejects with an AbortError. */
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: OnProgress | undefined;
}

/** Every method throws PulltabError, or an AbortError when it was stopped or the image was left. */
export interface Inspection extends Reading {
  list(query: ListingQuery): Promise<Listing>;
  /** Rows `from` to `from + count`, fewer at the end; none of a listing that is no longer held: ask for it again. */
  rows(listing: Listing, from: number, count: number): Promise<readonly FileRow[]>;
  positionOf(listing: Listing, path: string): Promise<number | undefined>;
  /** Undefined where nothing is there. */
  details(place: FilePlace): Promise<FileDetails | undefined>;
  /** A file's first `limitBytes`; its layer is read up to there. */
  read(place: FilePlace, limitBytes: number, options?: TaskOptions): Promise<FileContent>;
  /** A file as it is, a directory as a tar. */
  save(place: FilePlace, options?: TaskOptions): Promise<Blob>;
  exportListing(scope: ListingScope, format: 'json' | 'csv'): Promise<Blob>;
  /** Of the shown image, as far as it has been read. */
  waste(): Promise<WasteReport>;
  exportWaste(format: 'json' | 'csv'): Promise<Blob>;
  searchText(
    query: TextSearchQuery,
    options: { readonly signal: AbortSignal; readonly onProgress: (progress: TextSearchProgress) => void },
  ): Promise<TextSearchResult>;
  /** What can be said of a file beyond its bytes; undefined where nothing can. */
  summarize(place: FilePlace, options?: TaskOptions): Promise<FileSummary | undefined>;
  /** What is installed, by what has been read by now. */
  packages(of?: Which, options?: TaskOptions): Promise<ImagePackages>;
  /** Reads another image beside the shown one, to compare; `of: 'other'` asks for it then. Replaces the one before. */
  openOther(image: LayeredImage): Reading;
  /** Stops reading the other image, and forgets it. */
  closeOther(): void;
  /** How the shown image's files differ from the other's, as far as both have been read. */
  compareFiles(): Promise<FilesCompared>;
  /** The same once the bytes were compared of the files of which nothing else tells. */
  compareContents(options: TaskOptions): Promise<FilesCompared>;
}

/** For whoever owns the shown image; views only get the `Inspection`. */
export interface OpenInspection extends Inspection {
  /** Ends the worker: its requests, its locks and its memory. What was asked and not answered is aborted. */
  close(): void;
}

/** Starts to read the image's layers, lowest first. */
export function openInspection(image: LayeredImage): OpenInspection {
  const attempted = `read the files of ${image.title}`;
  const worker = new Worker(new URL('../workers/inspect.ts', import.meta.url), {
    type: 'module',
    name: 'pulltab-inspect',
  });
  const inspector: Remote<Inspector> = wrap<Inspector>(worker);
  let endWith: (reason: unknown) => void = () => undefined;
  const ended = new Promise<never>((_, reject) => {
    endWith = reject;
  });
  // Whoever waits for an answer meets it; it must not count as unhandled where nobody does.
  ended.catch(() => undefined);
  worker.addEventListener('error', (event) => {
    const seen = event.message || 'its worker could not be started';
    endWith(new PulltabError('internal', { attempted, seen }));
  });
  let tasks = 0;

  async function ask<T>(answer: Promise<T>): Promise<T> {
    try {
      return await Promise.race([answer, ended]);
    } catch (error) {
      if (isWireError(error)) throw fromWire(error);
      throw isAbort(error) ? error : asPulltabError(error, attempted);
    }
  }

  async function run<T>(
    { signal: stopped, onProgress }: TaskOptions,
    start: (task: number, onProgress: OnProgress) => Promise<T>,
  ): Promise<T> {
    stopped?.throwIfAborted();
    const task = tasks++;
    const stop = (): void => void inspector.stop(task);
    stopped?.addEventListener('abort', stop, { once: true });
    let isOver = false;
    // Progress has a port of its own, and may arrive after the answer.
    const progress: OnProgress = (readBytes, totalBytes) => {
      if (!isOver) onProgress?.(readBytes, totalBytes);
    };
    try {
      return await ask(start(task, proxy(progress)));
    } finally {
      isOver = true;
      stopped?.removeEventListener('abort', stop);
    }
  }

  function read(which: Which, layers: readonly InspectedLayer[]): Reading {
    const phase = signal<ReadingPhase>(READING);
    const progress = signal<readonly LayerProgress[]>(
      layers.map((_, layer) => ({ layer, phase: 'waiting', readBytes: 0, entries: 0 })),
    );
    const revision = signal(0);
    const notice = signal<string | undefined>(undefined);
    const events = proxy({
      onLayer(news: LayerProgress) {
        progress.value = progress.value.map((before) => (before.layer === news.layer ? news : before));
        if (news.error !== undefined) activityLog.settle(news.error.code, layers[news.layer]?.digest);
      },
      onChanged: () => void revision.value++,
      onRequest: activityLog.add,
      onNotice(text: string) {
        notice.value = text;
      },
    });
    function start(): void {
      phase.value = READING;
      ask(inspector.open(which, layers, events)).then(
        () => {
          const failed = progress.value.find(({ error }) => error !== undefined)?.error;
          phase.value = failed === undefined ? { phase: 'ready' } : { phase: 'failed', error: fromWire(failed) };
        },
        (error: unknown) => {
          if (!isAbort(error)) phase.value = { phase: 'failed', error: asPulltabError(error, attempted) };
        },
      );
    }
    start();
    return { phase, layers: progress, revision, notice, retry: start };
  }

  return {
    ...read('shown', image.layers),
    list: (query) => ask(inspector.list(query)),
    rows: ({ id }, from, count) => ask(inspector.rows(id, from, count)),
    positionOf: ({ id }, path) => ask(inspector.positionOf(id, path)),
    details: (place) => ask(inspector.details(place)),
    read: (place, limitBytes, options = {}) =>
      run(options, (task, onProgress) => inspector.read(task, place, limitBytes, onProgress)),
    save: (place, options = {}) => run(options, (task, onProgress) => inspector.save(task, place, onProgress)),
    exportListing: (scope, format) => ask(inspector.exportListing(scope, format)),
    waste: () => ask(inspector.waste('shown')),
    exportWaste: (format) => ask(inspector.exportWaste('shown', format)),
    searchText: (query, { signal, onProgress }) =>
      run({ signal }, (task) => inspector.searchText(task, query, proxy(onProgress))),
    summarize: (place, options = {}) =>
      run(options, async (task, onProgress) => await inspector.summarize(task, place, onProgress)),
    packages: (of = 'shown', options = {}) =>
      run(options, (task, onProgress) => inspector.packages(task, of, onProgress)),
    openOther: (other) => read('other', other.layers),
    closeOther: () => void read('other', []),
    compareFiles: () => ask(inspector.compareFiles()),
    compareContents: (options) => run(options, (task, onProgress) => inspector.compareContents(task, onProgress)),
    close() {
      worker.terminate();
      endWith(new DOMException('the image was left', 'AbortError'));
    },
  };
}

const READING: ReadingPhase = { phase: 'reading' };

/** Searches inside the text files of a scope: one pass over each layer that holds any of them. */
import type { LayerEntry } from '../core/layer/entry.ts';
import { ROOT } from '../core/layer/path-table.ts';
import { createLineSearch, looksLikeText } from '../core/layer/search-lines.ts';
import type { TreeView } from '../core/layer/tree-view.ts';
import {
  HITS_LIMIT,
  type TextHit,
  type TextSearchProgress,
  type TextSearchQuery,
  type TextSearchResult,
} from '../protocol/inspector.ts';
import { contentAt } from './find-file.ts';
import { type FilesToRead, type ReadFilesOptions, readLayerFiles } from './layer-files.ts';
import type { OpenedImage } from './opened-image.ts';
import { spaced } from './spaced.ts';

/** A larger file is no text that people write. */
const LARGEST_BYTES = 32 * 1024 * 1024;
/** Progress is for people: more often than this nobody sees it. */
const PROGRESS_MS = 150;

export interface SearchTextOptions extends Omit<ReadFilesOptions, 'onProgress'> {
  readonly onProgress: (progress: TextSearchProgress) => void;
}

/** A file under the first of its names. */
interface SearchedFile extends LayerEntry {
  readonly shownPath: string;
  readonly layer: number;
}

/** @throws PulltabError `pattern-invalid`, and whatever keeps a layer from being read; AbortError when stopped */
export async function searchText(
  image: OpenedImage,
  query: TextSearchQuery,
  { onProgress, ...options }: SearchTextOptions,
): Promise<TextSearchResult> {
  const search = createLineSearch(query);
  const { wanted, tooLarge } = textFiles(image, image.tree().view(query.scope));
  const enough = new AbortController();
  const stop = (): void => enough.abort();
  options.signal.addEventListener('abort', stop, { once: true });
  const decoder = new TextDecoder();
  let progress = { readBytes: 0, totalBytes: 0 };
  let fresh: TextHit[] = [];
  let searched = 0;
  let hits = 0;

  const tell = spaced(
    () => {
      onProgress({ ...progress, hits: fresh });
      fresh = [];
    },
    () => PROGRESS_MS,
  );

  function searchIn({ shownPath, layer }: SearchedFile, bytes: Uint8Array): void {
    searched += 1;
    for (const hit of search(decoder.decode(bytes), HITS_LIMIT - hits)) {
      fresh.push({ path: shownPath, layer, ...hit });
      hits += 1;
    }
    if (fresh.length > 0) tell();
    if (hits >= HITS_LIMIT) stop();
  }

  try {
    const gatherer = createGatherer(searchIn);
    await readLayerFiles(wanted, gatherer, {
      ...options,
      signal: enough.signal,
      onProgress(readBytes, totalBytes) {
        progress = { readBytes, totalBytes };
        tell();
      },
    });
  } catch (error) {
    if (hits < HITS_LIMIT || options.signal.aborted) throw error;
  } finally {
    options.signal.removeEventListener('abort', stop);
    tell.flush();
    tell.cancel();
  }
  return { files: searched, hits, tooLarge, capped: hits >= HITS_LIMIT };
}

/** Gathers each file's bytes, and gives those of files that look like text on when they are whole. */
function createGatherer(
  whole: (file: SearchedFile, bytes: Uint8Array) => void,
): (file: SearchedFile, piece: Uint8Array) => void {
  let current: SearchedFile | undefined;
  let bytes = new Uint8Array();
  let filled = 0;
  let isText = true;
  return (file, piece) => {
    if (file !== current) {
      current = file;
      filled = 0;
      isText = true;
      if (bytes.byteLength < file.size) bytes = new Uint8Array(file.size);
    }
    if (!isText) return;
    const isBeginning = filled < 8000;
    bytes.set(piece.subarray(0, file.size - filled), filled);
    filled = Math.min(file.size, filled + piece.byteLength);
    const known = bytes.subarray(0, filled);
    if (isBeginning && !looksLikeText(known)) isText = false;
    else if (filled === file.size) whole(file, known);
  };
}

function textFiles(image: OpenedImage, view: TreeView): { wanted: FilesToRead<SearchedFile>[]; tooLarge: number } {
  const byLayer = new Map<number, SearchedFile[]>();
  const seen = new Set<number>();
  let tooLarge = 0;
  for (let node = ROOT + 1; node < view.count; node++) {
    if (!view.isPart(node) || view.change(node) === 'removed' || seen.has(view.content(node))) continue;
    const found = contentAt(view, node);
    if (found?.entry.type !== 'file') continue;
    seen.add(view.content(node));
    if (found.entry.size > LARGEST_BYTES) {
      tooLarge += 1;
      continue;
    }
    const files = byLayer.get(found.layer) ?? [];
    files.push({ ...found.entry, shownPath: view.table.path(node), layer: view.layer(node) });
    byLayer.set(found.layer, files);
  }
  const wanted = [...byLayer].sort(([a], [b]) => a - b).map(([layer, files]) => image.filesOf(layer, files));
  return { wanted, tooLarge };
}

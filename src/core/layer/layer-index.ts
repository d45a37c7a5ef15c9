/**
 * What is known of a layer once it was read: every entry of its tar, in columns. Columns are small (a layer of 300,000
 * entries takes some 30 MB), are cloned between realms in a moment, and are kept in IndexedDB as they are.
 *
 * Entries are in the tar's order. Of a path that the tar names twice the last entry counts; the first is kept, because the
 * tar holds it.
 */
import type { EntryType, LayerEntry, SparsePiece } from './entry.ts';
import type { ChunkTable } from './toc/chunk-table.ts';

export type LayerCompression = 'gzip' | 'zstd' | 'none' | 'table-of-contents';

/** What is odd about a layer and was not followed. */
export interface LayerProblem {
  readonly kind:
    | 'escapes-root'
    | 'name-too-long'
    | 'link-loop'
    | 'broken'
    | 'too-many-entries'
    | 'too-large'
    | 'ratio'
    | 'unknown-type'
    | 'duplicate';
  /** As text to show, cut to a readable length. */
  readonly path: string;
  readonly detail: string;
}

export interface LayerIndex {
  readonly count: number;
  /**
   * All paths one after another; that of entry `i` ends before `pathEnds[i]`, where the next begins. Bytes that are no
   * UTF-8 are U+F780 to U+F7FF, one each, so that two such names stay two.
   */
  readonly paths: string;
  readonly pathEnds: Uint32Array<ArrayBuffer>;
  /** As `paths`: link targets, empty for everything but links. */
  readonly links: string;
  readonly linkEnds: Uint32Array<ArrayBuffer>;
  /** Positions in `ENTRY_TYPES`. */
  readonly types: Uint8Array<ArrayBuffer>;
  readonly modes: Uint16Array<ArrayBuffer>;
  /** 4294967295 for numbers that no system has. */
  readonly uids: Uint32Array<ArrayBuffer>;
  readonly gids: Uint32Array<ArrayBuffer>;
  /** Bytes; see `LayerEntry`. */
  readonly sizes: Float64Array<ArrayBuffer>;
  readonly offsets: Float64Array<ArrayBuffer>;
  readonly modifiedAtMs: Float64Array<ArrayBuffer>;
  /** By entry: what few entries have. */
  readonly extras: ReadonlyMap<number, EntryExtras>;

  readonly compression: LayerCompression;
  /** The layer as it is sent (bytes); 0 where only a table of contents was read. */
  readonly compressedBytes: number;
  /** The whole tar (bytes); 0 where only a table of contents was read that does not say it. */
  readonly uncompressedBytes: number;
  /** Sum of the sizes of all files. */
  readonly contentBytes: number;
  /** `sha256:…` of the tar, where it was asked for and the tar was read to its end. */
  readonly diffId: string | undefined;
  /** False where a limit stopped the reading or the tar is broken: there may be more entries than these. */
  readonly complete: boolean;
  readonly problems: readonly LayerProblem[];
  /** Of a layer whose table of contents was read; `offsets` are rows of it then. */
  readonly chunks?: ChunkTable;
}

/** Whether all of the tar was read, and not only what a table of contents says of it. */
export function isReadToEnd(index: LayerIndex): boolean {
  return index.complete && index.diffId !== undefined && index.chunks === undefined;
}

export interface EntryExtras {
  readonly xattrs?: Readonly<Record<string, Uint8Array>>;
  readonly device?: { readonly major: number; readonly minor: number };
  readonly sparse?: readonly SparsePiece[];
}

/** What `LayerIndex.types` counts. Positions are stored: new types go to the end. */
export const ENTRY_TYPES: readonly EntryType[] = [
  'file',
  'directory',
  'symlink',
  'hardlink',
  'character-device',
  'block-device',
  'fifo',
  'whiteout',
  'opaque',
];

/** The path of entry `i`, which shares its memory with `paths`. */
export function indexPath(index: LayerIndex, i: number): string {
  return textAt(index.paths, index.pathEnds, i);
}

export function indexLinkTarget(index: LayerIndex, i: number): string {
  return textAt(index.links, index.linkEnds, i);
}

export function indexType(index: LayerIndex, i: number): EntryType {
  return ENTRY_TYPES[index.types[i] ?? 0] ?? 'file';
}

/**
 * Entry `i` as an object; for walking many, read the columns.
 * @throws {RangeError} for a position that the index does not have
 */
export function indexEntry(index: LayerIndex, i: number): LayerEntry {
  if (!Number.isInteger(i) || i < 0 || i >= index.count) throw new RangeError(`No entry ${i} of ${index.count}`);
  return {
    path: indexPath(index, i),
    type: indexType(index, i),
    mode: index.modes[i] ?? 0,
    uid: index.uids[i] ?? 0,
    gid: index.gids[i] ?? 0,
    size: index.sizes[i] ?? 0,
    modifiedAtMs: index.modifiedAtMs[i] ?? 0,
    linkTarget: indexLinkTarget(index, i),
    offsetBytes: index.offsets[i] ?? 0,
    ...index.extras.get(i),
  };
}

export function indexEntries(index: LayerIndex): LayerEntry[] {
  return Array.from({ length: index.count }, (_, i) => indexEntry(index, i));
}

function textAt(text: string, ends: Uint32Array, i: number): string {
  return text.slice(i === 0 ? 0 : ends[i - 1], ends[i]);
}

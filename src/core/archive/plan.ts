/**
 * What an archive will contain: entries in their order, every size known, so that the exact length of the archive is
 * settled before a byte flows. A plan is plain data: it is posted between realms as it is.
 */
import type { Digest } from '../digest.ts';

export interface BytesEntry {
  readonly kind: 'bytes';
  readonly name: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

export interface BlobEntry {
  readonly kind: 'blob';
  readonly name: string;
  readonly digest: Digest;
  /** Bytes, as the descriptor states them. */
  readonly size: number;
}

/** What a layer's blob unpacks to, as a file. */
export interface UnpackedEntry {
  readonly kind: 'unpacked';
  readonly name: string;
  readonly digest: Digest;
  /** Of the blob (bytes), as the descriptor states it. */
  readonly size: number;
  /** Bytes, as they were counted when the layer was read and its diffId matched. */
  readonly unpackedBytes: number;
}

/**
 * Parts of an unpacked layer in their order, each behind bytes that are not the layer's: its files, behind their headers.
 * Columns, of one row a part: an image has hundreds of thousands.
 */
export interface WovenEntry {
  readonly kind: 'woven';
  readonly name: string;
  readonly digest: Digest;
  /** Of the blob (bytes). */
  readonly size: number;
  /** What goes before each part, one behind another; that of row `i` ends before `leadEnds[i]`. */
  readonly leads: Uint8Array<ArrayBuffer>;
  readonly leadEnds: Float64Array<ArrayBuffer>;
  /** Zeros between a row's lead and its part. */
  readonly zeros: Float64Array<ArrayBuffer>;
  /** Where each part begins in the unpacked layer, and how long it is (bytes); rising, and none overlaps another. */
  readonly offsets: Float64Array<ArrayBuffer>;
  readonly lengths: Float64Array<ArrayBuffer>;
}

/** What is made of a blob's bytes. */
export type FetchedEntry = BlobEntry | UnpackedEntry | WovenEntry;
export type PlanEntry = BytesEntry | FetchedEntry;

export interface ArchivePlan {
  readonly fileName: string;
  readonly entries: readonly PlanEntry[];
  /** Exact length of the file in bytes. */
  readonly archiveBytes: number;
  /** The file is its entries' bytes one after another, with no tar around them. */
  readonly bare?: true | undefined;
}

/** What a tar is made of. */
export const BLOCK_BYTES = 512;
/** Two zero blocks end a tar. */
const END_BYTES = 2 * BLOCK_BYTES;
/** What the ustar size field holds; beyond it a PAX record carries the size. */
const USTAR_SIZE_LIMIT = 0o77777777777;
const USTAR_NAME_BYTES = 100;

export function createPlan(fileName: string, entries: readonly PlanEntry[]): ArchivePlan {
  return { fileName, entries, archiveBytes: entries.reduce((sum, entry) => sum + entryBytes(entry), END_BYTES) };
}

/** Bytes of an entry's content. */
export function entrySize(entry: PlanEntry): number {
  switch (entry.kind) {
    case 'bytes':
      return entry.bytes.byteLength;
    case 'blob':
      return entry.size;
    case 'unpacked':
      return entry.unpackedBytes;
    case 'woven':
      return entry.leads.byteLength + sum(entry.zeros) + sum(entry.lengths);
  }
}

function sum(numbers: Float64Array): number {
  return numbers.reduce((total, number) => total + number, 0);
}

/** Bytes that an entry takes in the tar: its headers, its content, the padding to a whole block. */
function entryBytes(entry: PlanEntry): number {
  const size = entrySize(entry);
  const padded = Math.ceil(size / BLOCK_BYTES) * BLOCK_BYTES;
  return headerBytes(entry.name, size) + padded;
}

/**
 * A PAX header (one block, and one for its records) goes before the plain one where the size or the name does not fit.
 * All names here are ASCII and short of 400 bytes, so the records never need a second block.
 */
function headerBytes(name: string, size: number): number {
  const needsPax = size > USTAR_SIZE_LIMIT || (name.length > USTAR_NAME_BYTES && !splitsAsUstar(name));
  return needsPax ? 3 * BLOCK_BYTES : BLOCK_BYTES;
}

/** Whether ustar's prefix field takes what the name field does not: a slash with ≤ 155 bytes before and ≤ 100 after. */
function splitsAsUstar(name: string): boolean {
  const slash = name.lastIndexOf('/', 155);
  return slash > 0 && name.length - slash - 1 <= USTAR_NAME_BYTES;
}

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

export type PlanEntry = BytesEntry | BlobEntry;

export interface ArchivePlan {
  readonly fileName: string;
  readonly entries: readonly PlanEntry[];
  /** Exact length of the tar in bytes. */
  readonly archiveBytes: number;
}

const BLOCK_BYTES = 512;
/** Two zero blocks end a tar. */
const END_BYTES = 2 * BLOCK_BYTES;
/** What the ustar size field holds; beyond it a PAX record carries the size. */
const USTAR_SIZE_LIMIT = 0o77777777777;
const USTAR_NAME_BYTES = 100;

export function createPlan(fileName: string, entries: readonly PlanEntry[]): ArchivePlan {
  return { fileName, entries, archiveBytes: entries.reduce((sum, entry) => sum + entryBytes(entry), END_BYTES) };
}

export function entrySize(entry: PlanEntry): number {
  return entry.kind === 'bytes' ? entry.bytes.byteLength : entry.size;
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

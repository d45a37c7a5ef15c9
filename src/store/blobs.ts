/**
 * The layer cache: blobs by digest, in chunks of `CHUNK_BYTES` or fewer.
 *
 * A writer holds the blob's lock (Web Locks) from its first chunk to its last word, so two tabs never write the same
 * blob, and a page that starts can tell what a crashed one left behind.
 */
import type { Digest } from '../core/digest.ts';
import { PulltabError } from '../core/errors.ts';
import { type BlobRecord, type Database, openDatabase } from './database.ts';

/** Size of the largest chunks (bytes). Larger ones would be written faster and cost memory in each realm. */
export const CHUNK_BYTES = 8 * 1024 * 1024;

/**
 * Whether this browser keeps Blobs, which it writes to files of their own instead of twice through the database's log.
 * WebKit's private windows refuse them, and keep the same bytes as a buffer.
 */
let keepsBlobs = true;

export interface BlobWriter {
  /** Commits the next chunk, with the state of the hash behind it. Copies a buffer before it returns. */
  append(bytes: ArrayBuffer | Blob, hashState?: Uint8Array<ArrayBuffer>): Promise<void>;
  /** Declares the blob whole. Call it only after its digest matched. */
  complete(): Promise<void>;
  /** Forgets everything that was written. */
  abandon(): Promise<void>;
}

/** Name of the lock that whoever writes this blob holds. */
export function blobLockName(digest: Digest): string {
  return `pulltab-blob-${digest}`;
}

/** What there is of a blob that is not whole. */
export interface PartialBlob {
  readonly storedBytes: number;
  readonly hashState: Uint8Array<ArrayBuffer> | undefined;
}

/**
 * What an earlier writer left of a blob, for `createBlobWriter` to go on from; undefined where nothing of use is there.
 * The caller holds the blob's lock.
 */
export async function findPartialBlob(digest: Digest, size: number): Promise<PartialBlob | undefined> {
  const record = await (await openDatabase()).get('blobs', digest);
  if (!record || record.complete || record.storedBytes === 0 || record.size !== size) return undefined;
  return { storedBytes: record.storedBytes, hashState: record.hashState };
}

/**
 * Starts a blob, from nothing or from what there is of it; the caller holds its lock.
 * @throws PulltabError `storage-refused`, and `storage-full` from `append`.
 */
export async function createBlobWriter(digest: Digest, size: number, from?: PartialBlob): Promise<BlobWriter> {
  const database = await openDatabase();
  if (!from) await deleteBlob(digest);
  let storedBytes = from?.storedBytes ?? 0;
  const record = (complete: boolean, hashState?: Uint8Array<ArrayBuffer>): BlobRecord => {
    const usedAtMs = Date.now();
    return { digest, size, storedBytes, complete, usedAtMs, ...(hashState && { hashState }) };
  };
  return {
    async append(bytes, hashState) {
      const chunk = bytes instanceof Blob ? bytes : new Blob([bytes]);
      const fromBytes = storedBytes;
      storedBytes += chunk.size;
      const place: ChunkPlace = { key: [digest, fromBytes], record: record(false, hashState) };
      try {
        if (keepsBlobs) await putBlob(database, place, chunk);
        else await putChunk(database, place, await chunk.arrayBuffer());
      } catch (error) {
        throw storageError(error, `keep a part of ${digest}`);
      }
    },
    async complete() {
      await database.put('blobs', record(true));
    },
    abandon: () => deleteBlob(digest),
  };
}

interface ChunkPlace {
  readonly key: [Digest, number];
  readonly record: BlobRecord;
}

async function putBlob(database: Database, place: ChunkPlace, chunk: Blob): Promise<void> {
  try {
    await putChunk(database, place, chunk);
  } catch (error) {
    if (isQuotaExceeded(error)) throw error;
    await putChunk(database, place, await chunk.arrayBuffer());
    keepsBlobs = false;
  }
}

/** A chunk and its blob's record, in one transaction. */
async function putChunk(database: Database, { key, record }: ChunkPlace, chunk: Blob | ArrayBuffer): Promise<void> {
  const transaction = database.transaction(['blobs', 'chunks'], 'readwrite', { durability: 'relaxed' });
  await Promise.all([
    transaction.objectStore('chunks').put(chunk, key),
    transaction.objectStore('blobs').put(record),
    // Not the request's success but the transaction's end: earlier, another realm does not find the chunk.
    transaction.done,
  ]);
}

function isQuotaExceeded(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'QuotaExceededError';
}

function storageError(error: unknown, attempted: string): PulltabError {
  const seen = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return new PulltabError(isQuotaExceeded(error) ? 'storage-full' : 'storage-refused', {
    attempted,
    seen,
    cause: error,
  });
}

/** Those of `digests` that are whole in the cache; none where the browser refuses to store anything. */
export async function findCompleteBlobs(digests: readonly Digest[]): Promise<Set<Digest>> {
  const database = await openDatabase();
  const records = await Promise.all(digests.map((digest) => database.get('blobs', digest)));
  return new Set(records.flatMap((record) => (record?.complete ? [record.digest] : [])));
}

export interface ByteRange {
  /** Offset of the first byte wanted. */
  readonly fromBytes: number;
  /** Offset behind the last byte wanted. */
  readonly toBytes: number;
}

/** Chunks asked for at once, before they are needed: each read waits for the writes of other blobs that began before it. */
const READ_AHEAD = 3;

interface StoredChunk {
  readonly fromBytes: number;
  readonly content: Blob | ArrayBuffer;
}

/**
 * The stored bytes of a range, in order, in the pieces that they were stored in.
 * @throws PulltabError `storage-refused` where a chunk that should be there is not (someone cleared the browser's data).
 */
export async function* readChunks(digest: Digest, range: ByteRange): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const { toBytes } = range;
  if (range.fromBytes >= toBytes) return;
  const database = await openDatabase();
  const chunksFrom = (fromBytes: number): Promise<StoredChunk[]> => {
    const chunks = findChunks(database, digest, { fromBytes, toBytes });
    // Its failure is met when its turn comes; it must not count as unhandled until then.
    chunks.catch(() => undefined);
    return chunks;
  };
  let offset = range.fromBytes;
  let asked = chunksFrom(await findChunkStart(database, digest, offset));
  while (offset < toBytes) {
    const chunks = await asked;
    const last = chunks.at(-1);
    if (last !== undefined && endOf(last) < toBytes) asked = chunksFrom(endOf(last));
    for (const chunk of chunks.length > 0 ? chunks : [undefined]) {
      if (chunk === undefined || chunk.fromBytes > offset || endOf(chunk) <= offset) {
        const seen = `its bytes from ${offset} on are gone`;
        throw new PulltabError('storage-refused', { attempted: `read ${digest} from the layer cache`, seen });
      }
      yield await bytesOf(chunk, { fromBytes: offset, toBytes });
      offset = endOf(chunk);
    }
  }
}

/** Where the chunk begins that holds a byte. */
async function findChunkStart(database: Database, digest: Digest, offset: number): Promise<number> {
  if (offset === 0) return 0;
  const chunks = database.transaction('chunks').store;
  const cursor = await chunks.openKeyCursor(IDBKeyRange.bound([digest, 0], [digest, offset]), 'prev');
  return cursor?.key[1] ?? offset;
}

async function findChunks(
  database: Database,
  digest: Digest,
  { fromBytes, toBytes }: ByteRange,
): Promise<StoredChunk[]> {
  const { store } = database.transaction('chunks');
  const within = IDBKeyRange.bound([digest, fromBytes], [digest, toBytes], false, true);
  const [keys, contents] = await Promise.all([store.getAllKeys(within, READ_AHEAD), store.getAll(within, READ_AHEAD)]);
  return contents.map((content, at) => ({ fromBytes: keys[at]?.[1] ?? 0, content }));
}

function endOf({ fromBytes, content }: StoredChunk): number {
  return fromBytes + (content instanceof Blob ? content.size : content.byteLength);
}

/** What the range takes of a chunk; all of it as its own buffer, which the reader may give away. */
async function bytesOf({ fromBytes, content }: StoredChunk, range: ByteRange): Promise<Uint8Array<ArrayBuffer>> {
  const wanted = [range.fromBytes - fromBytes, range.toBytes - fromBytes] as const;
  if (content instanceof Blob) return new Uint8Array(await content.slice(...wanted).arrayBuffer());
  const whole = wanted[0] === 0 && wanted[1] >= content.byteLength;
  return new Uint8Array(whole ? content : content.slice(...wanted));
}

/** Removes a blob, whole or not. The caller holds its lock. */
export async function deleteBlob(digest: Digest): Promise<void> {
  const database = await openDatabase();
  const transaction = database.transaction(['blobs', 'chunks'], 'readwrite');
  await Promise.all([
    transaction.objectStore('chunks').delete(IDBKeyRange.bound([digest, 0], [digest, Number.POSITIVE_INFINITY])),
    transaction.objectStore('blobs').delete(digest),
    transaction.done,
  ]);
}

/** What is stored of each blob, whole or not; blobs of which there is nothing are absent. */
export async function findStoredBytes(
  digests: readonly Digest[],
): Promise<Map<Digest, { readonly bytes: number; readonly complete: boolean }>> {
  const database = await openDatabase();
  const records = await Promise.all(digests.map((digest) => database.get('blobs', digest)));
  return new Map(
    records.flatMap((record) =>
      record ? [[record.digest, { bytes: record.storedBytes, complete: record.complete }] as const] : [],
    ),
  );
}

/** Removes blobs that are not whole, that nobody is writing and that are not among `kept`. */
export async function sweepUnfinishedBlobs(kept: ReadonlySet<Digest> = new Set()): Promise<void> {
  const database = await openDatabase();
  for (const { complete, digest } of await database.getAll('blobs')) {
    if (complete || kept.has(digest)) continue;
    await navigator.locks.request(blobLockName(digest), { ifAvailable: true }, async (lock) => {
      // It may have become whole meanwhile.
      if (lock && !(await database.get('blobs', digest))?.complete) await deleteBlob(digest);
    });
  }
}

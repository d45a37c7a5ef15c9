/** What is in the layer cache, whose it is, and what goes first when room is needed: the least recently used. */
import type { Digest } from '../core/digest.ts';
import { blobLockName, deleteBlob } from './blobs.ts';
import { openDatabase } from './database.ts';

export interface CachedBlob {
  readonly digest: Digest;
  /** Bytes; those that are stored are fewer while it is not whole. */
  readonly size: number;
  readonly storedBytes: number;
  readonly complete: boolean;
  readonly usedAtMs: number;
  /** The images that it was pulled or inspected for, last used first, in familiar form. */
  readonly images: readonly string[];
}

/** Last used first. */
export async function listCachedBlobs(): Promise<CachedBlob[]> {
  const database = await openDatabase();
  const [blobs, uses] = await Promise.all([database.getAll('blobs'), database.getAll('blobUses')]);
  uses.sort((a, b) => b.usedAtMs - a.usedAtMs);
  const listed = blobs.map((blob) => {
    const own = uses.filter(({ digest }) => digest === blob.digest);
    const { digest, size, storedBytes, complete } = blob;
    const usedAtMs = Math.max(blob.usedAtMs, own[0]?.usedAtMs ?? 0);
    return { digest, size, storedBytes, complete, usedAtMs, images: own.map(({ image }) => image) };
  });
  return listed.sort((a, b) => b.usedAtMs - a.usedAtMs);
}

/** Notes that an image needs these blobs now, whether they are here yet or not. */
export async function noteBlobUse(digests: readonly Digest[], image: string): Promise<void> {
  const database = await openDatabase();
  const transaction = database.transaction('blobUses', 'readwrite');
  const usedAtMs = Date.now();
  await Promise.all([...digests.map((digest) => transaction.store.put({ digest, image, usedAtMs })), transaction.done]);
}

/** Removes blobs that nobody is writing or pulling. @returns those that are gone */
export async function removeBlobs(digests: readonly Digest[]): Promise<Set<Digest>> {
  const database = await openDatabase();
  const gone = new Set<Digest>();
  for (const digest of digests) {
    await navigator.locks.request(blobLockName(digest), { ifAvailable: true }, async (lock) => {
      if (lock === null) return;
      await deleteBlob(digest);
      await database.delete('blobUses', IDBKeyRange.bound([digest, ''], [digest, '\uffff']));
      gone.add(digest);
    });
  }
  return gone;
}

/**
 * Removes whole blobs, least recently used first, until all that are stored take at most `limitBytes`.
 * @param kept blobs that stay, whatever their age
 */
export async function evictBlobs(limitBytes: number, kept: ReadonlySet<Digest>): Promise<void> {
  const blobs = await listCachedBlobs();
  let storedBytes = blobs.reduce((sum, blob) => sum + blob.storedBytes, 0);
  for (const blob of blobs.toReversed()) {
    if (storedBytes <= limitBytes) return;
    if (!blob.complete || kept.has(blob.digest)) continue;
    if ((await removeBlobs([blob.digest])).size > 0) storedBytes -= blob.storedBytes;
  }
}

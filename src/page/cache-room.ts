/**
 * Room in the layer cache for a download: within the budget that the person set and the quota that the browser gives,
 * by removing what was used least recently. What does not fit then passes through without being kept.
 */
import type { Digest } from '../core/digest.ts';
import { evictBlobs, listCachedBlobs, noteBlobUse } from '../store/cache.ts';

/** Of the quota, what is left to everything else: the database's own, indexes, manifests. */
const QUOTA_SHARE = 0.9;

/**
 * @param images familiar reference of what is pulled → its blobs
 * @param blobs all that it needs
 * @param budgetBytes what all blobs may take together; undefined for what the browser gives
 */
export async function makeRoom(
  images: ReadonlyMap<string, readonly Digest[]>,
  blobs: readonly { readonly digest: Digest; readonly size: number }[],
  budgetBytes: number | undefined,
): Promise<void> {
  const needed = new Set(blobs.map(({ digest }) => digest));
  for (const [image, own] of images) await noteBlobUse(own, image);
  const stored = await listCachedBlobs();
  const storedBytes = stored.reduce((sum, blob) => sum + blob.storedBytes, 0);
  const here = new Set(stored.filter(({ complete }) => complete).map(({ digest }) => digest));
  const missingBytes = blobs.reduce((sum, { digest, size }) => sum + (here.has(digest) ? 0 : size), 0);
  const limitBytes = Math.min(budgetBytes ?? Number.POSITIVE_INFINITY, await quotaBytes(storedBytes));
  if (storedBytes + missingBytes > limitBytes) await evictBlobs(Math.max(0, limitBytes - missingBytes), needed);
}

/** What blobs may take by the browser's word; no limit where it says nothing (WebKit has no estimate everywhere). */
async function quotaBytes(storedBytes: number): Promise<number> {
  const { quota, usage } = (await navigator.storage?.estimate?.()) ?? {};
  if (quota === undefined || usage === undefined) return Number.POSITIVE_INFINITY;
  return quota * QUOTA_SHARE - Math.max(0, usage - storedBytes);
}

/** Asks the browser not to clear what is kept, once; some browsers ask the person, so not before a download. */
export async function askToPersist(): Promise<void> {
  if ((await navigator.storage?.persisted?.()) === false) await navigator.storage.persist();
}

/**
 * What was read of layers, by digest: a second look at an image reads nothing. Those used longest ago go first.
 */
import type { Digest } from '../core/digest.ts';
import type { LayerIndex } from '../core/layer/layer-index.ts';
import { openDatabase } from './database.ts';

/** Goes up with every change to what a `LayerIndex` holds or means; records of other formats are read anew. */
const FORMAT = 1;
/** Records kept. One takes some 100 bytes an entry: 1 MB for a usual layer. */
const INDEXES_KEPT = 300;

/** A record is not written again for every look at it (ms). */
const USED_EVERY_MS = 24 * 60 * 60 * 1000;

/**
 * What is known of the layer, if anything.
 * @throws PulltabError `storage-refused`
 */
export async function findLayerIndex(digest: Digest, nowMs: number): Promise<LayerIndex | undefined> {
  const { store } = (await openDatabase()).transaction('layerIndexes', 'readwrite');
  const record = await store.get(digest);
  if (record === undefined || record.format !== FORMAT) return undefined;
  if (nowMs - record.usedAtMs > USED_EVERY_MS) await store.put({ ...record, usedAtMs: nowMs });
  return record.index;
}

/**
 * Keeps what was read of a layer whose bytes matched its digest.
 * @throws PulltabError `storage-refused`, or the browser's error where its storage is full
 */
export async function keepLayerIndex(digest: Digest, index: LayerIndex, nowMs: number): Promise<void> {
  const { store, done } = (await openDatabase()).transaction('layerIndexes', 'readwrite');
  await store.put({ digest, format: FORMAT, usedAtMs: nowMs, index });
  let surplus = (await store.count()) - INDEXES_KEPT;
  for (let cursor = await store.index('usedAtMs').openKeyCursor(); cursor !== null && surplus > 0; surplus--) {
    await store.delete(cursor.primaryKey);
    cursor = await cursor.continue();
  }
  await done;
}

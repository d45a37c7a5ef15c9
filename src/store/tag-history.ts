/** Which digest a tag had whenever this browser saw it: kept on this machine only, until it is cleared. */
import type { Digest } from '../core/digest.ts';
import { openDatabase, type TagSighting } from './database.ts';

/** Tags that are remembered; those seen longest ago go first. */
const TAGS_KEPT = 500;
/** Sightings of one tag; the oldest go first. */
const SIGHTINGS_KEPT = 50;

/**
 * Notes that the tag has this digest now, and gives its whole history, oldest first.
 * @param reference canonical, with its tag: "docker.io/library/nginx:1.27"
 */
export async function rememberTag(reference: string, digest: Digest, nowMs: number): Promise<readonly TagSighting[]> {
  // One transaction: another window that sees the tag at the same time waits.
  const store = (await openDatabase()).transaction('tags', 'readwrite').store;
  const before = (await store.get(reference))?.sightings ?? [];
  const latest = before.at(-1);
  const sightings =
    latest?.digest === digest
      ? [...before.slice(0, -1), { ...latest, lastSeenMs: nowMs }]
      : [...before, { digest, firstSeenMs: nowMs, lastSeenMs: nowMs }].slice(-SIGHTINGS_KEPT);
  await store.put({ reference, sightings, seenAtMs: nowMs });
  let surplus = (await store.count()) - TAGS_KEPT;
  for (let cursor = await store.index('seenAtMs').openCursor(); cursor !== null && surplus > 0; surplus--) {
    await cursor.delete();
    cursor = await cursor.continue();
  }
  return sightings;
}

/** Oldest first; empty for a tag that was never seen. */
export async function readTagHistory(reference: string): Promise<readonly TagSighting[]> {
  return (await (await openDatabase()).get('tags', reference))?.sightings ?? [];
}

/** Forgets every tag of every repository. */
export async function clearTagHistory(): Promise<void> {
  await (await openDatabase()).clear('tags');
}

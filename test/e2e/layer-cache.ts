/** What the app keeps of layers and downloads, read from its database by a browser that is driven. */

export interface LayerCache {
  /** Of all blobs, whole or not. */
  readonly storedBytes: number;
  /** Blobs that are not whole. */
  readonly halves: number;
  /** What there is of each of these, where there is something; rising. */
  readonly halfBytes: readonly number[];
  /** Chunks of blobs that are not whole, or that there is no record of. */
  readonly orphans: number;
  /** Downloads that are not over. */
  readonly jobs: number;
}

/** Runs in the page, so that it may use nothing of this file. */
export async function readLayerCache(): Promise<LayerCache> {
  const read = <T>(request: IDBRequest<T>) =>
    new Promise<T>((resolve, reject) => {
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
  const database = await read(indexedDB.open('pulltab'));
  const stores = database.transaction(['blobs', 'chunks', 'jobs']);
  const blobs: { digest: string; complete: boolean; storedBytes: number }[] = await read(
    stores.objectStore('blobs').getAll(),
  );
  const chunks = await read(stores.objectStore('chunks').getAllKeys());
  const jobs = await read(stores.objectStore('jobs').count());
  database.close();
  const halves = blobs.filter(({ complete }) => !complete);
  const whole = new Set(blobs.filter(({ complete }) => complete).map(({ digest }) => digest));
  return {
    storedBytes: blobs.reduce((sum, blob) => sum + blob.storedBytes, 0),
    halves: halves.length,
    halfBytes: halves.flatMap(({ storedBytes }) => storedBytes || []).sort((a, b) => a - b),
    orphans: chunks.filter((key) => !Array.isArray(key) || !whole.has(String(key[0]))).length,
    jobs,
  };
}

/** Web Locks that somebody of the page's origin holds. Runs in the page. */
export async function countLocks(): Promise<number> {
  const { held = [] } = await navigator.locks.query();
  return held.length;
}

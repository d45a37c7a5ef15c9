/** The store on a real IndexedDB with real locks, in Chromium. */
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { digestOf } from '../core/documents.ts';
import { type BrowserStore, openBrowserStore, type StoreGlobals } from './browser-store.ts';

// In the page, where every function given to `evaluate` runs, these are globals.
declare const blobs: StoreGlobals['blobs'];
declare const manifests: StoreGlobals['manifests'];
declare const recent: StoreGlobals['recent'];
declare const database: StoreGlobals['database'];

const MIB = 1024 * 1024;
const [A, B, C] = [digestOf('a'), digestOf('b'), digestOf('c')];

let store: BrowserStore;
let page: Page;
beforeAll(async () => {
  store = await openBrowserStore();
});
afterAll(() => store.close());
beforeEach(async () => {
  page = await store.newPage();
});

/** Writes a blob of chunks that are each filled with their number; the last one may be shorter. */
function write(on: Page, digest: typeof A, size: number, complete: boolean): Promise<void> {
  return on.evaluate(
    async ({ digest, size, complete }) => {
      const writer = await blobs.createBlobWriter(digest, size);
      for (let offset = 0, chunk = 1; offset < size; offset += blobs.CHUNK_BYTES, chunk++) {
        const bytes = new Uint8Array(Math.min(blobs.CHUNK_BYTES, size - offset)).fill(chunk);
        const appended = writer.append(bytes.buffer);
        // The writer's caller uses its buffer again, or gives it away.
        bytes.fill(255);
        await appended;
      }
      if (complete) await writer.complete();
    },
    { digest, size, complete },
  );
}

const isComplete = (on: Page, ...digests: (typeof A)[]) =>
  on.evaluate(async (wanted) => [...(await blobs.findCompleteBlobs(wanted))], digests);

/** The chunks of a range as [length, first byte, last byte], or the error that ended the reading. */
function read(on: Page, digest: typeof A, fromBytes: number, toBytes: number) {
  return on.evaluate(
    async ({ digest, range }) => {
      const chunks: [number, number | undefined, number | undefined][] = [];
      try {
        for await (const bytes of blobs.readChunks(digest, range)) chunks.push([bytes.length, bytes[0], bytes.at(-1)]);
      } catch (error) {
        return { chunks, error: error instanceof Error && 'code' in error ? error.code : String(error) };
      }
      return { chunks };
    },
    { digest, range: { fromBytes, toBytes } },
  );
}

/** How many records each store holds. */
const counts = (on: Page) =>
  on.evaluate(async () => {
    const db = await database.openDatabase();
    return { blobs: await db.count('blobs'), chunks: await db.count('chunks') };
  });

describe('blobs', () => {
  test('are found and read once they are whole, by another page too', async () => {
    await write(page, A, 17 * MIB, true);
    await write(page, B, 0, true);
    const other = await store.another(page);
    expect(await isComplete(other, A, B, C)).toEqual([A, B]);
    expect(await read(other, A, 0, 17 * MIB)).toEqual({
      chunks: [
        [8 * MIB, 1, 1],
        [8 * MIB, 2, 2],
        [MIB, 3, 3],
      ],
    });
    expect(await read(other, A, 8 * MIB, 16 * MIB)).toEqual({ chunks: [[8 * MIB, 2, 2]] });
    expect(await read(other, B, 0, 0)).toEqual({ chunks: [] });
  });

  test('that are not whole are not found, but their chunks can be read', async () => {
    await write(page, A, 9 * MIB, false);
    expect(await isComplete(page, A)).toEqual([]);
    expect(await read(page, A, 0, 8 * MIB)).toEqual({ chunks: [[8 * MIB, 1, 1]] });
  });

  test('are kept as buffers where the browser refuses Blobs, as WebKit’s private windows do', async () => {
    await page.evaluate(() => {
      const put = IDBObjectStore.prototype.put;
      IDBObjectStore.prototype.put = function (value, ...key) {
        if (value instanceof Blob) throw new DOMException('Error preparing Blob/File data', 'UnknownError');
        return put.call(this, value, ...key);
      };
    });
    await write(page, A, 9 * MIB, true);
    expect(await isComplete(page, A)).toEqual([A]);
    expect(await read(page, A, 0, 9 * MIB)).toEqual({
      chunks: [
        [8 * MIB, 1, 1],
        [MIB, 2, 2],
      ],
    });
    expect(await counts(page)).toEqual({ blobs: 1, chunks: 2 });
  });

  test('of which a chunk is gone end in an error', async () => {
    await write(page, A, 9 * MIB, true);
    await page.evaluate(async (digest) => (await database.openDatabase()).delete('chunks', [digest, 8388608]), A);
    expect(await read(page, A, 0, 9 * MIB)).toEqual({ chunks: [[8 * MIB, 1, 1]], error: 'storage-refused' });
  });

  test('of which the first or a middle chunk is gone end in an error, and not in the bytes of another', async () => {
    await write(page, A, 25 * MIB, true);
    const lose = (fromBytes: number) =>
      page.evaluate(async ([digest, from]) => (await database.openDatabase()).delete('chunks', [digest, from]), [
        A,
        fromBytes,
      ] as const);
    await lose(8 * MIB);
    expect(await read(page, A, 0, 25 * MIB)).toEqual({ chunks: [[8 * MIB, 1, 1]], error: 'storage-refused' });
    expect(await read(page, A, 9 * MIB, 10 * MIB)).toEqual({ chunks: [], error: 'storage-refused' });
    await lose(0);
    expect(await read(page, A, 0, 25 * MIB)).toEqual({ chunks: [], error: 'storage-refused' });
    expect(await read(page, A, 16 * MIB, 25 * MIB)).toMatchObject({
      chunks: [
        [8 * MIB, 3, 3],
        [MIB, 4, 4],
      ],
    });
  });

  test('give any range of their bytes, whatever sizes they were stored in', async () => {
    await page.evaluate(async (digest) => {
      const writer = await blobs.createBlobWriter(digest, 10);
      for (const chunk of [[0, 1, 2], [3], [4, 5, 6, 7], [8, 9]]) await writer.append(new Uint8Array(chunk).buffer);
      await writer.complete();
    }, A);
    for (let from = 0; from <= 10; from++) {
      for (let to = from; to <= 10; to++) {
        const { chunks } = await read(page, A, from, to);
        const bytes = chunks.flatMap(([length, first = 0]) => Array.from({ length }, (_, at) => first + at));
        expect(bytes).toEqual(Array.from({ length: to - from }, (_, at) => from + at));
      }
    }
  });

  test('that an earlier version kept by their numbers are dropped, and nothing else', async () => {
    const { chunks, recent } = await page.evaluate(async (digest) => {
      const request = indexedDB.open('pulltab', 1);
      request.onupgradeneeded = () => {
        for (const store of ['blobs', 'blobUses', 'recent']) request.result.createObjectStore(store);
        request.result.createObjectStore('chunks').put(new ArrayBuffer(5), [digest, 0]);
        request.transaction?.objectStore('recent').put({ reference: 'a/b' }, 'a/b');
      };
      await new Promise((resolve) => {
        request.onsuccess = resolve;
      });
      request.result.close();
      const opened = await database.openDatabase();
      return { chunks: await opened.count('chunks'), recent: await opened.count('recent') };
    }, A);
    expect({ chunks, recent }).toEqual({ chunks: 0, recent: 1 });
  });

  test('are written from nothing, and leave nothing when they are abandoned', async () => {
    await write(page, A, 17 * MIB, true);
    await write(page, B, MIB, true);
    await page.evaluate(async (digest) => {
      const writer = await blobs.createBlobWriter(digest, 10);
      await writer.append(new ArrayBuffer(10));
    }, A);
    expect(await counts(page)).toEqual({ blobs: 2, chunks: 2 });
    expect(await isComplete(page, A, B)).toEqual([B]);
    await page.evaluate(async (digest) => {
      const writer = await blobs.createBlobWriter(digest, 10);
      await writer.append(new ArrayBuffer(5));
      await writer.abandon();
    }, A);
    expect(await counts(page)).toEqual({ blobs: 1, chunks: 1 });
    expect(await isComplete(page, A, B)).toEqual([B]);
  });

  test('that a page left half-written are swept, those that somebody writes are not', async () => {
    await write(page, A, MIB, true);
    await write(page, B, MIB, false);
    const other = await store.another(page);
    await write(other, C, MIB, false);
    await other.evaluate((digest) => {
      void navigator.locks.request(blobs.blobLockName(digest), () => new Promise(() => undefined));
    }, C);
    await page.evaluate(() => blobs.sweepUnfinishedBlobs());
    expect(await counts(page)).toEqual({ blobs: 2, chunks: 2 });
    await other.close();
    // The browser gives the locks of a closed page back in its own time.
    await page.evaluate((digest) => navigator.locks.request(blobs.blobLockName(digest), () => undefined), C);
    await page.evaluate(() => blobs.sweepUnfinishedBlobs());
    expect(await counts(page)).toEqual({ blobs: 1, chunks: 1 });
    expect(await isComplete(page, A, B, C)).toEqual([A]);
  });

  test('for which there is no room say so', async () => {
    const code = await page.evaluate(async (digest) => {
      const writer = await blobs.createBlobWriter(digest, 10);
      IDBObjectStore.prototype.put = () => {
        throw new DOMException('no room', 'QuotaExceededError');
      };
      return writer.append(new ArrayBuffer(10)).then(
        () => 'appended',
        (error: unknown) => (error instanceof Error && 'code' in error ? error.code : String(error)),
      );
    }, A);
    expect(code).toBe('storage-full');
  });
});

test('a manifest is kept as it was served', async () => {
  const found = await page.evaluate(async (digest) => {
    await manifests.keepManifest({ digest, bytes: Uint8Array.of(1, 2, 3), contentType: undefined });
    const record = await manifests.findManifest(digest);
    return record && { ...record, bytes: [...record.bytes] };
  }, A);
  expect(found).toEqual({ digest: A, bytes: [1, 2, 3], contentType: undefined });
  expect(await page.evaluate((digest) => manifests.findManifest(digest), B)).toBeUndefined();
});

test('the images that were opened last are kept, each once', async () => {
  const names = await page.evaluate(async () => {
    for (let index = 0; index < 12; index++) {
      await recent.rememberRecent({ reference: `image:${index}`, openedAtMs: 1000 + index });
    }
    await recent.rememberRecent({ reference: 'image:6', openedAtMs: 5000 });
    return (await recent.listRecent()).map(({ reference }) => reference);
  });
  expect(names).toEqual([6, 11, 10, 9, 8, 7, 5, 4].map((index) => `image:${index}`));
  await page.evaluate(() => recent.clearRecent());
  expect(await page.evaluate(() => recent.listRecent())).toEqual([]);
});

describe('the database', () => {
  test('steps aside for a newer page, and is opened again', async () => {
    await write(page, A, MIB, true);
    const other = await store.another(page);
    const version = await other.evaluate(
      () =>
        new Promise<number>((resolve, reject) => {
          const request = indexedDB.open('pulltab', 1000);
          request.onblocked = () => reject(new Error('the older page stays'));
          request.onerror = () => reject(request.error);
          request.onsuccess = () => {
            resolve(request.result.version);
            request.result.close();
          };
        }),
    );
    expect(version).toBe(1000);
    // The older page cannot read what a newer one keeps, and says so.
    const told = await page.evaluate(() =>
      database.openDatabase().then(
        () => 'opened',
        (error: unknown) => String(error),
      ),
    );
    expect(told).toContain('VersionError');
  });

  test('that the browser refuses is asked for again later', async () => {
    const told = await page.evaluate(async () => {
      const open = IDBFactory.prototype.open;
      IDBFactory.prototype.open = () => {
        throw new DOMException('a private window', 'SecurityError');
      };
      const refused = await database.openDatabase().catch((error: unknown) => error);
      IDBFactory.prototype.open = open;
      await database.openDatabase();
      return refused instanceof Error && 'code' in refused && 'seen' in refused
        ? [refused.code, refused.seen]
        : refused;
    });
    expect(told).toEqual(['storage-refused', 'SecurityError: a private window']);
  });
});

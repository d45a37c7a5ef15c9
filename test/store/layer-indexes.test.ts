/** What is kept of layers that were read, on a real IndexedDB in Chromium. */
import { execFileSync } from 'node:child_process';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { parseDigest } from '../../src/core/digest.ts';
import { readLayer } from '../../src/core/layer/read-layer.ts';
import { digestOf } from '../core/documents.ts';
import { type BrowserStore, openBrowserStore, type StoreGlobals } from './browser-store.ts';

// In the page, where every function given to `evaluate` runs, these are globals.
declare const layerIndexes: StoreGlobals['layerIndexes'];
declare const database: StoreGlobals['database'];

const DAY_MS = 24 * 60 * 60 * 1000;
const KEPT = 300;
const DIGEST = digestOf('d');

let store: BrowserStore;
let page: Page;
beforeAll(async () => {
  store = await openBrowserStore();
});
afterAll(() => store.close());
beforeEach(async () => {
  page = await store.newPage();
});

/** Of a tar that GNU tar made of this folder. */
async function readIndex() {
  const tar = new Blob([new Uint8Array(execFileSync('tar', ['cf', '-', '-C', import.meta.dirname, '.']))]);
  return readLayer(tar.stream(), { signal: new AbortController().signal });
}

const find = (nowMs = 1) =>
  page.evaluate(async ([digest, now]) => (await layerIndexes.findLayerIndex(digest, now))?.paths, [
    DIGEST,
    nowMs,
  ] as const);

test('what was read of a layer is found again, as it was', async () => {
  expect(await find()).toBe(undefined);
  // What the driver passes to pages are no Maps.
  const { extras: _, ...columns } = await readIndex();
  await page.evaluate(
    ([digest, kept]) => {
      const extras = new Map([[7, { device: { major: 1, minor: 3 }, xattrs: { 'user.a': new Uint8Array([1, 255]) } }]]);
      return layerIndexes.keepLayerIndex(digest, { ...kept, extras }, 1);
    },
    [DIGEST, columns] as const,
  );
  const found = await (await store.another(page)).evaluate(async (digest) => {
    const { extras, ...rest } = (await layerIndexes.findLayerIndex(digest, 2)) ?? {};
    return { rest, extras: [...(extras ?? [])] };
  }, DIGEST);
  expect(found.rest).toEqual(columns);
  expect(columns.paths).toContain('layer-indexes.test.ts');
  const extra = { device: { major: 1, minor: 3 }, xattrs: { 'user.a': new Uint8Array([1, 255]) } };
  expect(found.extras).toEqual([[7, extra]]);
});

test('a record of another format is read anew', async () => {
  const index = await readIndex();
  await page.evaluate(
    async ([digest, kept]) => {
      await layerIndexes.keepLayerIndex(digest, kept, 1);
      const open = await database.openDatabase();
      const record = await open.get('layerIndexes', digest);
      if (record !== undefined) await open.put('layerIndexes', { ...record, format: record.format + 1 });
    },
    [DIGEST, index] as const,
  );
  expect(await find()).toBe(undefined);
});

test('those used longest ago go first, and looking at one counts as use', async () => {
  const index = await readIndex();
  const digests = Array.from({ length: KEPT }, (_, at) => parseDigest(`sha256:${String(at).padStart(64, '0')}`));
  const left = await page.evaluate(
    async ([first, others, kept, day]) => {
      await layerIndexes.keepLayerIndex(first, kept, 1);
      for (const [at, digest] of others.slice(1).entries()) await layerIndexes.keepLayerIndex(digest, kept, at + 2);
      await layerIndexes.findLayerIndex(first, 2 * day);
      // One too many: the second goes, because the first was looked at since.
      await layerIndexes.keepLayerIndex(others[0] ?? first, kept, 2 * day);
      return (await database.openDatabase()).getAllKeys('layerIndexes');
    },
    [DIGEST, digests, index, DAY_MS] as const,
  );
  expect(left).toHaveLength(KEPT);
  expect(left).toContain(DIGEST);
  expect(left).not.toContain(digests[1]);
  expect(left).toContain(digests[0]);
});

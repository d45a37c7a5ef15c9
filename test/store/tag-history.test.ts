/** What is remembered of tags, on a real IndexedDB in Chromium. */
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { digestOf } from '../core/documents.ts';
import { type BrowserStore, openBrowserStore, type StoreGlobals } from './browser-store.ts';

// In the page, where every function given to `evaluate` runs, this is a global.
declare const tagHistory: StoreGlobals['tagHistory'];

const [A, B] = [digestOf('a'), digestOf('b')];
const TAG = 'docker.io/library/nginx:1.27';

let store: BrowserStore;
let page: Page;
beforeAll(async () => {
  store = await openBrowserStore();
});
afterAll(() => store.close());
beforeEach(async () => {
  page = await store.newPage();
});

function remember(on: Page, tag: string, digest: typeof A, nowMs: number) {
  return on.evaluate(({ tag, digest, nowMs }) => tagHistory.rememberTag(tag, digest, nowMs), { tag, digest, nowMs });
}

const read = (tag: string) => page.evaluate((wanted) => tagHistory.readTagHistory(wanted), tag);

test('a tag that was never seen has no history', async () => {
  expect(await read(TAG)).toEqual([]);
});

test('each digest is there from when it was first seen to when it was seen last, again when it comes back', async () => {
  await remember(page, TAG, A, 10);
  await remember(page, TAG, A, 20);
  await remember(page, TAG, B, 30);
  const history = [
    { digest: A, firstSeenMs: 10, lastSeenMs: 20 },
    { digest: B, firstSeenMs: 30, lastSeenMs: 30 },
    { digest: A, firstSeenMs: 40, lastSeenMs: 40 },
  ];
  expect(await remember(page, TAG, A, 40)).toEqual(history);
  expect(await read(TAG)).toEqual(history);
  expect(await read('docker.io/library/nginx:1.28')).toEqual([]);
});

test('two windows that see a tag at once lose nothing', async () => {
  const other = await store.another(page);
  await Promise.all([page, other].map((on, at) => remember(on, TAG, at === 0 ? A : B, 10 + at)));
  expect((await read(TAG)).map(({ digest }) => digest).toSorted()).toEqual([A, B]);
});

test('of one tag the last 50 sightings stay', async () => {
  await page.evaluate(
    async ({ tag, digests }) => {
      for (let at = 0; at < 60; at++) await tagHistory.rememberTag(tag, digests[at % 2 === 0 ? 0 : 1], at);
    },
    { tag: TAG, digests: [A, B] as const },
  );
  const history = await read(TAG);
  expect(history).toHaveLength(50);
  expect(history[0]?.firstSeenMs).toBe(10);
  expect(history.at(-1)?.firstSeenMs).toBe(59);
});

test('of many tags the 500 that were seen last stay', async () => {
  await page.evaluate(async (digest) => {
    for (let at = 0; at < 502; at++) await tagHistory.rememberTag(`registry.example/a:${at}`, digest, 1000 + at);
    await tagHistory.rememberTag('registry.example/a:2', digest, 5000);
    await tagHistory.rememberTag('registry.example/a:new', digest, 5001);
  }, A);
  const kept = await Promise.all(['0', '1', '2', '3', '501', 'new'].map((tag) => read(`registry.example/a:${tag}`)));
  expect(kept.map(({ length }) => length)).toEqual([0, 0, 1, 0, 1, 1]);
});

test('all of it is forgotten on request', async () => {
  await remember(page, TAG, A, 10);
  await page.evaluate(() => tagHistory.clearTagHistory());
  expect(await read(TAG)).toEqual([]);
});

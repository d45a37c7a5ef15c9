/** The failures that are kept, on a real IndexedDB in Chromium. */
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { RequestRecord } from '../../src/core/report/request-record.ts';
import { type BrowserStore, openBrowserStore, type StoreGlobals } from './browser-store.ts';

declare const failures: StoreGlobals['failures'];

let store: BrowserStore;
let page: Page;
beforeAll(async () => {
  store = await openBrowserStore();
});
afterAll(() => store.close());
beforeEach(async () => {
  page = await store.newPage();
});

function failure(startedAtMs: number): RequestRecord {
  return {
    ...{ startedAtMs, method: 'GET', address: 'https://a.example/v2/', via: 'relay', accept: undefined },
    ...{ range: undefined, authorization: 'Basic', status: 403, bytes: 2, waitMs: 1, tookMs: 2 },
    ...{
      headers: [['date', 'x']],
      redirectedTo: undefined,
      failure: 'auth-denied',
      registryCode: 'DENIED',
      cancelled: false,
    },
  };
}

const keep = (on: Page, records: readonly RequestRecord[]) =>
  on.evaluate(async (all) => {
    for (const one of all) await failures.keepFailure(one);
  }, records);
const list = (on: Page) => on.evaluate(() => failures.listFailures());

test('come back as they were, the oldest first, in other pages too', async () => {
  const records = [failure(5), failure(3)];
  await keep(page, records);
  expect(await list(await store.another(page))).toEqual(records);
});

test('are the last hundred', async () => {
  await keep(
    page,
    Array.from({ length: 103 }, (_, at) => failure(at)),
  );
  const kept = await list(page);
  expect(kept.map(({ startedAtMs }) => startedAtMs)).toEqual(Array.from({ length: 100 }, (_, at) => at + 3));
});

test('are gone when cleared', async () => {
  await keep(page, [failure(1)]);
  await page.evaluate(() => failures.clearFailures());
  expect(await list(page)).toEqual([]);
});

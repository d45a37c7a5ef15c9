/** The layer cache in a real browser: what its page shows, and downloads when there is no room. */
import type { BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Lab } from '../lab/lab.ts';
import { removeFolder, temporaryFolder } from '../lab/process.ts';
import { useLab } from '../lab/use-lab.ts';
import { type App, startApp } from './app.ts';
import { differences } from './archive.ts';
import { download, openProfile } from './browser.ts';
import { countLocks, readLayerCache } from './layer-cache.ts';

let lab: Lab;
let app: App;
let folder: string;
let context: BrowserContext;
let page: Page;

beforeAll(async () => {
  [lab, app] = await Promise.all([useLab(), startApp()]);
});

afterAll(() => app?.close());

beforeEach(async () => {
  folder = temporaryFolder('profile');
  ({ context, page } = await openProfile(folder));
});

afterEach(async () => {
  await context.close();
  removeFolder(folder);
});

async function pull(name: string): Promise<void> {
  await page.goto(app.address(`${lab.plain.host}/${name}:1`));
  await page.getByRole('heading', { level: 1, name: `${lab.plain.host}/${name}:1` }).waitFor();
  const { path } = await download(page);
  expect(await differences(path, `${lab.plain.base}/v2/${name}`)).toEqual([]);
  await page.getByText('Delivered').first().waitFor();
}

const rows = () => page.getByRole('table', { name: 'Layers in the cache' }).getByRole('row');
const digests = async (): Promise<string[]> => {
  const buttons = await page.getByRole('button', { name: /^Remove sha256:/ }).all();
  const names = await Promise.all(buttons.map((button) => button.getAttribute('aria-label')));
  return names.map((name) => (name ?? '').replace('Remove ', ''));
};

describe('the page of the cache', () => {
  test('lists layers with their images, and one that is removed is fetched again, alone', async () => {
    await pull('app/medium');
    await page.goto(app.address('cache'));
    await expect.poll(() => rows().count()).toBe(6);
    expect(await page.getByRole('link', { name: `${lab.plain.host}/app/medium:1` }).count()).toBe(5);
    const [first = ''] = await digests();
    await page.getByRole('button', { name: `Remove ${first}` }).click();
    await expect.poll(() => rows().count()).toBe(5);
    const asked: string[] = [];
    page.on('request', (request) => asked.push(request.url()));
    context.on('request', (request) => asked.push(request.url()));
    await pull('app/medium');
    expect(new Set(asked.filter((url) => url.includes('/blobs/sha256:')).map((url) => url.split('/').at(-1)))).toEqual(
      new Set([first]),
    );
  });

  test('finds and removes a layer that the disk has damaged', async () => {
    await pull('app/medium');
    await page.goto(app.address('cache'));
    await expect.poll(() => rows().count()).toBe(6);
    const [, damaged = ''] = await digests();
    await page.evaluate(async (digest) => {
      const database = await new Promise<IDBDatabase>((resolve) => {
        const request = indexedDB.open('pulltab');
        request.onsuccess = () => resolve(request.result);
      });
      const chunks = database.transaction('chunks', 'readwrite').objectStore('chunks');
      await new Promise((resolve) => {
        const reading = chunks.get([digest, 0]);
        reading.onsuccess = () => {
          const chunk: Blob = reading.result;
          chunks.put(new Blob([chunk.slice(0, 100), 'x', chunk.slice(101)]), [digest, 0]).onsuccess = resolve;
        };
      });
      database.close();
    }, damaged);
    await page.getByRole('button', { name: 'Verify all again' }).click();
    await expect.poll(async () => (await digests()).includes(damaged), { timeout: 20_000 }).toBe(false);
    await expect.poll(() => page.getByText('verified just now').count(), { timeout: 20_000 }).toBe(4);
  });

  test('is empty after all was removed', async () => {
    await pull('app/hello');
    await page.goto(app.address('cache'));
    await page.getByRole('button', { name: 'Remove all…' }).click();
    await page.getByRole('button', { name: /^Remove (the layer|all)/ }).click();
    await page.getByText('Nothing is kept.').waitFor();
  });

  test('keeps within the size that was set: what was used least recently goes first', async () => {
    await pull('app/hello');
    await page.goto(app.address('cache'));
    await expect.poll(() => rows().count()).toBe(4);
    const before = await digests();
    await page.getByRole('textbox', { name: /Keep at most/ }).fill('0.065');
    await page.getByRole('button', { name: 'Save size' }).click();
    await pull('app/medium');
    await page.goto(app.address('cache'));
    await page
      .getByRole('link', { name: `${lab.plain.host}/app/medium:1` })
      .first()
      .waitFor();
    await expect.poll(() => rows().count()).toBeGreaterThan(5);
    const after = await digests();
    expect(before.every((digest) => after.includes(digest))).toBe(false);
    expect(after.length).toBeGreaterThanOrEqual(5);
  });
});

test('an image that is larger than the browser’s storage passes through, and the page says so', async () => {
  await page.goto(app.address(''));
  const session = await context.newCDPSession(page);
  await session.send('Storage.overrideQuotaForOrigin', { origin: new URL(app.url).origin, quotaSize: 25_000_000 });
  await pull('app/medium');
  await page.getByText(/storage is full: some layers pass through/).waitFor();
  expect(await page.evaluate(readLayerCache)).toMatchObject({ halves: 0, orphans: 0 });
  expect(await page.evaluate(countLocks)).toBe(0);
});

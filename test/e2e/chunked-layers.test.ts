/** Layers that have a table of contents: listed and opened by Range, as the same image is that is read whole. */
import { readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type ChunkedImages, LONG_TEXT, NOISE_BYTES, pushChunkedImages, SMALL_TEXT } from '../lab/chunked-images.ts';
import { type FaultProxy, startFaultProxy } from '../lab/fault-proxy.ts';
import { removeFolder, temporaryFolder } from '../lab/process.ts';
import { useLab } from '../lab/use-lab.ts';
import { type App, startApp } from './app.ts';
import { type OpenBrowser, openBrowser } from './browser.ts';

const folder = temporaryFolder('chunked');

let app: App;
let browser: OpenBrowser;
let proxy: FaultProxy;
let page: Page;
let images: ChunkedImages;

beforeAll(async () => {
  const lab = await useLab();
  images = await pushChunkedImages(folder, lab.pushTo);
  proxy = await startFaultProxy(lab.plain.host);
  [app, browser] = await Promise.all([startApp([`http://${proxy.host}`]), openBrowser()]);
});

afterAll(async () => {
  await browser?.close();
  await app?.close();
  await proxy?.stop();
  removeFolder(folder);
});

beforeEach(async () => {
  proxy.setRules([]);
  proxy.clearRequests();
  page = await browser.newPage();
});

afterEach(async () => {
  await page.context().close();
});

async function openFiles(image: string, params = ''): Promise<void> {
  await page.goto(app.address(`${proxy.host}/${image}?view=files${params}`));
  await page.getByRole('button', { name: 'Save as JSON' }).waitFor();
  await page.getByRole('progressbar', { name: 'Reading the layers' }).waitFor({ state: 'detached' });
}

async function saved(button: string): Promise<Buffer> {
  const waiting = page.waitForEvent('download');
  await page.getByRole('button', { name: button }).click();
  return readFileSync(await (await waiting).path());
}

/** Without the two files that eStargz adds to a layer: its table, and the mark that nothing is to be fetched first. */
async function listing(): Promise<unknown[]> {
  const files = JSON.parse((await saved('Save as JSON')).toString()) as Record<string, unknown>[];
  return files
    .filter(({ path }) => !/^\/(?:stargz\.index\.json|\.no\.prefetch\.landmark|)$/.test(String(path)))
    .sort((a, b) => (String(a.path) < String(b.path) ? -1 : 1));
}

const blobsAsked = () => proxy.requests().filter(({ path, range }) => path.includes('/blobs/') && range !== '');
const bytesAsked = () => blobsAsked().reduce((sum, { bytes }) => sum + bytes, 0);

describe.each(['estargz', 'zstdChunked'] as const)('layers of %s', (kind) => {
  test('are listed by less than one percent of their bytes', async () => {
    await openFiles(images[kind]);
    await page.getByText('Layers 1, 2 of 2 were listed by their tables of contents').waitFor();
    const listed = await listing();
    expect(proxy.requests().filter(({ path, range }) => /\/blobs\//.test(path) && range === '')).toHaveLength(1);
    expect(bytesAsked()).toBeGreaterThan(100);
    expect(bytesAsked()).toBeLessThan(NOISE_BYTES / 100);
    await openFiles(images.plain);
    expect(listed).toEqual(await listing());
    expect(listed.length).toBeGreaterThan(8);
    expect(await page.getByText('of contents, which the manifest vouches for').count()).toBe(0);
  });

  test('give their files by the ranges of their pieces', async () => {
    await openFiles(images[kind], '&path=/etc/small');
    proxy.clearRequests();
    expect((await saved('Save file')).toString()).toBe(SMALL_TEXT);
    expect(bytesAsked()).toBeLessThan(10_000);
    await openFiles(images[kind], '&path=/etc/second-name');
    expect((await saved('Save file')).toString()).toBe(SMALL_TEXT);
    await openFiles(images[kind], '&path=/text');
    proxy.clearRequests();
    expect((await saved('Save file')).toString()).toBe(LONG_TEXT);
    expect(bytesAsked()).toBeLessThan(3_000_000);
  });

  test('give their files out of the layer cache once the image is there', async () => {
    await openFiles(images[kind], '&path=/etc/small');
    const whole = page.waitForEvent('download');
    await page.getByRole('button', { name: /^Download/ }).click();
    await (await whole).path();
    await page.getByRole('region', { name: 'Downloads' }).getByText('Delivered', { exact: true }).waitFor();
    proxy.clearRequests();
    expect((await saved('Save file')).toString()).toBe(SMALL_TEXT);
    await openFiles(images[kind], '&path=/text');
    expect((await saved('Save file')).toString()).toBe(LONG_TEXT);
    expect(blobsAsked()).toEqual([]);
  });

  test('give a directory as a tar', async () => {
    await openFiles(images[kind], '&path=/etc');
    const tar = await saved('Save as tar');
    expect(tar.includes(SMALL_TEXT)).toBe(true);
    expect(tar.includes('above\n')).toBe(true);
  });

  test('are read whole where the registry sends no parts, which is told', async () => {
    proxy.setRules([{ path: /\/blobs\//, fault: { kind: 'drop-range' } }]);
    await openFiles(images[kind]);
    await page.getByText('the registry does not send parts of it').first().waitFor();
    const listed = await listing();
    await openFiles(images.plain);
    expect(listed).toEqual(await listing());
  });

  test('are read whole where the table is another one, which is told', async () => {
    // The first range that is asked for has the table.
    proxy.setRules([{ path: /\/blobs\//, fault: { kind: 'shift-range', bytes: 1 } }]);
    await openFiles(images[kind]);
    await page
      .getByText(/read whole all the same/)
      .first()
      .waitFor();
  });

  test('are asked for through the relay too', async () => {
    proxy.setRules([{ path: /./, fault: { kind: 'no-cors' } }]);
    await openFiles(images[kind], '&path=/etc/small');
    expect((await saved('Save file')).toString()).toBe(SMALL_TEXT);
    expect(bytesAsked()).toBeGreaterThan(100);
    expect(bytesAsked()).toBeLessThan(NOISE_BYTES / 100);
  });

  test('give no file whose piece was changed on its way', async () => {
    await openFiles(images[kind], '&path=/etc/small');
    proxy.setRules([{ path: /\/blobs\//, fault: { kind: 'shift-range', bytes: 3 } }]);
    await page.getByRole('button', { name: 'Save file' }).click();
    // The view of its text fails as well, when it is as quick.
    await page.locator('main').getByRole('alert').first().waitFor();
  });
});

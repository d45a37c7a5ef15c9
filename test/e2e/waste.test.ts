/** The waste of an image in Chromium: the figures, where they come from, links to them, and the saved report. */
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { packTar, type TarEntry } from 'modern-tar';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Lab } from '../lab/lab.ts';
import { digestOf, type Pushed, pushBlob, pushManifest } from '../lab/push.ts';
import { useLab } from '../lab/use-lab.ts';
import { type App, startApp } from './app.ts';
import { type OpenBrowser, openBrowser } from './browser.ts';

const MEDIA = 'application/vnd.oci.image';

const written = (name: string, size: number, uid = 0): TarEntry => ({
  header: { name, size, uid, mtime: new Date(1_700_000_000_000) },
  body: new Uint8Array(size),
});

/** The fixture of test/core/layer/waste.test.ts, a thousand times as large. */
const LAYERS: readonly (readonly TarEntry[])[] = [
  [written('bin/sh', 1_000_000), written('etc/motd', 50_000)],
  [
    ...[written('etc/motd', 60_000), written('var/cache/apt/pkg.bin', 700_000), written('app/run', 300_000)],
    ...[written('src/a.c', 40_000), written('src/b.c', 60_000)],
  ],
  [written('var/cache/apt/.wh.pkg.bin', 0), written('.wh.src', 0), written('app/run', 300_000, 1000)],
];

let lab: Lab;
let app: App;
let browser: OpenBrowser;
let layers: readonly Pushed[];

beforeAll(async () => {
  lab = await useLab();
  layers = await push('waste/three', LAYERS);
  await push('waste/none', LAYERS.slice(0, 1));
  [app, browser] = await Promise.all([startApp(), openBrowser()]);
});

afterAll(async () => {
  await browser?.close();
  await app?.close();
});

async function push(repository: string, entries: readonly (readonly TarEntry[])[]): Promise<Pushed[]> {
  const target = { host: lab.pushTo, repository };
  const tars = await Promise.all(entries.map(async (layer) => Buffer.from(await packTar([...layer]))));
  const pushed: Pushed[] = [];
  for (const tar of tars) pushed.push(await pushBlob(target, `${MEDIA}.layer.v1.tar+gzip`, gzipSync(tar)));
  const config = {
    ...{ architecture: 'amd64', os: 'linux', config: {} },
    rootfs: { type: 'layers', diff_ids: tars.map(digestOf) },
  };
  const described = await pushBlob(target, `${MEDIA}.config.v1+json`, JSON.stringify(config));
  const manifest = { schemaVersion: 2, mediaType: `${MEDIA}.manifest.v1+json`, config: described, layers: pushed };
  await pushManifest(target, manifest, '1');
  return pushed;
}

async function visit(repository: string, width = 1280): Promise<Page> {
  const page = await browser.newPage({ width });
  await page.goto(app.address(`${lab.plain.host}/${repository}:1?view=waste`));
  return page;
}

async function save(page: Page, button: string): Promise<string> {
  const waiting = page.waitForEvent('download');
  await page.getByRole('button', { name: button }).click();
  return readFileSync(await (await waiting).path(), 'utf8');
}

test('says what is wasted, where, and what would help', async () => {
  const page = await visit('waste/three');
  const rows = page.getByRole('table', { name: /^Worst paths/ }).getByRole('row');
  await rows.nth(3).waitFor();
  await page.getByText('So far').waitFor({ state: 'detached' });
  // 1550 of 2610, 1410 wasted, of 1460 in the upper layers: worked out in test/core/layer/waste.test.ts.
  const figures = await page.getByRole('region', { name: 'Figures' }).innerText();
  expect(figures.replace(/\s+/g, ' ')).toMatch(/Efficiency 59\.4 % Wasted 1\.41 MB .* 96\.6 % .* 2\.51 MB/);
  expect((await rows.allInnerTexts()).slice(1).map((text) => text.replace(/\s+/g, ' '))).toEqual([
    '700 kB /var/cache/apt/pkg.bin 2 3− Keep package caches out',
    '600 kB /app/run 2 3≈ Set owner and mode while copying',
    '110 kB /etc/motd 1 2 Begin with a smaller base',
  ]);
  const help = await page.getByRole('region', { name: 'What would help' }).getByRole('listitem').allInnerTexts();
  expect(help.map((text) => text.split('\n')[0])).toEqual(['700 kB', '600 kB', '110 kB']);
  const directories = page.getByRole('table', { name: /^Removed directories/ });
  expect(await directories.getByRole('row').nth(1).innerText()).toMatch(/100 kB\s+\/src\s+3−/);
});

test('leads to the file in the layer that removed it', async () => {
  const page = await visit('waste/three');
  await page.getByRole('link', { name: '/var/cache/apt/pkg.bin' }).click();
  const address = new URLSearchParams(new URL(page.url()).hash.split('?')[1]);
  expect(Object.fromEntries(address)).toMatchObject({
    ...{ view: 'files', path: '/var/cache/apt/pkg.bin', layer: layers[2]?.digest },
  });
  await page.getByRole('region', { name: '/var/cache/apt/pkg.bin' }).getByText('removed').first().waitFor();
});

test('saves all of it as JSON and CSV', async () => {
  const page = await visit('waste/three');
  await page.getByText('/app/run').waitFor();
  expect(JSON.parse(await save(page, 'Save as JSON'))).toMatchObject({
    ...{ efficiency: 1550 / 2610, wastedBytes: 1_410_000, userBytes: 1_460_000 },
    paths: [
      { path: '/var/cache/apt/pkg.bin', advice: 'package-cache' },
      { path: '/app/run', appearances: [{ layer: 1 }, { layer: 2, what: 'metadata' }] },
      { path: '/etc/motd', bytes: 110_000 },
    ],
    removedDirectories: [{ path: '/src', bytes: 100_000, layer: 2 }],
  });
  const [head, worst] = (await save(page, 'Save as CSV')).split('\r\n');
  expect(head).toBe('path,bytes,times,layers,advice');
  expect(worst).toBe('/var/cache/apt/pkg.bin,700000,2,1 written; 2 removed,Keep package caches out');
});

test('says so where nothing is wasted, and does not scroll sideways on a phone', async () => {
  const page = await visit('waste/none');
  await page.getByText('nothing is wasted').waitFor();
  expect(await page.getByRole('region', { name: 'Figures' }).innerText()).toContain('100 %');
  const narrow = await visit('waste/three', 390);
  await narrow.getByText('/app/run').waitFor();
  expect(await narrow.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
});

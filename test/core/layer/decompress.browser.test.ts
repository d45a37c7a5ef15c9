/** Every compression in Chromium, whose decompressor refuses what follows the first gzip member, and loses bytes then. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterAll, expect, it } from 'vitest';
import { removeFolder, temporaryFolder } from '../../lab/process.ts';
import { openBrowserLayers } from './browser-layers.ts';
import { compressTar, damage } from './compressed-tars.ts';

const folder = temporaryFolder('compressed');
const { tar, forms } = await compressTar(folder);
const plain = readFileSync(tar);
const browser = await openBrowserLayers();

afterAll(async () => {
  await browser.close();
  removeFolder(folder);
});

it.each(forms)('$name', async ({ file }) => {
  expect(await browser.read(file)).toMatchObject({
    complete: true,
    problems: [],
    uncompressedBytes: plain.length,
    diffId: `sha256:${createHash('sha256').update(plain).digest('hex')}`,
  });
});

it('gives what came before the end of a gzip that is cut off', async () => {
  const file = damage(folder, 'gzip-1.gz', (bytes) => bytes.subarray(0, bytes.length - 100_000));
  const reading = await browser.read(file);
  expect(reading).toMatchObject({ complete: false, diffId: undefined });
  expect(reading.problems).toEqual([expect.stringContaining('its gzip data is cut off')]);
  expect(reading.uncompressedBytes).toBeGreaterThan(plain.length / 2);
  expect(reading.count).toBeGreaterThan(1);
});

it.each([
  ['a byte that is another one', (bytes: Buffer) => bytes.fill(0x55, 500_000, 500_100)],
  ['a wrong checksum', (bytes: Buffer) => bytes.fill(0x55, bytes.length - 8, bytes.length - 4)],
  ['something behind it that is no gzip', (bytes: Buffer) => Buffer.concat([bytes, Buffer.from('nothing of it')])],
])('says so of a gzip with %s', async (_, change) => {
  const reading = await browser.read(damage(folder, 'gzip-1.gz', change));
  expect(reading).toMatchObject({ complete: false, diffId: undefined });
  expect(reading.problems.join()).toContain('its gzip data is');
});

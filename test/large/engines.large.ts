/**
 * A download that takes longer than every limit that a browser puts on service workers: over seven minutes, most of it
 * without a byte for the file, because a layer goes on in chunks. In Firefox and WebKitGTK, both at once.
 */
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startBuiltApp } from '../bench/app.ts';
import { differences } from '../e2e/archive.ts';
import { firefox } from '../e2e/engines/firefox.ts';
import { webkit } from '../e2e/engines/webkit.ts';
import { startFaultProxy } from '../lab/fault-proxy.ts';
import { startLab } from '../lab/lab.ts';
import { removeFolder, temporaryFolder } from '../lab/process.ts';

const MINUTE_MS = 60_000;
const LONG_MS = 7 * MINUTE_MS;
/** Of each of three connections: four layers of 15 MiB, two rounds, take 7.5 minutes. */
const BYTES_PER_SECOND = 70_000;
const IMAGE = 'app/medium';
const FILE = 'medium_1_linux-amd64.tar';

const folder = temporaryFolder('large-engines');
const stops: (() => Promise<void>)[] = [];
let registry: string;
let address: string;

beforeAll(async () => {
  const { lab, stop } = await startLab();
  stops.push(stop);
  registry = lab.plain.base;
  const proxy = await startFaultProxy(lab.plain.host);
  stops.push(proxy.stop);
  proxy.setRules([{ path: /\/blobs\//, fault: { kind: 'throttle', bytesPerSecond: BYTES_PER_SECOND } }]);
  const app = await startBuiltApp(join(folder, 'dist'));
  stops.push(app.close);
  address = `${app.url}#/${proxy.host}/${IMAGE}:1`;
});

afterAll(async () => {
  for (const stop of stops.reverse()) await stop();
  removeFolder(folder);
});

test.concurrent.each([firefox, webkit])('$name saves an image in more than seven minutes', async (engine) => {
  const browser = await engine.start();
  try {
    await browser.open(address);
    await browser.click('button', /^Download \d/);
    const startedMs = Date.now();
    const over = /docker load -i medium_1_linux-amd64\.tar|Failed at.*/;
    expect(await browser.waitForText(over, 2 * LONG_MS)).toMatch(/docker load/);
    // Not how fast it is, but that it was as slow as this test is about.
    expect(Date.now() - startedMs).toBeGreaterThan(LONG_MS);
    const [delivered = ''] = /[\d,]+(?= bytes delivered)/.exec(await browser.text('.job-detail')) ?? [];
    const path = await browser.downloaded(FILE, Number(delivered.replaceAll(',', '')));
    expect(await differences(path, `${registry}/v2/${IMAGE}`)).toEqual([]);
  } finally {
    await browser.close();
  }
});

/** The whole job, and what goes wrong with it, in the two engines that are not Chromium, as a person does it. */

import { rmSync } from 'node:fs';
import { basename } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type FaultProxy, type FaultRule, startFaultProxy } from '../lab/fault-proxy.ts';
import type { Lab } from '../lab/lab.ts';
import { HELLO_LINE } from '../lab/layer-tars.ts';
import { type Loaders, startLoaders } from '../lab/loaders.ts';
import { removeFolder, temporaryFolder } from '../lab/process.ts';
import { rangeStarts } from '../lab/request-log.ts';
import { useLab } from '../lab/use-lab.ts';
import { type App, startApp } from './app.ts';
import { differences, listEntries, readEntry, sizeOf } from './archive.ts';
import type { EngineBrowser } from './engines/engine.ts';
import { type FirefoxBrowser, firefox } from './engines/firefox.ts';
import { webkit } from './engines/webkit.ts';
import { pushInspected } from './inspected-image.ts';
import { type LayerCache, readLayerCache } from './layer-cache.ts';

/** A browser starts in each test. */
const LIMIT_MS = 90_000;
const CHUNK_BYTES = 8 * 1024 * 1024;
/** How often the page tells the service worker that it is needed. */
const PING_MS = 10_000;
const HELLO = 'app/hello';
const MEDIUM = 'app/medium';
const HELLO_FILE = 'hello_1_linux-amd64.tar';
const MEDIUM_FILE = 'medium_1_linux-amd64.tar';

let lab: Lab;
let app: App;
let loaders: Loaders;
let proxy: FaultProxy;

beforeAll(async () => {
  lab = await useLab();
  [app, loaders, proxy] = await Promise.all([startApp(), startLoaders(), startFaultProxy(lab.plain.host)]);
});

afterAll(async () => {
  await Promise.all([app?.close(), loaders?.stop(), proxy?.stop()]);
});

beforeEach(() => {
  proxy.setRules([]);
  proxy.clearRequests();
});

const throttled = (bytesPerSecond: number): FaultRule[] => [
  { path: /\/blobs\//, fault: { kind: 'throttle', bytesPerSecond } },
];

const differencesOf = (path: string, repository: string): Promise<string[]> =>
  differences(path, `${lab.plain.base}/v2/${repository}`);

/** Opens an image, through the proxy, and starts its download. */
async function start(browser: EngineBrowser, repository: string): Promise<void> {
  await browser.open(app.address(`${proxy.host}/${repository}:1`));
  await browser.click('button', /^Download \d/);
}

const deleteFiles = (browser: EngineBrowser): void => {
  for (const file of browser.files()) rmSync(file);
};

/** Waits for the whole file, as long as the page announces it. */
async function saved(browser: EngineBrowser, fileName: string): Promise<string> {
  return browser.downloaded(fileName, Number(await browser.evaluate(announcedBytes)));
}

/** Waits until so much of the file is with the browser. */
const underWay = (browser: EngineBrowser): Promise<string> => browser.waitForText(/^[1-9]\d? %$/m);

/** Whatever is left on disk, nothing takes it for an image. */
async function expectNothingLoads(browser: EngineBrowser): Promise<void> {
  for (const path of browser.files()) expect(Object.keys(await loaders.refusals(path))).toHaveLength(5);
}

describe.each([firefox, webkit])('$name', { timeout: LIMIT_MS }, (engine) => {
  let browser: EngineBrowser;

  beforeEach(async () => {
    browser = await engine.start();
  });

  afterEach(async () => {
    await browser?.close();
  });

  test('saves an image that equals the registry’s, blob by blob, and that skopeo reads', async () => {
    await start(browser, HELLO);
    const path = await saved(browser, HELLO_FILE);
    await browser.waitForText(/docker load -i hello_1_linux-amd64\.tar/);
    expect(await differencesOf(path, HELLO)).toEqual([]);
    expect((await listEntries(path)).slice(-3)).toEqual(['index.json', 'manifest.json', 'oci-layout']);
    expect(await browser.text('.job-detail')).toContain(`${sizeOf(path).toLocaleString('en')} bytes delivered`);
    for (const transport of ['docker-archive', 'oci-archive'] as const) {
      expect((await loaders.skopeoInspect(path, transport)).layers).toHaveLength(3);
    }
    expect(browser.files().map((file) => basename(file))).toEqual([HELLO_FILE]);
  });

  test('saves it again from what it kept, without asking for a layer', async () => {
    await start(browser, HELLO);
    await saved(browser, HELLO_FILE);
    await browser.waitForText(/All of it is already here/);
    deleteFiles(browser);
    proxy.clearRequests();
    await browser.open('about:blank');
    await start(browser, HELLO);
    expect(await differencesOf(await saved(browser, HELLO_FILE), HELLO)).toEqual([]);
    expect(proxy.requests().filter(({ path }) => path.includes('/blobs/'))).toEqual([]);
  });

  test('stops a download that is cancelled, holds no lock and asks for nothing more', async () => {
    proxy.setRules(throttled(2_000_000));
    await start(browser, MEDIUM);
    await underWay(browser);
    await browser.click('button', /^Cancel$/);
    await browser.waitForText(/Cancelled at/);
    const held = () => browser.evaluate(async () => (await navigator.locks.query()).held?.map(({ name }) => name));
    await expect.poll(held).toEqual([]);
    await expectNothingLoads(browser);
  });

  test('lists a download that a reload interrupted, and Resume goes on from the last chunks', async () => {
    proxy.setRules(throttled(6_000_000));
    await start(browser, MEDIUM);
    await expect
      .poll(() => browser.evaluate(readLayerCache), { timeout: 30_000 })
      .toSatisfy(({ storedBytes }: LayerCache) => storedBytes > CHUNK_BYTES);
    await browser.reload();
    await browser.waitForText(/^Interrupted$/m);
    const here = (await browser.evaluate(readLayerCache)) as LayerCache;
    await expectNothingLoads(browser);
    deleteFiles(browser);
    proxy.setRules([]);
    proxy.clearRequests();
    await browser.click('button', /^Resume$/);
    await browser.waitForText(/docker load -i medium_1_linux-amd64\.tar/);
    expect(await differencesOf(await saved(browser, MEDIUM_FILE), MEDIUM)).toEqual([]);
    expect(here.halfBytes).not.toEqual([]);
    expect(rangeStarts(proxy.requests())).toEqual(here.halfBytes);
  });

  test('refuses a layer with a flipped byte, and leaves no file that loads', async () => {
    proxy.setRules([{ path: /\/blobs\//, fault: { kind: 'flip', atByte: 500_000 } }]);
    await start(browser, HELLO);
    await browser.waitForText(/digest-mismatch/);
    await expectNothingLoads(browser);
    deleteFiles(browser);
    proxy.setRules([]);
    await browser.click('button', /^Retry$/);
    await browser.waitForText(/docker load -i hello_1_linux-amd64\.tar/);
    expect(await differencesOf(await saved(browser, HELLO_FILE), HELLO)).toEqual([]);
  });

  test('saves what has to be unpacked on the way: layers of gzip and zstd as tars, and all of them merged', async () => {
    const reference = `${proxy.host}/app/zstd:1`;
    await browser.open(app.address(reference));
    await browser.waitForText(/^Download \d/m);
    await browser.evaluate(chooseFormat, 'docker');
    await browser.click('button', /^Read the layers first$/);
    await browser.click('button', /^Download \d/);
    const archive = await saved(browser, 'zstd_1_linux-amd64_docker.tar');
    expect(await loaders.dockerLoad(archive)).toContain(reference);
    expect(await loaders.dockerRun(reference)).toContain(HELLO_LINE);
    await browser.evaluate(chooseFormat, 'rootfs');
    await browser.click('button', /^Download \d/);
    const rootfs = await saved(browser, 'zstd_1_linux-amd64_rootfs.tar');
    expect((await readEntry(rootfs, 'hello.sh')).toString()).toContain(HELLO_LINE);
  });

  test('lists the files of an image, and shows what is in one', async () => {
    const folder = temporaryFolder('engines');
    try {
      await pushInspected(folder, lab.pushTo, 'app/engines');
    } finally {
      removeFolder(folder);
    }
    await browser.open(app.address(`${lab.plain.host}/app/engines:1?view=files`));
    await browser.waitForText(/\d+ paths ·/);
    const rows = () => browser.text('[role=treegrid] .file-link');
    await expect.poll(rows, { timeout: 20_000 }).toMatch(/^becomes-directory$/m);
    await browser.open(app.address(`${lab.plain.host}/app/engines:1?view=files&path=/etc/os-release`));
    await browser.waitForText(/ID=upper/);
  });
});

describe('Firefox, which ends a service worker 30 s after its last event', { timeout: LIMIT_MS }, () => {
  let browser: FirefoxBrowser;

  beforeEach(async () => {
    browser = await firefox.start();
  });

  afterEach(async () => {
    await browser?.close();
  });

  test('takes what it got for a whole file: the page says that it is not, and no tool loads it', async () => {
    proxy.setRules(throttled(500_000));
    await start(browser, MEDIUM);
    await underWay(browser);
    // Pings come every ten seconds: from the next one on the worker does not live so long.
    await browser.setPreference('dom.serviceWorkers.idle_timeout', 1000);
    await browser.setPreference('dom.serviceWorkers.idle_extended_timeout', 1000);
    await browser.waitForText(/download-interrupted/, PING_MS * 4);
    const [download] = await browser.listDownloads();
    expect(download).toMatchObject({ succeeded: true });
    const path = download?.target ?? '';
    // No other file tells that this one is not whole.
    expect(browser.files()).toEqual([path]);
    expect(basename(path)).toBe(MEDIUM_FILE);
    expect(sizeOf(path)).toBeGreaterThan(0);
    expect(sizeOf(path)).toBeLessThan(Number(await browser.evaluate(announcedBytes)));
    await expectNothingLoads(browser);
  });
});

/** Of the offer on screen; NaN without one. Runs in the page. */
function announcedBytes(): number {
  const titles = [...document.querySelectorAll('button')].map(({ title }) => title);
  return Number.parseInt(titles.find((title) => /^[\d,]+ bytes/.test(title))?.replaceAll(',', '') ?? '', 10);
}

/** Runs in the page. */
function chooseFormat(format: string): void {
  const select = document.querySelector('select[aria-label=Format]');
  if (!(select instanceof HTMLSelectElement)) throw new Error('there is no choice of a format');
  select.value = format;
  select.dispatchEvent(new Event('change', { bubbles: true }));
}

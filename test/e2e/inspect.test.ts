/** The files of an image through the whole app, against what umoci unpacks and what the registry was asked. */

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { appendFileSync, cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startServer } from '../../src/relay/server.ts';
import { type FaultProxy, startFaultProxy } from '../lab/fault-proxy.ts';
import type { Lab } from '../lab/lab.ts';
import { removeFolder, temporaryFolder } from '../lab/process.ts';
import { digestOf, pushBlob, pushManifest } from '../lab/push.ts';
import { useLab } from '../lab/use-lab.ts';
import { type App, DIST, startApp } from './app.ts';
import { download, type OpenBrowser, openBrowser } from './browser.ts';
import { LONG_TEXT, listUnpacked, pushInspected } from './inspected-image.ts';

const REPOSITORY = 'app/inspected';
const OCI_MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const OCI_CONFIG = 'application/vnd.oci.image.config.v1+json';
const OCI_LAYER = 'application/vnd.oci.image.layer.v1.tar+gzip';
const folder = temporaryFolder('inspected');

let lab: Lab;
let app: App;
let browser: OpenBrowser;
let proxy: FaultProxy;
let unpacked: string;
let page: Page;

beforeAll(async () => {
  lab = await useLab();
  unpacked = await pushInspected(folder, lab.pushTo, REPOSITORY);
  [app, browser, proxy] = await Promise.all([startApp([]), openBrowser(), startFaultProxy(lab.plain.host)]);
});

afterAll(async () => {
  await browser?.close();
  await app?.close();
  await proxy?.stop();
  removeFolder(folder);
});

beforeEach(async () => {
  proxy.setRules([]);
  page = await browser.newPage();
});

afterEach(async () => {
  await page.context().close();
});

const openFiles = (params = '', { at = page, image = `${lab.plain.host}/${REPOSITORY}:1` } = {}) =>
  at.goto(app.address(`${image}?view=files${params}`));

async function save(button: string | RegExp, at: Page = page): Promise<Buffer> {
  const waiting = at.waitForEvent('download');
  await at.getByRole('button', { name: button }).click();
  return readFileSync(await (await waiting).path());
}

async function allIsRead(at: Page = page): Promise<void> {
  // They show together, and the one goes when all is read.
  await at.getByRole('button', { name: 'Save as JSON' }).waitFor();
  await at.getByRole('progressbar', { name: 'Reading the layers' }).waitFor({ state: 'detached' });
}

async function listing(at: Page = page): Promise<Record<string, unknown>[]> {
  await allIsRead(at);
  return JSON.parse((await save('Save as JSON', at)).toString()) as Record<string, unknown>[];
}

/** What of a listing a file system knows; hard links are files there, and of directories it has another size. */
function comparable(files: readonly Record<string, unknown>[]): unknown[] {
  return files
    .map(({ path, type, mode, uid, gid, size, linkTarget }) => {
      const isLink = type === 'hardlink';
      const ofFile = type === 'file' || isLink ? size : 0;
      return { path, type: isLink ? 'file' : type, mode, uid, gid, size: ofFile, linkTarget: isLink ? '' : linkTarget };
    })
    .sort((a, b) => (String(a.path) < String(b.path) ? -1 : 1));
}

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const blobsAsked = () => proxy.requests().filter(({ path }) => path.includes('/blobs/'));
const locksHeld = () => page.evaluate(async () => (await navigator.locks.query()).held?.length);

describe('the files of an image', () => {
  test('are those that umoci unpacks', async () => {
    await openFiles();
    expect(comparable(await listing())).toEqual(comparable(listUnpacked(unpacked)));
  });

  test.each(['usr/share/long.txt', 'usr/bin/again', 'etc/os-release', 'bin/tool', 'usr/up'])(
    'have the bytes that umoci unpacks: %s',
    async (path) => {
      await openFiles(`&path=/${path}`);
      await allIsRead();
      // As the kernel resolves it in a container: usr/up leads to the root and ends there.
      const own = path === 'usr/up' ? 'etc/os-release' : path;
      expect(sha256(await save('Save file'))).toBe(sha256(readFileSync(join(unpacked, own))));
    },
  );

  test('are saved as a tar that unpacks to the same', async () => {
    await openFiles('&path=/usr');
    await allIsRead();
    writeFileSync(join(folder, 'usr.tar'), await save('Save as tar'));
    execFileSync('mkdir', [join(folder, 'saved')]);
    execFileSync('tar', ['xpf', join(folder, 'usr.tar'), '--same-owner', '-C', join(folder, 'saved')]);
    const [saved, expected] = [join(folder, 'saved/usr'), join(unpacked, 'usr')];
    expect(comparable(listUnpacked(saved))).toEqual(comparable(listUnpacked(expected)));
    execFileSync('diff', ['-r', '--no-dereference', saved, expected]);
  });
});

describe('the network', () => {
  const throughProxy = {
    get image() {
      return `${proxy.host}/${REPOSITORY}:1`;
    },
  };

  test('is not asked again: neither for a second look nor for a file', async () => {
    await openFiles('', throughProxy);
    const first = await listing();
    expect(blobsAsked().length).toBeGreaterThan(3);
    proxy.clearRequests();
    await page.reload();
    expect(await listing()).toEqual(first);
    await openFiles('&path=/usr/share/long.txt', throughProxy);
    expect((await save('Save file')).toString()).toBe(LONG_TEXT);
    expect(blobsAsked()).toEqual([]);
  });

  test('is asked once for what is pulled and looked at together', async () => {
    proxy.setRules([{ path: /\/blobs\//, fault: { kind: 'throttle', bytesPerSecond: 4_000_000 } }]);
    await openFiles('', { image: `${proxy.host}/app/medium:1` });
    await page.getByRole('button', { name: 'Save as JSON' }).waitFor();
    await download(page);
    await allIsRead();
    const paths = blobsAsked().map(({ path }) => path);
    expect(paths).toHaveLength(6);
    expect(new Set(paths).size).toBe(6);
  });

  test('is left alone when the image is left', async () => {
    proxy.setRules([{ path: /\/blobs\//, fault: { kind: 'throttle', bytesPerSecond: 1_000_000 } }]);
    await openFiles('', { image: `${proxy.host}/app/medium:1` });
    await page.getByText(/Reading layer 1 of 5, .*[1-9]\d* entries/).waitFor();
    expect(await locksHeld()).toBeGreaterThan(0);
    await page.goto(app.address(''));
    await expect.poll(locksHeld).toBe(0);
    const cutOff = () => blobsAsked().filter(({ bytes, path }) => bytes < 15_000_000 && !path.includes('config'));
    await expect.poll(() => cutOff().length).toBeGreaterThanOrEqual(3);
    // The browser tells of a worker's end when it comes to it.
    await expect.poll(() => page.workers().filter((worker) => worker.url().includes('inspect'))).toEqual([]);
  });
});

describe('what goes wrong', () => {
  test('a blob with a flipped byte is named, and can be tried again', async () => {
    const { layers } = await manifestOf('app/hello');
    const layer = layers[1]?.digest ?? '';
    proxy.setRules([{ path: new RegExp(`/blobs/${layer}`), fault: { kind: 'flip', atByte: 1_000_000 } }]);
    await openFiles('', { image: `${proxy.host}/app/hello:1` });
    const alert = page.locator('main').getByRole('alert');
    await alert.waitFor();
    expect(await alert.getAttribute('data-code')).toBe('digest-mismatch');
    expect(await alert.innerText()).toContain(layer);
    const before = await listing();
    expect(before.map(({ path }) => path)).not.toContain('/usr/share/lab/data.txt');
    proxy.setRules([]);
    await alert.getByRole('button', { name: 'Retry' }).click();
    await alert.waitFor({ state: 'detached' });
    expect((await listing()).map(({ path }) => path)).toContain('/usr/share/lab/data.txt');
  });

  test('a connection that drops within a layer is said, and costs what is missing only', async () => {
    const { layers } = await manifestOf('app/hello');
    const path = new RegExp(`/blobs/${layers[1]?.digest}`);
    const fault = { kind: 'truncate', afterBytes: 1_000_000, ending: 'cut' } as const;
    // Slow enough that the browser has read what came before the cut, which throws away the rest.
    const slow = { kind: 'throttle', bytesPerSecond: 1_000_000 } as const;
    proxy.setRules([fault, slow].map((one) => ({ path, times: 1, fault: one })));
    proxy.clearRequests();
    await openFiles('', { image: `${proxy.host}/app/hello:1` });
    await page.getByText(/A layer did not come at once/).waitFor();
    expect((await listing()).map((file) => file.path)).toContain('/usr/share/lab/data.txt');
    const asked = blobsAsked().filter((request) => path.test(request.path));
    expect(asked).toHaveLength(2);
    expect(asked[1]?.range).toMatch(/^bytes=\d{5,}-$/);
  });

  test('a layer that is another one than the config says, once unpacked, is named', async () => {
    const repository = 'app/wrong-diff-id';
    const target = { host: lab.pushTo, repository };
    const { layers } = await manifestOf('app/hello');
    const answer = await fetch(`${lab.plain.base}/v2/app/hello/blobs/${layers[2]?.digest}`);
    const layer = await pushBlob(target, OCI_LAYER, Buffer.from(await answer.arrayBuffer()));
    const config = { os: 'linux', architecture: 'amd64', rootfs: { type: 'layers', diff_ids: [digestOf('other')] } };
    const pushed = await pushBlob(target, OCI_CONFIG, JSON.stringify(config));
    await pushManifest(target, { schemaVersion: 2, mediaType: OCI_MANIFEST, config: pushed, layers: [layer] }, '1');
    await openFiles('', { image: `${lab.plain.host}/${repository}:1` });
    await page
      .getByRole('alert')
      .getByText(/layer 1 is not what the config says/)
      .waitFor();
    expect((await listing()).map(({ path }) => path)).toContain('/hello.sh');
  });

  test('a browser that refuses to store anything shows the files, and says what that costs', async () => {
    // The worker is a realm of its own, which no script of the test gets into: another build of it does.
    const dist = join(folder, 'dist');
    cpSync(DIST, dist, { recursive: true });
    const refuse = "IDBFactory.prototype.open = () => { throw new DOMException('switched off', 'SecurityError'); };";
    for (const name of readdirSync(join(dist, 'assets'))) {
      if (/^inspect-[^.]*\.js$/.test(name)) appendFileSync(join(dist, 'assets', name), refuse);
    }
    const server = await startServer({
      port: 0,
      host: '127.0.0.1',
      distFolder: dist,
      relayHosts: [],
      passwords: false,
    });
    try {
      await page.addInitScript(refuse);
      await page.goto(`${server.url}#/${lab.plain.host}/${REPOSITORY}:1?view=files&path=/usr/share/long.txt`);
      await page.getByText(/Layers are not kept, because the browser refuses to store data/).waitFor();
      expect(comparable(await listing())).toEqual(comparable(listUnpacked(unpacked)));
      expect((await save('Save file')).toString()).toBe(LONG_TEXT);
    } finally {
      await server.close();
    }
  });
});

test('without WebAssembly the files are the same', async () => {
  const jitless = await openBrowser(['--js-flags=--jitless']);
  try {
    const at = await jitless.newPage();
    await openFiles('&path=/usr/share/long.txt', { at });
    expect(await at.evaluate(() => typeof WebAssembly)).toBe('undefined');
    expect(comparable(await listing(at))).toEqual(comparable(listUnpacked(unpacked)));
    expect((await save('Save file', at)).toString()).toBe(LONG_TEXT);
  } finally {
    await jitless.close();
  }
});

async function manifestOf(repository: string): Promise<{ layers: { digest: string }[] }> {
  const answer = await fetch(`${lab.plain.base}/v2/${repository}/manifests/1`, { headers: { Accept: OCI_MANIFEST } });
  return (await answer.json()) as { layers: { digest: string }[] };
}

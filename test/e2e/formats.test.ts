/** Every format but the default one, as a person saves it: chosen, sized, downloaded, read by other people's tools. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startFaultProxy } from '../lab/fault-proxy.ts';
import type { Lab } from '../lab/lab.ts';
import { HELLO_LINE } from '../lab/layer-tars.ts';
import type { Loaders } from '../lab/loaders.ts';
import { removeFolder, temporaryFolder } from '../lab/process.ts';
import { listTar } from '../lab/tar-listing.ts';
import { useLab } from '../lab/use-lab.ts';
import type { App } from './app.ts';
import { differences, listEntries, readEntry, sizeOf } from './archive.ts';
import { announcedBytes, download, interruptedDownload, type OpenBrowser } from './browser.ts';
import { pushInspected } from './inspected-image.ts';
import { pushRootfsImage } from './rootfs-image.ts';
import { openStage, type Stage } from './stage.ts';

let lab: Lab;
let stage: Stage;
let app: App;
let browser: OpenBrowser;
let loaders: Loaders;

beforeAll(async () => {
  lab = await useLab();
  stage = await openStage();
  ({ app, browser, loaders } = stage);
});

afterAll(() => stage?.close());

async function open(route: string): Promise<Page> {
  const page = await browser.newPage();
  await page.goto(app.address(`${lab.plain.host}/${route}`));
  return page;
}

/** Chooses the format and waits for the exact size. @returns the announced bytes */
async function choose(page: Page, format: string): Promise<number> {
  await page.getByRole('combobox', { name: 'Format' }).selectOption(format);
  return announcedBytes(page);
}

async function saved(page: Page, button: string): Promise<{ path: string; fileName: string; sha256: string }> {
  const waiting = page.waitForEvent('download');
  await page.getByRole('button', { name: button, exact: true }).click();
  const started = await waiting;
  const path = await started.path();
  const sha256 = createHash('sha256')
    .update(await readFile(path))
    .digest('hex');
  return { path, fileName: started.suggestedFilename(), sha256 };
}

describe('one blob alone', () => {
  test('a layer is saved under its digest, with the bytes of the registry, and the line that checks it', async () => {
    const page = await open('app/hello:1?view=layers');
    const layer = await saved(page, 'Save layer 2');
    expect(layer.fileName).toBe(`hello_${layer.sha256.slice(0, 12)}.tar.gz`);
    const served = await fetch(`${lab.plain.base}/v2/app/hello/blobs/sha256:${layer.sha256}`);
    expect(Buffer.from(await served.arrayBuffer()).equals(await readFile(layer.path))).toBe(true);
    const downloads = page.getByRole('region', { name: 'Downloads' });
    await downloads.getByText('Compare the file on disk with it').click();
    await downloads.getByText(`echo '${layer.sha256}  ${layer.fileName}' | sha256sum --check`).waitFor();
  });

  test('an artifact lists its files, and each is saved under its own name', async () => {
    const page = await open('app/artifact:1');
    const note = await saved(page, 'Save note.md');
    expect(note.fileName).toBe('note.md');
    expect(await readFile(note.path, 'utf8')).toBe('# A note\n\nThis artifact is not an image.\n');
  });

  test('one whose bytes are not its digest’s never becomes a file', async () => {
    const page = await open('app/hello:1?view=layers');
    await page.getByRole('button', { name: 'Save layer 2' }).waitFor();
    await page.context().route(/\/blobs\/sha256/, async (route) => {
      const answer = await route.fetch();
      const body = await answer.body();
      body[body.length >> 1] = (body[body.length >> 1] ?? 0) ^ 1;
      await route.fulfill({ response: answer, body });
    });
    const waiting = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Save layer 2' }).click();
    expect(await (await waiting).failure()).not.toBeNull();
    await page.locator('[data-code="digest-mismatch"]').waitFor();
  });
});

describe('the format oci', () => {
  test('of an index holds every platform and attestation, and index.json names the index itself', async () => {
    const page = await open('app/multi:1');
    const bytes = await choose(page, 'oci');
    const { path, fileName } = await download(page);
    expect(fileName).toBe('multi_1_oci.tar');
    expect(sizeOf(path)).toBe(bytes);
    expect(await differences(path, `${lab.plain.base}/v2/app/multi`)).toEqual([]);
    const [digest] = /sha256:[0-9a-f]{64}/.exec(await page.locator('.image-digest').innerText()) ?? [];
    const index = JSON.parse((await readEntry(path, 'index.json')).toString()) as { manifests: { digest: string }[] };
    expect(index.manifests.map((one) => one.digest)).toEqual([digest]);
    const entries = await listEntries(path);
    // The index, three manifests, their configs, three layers that two platforms share, the attestation's statement.
    expect(entries).toHaveLength(4 + 3 + 3 + 1 + 2);
    expect(new Set(entries).size).toBe(entries.length);
    await loaders.skopeoInspect(path, 'oci-archive');
    expect((await loaders.ctrImport(path)).join(' ')).toContain('app/multi:1');
    expect((await loaders.podmanLoad(path)).join(' ')).toContain('multi');
  });

  test('of an image of one platform, and of an index within an index', async () => {
    for (const name of ['hello', 'nested']) {
      const page = await open(`app/${name}:1`);
      const bytes = await choose(page, 'oci');
      const { path } = await download(page);
      expect(sizeOf(path)).toBe(bytes);
      expect(await differences(path, `${lab.plain.base}/v2/app/${name}`)).toEqual([]);
      // An index within an index is more than skopeo reads, of a registry as well.
      if (name === 'hello') await loaders.skopeoInspect(path, 'oci-archive');
      expect((await loaders.ctrImport(path)).join(' ')).toContain(`app/${name}:1`);
    }
  });

  test('of an artifact', async () => {
    const page = await open('app/artifact:1');
    const { path, fileName } = await download(page);
    expect(fileName).toBe('artifact_1_oci.tar');
    expect(await differences(path, `${lab.plain.base}/v2/app/artifact`)).toEqual([]);
    const index = JSON.parse((await readEntry(path, 'index.json')).toString()) as { manifests: object[] };
    expect(index.manifests).toMatchObject([{ artifactType: 'application/vnd.pulltab.lab.note.v1' }]);
  });
});

/** Chooses a format that is made of the layers' contents, has them read, and waits for the exact size. */
async function chooseRead(page: Page, format: string): Promise<number> {
  await page.getByRole('combobox', { name: 'Format' }).selectOption(format);
  await page.getByText(/^The exact size is known when the layers have been read: .* to fetch$/).waitFor();
  await page.getByRole('button', { name: 'Read the layers first' }).click();
  return choose(page, format);
}

describe('the format docker', () => {
  test.each(['hello', 'zstd', 'twice'])(
    'of app/%s has uncompressed layers named by diffId, and keeps the ID',
    async (name) => {
      const page = await open(`app/${name}:1`);
      const bytes = await chooseRead(page, 'docker');
      const { path, fileName } = await download(page);
      expect(fileName).toBe(`${name}_1_linux-amd64_docker.tar`);
      expect(sizeOf(path)).toBe(bytes);
      const [manifest] = JSON.parse((await readEntry(path, 'manifest.json')).toString()) as [
        { Config: string; Layers: string[] },
      ];
      expect((await listEntries(path)).at(-1)).toBe('manifest.json');
      const config = await readEntry(path, manifest.Config);
      expect(manifest.Config).toBe(`${hashOf(config)}.json`);
      const { rootfs } = JSON.parse(config.toString()) as { rootfs: { diff_ids: string[] } };
      expect(manifest.Layers.map((layer) => `sha256:${layer.replace('.tar', '')}`)).toEqual(rootfs.diff_ids);
      for (const layer of manifest.Layers) expect(`${hashOf(await readEntry(path, layer))}.tar`).toBe(layer);
      const reference = `${lab.plain.host}/app/${name}:1`;
      await loaders.forget();
      const { layers } = await loaders.skopeoInspect(path, 'docker-archive');
      expect(layers).toHaveLength(rootfs.diff_ids.length);
      expect(await loaders.dockerLoad(path)).toContain(reference);
      expect(`${await loaders.dockerId(reference)}.json`).toBe(`sha256:${manifest.Config}`);
      expect(await loaders.dockerRun(reference)).toContain(HELLO_LINE);
      expect((await loaders.podmanLoad(path)).join(' ')).toContain(reference);
      expect((await loaders.ctrImport(path)).join(' ')).toContain(reference);
    },
  );
});

test('what a worker told of its progress may arrive after its answer, and changes nothing any more', async () => {
  const page = await browser.newPage();
  // It has a port of its own: in Firefox, on a busy machine, that is the slower way.
  await page.addInitScript(() => {
    const late: (() => void)[] = [];
    const listen = MessagePort.prototype.addEventListener;
    MessagePort.prototype.addEventListener = function (type: string, listener: unknown) {
      listen.call(this, type, (event) => void late.push(() => (listener as (event: Event) => void)(event)));
    };
    Object.assign(window, { deliver: () => late.splice(0).map((take) => take()).length });
  });
  await page.goto(app.address(`${lab.plain.host}/app/hello:1`));
  await chooseRead(page, 'docker');
  const offer = page.locator('.download-offer');
  const seen = await offer.innerText();
  expect(await page.evaluate('deliver()')).toBeGreaterThan(0);
  expect(await offer.innerText()).toBe(seen);
});

function hashOf(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

describe('the format rootfs', () => {
  /** What `docker create` puts into every container, where the image does not have it: mount points, and its mark. */
  const ADDED = /^(?:\.dockerenv|dev|dev\/(?:console|pts|shm)|etc\/(?:hosts|hostname|resolv\.conf|mtab)|proc|sys)$/;
  /** Directories whose time changes with what is put into them. */
  const TOUCHED = /^(?:dev|etc)$/;

  test.each([
    ['app/everything', pushRootfsImage, ['security.capability', "'character-device'", "'hardlink'", '3000000 4000000']],
    ['app/inspected', pushInspected, ["'fifo'", "'symlink'"]],
  ])('of %s equals docker export of a container, entry for entry', async (repository, push, kinds) => {
    const folder = temporaryFolder('rootfs');
    try {
      await push(folder, lab.pushTo, repository);
      const page = await open(`${repository}:1`);
      const bytes = await chooseRead(page, 'rootfs');
      const { path, fileName } = await download(page);
      expect(fileName).toBe(`${repository.slice('app/'.length)}_1_linux-amd64_rootfs.tar`);
      expect(sizeOf(path)).toBe(bytes);
      await page.getByRole('combobox', { name: 'Format' }).selectOption('docker');
      const archive = await download(page);
      const [image = ''] = await loaders.dockerLoad(archive.path);
      const exported = join(folder, 'exported.tar');
      await loaders.dockerExport(image, exported);
      const ours = await listTar(path);
      const theirs = await listTar(exported);
      for (const name of theirs.keys()) if (ADDED.test(name) && !ours.has(name)) theirs.delete(name);
      for (const name of ours.keys()) {
        if (!TOUCHED.test(name)) continue;
        theirs.delete(name);
        ours.delete(name);
      }
      expect(Object.fromEntries([...ours].sort())).toEqual(Object.fromEntries([...theirs].sort()));
      expect(ours.size).toBeGreaterThan(15);
      const everything = [...ours.values()].join('\n');
      for (const kind of kinds) expect(everything).toContain(kind);
    } finally {
      removeFolder(folder);
    }
  });
});

test('a download that a reload interrupted goes on in the format that it began in', async () => {
  const proxy = await startFaultProxy(lab.plain.host);
  try {
    proxy.setRules([{ path: /\/blobs\//, fault: { kind: 'throttle', bytesPerSecond: 3_000_000 } }]);
    const page = await browser.newPage();
    await page.goto(app.address(`${proxy.host}/app/medium:1`));
    const bytes = await choose(page, 'oci');
    const { path, fileName } = await interruptedDownload(page, () => proxy.setRules([]));
    expect(fileName).toBe('medium_1_oci.tar');
    expect(sizeOf(path)).toBe(bytes);
    expect(await differences(path, `${lab.plain.base}/v2/app/medium`)).toEqual([]);
    expect((await listEntries(path)).slice(-2)).toEqual(['index.json', 'oci-layout']);
  } finally {
    await proxy.stop();
  }
});

test('what some loaders are too old for is said before the download, of formats that pass it on', async () => {
  const page = await open('app/zstd:1');
  const warning = page.getByText('Layers of this image are compressed with zstd');
  await warning.getByText('Docker before 23.0').waitFor();
  await page.getByRole('combobox', { name: 'Format' }).selectOption('docker');
  await page.getByRole('button', { name: 'Read the layers first' }).waitFor();
  await expect(warning.count()).resolves.toBe(0);
});

test('formats made of what is in the layers say why there are none where nothing can be kept', async () => {
  const page = await browser.newPage();
  await page.addInitScript(() => {
    Object.defineProperty(window, 'indexedDB', {
      value: {
        open: () => {
          throw new DOMException('no', 'SecurityError');
        },
      },
    });
  });
  await page.goto(app.address(`${lab.plain.host}/app/hello:1`));
  await page.getByRole('combobox', { name: 'Format' }).selectOption('rootfs');
  const alert = page.locator('.download-offer [data-code="storage-refused"]');
  await alert.getByText('its layers have to be read before its size is known').waitFor();
});

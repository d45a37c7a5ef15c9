/** The main job, as a person does it: open a link, press Download, load the file. */
import { copyFile, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Lab } from '../lab/lab.ts';
import { HELLO_LINE } from '../lab/layer-tars.ts';
import type { Loaders } from '../lab/loaders.ts';
import { run } from '../lab/process.ts';
import { useLab } from '../lab/use-lab.ts';
import type { App } from './app.ts';
import { differences, listEntries, readEntry, sha256Of, sizeOf } from './archive.ts';
import { announcedBytes, download, type OpenBrowser, openBrowser } from './browser.ts';
import { openStage, type Stage } from './stage.ts';

let lab: Lab;
let stage: Stage;
let app: App;
let browser: OpenBrowser;
let loaders: Loaders;

beforeAll(async () => {
  lab = await useLab();
  stage = await openStage([lab.token.base, lab.closed.base, new URL(lab.tokenServer.realm).origin]);
  ({ app, browser, loaders } = stage);
});

afterAll(() => stage?.close());

async function openImage(reference: string): Promise<Page> {
  const page = await browser.newPage();
  await page.goto(app.address(reference));
  await page.getByRole('button', { name: /^Download/ }).waitFor();
  return page;
}

describe('an image of the lab', () => {
  let archive: { path: string; fileName: string };
  let page: Page;
  let reference: string;

  beforeAll(async () => {
    reference = `${lab.plain.host}/app/hello:1`;
    page = await openImage(reference);
    archive = await download(page);
  });

  test('shows what it is', async () => {
    await expect(page.getByRole('heading', { level: 1 }).innerText()).resolves.toBe(reference);
    await page.getByRole('button', { name: 'Copy digest' }).waitFor();
    await page.getByRole('tab', { name: 'Layers' }).waitFor();
    expect(await page.locator('main').innerText()).toContain('/bin/sh /hello.sh');
  });

  test('arrives under its name, with exactly the announced length', async () => {
    expect(archive.fileName).toBe('hello_1_linux-amd64.tar');
    expect(sizeOf(archive.path)).toBe(await announcedBytes(page));
  });

  test('equals, blob by blob, what the registry serves', async () => {
    expect(await differences(archive.path, `${lab.plain.base}/v2/app/hello`)).toEqual([]);
  });

  test('has its table of contents last', async () => {
    const entries = await listEntries(archive.path);
    expect(entries).toHaveLength(8);
    expect(entries.slice(-3)).toEqual(['index.json', 'manifest.json', 'oci-layout']);
  });

  test('tells the line that loads the file', async () => {
    await page.getByRole('region', { name: 'Downloads' }).getByText('docker load -i hello_1_linux-amd64.tar').waitFor();
    const bars = page.getByRole('region', { name: 'Downloads' }).getByRole('progressbar');
    await expect(bars.count()).resolves.toBe(4);
  });

  test('has the sha256 that the page tells, by the line that the page gives for it', async () => {
    const downloads = page.getByRole('region', { name: 'Downloads' });
    const line = `echo '${await sha256Of(archive.path)}  ${archive.fileName}' | sha256sum --check`;
    await downloads.getByText('Compare the file on disk with it').click();
    await downloads.getByText(line).waitFor();
    const folder = await mkdtemp(join(tmpdir(), 'pulltab-sum-'));
    try {
      await copyFile(archive.path, join(folder, archive.fileName));
      expect((await run('sh', ['-c', line], { cwd: folder })).stdout).toBe(`${archive.fileName}: OK\n`);
      // What a disk that was full, or a browser that was stopped, leaves.
      await truncate(join(folder, archive.fileName), sizeOf(archive.path) - 1);
      await expect(run('sh', ['-c', line], { cwd: folder })).rejects.toThrow();
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test.each(['docker-archive', 'oci-archive'] as const)('is read by skopeo as %s', async (transport) => {
    const inspected = await loaders.skopeoInspect(archive.path, transport);
    expect(inspected.layers).toHaveLength(3);
  });

  test('is loaded and run by Docker', async () => {
    const loaded = await loaders.dockerLoad(archive.path);
    expect(loaded).toContain(reference);
    expect(await loaders.dockerRun(reference)).toContain(HELLO_LINE);
  });

  test('is loaded by Podman', async () => {
    expect((await loaders.podmanLoad(archive.path)).join(' ')).toContain(reference);
  });

  test('is loaded by nothing when it stops before its table of contents', async () => {
    const cut = `${archive.path}.cut`;
    const toc = Buffer.from('index.json\0');
    const whole = await readFile(archive.path);
    await writeFile(cut, whole.subarray(0, whole.indexOf(toc)));
    expect(Object.keys(await loaders.refusals(cut))).toHaveLength(5);
  });

  test('is imported by containerd', async () => {
    expect((await loaders.ctrImport(archive.path)).join(' ')).toContain(reference);
  });
});

/** Opens, downloads, compares with the registry, loads into Docker and runs. */
async function wholeWay(reference: string, expected: { fileName: string; repository: string }): Promise<void> {
  const page = await openImage(reference);
  const { path, fileName } = await download(page);
  expect(fileName).toBe(expected.fileName);
  expect(sizeOf(path)).toBe(await announcedBytes(page));
  expect(await differences(path, `${lab.plain.base}/v2/${expected.repository}`)).toEqual([]);
  await loaders.skopeoInspect(path, 'docker-archive');
  await loaders.skopeoInspect(path, 'oci-archive');
  await loaders.podmanLoad(path);
  await loaders.ctrImport(path);
  expect(await loaders.dockerLoad(path)).toContain(reference);
}

describe('the same from', () => {
  test('a registry behind tokens, directly', async () => {
    const reference = `${lab.nginx.host}/app/hello:1`;
    await wholeWay(reference, { fileName: 'hello_1_linux-amd64.tar', repository: 'app/hello' });
    expect(await loaders.dockerRun(reference)).toContain(HELLO_LINE);
  });

  test('a registry behind tokens, through the relay, because it refuses preflights', async () => {
    lab.token.clearRequests();
    const reference = `${lab.token.host}/app/hello:1`;
    await wholeWay(reference, { fileName: 'hello_1_linux-amd64.tar', repository: 'app/hello' });
    const blobs = lab.token.requests().filter(({ path, status }) => path.includes('/blobs/') && status === 200);
    expect(blobs.length).toBeGreaterThan(0);
    expect(blobs.every(({ origin }) => origin === '')).toBe(true);
  });

  test('a registry without CORS, through the relay, which the page says', async () => {
    const page = await openImage(`${lab.closed.host}/app/hello:1`);
    expect(await page.locator('.image-head').innerText()).toContain(`via relay ${new URL(app.url).host}`);
    const { path } = await download(page);
    expect(await differences(path, `${lab.plain.base}/v2/app/hello`)).toEqual([]);
  });

  test('an index, for linux/arm64', async () => {
    const reference = `${lab.plain.host}/app/multi:1`;
    await wholeWay(reference, { fileName: 'multi_1_linux-amd64.tar', repository: 'app/multi' });
    const page = await openImage(`${reference}?platform=linux/arm64`);
    const { path, fileName } = await download(page);
    expect(fileName).toBe('multi_1_linux-arm64-v8.tar');
    const [manifest] = JSON.parse((await readEntry(path, 'manifest.json')).toString()) as [{ Config: string }];
    const config = JSON.parse((await readEntry(path, manifest.Config)).toString()) as { architecture: string };
    expect(config.architecture).toBe('arm64');
    await loaders.skopeoInspect(path, 'docker-archive');
    await loaders.skopeoInspect(path, 'oci-archive');
    await loaders.podmanLoad(path);
    await loaders.ctrImport(path);
    expect(await loaders.dockerLoad(path)).toContain(reference);
  });

  test('an image that lists one layer twice', async () => {
    const reference = `${lab.plain.host}/app/twice:1`;
    await wholeWay(reference, { fileName: 'twice_1_linux-amd64.tar', repository: 'app/twice' });
    expect(await loaders.dockerRun(reference)).toContain(HELLO_LINE);
  });

  test('an image with a zstd layer', async () => {
    const page = await openImage(`${lab.plain.host}/app/zstd:1`);
    const { path } = await download(page);
    expect(await differences(path, `${lab.plain.base}/v2/app/zstd`)).toEqual([]);
    await loaders.skopeoInspect(path, 'oci-archive');
  });

  test('a Docker manifest of schema 2', async () => {
    const reference = `${lab.plain.host}/app/docker:1`;
    await wholeWay(reference, { fileName: 'docker_1_linux-amd64.tar', repository: 'app/docker' });
  });
});

describe('the layer cache', () => {
  test('layers that are here already are not fetched again, and the file is the same to the byte', async () => {
    const page = await openImage(`${lab.plain.host}/app/hello:1`);
    const first = await sha256Of((await download(page)).path);
    await page.getByText('All of it is already here').waitFor();
    lab.plain.clearRequests();
    await page.reload();
    const second = await sha256Of((await download(page)).path);
    expect(second).toBe(first);
    const blobs = lab.plain.requests().filter(({ path }) => path.includes('/blobs/'));
    expect(blobs).toEqual([]);
    expect(lab.plain.requests().length).toBeGreaterThan(0);
  });
});

test('without WebAssembly the whole way works', async () => {
  const jitless = await openBrowser(['--js-flags=--jitless']);
  try {
    const page = await jitless.newPage();
    await page.goto(app.address(`${lab.plain.host}/app/hello:1`));
    expect(await page.evaluate(() => typeof WebAssembly)).toBe('undefined');
    await page.getByRole('button', { name: /^Download/ }).waitFor();
    const { path } = await download(page);
    expect(await differences(path, `${lab.plain.base}/v2/app/hello`)).toEqual([]);
    expect(await loaders.dockerLoad(path)).toContain(`${lab.plain.host}/app/hello:1`);
    await page
      .getByRole('region', { name: 'Downloads' })
      .getByText(await sha256Of(path), { exact: true })
      .waitFor();
  } finally {
    await jitless.close();
  }
});

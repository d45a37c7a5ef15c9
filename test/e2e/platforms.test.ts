/** The platforms of an index side by side, against what skopeo says of each. */
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { type FaultProxy, startFaultProxy } from '../lab/fault-proxy.ts';
import type { Lab } from '../lab/lab.ts';
import { run } from '../lab/process.ts';
import { pushBlob, pushManifest } from '../lab/push.ts';
import { useLab } from '../lab/use-lab.ts';
import { type App, startApp } from './app.ts';
import { type OpenBrowser, openBrowser } from './browser.ts';

const OCI_INDEX = 'application/vnd.oci.image.index.v1+json';
const OCI_MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const OCI_CONFIG = 'application/vnd.oci.image.config.v1+json';

let lab: Lab;
let app: App;
let browser: OpenBrowser;
let proxy: FaultProxy;
let page: Page;

beforeAll(async () => {
  lab = await useLab();
  [app, browser, proxy] = await Promise.all([startApp([]), openBrowser(), startFaultProxy(lab.plain.host)]);
});

afterAll(async () => {
  await browser?.close();
  await app?.close();
  await proxy?.stop();
});

beforeEach(async () => {
  proxy.setRules([]);
  page = await browser.newPage();
});

afterEach(async () => {
  await page.context().close();
});

interface Descriptor {
  digest: string;
  size: number;
  platform?: { os: string; architecture: string; variant?: string };
}

async function raw<T>(image: string, ...options: string[]): Promise<T> {
  const { stdout } = await run('skopeo', [
    'inspect',
    '--raw',
    '--tls-verify=false',
    ...options,
    `docker://${lab.plain.host}/${image}`,
  ]);
  return JSON.parse(stdout) as T;
}

const rows = async (): Promise<string[][]> => {
  await page
    .locator('.platforms-state')
    .getByText(/^\d+ platforms$/)
    .waitFor();
  return page
    .locator('.platforms-table tbody tr')
    .evaluateAll((elements) => elements.map((row) => [...row.children].map((cell) => cell.textContent ?? '')));
};

test('each platform has the digest, size, layers and attestations that skopeo finds', async () => {
  const { manifests } = await raw<{ manifests: Descriptor[] }>('app/multi:1');
  const expected = [];
  for (const { digest, platform } of manifests) {
    if (platform === undefined || platform.os === 'unknown') continue;
    const { config, layers } = await raw<{ config: Descriptor; layers: Descriptor[] }>(`app/multi@${digest}`);
    const bytes = config.size + layers.reduce((sum, { size }) => sum + size, 0);
    expected.push({
      label: `${platform.os}/${platform.architecture}`,
      digest,
      bytes: bytes.toLocaleString('en-US'),
      layers: layers.length,
    });
  }
  await page.goto(app.address(`${lab.plain.host}/app/multi:1?view=platforms`));
  const shown = await rows();
  expect(shown.map(([label, digest, , layers]) => ({ label, digest, layers: Number(layers) }))).toEqual(
    expected.map(({ label, digest, layers }) => ({ label, digest, layers })),
  );
  const sizes = await page
    .locator('.platforms-table tbody td:nth-child(3)')
    .evaluateAll((cells) => cells.map((cell) => cell.getAttribute('title')));
  expect(sizes).toEqual(expected.map(({ bytes }) => `${bytes} bytes`));
  expect(shown.map((cells) => cells.at(-1))).toEqual(['SLSA provenance', 'none in the index']);
  expect(shown.map((cells) => cells[7])).toEqual(['/bin/sh /hello.sh', '/bin/sh /hello.sh']);
});

test('a click chooses the platform, and the table stays', async () => {
  await page.goto(app.address(`${lab.plain.host}/app/multi:1?view=platforms`));
  await rows();
  await page.getByRole('button', { name: 'linux/arm64' }).click();
  await expect
    .poll(() => page.url())
    .toBe(app.address(`${lab.plain.host}/app/multi:1?platform=linux/arm64&view=platforms`));
  await page.getByRole('button', { name: 'linux/arm64', pressed: true }).waitFor();
  expect(await page.getByRole('combobox', { name: 'Platform' }).inputValue()).toMatch(/^sha256:/);
});

test('twins of one platform stand apart, and are sorted by what is clicked', async () => {
  const target = { host: lab.pushTo, repository: 'app/twins' };
  const children = [];
  for (const [at, packed] of ['gzip', 'zstd'].entries()) {
    const config = {
      os: 'linux',
      architecture: 'amd64',
      rootfs: { type: 'layers', diff_ids: [`sha256:${'0'.repeat(64)}`] },
      packed,
    };
    const layer = await pushBlob(
      target,
      `application/vnd.oci.image.layer.v1.tar+${packed}`,
      'x'.repeat(5000 - at * 1000),
    );
    const manifest = {
      schemaVersion: 2,
      mediaType: OCI_MANIFEST,
      config: await pushBlob(target, OCI_CONFIG, JSON.stringify(config)),
      layers: [layer],
    };
    const annotations = packed === 'zstd' ? { 'io.github.containers.compression.zstd': 'true' } : {};
    children.push({
      ...(await pushManifest(target, manifest)),
      platform: { os: 'linux', architecture: 'amd64' },
      annotations,
    });
  }
  await pushManifest(target, { schemaVersion: 2, mediaType: OCI_INDEX, manifests: children }, '1');
  await page.goto(app.address(`${lab.plain.host}/app/twins:1?view=platforms`));
  const packed = async (): Promise<(string | undefined)[]> => (await rows()).map((cells) => cells[5]);
  expect(await packed()).toEqual(['gzip', 'zstd']);
  expect((await rows())[1]?.[0]).toContain('(zstd)');
  await page.getByRole('columnheader', { name: 'Size' }).getByRole('button').click();
  expect(await packed()).toEqual(['zstd', 'gzip']);
  await page.getByRole('columnheader', { name: 'Size' }).getByRole('button').click();
  expect(await packed()).toEqual(['gzip', 'zstd']);
});

test('a platform that cannot be read is said, the others are there, and reading again helps', async () => {
  const { manifests } = await raw<{ manifests: Descriptor[] }>('app/multi:1');
  const arm64 = manifests[1]?.digest ?? '';
  proxy.setRules([{ path: new RegExp(arm64), fault: { kind: 'answer', status: 404 } }]);
  await page.goto(app.address(`${proxy.host}/app/multi:1?view=platforms`));
  await page.getByRole('alert').waitFor({ timeout: 60_000 });
  expect(await page.locator('.platforms-table tbody tr').first().innerText()).toContain('6.34 MB');
  proxy.setRules([]);
  await page.getByRole('button', { name: 'Read again' }).click();
  expect((await rows())[1]?.[3]).toBe('3');
});

test('signatures are looked for on request: by cosign’s tags, and by the referrers API where there is one', async () => {
  const { manifests } = await raw<{ manifests: Descriptor[] }>('app/multi:1');
  const [amd64, arm64] = manifests.map(({ digest }) => digest);
  const target = { host: lab.pushTo, repository: 'app/multi' };
  const signature = await pushBlob(target, 'application/vnd.dev.cosign.simplesigning.v1+json', '{"critical":{}}');
  const config = await pushBlob(target, OCI_CONFIG, '{}');
  const manifest = { schemaVersion: 2, mediaType: OCI_MANIFEST, config, layers: [signature] };
  const { digest } = await pushManifest(target, manifest, `${arm64?.replace(':', '-')}.sig`);
  const referrer = {
    mediaType: OCI_MANIFEST,
    digest: amd64,
    size: 1,
    artifactType: 'application/vnd.cncf.notary.signature',
  };
  const body = JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests: [referrer] });
  proxy.setRules([
    { path: new RegExp(`/referrers/${amd64}`), fault: { kind: 'answer', status: 200, body, contentType: OCI_INDEX } },
  ]);
  await page.goto(app.address(`${proxy.host}/app/multi:1?view=platforms`));
  await rows();
  expect(proxy.requests().filter(({ path }) => /referrers|\.sig/.test(path))).toEqual([]);
  const look = page.getByRole('button', { name: /^Look(?:ing)? for signatures/ });
  await look.click();
  await look.waitFor({ state: 'detached' });
  expect((await rows()).map((cells) => cells.at(-1))).toEqual([
    'SLSA provenanceNotation signature',
    'cosign signature',
  ]);
  const link = page.getByRole('link', { name: 'cosign signature' });
  expect(await link.getAttribute('href')).toBe(`#/${proxy.host}/app/multi@${digest}`);
});

test('only an index has platforms, and on a phone the table scrolls by itself', async () => {
  await page.goto(app.address(`${lab.plain.host}/app/hello:1?view=platforms`));
  await page.getByRole('tab', { name: 'Overview', selected: true }).waitFor();
  expect(await page.getByRole('tab', { name: 'Platforms' }).count()).toBe(0);
  const phone = await browser.newPage({ width: 390 });
  await phone.goto(app.address(`${lab.plain.host}/app/multi:1?view=platforms`));
  await phone.getByRole('button', { name: 'linux/arm64' }).waitFor();
  expect(await phone.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true);
  await phone.context().close();
});

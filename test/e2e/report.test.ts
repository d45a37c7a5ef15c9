/** What an image's page tells of it: overview, history, layers and the lines to take it along, each by its link. */
import { gzipSync } from 'node:zlib';
import { packTar } from 'modern-tar';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Lab } from '../lab/lab.ts';
import { digestOf, type Pushed, pushBlob, pushManifest } from '../lab/push.ts';
import { useLab } from '../lab/use-lab.ts';
import { type App, startApp } from './app.ts';
import { type OpenBrowser, openBrowser } from './browser.ts';

const MEDIA = 'application/vnd.oci.image';
const REVISION = '0123456789abcdef0123456789abcdef01234567';
const LABELS = {
  'org.opencontainers.image.title': 'Report',
  'org.opencontainers.image.source': 'https://github.com/example/report.git',
  'org.opencontainers.image.revision': REVISION,
  'org.opencontainers.image.url': 'javascript:alert(1)',
  'org.opencontainers.image.documentation': 'https://github.com@evil.example/',
};
const STEPS = [
  { created_by: 'ADD alpine-minirootfs-3.20.0-x86_64.tar.gz / # buildkit' },
  { created_by: 'ENV PATH=/usr/local/bin:/bin', empty_layer: true },
  { created_by: 'RUN |1 WHAT=it /bin/sh -c make $WHAT # buildkit', created: '2024-05-01T00:00:00Z' },
];

let lab: Lab;
let app: App;
let browser: OpenBrowser;
let layers: readonly Pushed[];
let digest: string;

beforeAll(async () => {
  lab = await useLab();
  ({ layers, digest } = await push('report/fitting', STEPS));
  await push('report/broken', STEPS.slice(1));
  [app, browser] = await Promise.all([startApp(), openBrowser()]);
});

afterAll(async () => {
  await browser?.close();
  await app?.close();
});

async function push(repository: string, history: readonly object[]) {
  const target = { host: lab.pushTo, repository };
  const pushed: Pushed[] = [];
  const diffIds: string[] = [];
  for (const size of [3000, 1000]) {
    const body = new Uint8Array(size).map((_, at) => (at * 7919) % 251);
    const tar = Buffer.from(await packTar([{ header: { name: `bin/of-${size}`, size, mtime: new Date(0) }, body }]));
    diffIds.push(digestOf(tar));
    pushed.push(await pushBlob(target, `${MEDIA}.layer.v1.tar+gzip`, gzipSync(tar)));
  }
  const config = {
    ...{ architecture: 'amd64', os: 'linux', rootfs: { type: 'layers', diff_ids: diffIds }, history },
    config: {
      ...{ Env: ['PATH=/usr/local/bin:/bin'], Cmd: ['/bin/of-1000'], Labels: LABELS },
      Healthcheck: { Test: ['CMD-SHELL', 'test -e /bin/of-1000'] },
    },
  };
  const described = await pushBlob(target, `${MEDIA}.config.v1+json`, JSON.stringify(config));
  const manifest = { schemaVersion: 2, mediaType: `${MEDIA}.manifest.v1+json`, config: described, layers: pushed };
  return { layers: pushed, digest: (await pushManifest(target, manifest, '1')).digest };
}

async function visit(params: string, repository = 'report/fitting'): Promise<Page> {
  const page = await browser.newPage();
  await page.goto(app.address(`${lab.plain.host}/${repository}:1${params}`));
  return page;
}

const fact = (page: Page, name: string) =>
  page
    .locator('.facts > div')
    .filter({ has: page.getByText(name, { exact: true }) })
    .locator('dd');

test('the overview answers what it is, on what it is built, and as whom it runs', async () => {
  const page = await visit('');
  await page
    .getByText('Report for linux/amd64: runs /bin/of-1000 as root, built on Alpine 3.20.0 (a guess).')
    .waitFor();
  expect(await fact(page, 'Base image').innerText()).toBe('Alpine 3.20.0 (a guess from its history)');
  expect(await fact(page, 'Health check').innerText()).toBe('test -e /bin/of-1000');
  expect(await fact(page, 'User').innerText()).toMatch(/^root — all rights within the container/);
  await page.getByRole('link', { name: '/usr/local/bin' }).click();
  expect(new URL(page.url()).hash).toContain('?view=files&path=/usr/local/bin');
});

test('of what an image states, only plain https addresses are links', async () => {
  const page = await visit('');
  const revision = fact(page, 'Revision').getByRole('link');
  expect(await revision.getAttribute('href')).toBe(`https://github.com/example/report/commit/${REVISION}`);
  expect(await revision.getAttribute('rel')).toBe('noopener noreferrer');
  await page.getByText('javascript:alert(1)').first().waitFor();
  const addresses = await page
    .locator('a')
    .evaluateAll((links) => links.map((link) => link.getAttribute('href') ?? ''));
  expect(addresses.filter((address) => /^javascript:|evil\.example/.test(address))).toEqual([]);
});

test('the history is a Dockerfile whose steps lead to their layers', async () => {
  const page = await visit(`?view=history&layer=${layers[1]?.digest}`);
  const steps = page.getByRole('list', { name: 'History' }).getByRole('listitem');
  await steps.nth(2).waitFor();
  expect(await steps.nth(0).locator('code').innerText()).toBe('ADD alpine-minirootfs-3.20.0-x86_64.tar.gz /');
  expect(await steps.nth(1).innerText()).toContain('no layer');
  expect(await steps.nth(2).locator('code').last().innerText()).toBe('RUN make $WHAT');
  expect(await steps.nth(2).innerText()).toContain('with build arguments WHAT=it');
  expect(await steps.nth(2).getAttribute('aria-current')).toBe('true');
  await steps.nth(2).getByRole('link', { name: 'layer 2' }).click();
  expect(await page.locator('tr[aria-current]').innerText()).toContain('RUN make $WHAT');
});

test('a history that does not fit the layers says so', async () => {
  const page = await visit('?view=history', 'report/broken');
  expect(await page.getByRole('note').innerText()).toContain(
    '1 step should have made a layer, and the image has 2 layers',
  );
  expect(await page.getByText('layer unknown').count()).toBe(1);
});

test('layers show their shares, their sizes unpacked once their files were read, and lead to those', async () => {
  const page = await visit(`?view=layers&layer=${layers[1]?.digest}`);
  const row = page.getByRole('table', { name: 'Layers' }).locator('tr[aria-current]');
  await row.waitFor();
  const [first, second] = layers.map(({ size }) => size);
  expect(await row.innerText()).toContain(`${Math.round((100 * Number(second)) / (Number(first) + Number(second)))} %`);
  await row.getByRole('link', { name: 'Files of this layer' }).click();
  await page.getByRole('row', { name: /^bin/ }).waitFor();
  await expect
    .poll(
      async () => {
        await page.getByRole('tab', { name: 'Overview' }).click();
        await page.getByRole('tab', { name: 'Layers' }).click();
        return page.getByRole('tabpanel').innerText();
      },
      { timeout: 15_000 },
    )
    .toContain('4.00 kB unpacked');
});

test('the lines to take it along are pinned to the digest, and a click copies one', async () => {
  const page = await visit('?view=take');
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.getByRole('button', { name: 'Copy for Dockerfile' }).click();
  const line = `FROM ${lab.plain.host}/report/fitting@${digest}`;
  await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toBe(line);
  for (const tool of ['docker', 'podman', 'nerdctl', 'ctr', 'skopeo', 'crane', 'regctl', 'kind', 'k3s', 'Pod']) {
    const text = await page.getByRole('button', { name: `Copy for ${tool}`, exact: true }).getAttribute('data-copy');
    expect(text, tool).toContain(digest);
  }
});

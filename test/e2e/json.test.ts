/** Manifests and configs as JSON to walk: against jq, what the registry serves, and documents made to break it. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Lab } from '../lab/lab.ts';
import { digestOf, pushBlob, pushManifest } from '../lab/push.ts';
import { useLab } from '../lab/use-lab.ts';
import { type App, startApp } from './app.ts';
import { type OpenBrowser, openBrowser } from './browser.ts';

const OCI_MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const OCI_CONFIG = 'application/vnd.oci.image.config.v1+json';

let lab: Lab;
let app: App;
let browser: OpenBrowser;
let page: Page;

beforeAll(async () => {
  lab = await useLab();
  [app, browser] = await Promise.all([startApp([]), openBrowser()]);
});

afterAll(async () => {
  await browser?.close();
  await app?.close();
});

beforeEach(async () => {
  page = await browser.newPage();
});

afterEach(async () => {
  await page.context().close();
});

const open = (image: string, params: string): Promise<unknown> =>
  page.goto(app.address(`${lab.plain.host}/${image}?${params}`));

async function served(repository: string, reference: string): Promise<string> {
  const answer = await fetch(`http://${lab.plain.host}/v2/${repository}/manifests/${reference}`, {
    headers: { Accept: 'application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json' },
  });
  return answer.text();
}

const selected = (): Locator => page.getByRole('region', { name: 'Selected value' });
const tree = (name: string): Locator => page.getByRole('tree', { name });

describe('a manifest', () => {
  test('has the values that jq finds, where their links lead', async () => {
    const text = await served('app/multi', '1');
    const index = JSON.parse(text) as { manifests: { digest: string }[] };
    await open('app/multi:1', 'view=manifest&json=/manifests/1/platform/variant');
    expect(await selected().locator('pre').innerText()).toBe(
      execFileSync('jq', ['-r', '.manifests[1].platform.variant'], { input: text }).toString().trim(),
    );
    const child = index.manifests[1]?.digest ?? '';
    await tree('Index').getByRole('link', { name: child }).click();
    await page.getByRole('heading', { level: 1, name: `${lab.plain.host}/app/multi@${child}` }).waitFor();
  });

  test('leads to its config and its layers', async () => {
    const manifest = JSON.parse(await served('app/hello', '1')) as { config: Listed; layers: Listed[] };
    await open('app/hello:1', 'view=manifest');
    await tree('Image manifest').getByRole('link', { name: manifest.config.digest }).click();
    await tree('Image config').waitFor();
    const diffId = tree('Image config')
      .getByRole('link', { name: /sha256:/ })
      .nth(1);
    await diffId.click();
    await page.getByRole('treegrid', { name: 'Files' }).waitFor();
    expect(page.url()).toContain(`layer=${manifest.layers[1]?.digest}`);
    expect(page.url()).not.toContain('json=');
  });

  test('is saved to the byte, whatever stands in it', async () => {
    await open('app/multi:1', 'view=manifest');
    const waiting = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Save index' }).click();
    const saved = readFileSync(await (await waiting).path());
    expect(digestOf(saved)).toBe(digestOf(await served('app/multi', '1')));
  });

  test('is walked by keys, and the address follows to be opened elsewhere', async () => {
    await open('app/hello:1', 'view=manifest');
    const rows = tree('Image manifest');
    await rows.focus();
    for (const key of ['Home', 'ArrowDown', 'ArrowDown', 'ArrowRight', 'ArrowLeft', 'ArrowLeft']) await rows.press(key);
    const config = rows.getByRole('treeitem', { selected: true });
    expect(await config.getAttribute('aria-expanded')).toBe('false');
    await expect.poll(() => page.url()).toMatch(/json=\/\w+$/);
    const elsewhere = await browser.newPage({ width: 390 });
    await elsewhere.goto(page.url());
    const pointer = new URL(page.url()).hash.split('json=')[1] ?? '';
    await elsewhere.getByRole('region', { name: 'Selected value' }).getByText(pointer, { exact: true }).waitFor();
    expect(await elsewhere.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true);
    await elsewhere.context().close();
  });

  test('of both documents, a value that both have is that of the index where the link says so', async () => {
    await open('app/multi:1', 'view=manifest');
    await tree('Index').getByText('schemaVersion:').click();
    const digest = digestOf(await served('app/multi', '1'));
    await expect.poll(() => decodeURIComponent(page.url())).toContain(`json=${digest}#/schemaVersion`);
    await page.reload();
    const index = page.getByRole('region', { name: 'Index', exact: true });
    await index.getByRole('region', { name: 'Selected value' }).getByText('/schemaVersion').waitFor();
    expect(await selected().count()).toBe(1);
  });

  test('of schema 1 and of an artifact is walked too', async () => {
    await open('app/schema1:1', 'view=manifest&json=/schemaVersion');
    expect(await selected().locator('pre').innerText()).toBe('1');
    await open('app/artifact:1', 'view=manifest&json=/config/mediaType');
    await expect.poll(() => selected().innerText()).toContain('An empty config');
  });
});

interface Listed {
  digest: string;
}

describe('a document that was made to break it', () => {
  const HOSTILE = `{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[]},
    "__proto__":{"polluted":"<img src=x onerror=alert(1)>"},"constructor":{"a":1},
    "big":12345678901234567890123,"one":1.0,"twice":1,"twice":2,"link":"javascript:alert(1)","safe":"https://example.org/?a#b"}`;

  async function push(repository: string, config: string): Promise<void> {
    const target = { host: lab.pushTo, repository };
    const descriptor = await pushBlob(target, OCI_CONFIG, config);
    await pushManifest(target, { schemaVersion: 2, mediaType: OCI_MANIFEST, config: descriptor, layers: [] }, '1');
  }

  test('is shown as it was sent: numbers, repeated keys, markup, keys of prototypes', async () => {
    await push('app/hostile-json', HOSTILE);
    await open('app/hostile-json:1', 'view=config&json=/__proto__/polluted');
    const rows = tree('Image config');
    expect(await selected().locator('pre').innerText()).toBe('<img src=x onerror=alert(1)>');
    expect(await page.locator('.json-document img').count()).toBe(0);
    const texts = (await rows.getByRole('treeitem').allInnerTexts()).map((text) => text.replace(/\s+/g, ' ').trim());
    expect(texts).toEqual(
      expect.arrayContaining(['big: 12345678901234567890123', 'one: 1.0', 'twice: 1 repeated below', 'twice: 2']),
    );
    await page.getByText('A key is repeated').waitFor();
    const links = rows.getByRole('link');
    expect(await links.count()).toBe(1);
    expect(await links.getAttribute('href')).toBe('https://example.org/?a#b');
    expect(await links.getAttribute('rel')).toBe('noopener noreferrer');
  });

  test('of 4 MiB with 100,000 levels is walked and searched, and costs the page a screen of it', async () => {
    const deep = `${'['.repeat(100_000)}"the needle"${']'.repeat(100_000)}`;
    const labels = Object.fromEntries(Array.from({ length: 30_000 }, (_, at) => [`label-${at}`, 'x'.repeat(90)]));
    const rest = { architecture: 'amd64', os: 'linux', rootfs: { diff_ids: [] }, config: { Labels: labels } };
    await push('app/huge-json', `{"deep":${deep},${JSON.stringify(rest).slice(1)}`);
    await open('app/huge-json:1', 'view=config');
    const rows = tree('Image config');
    await rows.waitFor();
    await page.getByRole('searchbox', { name: 'Search in config' }).fill('label-29999');
    await page.getByText('1 match').waitFor();
    await page.keyboard.press('Enter');
    await expect.poll(() => selected().locator('code').innerText()).toBe('/config/Labels/label-29999');
    expect(await rows.getByRole('treeitem').count()).toBeLessThan(100);
    await page.getByRole('searchbox', { name: 'Search in config' }).fill('the needle');
    await page.getByText('1 match').waitFor();
    await page.keyboard.press('Enter');
    await expect.poll(() => selected().locator('pre').innerText()).toBe('the needle');
    expect(await rows.getByRole('treeitem').count()).toBeLessThan(100);
  });
});

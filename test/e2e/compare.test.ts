/** The Compare view, reached as people do: a tag that was seen before has moved to another image. */
import type { Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Lab } from '../lab/lab.ts';
import { digestOf, pushBlob, pushManifest } from '../lab/push.ts';
import { useLab } from '../lab/use-lab.ts';
import { type App, startApp } from './app.ts';
import { type OpenBrowser, openBrowser } from './browser.ts';
import { signIn } from './sign-in-steps.ts';

const REPOSITORY = 'app/compared';
const OCI_MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const OCI_CONFIG = 'application/vnd.oci.image.config.v1+json';
const OCI_LAYER = 'application/vnd.oci.image.layer.v1.tar';
const BASE = 'b'.repeat(1000);
const OLD = { layers: [BASE, 'o'.repeat(2000)], env: ['PATH=/bin', 'VERSION=1.0'], user: 'app' };
const NEW = { layers: [BASE, 'n'.repeat(12_345)], env: ['PATH=/bin', 'VERSION=1.1'], user: 'app' };

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

/** @returns the manifest's digest. */
async function push(tag: string, image: typeof OLD): Promise<string> {
  const target = { host: lab.pushTo, repository: REPOSITORY };
  const layers = [];
  for (const bytes of image.layers) layers.push(await pushBlob(target, OCI_LAYER, bytes));
  const config = {
    os: 'linux',
    architecture: 'amd64',
    config: { Env: image.env, User: image.user },
    rootfs: { type: 'layers', diff_ids: image.layers.map(digestOf) },
    history: image.layers.map((bytes) => ({ created_by: `COPY ${bytes.slice(0, 1)} /` })),
  };
  const manifest = { schemaVersion: 2, mediaType: OCI_MANIFEST, layers };
  const pushed = { ...manifest, config: await pushBlob(target, OCI_CONFIG, JSON.stringify(config)) };
  return (await pushManifest(target, pushed, tag)).digest;
}

const addressOf = (suffix: string): string => app.address(`${lab.plain.host}/${REPOSITORY}${suffix}`);

/** What is said of the two images that `push` made. */
async function expectDifferences(view: Locator): Promise<void> {
  await view.getByText('+10.3 kB').first().waitFor();
  expect(await view.locator('.compare-fields dt').allInnerTexts()).toEqual(['Variable VERSION']);
  expect(await view.locator('.compare-fields dd').allInnerTexts()).toEqual(['− was 1.0', '+ is 1.1']);
  const rows = view.getByRole('list', { name: 'Layers compared' }).getByRole('listitem');
  expect((await rows.allInnerTexts()).map((text) => text.replace(/\s+/g, ' '))).toEqual([
    expect.stringMatching(/^= shared 1\.00 kB .* COPY b \/$/),
    expect.stringMatching(/^− removed 2\.00 kB .* COPY o \/$/),
    expect.stringMatching(/^\+ added 12\.3 kB .* COPY n \/$/),
  ]);
  await view.getByText('1 shared, 1 added, 1 removed: +10.3 kB').waitFor();
  const steps = view.getByRole('list', { name: 'History compared' }).getByRole('listitem');
  expect((await steps.allInnerTexts()).map((text) => text.replace(/\s+/g, ' '))).toEqual([
    '= same COPY b /',
    '− removed COPY o /',
    '+ added COPY n /',
  ]);
}

test('a tag that has moved is compared with what it was, and the link shows the same elsewhere', async () => {
  const old = await push('moving', OLD);
  await page.goto(addressOf(':moving'));
  // Reading the history waits for what is remembered of the tag.
  await page.getByRole('tab', { name: 'Tags' }).click();
  await page.getByRole('region', { name: 'Tag history' }).getByText('now').waitFor();
  await page.getByRole('tab', { name: 'Overview' }).click();
  const tab = page.getByRole('tab', { name: 'Compare' });

  await push('moving', NEW);
  await page.reload();
  await page.locator('.moved-notice').getByRole('link', { name: 'Compare' }).click();
  await expectDifferences(page.getByRole('tabpanel', { name: 'Compare' }));
  expect(await tab.getAttribute('aria-selected')).toBe('true');
  expect(page.url()).toBe(addressOf(`:moving?view=compare&with=${lab.plain.host}/${REPOSITORY}@${old}`));

  const elsewhere = await browser.newPage({ width: 390 });
  await elsewhere.goto(page.url());
  await expectDifferences(elsewhere.getByRole('tabpanel', { name: 'Compare' }));
  await expect.poll(() => elsewhere.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true);
  expect(await elsewhere.locator('.moved-notice').count()).toBe(0);
  await elsewhere.context().close();
});

test('the same image is said to be equal, and one that is not there is an error that names it', async () => {
  const digest = await push('same', NEW);
  await page.goto(addressOf(`:same?view=compare&with=${lab.plain.host}/${REPOSITORY}@${digest}`));
  await page.getByText('both are the same image, byte for byte').waitFor();
  await page.goto(addressOf(`:same?view=compare&with=${lab.plain.host}/${REPOSITORY}:gone`));
  const alert = page.getByRole('alert');
  await alert.waitFor();
  expect(await alert.getAttribute('data-code')).toBe('not-found');
  expect(await alert.innerText()).toContain(`${REPOSITORY}:gone`);
});

test('an image that wants an account asks for it, and is compared then', async () => {
  const other = `${lab.nginx.host}/private/hello:1`;
  await page.goto(app.address(`${lab.plain.host}/app/hello:1?view=compare&with=${other}`));
  await page.getByRole('form', { name: `Sign in to ${lab.nginx.host}` }).waitFor();
  await signIn(page, { trustRealm: true });
  await page.getByText('both are the same image, byte for byte').waitFor();
  expect(await page.getByRole('alert').count()).toBe(0);
});

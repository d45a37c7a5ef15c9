/** Every view has its address: opened in a profile that has seen nothing, it shows exactly that. */
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Lab } from '../lab/lab.ts';
import { useLab } from '../lab/use-lab.ts';
import { type App, startApp } from './app.ts';
import { type OpenBrowser, openBrowser } from './browser.ts';

let lab: Lab;
let app: App;
let browser: OpenBrowser;

beforeAll(async () => {
  lab = await useLab();
  [app, browser] = await Promise.all([startApp(), openBrowser()]);
});

afterAll(async () => {
  await browser?.close();
  await app?.close();
});

const selected = (page: Page, name: string) => page.getByRole('tab', { name, selected: true }).waitFor();
const shows = (page: Page, text: string | RegExp) => page.getByRole('tabpanel').getByText(text).first().waitFor();

const LINKS: readonly (readonly [link: string, tab: string, seen: (page: Page) => Promise<void>])[] = [
  ['', 'Overview', (page) => shows(page, 'Runs')],
  ['?view=overview', 'Overview', (page) => shows(page, 'Runs')],
  ['?view=platforms', 'Platforms', (page) => page.getByRole('table').getByText('linux/arm64').first().waitFor()],
  ['?view=manifest&json=/config/size', 'Manifest', (page) => page.getByText('/config/size').first().waitFor()],
  ['?view=config&json=/rootfs/type', 'Config', (page) => page.getByText('/rootfs/type').first().waitFor()],
  ['?view=history', 'History', (page) => page.getByRole('button', { name: 'Copy as a Dockerfile' }).waitFor()],
  ['?view=layers', 'Layers', (page) => page.getByRole('link', { name: 'Files of this layer' }).first().waitFor()],
  ['?view=files', 'Files', (page) => page.getByRole('treegrid', { name: 'Files' }).getByText('bin').first().waitFor()],
  ['?view=files&path=/bin/busybox', 'Files', (page) => page.getByRole('button', { name: 'Save file' }).waitFor()],
  ['?view=files&find=busybox', 'Files', (page) => page.getByText(/match(es)? among/).waitFor()],
  ['?view=files&lens=packages', 'Files', (page) => shows(page, /package/i)],
  ['?view=waste', 'Waste', (page) => shows(page, 'Efficiency')],
  ['?view=tags', 'Tags', (page) => page.getByRole('tabpanel').getByRole('link', { name: '1', exact: true }).waitFor()],
  ['?view=take', 'Use it', (page) => shows(page, 'skopeo')],
];

test.each(LINKS)('the link %s', async (link, tab, seen) => {
  const page = await browser.newPage();
  try {
    await page.goto(app.address(`${lab.plain.host}/app/multi:1${link}`));
    await selected(page, tab);
    await seen(page);
  } finally {
    await page.context().close();
  }
});

test('the links of a platform and of a layer', async () => {
  const page = await browser.newPage();
  const at = `${lab.plain.host}/app/multi:1?platform=linux/arm64`;
  await page.goto(app.address(`${at}&view=layers`));
  expect(await page.getByRole('combobox', { name: 'Platform' }).locator('option:checked').innerText()).toBe(
    'linux/arm64',
  );
  const layer = await page.getByRole('link', { name: 'Files of this layer' }).last().getAttribute('href');
  await page.context().close();
  const fresh = await browser.newPage();
  await fresh.goto(`${app.url}${layer ?? ''}`);
  await selected(fresh, 'Files');
  const scope = fresh.getByRole('combobox', { name: 'Files of' });
  expect(await scope.locator('option:checked').innerText()).toMatch(/layer/i);
  await fresh.context().close();
});

test('the link of a comparison', async () => {
  const compared = await browser.newPage();
  await compared.goto(app.address(`${lab.plain.host}/app/multi:1?view=compare&with=${lab.plain.host}/app/medium:1`));
  await selected(compared, 'Compare');
  await compared
    .getByRole('heading', { name: /Layers|Settings|Config/ })
    .first()
    .waitFor();
  await compared.context().close();
});

test.each([
  ['cache', 'Layer cache'],
  ['settings', 'Settings'],
  ['activity', 'Activity'],
  ['open', 'Open an archive'],
  ['bundle', 'Bundle'],
])('the page #/%s', async (route, title) => {
  const page = await browser.newPage();
  await page.goto(app.address(route));
  await page.getByRole('heading', { level: 1, name: title }).waitFor();
  await page.context().close();
});

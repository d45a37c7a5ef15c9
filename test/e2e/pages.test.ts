/** The page as a newcomer meets it: home, links, kinds of images, keys, small screens, any base path. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Page } from 'playwright-core';
import sirv from 'sirv';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Lab } from '../lab/lab.ts';
import { useLab } from '../lab/use-lab.ts';
import { type App, DIST, startApp } from './app.ts';
import { listEntries } from './archive.ts';
import { download, type OpenBrowser, openBrowser } from './browser.ts';

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

async function visit(route: string, options: { width?: number } = {}): Promise<Page> {
  const page = await browser.newPage(options);
  await page.goto(app.address(route));
  return page;
}

const heading = (page: Page) => page.getByRole('heading', { level: 1 });

describe('home', () => {
  test('takes what people paste, and keeps what was opened', async () => {
    const page = await visit('');
    await page.getByRole('textbox', { name: 'Image reference' }).fill(`docker pull ${lab.plain.host}/app/hello:1`);
    await page.getByRole('button', { name: 'Inspect' }).click();
    await heading(page)
      .filter({ hasText: `${lab.plain.host}/app/hello:1` })
      .waitFor();
    await page.getByRole('button', { name: /^Download/ }).waitFor();
    expect(page.url()).toBe(app.address(`${lab.plain.host}/app/hello:1`));
    await page.goto(app.address(''));
    await page.getByRole('region', { name: 'Recent' }).getByRole('link').click();
    await heading(page).filter({ hasText: 'app/hello:1' }).waitFor();
    await page.goBack();
    await page.getByRole('button', { name: 'Clear recent images' }).click();
    await expect(page.getByRole('region', { name: 'Recent' }).count()).resolves.toBe(0);
  });

  test('says beside the field what is wrong with a reference, and keeps the text', async () => {
    const page = await visit('');
    const field = page.getByRole('textbox', { name: 'Image reference' });
    await field.fill('Nginx:1.27');
    await field.press('Enter');
    expect(await page.getByRole('alert').getAttribute('data-code')).toBe('reference-invalid');
    expect(await page.getByRole('alert').innerText()).toContain('nginx');
    expect(await field.inputValue()).toBe('Nginx:1.27');
  });

  test('?image= is the same as the address after #', async () => {
    const page = await browser.newPage();
    await page.goto(`${app.url}?image=${lab.plain.host}/app/hello:1`);
    await heading(page).filter({ hasText: 'app/hello:1' }).waitFor();
    await page.getByRole('button', { name: /^Download/ }).waitFor();
  });
});

describe('a link', () => {
  test('opens the view that it names, and each view has a link', async () => {
    const page = await visit(`${lab.plain.host}/app/hello:1?view=manifest&later=kept`);
    await page.getByRole('tabpanel', { name: 'Manifest' }).getByText('schemaVersion:').waitFor();
    await page.getByRole('tab', { name: 'Config' }).click();
    await page.getByRole('tabpanel', { name: 'Config' }).getByText('diff_ids:').waitFor();
    expect(page.url()).toContain('view=config');
    expect(page.url()).toContain('later=kept');
    await page.goBack();
    await page.getByRole('tabpanel', { name: 'Manifest' }).waitFor();
  });

  test('changing the platform changes the link and the image', async () => {
    const page = await visit(`${lab.plain.host}/app/multi:1`);
    const platform = page.getByRole('combobox', { name: 'Platform' });
    await platform.waitFor();
    expect(await platform.locator('option').allInnerTexts()).toEqual(['linux/amd64', 'linux/arm64']);
    await platform.selectOption({ label: 'linux/arm64' });
    await page.waitForURL(/platform=linux\/arm64/);
    await page.getByRole('button', { name: /^Download/ }).waitFor();
    expect(await page.getByRole('button', { name: /^Download/ }).getAttribute('title')).toContain('linux-arm64-v8');
  });
});

describe('every kind of manifest is shown as what it is', () => {
  test.each([
    ['app/nested:1', 'linux/amd64'],
    ['app/docker:1', 'linux/amd64'],
    ['app/inline:1', 'linux/amd64'],
    ['app/zstd:1', 'tar+zstd'],
  ])('%s can be downloaded', async (image, words) => {
    const page = await visit(`${lab.plain.host}/${image}`);
    await page.getByRole('button', { name: /^Download/ }).waitFor();
    expect(await page.locator('main').innerText()).toContain(words);
  });

  test('schema 1 is shown, and says why it cannot be downloaded', async () => {
    const page = await visit(`${lab.plain.host}/app/schema1:1`);
    await page.locator('.why-no-download').waitFor();
    expect(await page.locator('main').innerText()).toContain('schema 1');
    await expect(page.getByRole('combobox', { name: 'Format' }).count()).resolves.toBe(0);
  });

  test('an artifact is shown, says that no loader runs it, and can be saved', async () => {
    const page = await visit(`${lab.plain.host}/app/artifact:1`);
    await page.locator('.why-no-download').getByText('no loader would run it').waitFor();
    await page.getByRole('button', { name: /^Download/ }).waitFor();
    expect(await page.locator('main').innerText()).toContain('application/vnd.pulltab.lab.note.v1');
    await expect(page.getByRole('combobox', { name: 'Format' }).getByRole('option').allInnerTexts()).resolves.toEqual([
      'oci',
    ]);
  });

  test('the attestations of an index are counted, not offered', async () => {
    const page = await visit(`${lab.plain.host}/app/multi:1`);
    await page.getByText('The index also lists 1 attestation.').waitFor();
  });
});

describe('keys', () => {
  test('reach the field, the views and the help', async () => {
    const page = await visit(`${lab.plain.host}/app/hello:1`);
    await page.getByRole('button', { name: /^Download/ }).waitFor();
    await page.keyboard.press('g');
    await page.keyboard.press('l');
    await page.getByRole('tabpanel', { name: 'Layers' }).waitFor();
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keyboard' }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await page.keyboard.press('/');
    const focused = await page.evaluate(() => document.activeElement?.getAttribute('aria-label'));
    expect(focused).toBe('Image reference');
  });
});

describe('a small screen', () => {
  test.each(['', 'sample', 'sample?view=layers', 'sample?view=config', 'UPPER/x', 'bundle?image=sample&image=UPPER/x'])(
    '#/%s does not scroll sideways',
    async (route) => {
      const page = await visit(route, { width: 390 });
      await heading(page).first().waitFor();
      await page.waitForTimeout(300);
      const [content, window] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
      expect(content).toBeLessThanOrEqual(window ?? 0);
    },
  );
});

describe('the sample, on a static host, under a path of its own', () => {
  let server: Server;
  let base: string;

  beforeAll(async () => {
    const files = sirv(DIST, { dev: true });
    server = createServer((request, response) => {
      const path = /^\/some\/where(\/.*)$/.exec(request.url ?? '')?.[1];
      const missing = (): void => void response.writeHead(404).end();
      if (path === undefined) return missing();
      request.url = path;
      files(request, response, missing);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}/some/where/`;
  });

  afterAll(() => {
    server.close();
    server.closeAllConnections();
  });

  test('opens, downloads, and opens again without a network', async () => {
    const page = await browser.newPage();
    await page.goto(base);
    await page
      .getByRole('link', { name: /sample/ })
      .first()
      .click();
    await heading(page).filter({ hasText: 'localhost/pulltab/sample' }).waitFor();
    await page.locator('.image-head').getByText('served with this page').waitFor();
    const { path, fileName } = await download(page);
    expect(fileName).toBe('sample_latest_linux-amd64.tar');
    expect((await listEntries(path)).at(-1)).toBe('oci-layout');
    server.closeAllConnections();
    await page.context().setOffline(true);
    await page.reload();
    await page.getByRole('textbox', { name: 'Image reference' }).waitFor();
  });
});

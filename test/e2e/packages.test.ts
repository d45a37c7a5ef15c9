/** Installed packages and summaries of files in Chromium, against dpkg-query, readelf, openssl and unzip. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { skopeoCopy } from '../lab/images.ts';
import { pushInspectedImages } from '../lab/inspected-images.ts';
import type { Lab } from '../lab/lab.ts';
import { removeFolder, run, temporaryFolder } from '../lab/process.ts';
import { useLab } from '../lab/use-lab.ts';
import { type App, startApp } from './app.ts';
import { type OpenBrowser, openBrowser } from './browser.ts';
import { KINDS_IMAGE, pushKindsImage } from './kinds-image.ts';

/** The first time on a machine its images are made. */
const MAKING_MS = 600_000;
/** A busy machine takes its time; what is asserted has none. */
const SOON = { timeout: 20_000 };
const folder = temporaryFolder('packages');

let lab: Lab;
let app: App;
let browser: OpenBrowser;
let layers: readonly string[];

beforeAll(async () => {
  lab = await useLab();
  layers = await pushKindsImage(lab.pushTo);
  [app, browser] = await Promise.all([startApp(), openBrowser()]);
}, MAKING_MS);

afterAll(async () => {
  await browser?.close();
  await app?.close();
  removeFolder(folder);
});

/** In a fresh profile. */
async function visit(query: string, name = KINDS_IMAGE, width = 1280): Promise<Page> {
  const page = await browser.newPage({ width });
  await page.goto(app.address(`${lab.plain.host}/${name}?view=files${query}`));
  // The first of them reads the layers.
  if (query.includes('lens=packages')) await page.getByRole('region', { name: 'Installed packages' }).waitFor();
  return page;
}

const table = (page: Page): Locator => page.getByRole('table', { name: 'Packages' });
const rows = async (page: Page): Promise<string[]> =>
  (await table(page).locator('.package-row:not(.package-head)').allInnerTexts()).map((text) =>
    text.split(/\n+/).join(' '),
  );

async function saved(page: Page, button: string): Promise<string> {
  const waiting = page.waitForEvent('download');
  await page.getByRole('button', { name: button }).click();
  return readFileSync(await (await waiting).path(), 'utf8');
}

interface SavedPackage {
  readonly name: string;
  readonly version: string;
  readonly architecture?: string;
  readonly layer: number;
}

describe('packages', () => {
  test(
    'of a Debian image are what dpkg-query lists in its root',
    async () => {
      await pushInspectedImages(lab.pushTo, lab.plain.host);
      const layout = `oci:${folder}/debian:image`;
      await skopeoCopy(`docker://${lab.pushTo}/app/debian:1`, layout);
      await run('umoci', ['unpack', '--image', `${folder}/debian:image`, `${folder}/bundle`]);
      const database = join(folder, 'bundle/rootfs/var/lib/dpkg');
      const format = `\${Package} \${Version} \${Architecture}\n`;
      const said = execFileSync('dpkg-query', ['--admindir', database, '-W', '-f', format], { encoding: 'utf8' });
      const page = await visit('&lens=packages', 'app/debian:1');
      await table(page).waitFor();
      const packages = JSON.parse(await saved(page, 'Save as JSON')) as SavedPackage[];
      const read = packages.map(({ name, version, architecture }) => `${name} ${version} ${architecture}`);
      expect(read.sort()).toEqual(said.trim().split('\n').sort());
      expect(read.length).toBeGreaterThan(80);
      await page.getByText('Debian GNU/Linux 12 (bookworm)').waitFor();
    },
    MAKING_MS,
  );

  test('have the layer that brought them, and links narrow them down', async () => {
    const page = await visit('&lens=packages:dpkg');
    await table(page).waitFor();
    expect(await rows(page)).toEqual([
      'base 1.0-1 dpkg amd64 10.2 kB 1',
      'curl 8.0 dpkg amd64 10.2 kB 2',
      'openssl 3.0.2-1 dpkg amd64 10.2 kB 2',
    ]);
    await table(page).getByRole('link', { name: '1', exact: true }).click();
    await expect.poll(() => rows(page), SOON).toEqual(['base 1.0-1 dpkg amd64 10.2 kB 1']);
    expect(page.url()).toContain(`layer=${layers[0]}`);
    await page.getByRole('link', { name: /^All/ }).click();
    await page.getByRole('combobox', { name: 'Files of' }).selectOption('');
    await page
      .getByRole('status')
      .getByText(/^46 packages/)
      .waitFor();
    await page.getByRole('searchbox', { name: 'Find packages' }).fill('sub1 2:1');
    await expect.poll(async () => (await rows(page)).length, SOON).toBe(10);
    expect(page.url()).toContain('find=');
    await page.getByText('Kinds 1 <b>').waitFor();
  });

  test('that cannot be read are named', async () => {
    const page = await visit('&lens=packages');
    const note = page.getByRole('note');
    await note.getByText('/usr/lib/sysimage/rpm/Packages.db').waitFor();
    await note.getByText('/app/node_modules/broken/package.json').waitFor();
  });

  test('a link shows a search in a fresh profile, and a row opens the file that says so', async () => {
    const page = await visit('&lens=packages&find=requests');
    await expect.poll(() => rows(page), SOON).toEqual(['requests 2.31.0 Python 2']);
    expect(await saved(page, 'Save as CSV')).toMatch(
      /^kind,name,version,.*\r\npython,requests,2\.31\.0,.*METADATA\r\n$/,
    );
    await table(page).getByRole('link', { name: 'requests' }).click();
    await page.getByText('Version: 2.31.0').waitFor();
  });

  test('on a phone each row keeps name, version, size and layer', async () => {
    const page = await visit('&lens=packages:dpkg', KINDS_IMAGE, 390);
    await table(page).waitFor();
    expect((await rows(page))[0]).toContain('base 1.0-1 dpkg 10.2 kB');
    const overflow = await page.evaluate(() => {
      const { scrollWidth, clientWidth } = document.documentElement;
      return scrollWidth - clientWidth;
    });
    expect(overflow).toBeLessThanOrEqual(0);
  });
});

describe('summaries', () => {
  const summaryOf = async (path: string): Promise<Locator> => {
    const page = await visit(`&path=${path}`);
    const opened = page.getByRole('region', { name: path, exact: true });
    await opened.getByRole('button', { name: 'Summary', pressed: true }).waitFor();
    await opened.locator('.summary').waitFor();
    return opened.locator('.summary');
  };

  test('a program: what readelf says it needs', async () => {
    const summary = await summaryOf('/usr/bin/ls');
    const said = execFileSync('readelf', ['-dn', '/usr/bin/ls'], { encoding: 'utf8' });
    const needed = [...said.matchAll(/\(NEEDED\).*\[(.*)\]/g)].map(([, name]) => name);
    expect(await summary.locator('.summary-words a').allInnerTexts()).toEqual(needed);
    await summary.getByText(/Build ID: (\w+)/.exec(said)?.[1] ?? 'none').waitFor();
    await summary.getByRole('link', { name: '/lib64/ld-linux-x86-64.so.2' }).waitFor();
  });

  test('a certificate with its key: who, for whom, and nothing of the key', async () => {
    const summary = await summaryOf('/etc/app/server.pem');
    await summary.getByText('A private key is in this file (PRIVATE KEY, not encrypted).').waitFor();
    await summary.getByText('CN=kinds.example').first().waitFor();
    await summary.getByText('DNS:kinds.example').waitFor();
    const text = await summary.innerText();
    expect(text).toContain('Ed25519');
    // Keys of Ed25519 all begin so.
    expect(text).not.toContain('MC4CAQ');
  });

  test('an archive lists what is in it', async () => {
    const summary = await summaryOf('/app/app.zip');
    await summary.getByRole('table', { name: 'In the archive' }).getByText('etc/app/server.pem').waitFor();
    await summary.getByText('Zip archive').waitFor();
  });

  test('a package database lists its packages, and text is still text', async () => {
    const summary = await summaryOf('/var/lib/dpkg/status');
    await summary.getByRole('table', { name: 'Packages of this database' }).getByText('3.0.2-1').waitFor();
    const page = summary.page();
    await page.getByRole('button', { name: 'Text' }).click();
    await page.getByText('Package: openssl').waitFor();
  });

  test('an rpm database lists what rpm -qa lists', async () => {
    const summary = await summaryOf('/var/lib/rpm/rpmdb.sqlite');
    await summary.getByText('40 packages').waitFor();
  });
});

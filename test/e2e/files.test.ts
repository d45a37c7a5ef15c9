/** The files of an image in Chromium: the tree and its keys, searches, lenses, what is in a file, and links to all of it. */
import { readFileSync } from 'node:fs';
import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type FaultProxy, startFaultProxy } from '../lab/fault-proxy.ts';
import type { Lab } from '../lab/lab.ts';
import { run } from '../lab/process.ts';
import { useLab } from '../lab/use-lab.ts';
import { type App, startApp } from './app.ts';
import { type OpenBrowser, openBrowser } from './browser.ts';
import {
  FILES_IMAGE,
  type FilesImage,
  LONG_LINES,
  NO_LAYERS_IMAGE,
  OS_RELEASE,
  pushFilesImages,
  SCRIPT,
  SVG,
} from './files-image.ts';

let lab: Lab;
let app: App;
let browser: OpenBrowser;
let faulty: FaultProxy;
let image: FilesImage;

beforeAll(async () => {
  lab = await useLab();
  image = await pushFilesImages(lab.pushTo);
  faulty = await startFaultProxy(lab.plain.host);
  [app, browser] = await Promise.all([startApp(), openBrowser()]);
});

afterAll(async () => {
  await browser?.close();
  await app?.close();
  await faulty?.stop();
});

/** In a fresh profile. */
async function visit(query: string, options: { width?: number; host?: string; name?: string } = {}): Promise<Page> {
  const { host = lab.plain.host, name = FILES_IMAGE, width = 1280 } = options;
  const page = await browser.newPage({ width });
  await page.goto(app.address(`${host}/${name}?view=files${query}`));
  return page;
}

const tree = (page: Page): Locator => page.getByRole('treegrid', { name: 'Files' });
const row = (page: Page, name: string | RegExp): Locator => tree(page).getByRole('row', { name });
/** Names of the rows on screen, as they stand below each other. */
const names = (page: Page): Promise<string[]> => tree(page).locator('.file-row .file-link').allInnerTexts();
/** Waits for rows as a person does: a machine that is busy takes its time. */
const listed = (page: Page) => expect.poll(() => names(page), { timeout: 20_000 });
const file = (page: Page, path: string): Locator => page.getByRole('region', { name: path, exact: true });
const ready = (page: Page): Promise<void> =>
  page
    .getByRole('status')
    .getByText(/paths ·/)
    .waitFor();
const hit = (page: Page): Promise<boolean> => page.evaluate(() => 'hit' in window);

describe('the tree', () => {
  test('shows the merged image, and the arrows walk, unfold and fold it', async () => {
    const page = await visit('');
    await row(page, /^app/).waitFor();
    await ready(page);
    expect(await names(page)).toEqual(['app', 'bin', 'etc', 'tmp', 'usr']);
    await tree(page).focus();
    for (const key of ['Home', 'ArrowDown', 'ArrowDown', 'ArrowRight']) await page.keyboard.press(key);
    await row(page, /^motd/).waitFor();
    expect(await names(page)).toEqual(['app', 'bin', 'etc', 'broken', 'motd', 'new.conf', 'os-release', 'tmp', 'usr']);
    expect(await row(page, /^etc/).getAttribute('aria-expanded')).toBe('true');
    expect(await row(page, /^motd/).getAttribute('aria-level')).toBe('2');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowLeft');
    await page.keyboard.press('ArrowLeft');
    await row(page, /^motd/).waitFor({ state: 'detached' });
    expect(await row(page, /^etc/).getAttribute('aria-expanded')).toBe('false');
  });

  test('letters go to a name, End to the end, Enter opens, and the address says what', async () => {
    const page = await visit('');
    await ready(page);
    await tree(page).focus();
    await page.keyboard.type('e');
    await page.keyboard.press('ArrowRight');
    await row(page, /^motd/).waitFor();
    await page.keyboard.type('mo');
    await page.keyboard.press('Enter');
    await file(page, '/etc/motd').getByText('Welcome back').waitFor();
    expect(page.url()).toContain('path=/etc/motd');
    expect(await row(page, /^motd/).getAttribute('aria-selected')).toBe('true');
    await page.keyboard.press('End');
    const active = await tree(page).getAttribute('aria-activedescendant');
    expect(await page.locator(`#${active}`).innerText()).toMatch(/^usr/);
  });

  test('only rows on screen are in the document, and all of them can be scrolled to', async () => {
    const page = await visit('');
    await ready(page);
    await page.getByRole('button', { name: 'Unfold all' }).click();
    await row(page, /^file-000/).waitFor();
    expect(await row(page, /^file-299/).count()).toBe(0);
    await tree(page).focus();
    await page.keyboard.press('End');
    await row(page, /^usr/).waitFor();
    expect(await row(page, /^file-000/).count()).toBe(0);
    expect(Number(await tree(page).getAttribute('aria-rowcount'))).toBeGreaterThan(320);
  });

  test('says who may do what, and which layer wrote it', async () => {
    const page = await visit('&path=/app/run.sh');
    await row(page, /^run\.sh/).waitFor();
    await page.getByRole('link', { name: 'Close' }).click();
    const cells = await row(page, /^run\.sh/)
      .getByRole('gridcell')
      .allInnerTexts();
    expect(cells.slice(1)).toEqual([`${SCRIPT.length} B`, '-rwxr-xr-x', '0:0', '2023-11-14', '3']);
    await row(page, /^run\.sh/)
      .getByRole('link', { name: '3' })
      .click();
    await page.waitForURL((url) => url.hash.includes(`layer=${image.layers[2]}`));
  });
});

describe('a layer', () => {
  test('shows what it added, changed and removed, in words', async () => {
    const page = await visit(`&layer=${image.layers[2]}`);
    await ready(page);
    expect(await page.getByRole('combobox', { name: 'Files of' }).locator('option:checked').innerText()).toMatch(
      /^Layer 3: RUN rm/,
    );
    await page.getByRole('button', { name: 'Unfold all' }).click();
    await row(page, /^old\.conf/).waitFor();
    const words = async (name: RegExp): Promise<string | undefined> =>
      (await row(page, name).locator('.file-change').getAttribute('title')) ?? undefined;
    expect(await words(/^old\.conf/)).toBe('removed');
    expect(await words(/^new\.conf/)).toBe('added');
    expect(await words(/^motd/)).toBe('changed');
    expect(await words(/^run\.sh/)).toBe('metadata changed');
  });

  test('has its own file at a path, and a removed one leads to the layer that wrote it', async () => {
    const page = await visit(`&layer=${image.layers[0]}&path=/etc/motd`);
    await file(page, '/etc/motd').getByText('Welcome', { exact: true }).waitFor();
    await page.goto(
      app.address(`${lab.plain.host}/${FILES_IMAGE}?view=files&layer=${image.layers[2]}&path=/etc/old.conf`),
    );
    await file(page, '/etc/old.conf').getByText('Layer 3 removes it').waitFor();
    await file(page, '/etc/old.conf').getByRole('link', { name: 'layer 1' }).click();
    await file(page, '/etc/old.conf').getByText('a needle in old.conf').waitFor();
  });
});

describe('a link', () => {
  test('opens a line of a file of a layer in a fresh profile, and exactly that', async () => {
    const page = await visit(`&layer=${image.layers[0]}&path=/usr/lib/os-release&line=3`);
    const opened = file(page, '/usr/lib/os-release');
    await opened.getByText('VERSION_ID=3').waitFor();
    expect(await opened.locator('[aria-current="location"]').allInnerTexts()).toEqual(['3']);
    expect(await page.getByRole('combobox', { name: 'Files of' }).inputValue()).toBe('0');
    expect(await row(page, /^os-release/).getAttribute('aria-selected')).toBe('true');
  });

  test('follows a symbolic link to its file, and says where that is', async () => {
    const page = await visit('&path=/etc/os-release&line=2-3');
    const opened = file(page, '/etc/os-release');
    await opened.getByText('PRETTY_NAME').waitFor();
    expect(await opened.locator('[aria-current="location"]').allInnerTexts()).toEqual(['2', '3']);
    expect(await opened.getByRole('definition').allInnerTexts()).toContain('../usr/lib/os-release /usr/lib/os-release');
    await opened.getByText('Shown is the file that the link leads to').waitFor();
    const lines = await opened.getByRole('region', { name: 'Text' }).locator('code').allInnerTexts();
    expect(`${lines.join('\n')}\n`).toBe(OS_RELEASE);
  });

  test('reaches the end of a long file, and shift extends the range', async () => {
    const page = await visit('&path=/app/long.txt&line=140000');
    const opened = file(page, '/app/long.txt');
    await opened.getByText('line 140000 of many').waitFor();
    await opened.getByRole('link', { name: 'Line 140003', exact: true }).click({ modifiers: ['Shift'] });
    await page.waitForURL(/line=140000-140003/);
    expect(await opened.locator('[aria-current="location"]').count()).toBe(4);
    await opened.getByRole('checkbox', { name: 'Wrap lines' }).check();
    await opened.getByText(`Lines 139001 to 140000 of ${LONG_LINES}`).waitFor();
    await opened.getByText('line 140000 of many').waitFor();
  });

  test('to a path that is not there says so', async () => {
    const page = await visit('&path=/etc/none');
    await page.getByRole('alert').getByText('This image has no /etc/none').waitFor();
  });

  test('to a search lists what it finds, and to a lens what it shows', async () => {
    const page = await visit('&find=glob:**/*.conf');
    await listed(page).toEqual(['etc/new.conf']);
    await page.getByRole('status').getByText('1 match among').waitFor();
    await page.goto(app.address(`${lab.plain.host}/${FILES_IMAGE}?view=files&lens=set-uid`));
    await listed(page).toEqual(['app/suid']);
    await page.getByRole('link', { name: 'Set-uid' }).click();
    await page.getByRole('link', { name: 'World-writable' }).click();
    await listed(page).toEqual(['app/anyone.txt']);
    await page.getByRole('link', { name: 'Secrets-looking' }).click();
    await listed(page).toEqual(['app/.env']);
    await row(page, /app\/\.env/)
      .getByText('environment variables, where passwords are kept')
      .waitFor();
  });
});

describe('a search', () => {
  test('by name, glob or expression counts its matches while one types', async () => {
    const page = await visit('');
    await ready(page);
    const field = page.getByRole('searchbox', { name: 'Find by name' });
    await field.fill('FILE-29');
    await page.getByRole('status').getByText('10 matches among').waitFor();
    expect(await names(page)).toContain('app/many/file-299.txt');
    await page.getByRole('combobox', { name: 'Find' }).selectOption('regex');
    await field.fill('file-(0|1)0\\d\\.txt$');
    await page.getByRole('status').getByText('20 matches among').waitFor();
    await field.fill('file-(');
    await page.getByRole('alert').waitFor();
    await field.fill('');
    await listed(page).toContain('app');
  });

  test('inside text files finds lines, and each opens its file there', async () => {
    const page = await visit('');
    await ready(page);
    await page.getByRole('combobox', { name: 'Find' }).selectOption('text');
    await page.getByRole('searchbox', { name: 'Text to find' }).fill('NEEDLE');
    await page.getByRole('button', { name: 'Search', exact: true }).click();
    const hits = page.getByRole('list', { name: 'Hits' });
    await expect
      .poll(() => hits.getByRole('link').allInnerTexts())
      .toEqual([expect.stringContaining('needle in line four')]);
    await hits.getByRole('link').click();
    await page.waitForURL(/path=\/app\/run\.sh.*line=4/);
    await file(page, '/app/run.sh').locator('[aria-current="location"]').getByText('4').waitFor();
  });
});

describe('what is in a file', () => {
  test('text has colours, and markup in it is text', async () => {
    const page = await visit('&path=/app/run.sh');
    const opened = file(page, '/app/run.sh');
    await opened.locator('.hl-comment').getByText('# says hello').waitFor();
    expect(`${(await opened.locator('.file-line code').allInnerTexts()).join('\n')}\n`).toBe(SCRIPT);
    await page.goto(app.address(`${lab.plain.host}/${FILES_IMAGE}?view=files&path=/app/page.html`));
    await file(page, '/app/page.html').locator('.hl-tag').first().waitFor();
    expect(await file(page, '/app/page.html').locator('script, b').count()).toBe(0);
    expect(await hit(page)).toBe(false);
  });

  test('a picture is drawn, an SVG is text first and runs nothing when it is drawn', async () => {
    const page = await visit('&path=/app/logo.png');
    await file(page, '/app/logo.png').getByText('40 × 20 pixels').waitFor();
    await page.goto(app.address(`${lab.plain.host}/${FILES_IMAGE}?view=files&path=/app/logo.svg`));
    const svg = file(page, '/app/logo.svg');
    await svg.getByText('xmlns').waitFor();
    expect(`${await svg.locator('.file-line code').first().innerText()}\n`).toBe(SVG);
    await svg.getByRole('button', { name: 'Image' }).click();
    await svg.getByText('40 × 20 pixels').waitFor();
    expect(await hit(page)).toBe(false);
  });

  test('a program is shown byte by byte as hexdump has it', async () => {
    const page = await visit('&path=/bin/busybox');
    const opened = file(page, '/bin/busybox');
    await opened.getByRole('button', { name: 'Hex' }).click();
    const first = await opened.getByRole('region', { name: 'Bytes' }).locator('.file-line').first().innerText();
    const { stdout } = await run('hexdump', ['-v', '-n', '16', '-e', '16/1 "%02x "', '/bin/busybox']);
    expect(first.replace(/\s+/g, ' ')).toContain(stdout.trim());
    await opened.getByRole('button', { name: /^Load/ }).waitFor();
  });

  test('a name with controls is shown escaped', async () => {
    const page = await visit('&find=name:red');
    await listed(page).toEqual(['app/esc\\u{1b}[31mred\\u{202e}txt']);
  });
});

describe('saving', () => {
  async function saved(page: Page, press: () => Promise<void>): Promise<{ name: string; path: string }> {
    const waiting = page.waitForEvent('download');
    await press();
    const download = await waiting;
    return { name: download.suggestedFilename(), path: await download.path() };
  }

  test('a file is saved as it is, a directory as a tar', async () => {
    const page = await visit('&path=/app/logo.png');
    const png = await saved(page, () => page.getByRole('button', { name: 'Save file' }).click());
    expect(png.name).toBe('logo.png');
    expect(readFileSync(png.path).equals(image.png)).toBe(true);
    await page.goto(app.address(`${lab.plain.host}/${FILES_IMAGE}?view=files&path=/etc`));
    const tar = await saved(page, () => page.getByRole('button', { name: 'Save as tar' }).click());
    expect(tar.name).toBe('etc.tar');
    const { stdout } = await run('tar', ['-tf', tar.path]);
    expect(stdout).toMatch(/motd\n/);
    expect(stdout).toMatch(/new\.conf\n/);
    expect(stdout).not.toMatch(/old\.conf/);
  });

  test('the listing is saved as JSON and as CSV', async () => {
    const page = await visit('');
    await ready(page);
    const json = await saved(page, () => page.getByRole('button', { name: 'Save as JSON' }).click());
    expect(json.name).toMatch(/^files-[0-9a-f]{12}\.json$/);
    expect(JSON.stringify(JSON.parse(readFileSync(json.path, 'utf8')))).toContain('etc/motd');
    const csv = await saved(page, () => page.getByRole('button', { name: 'Save as CSV' }).click());
    expect(csv.name).toMatch(/\.csv$/);
    expect(readFileSync(csv.path, 'utf8')).toContain('etc/motd');
  });
});

describe('when something is wrong', () => {
  test('a layer that cannot be read is named, the others are listed, and it can be tried again', async () => {
    const digest = image.layers[1] ?? '';
    faulty.setRules([
      { path: new RegExp(`/blobs/${digest}`), fault: { kind: 'answer', status: 404, body: '{"errors":[]}' } },
    ]);
    const page = await visit('', { host: faulty.host });
    await page.getByRole('alert').getByText('layer 2 of 3 could not be read').waitFor();
    await listed(page).toContain('etc');
    expect(await names(page)).toContain('bin');
    faulty.setRules([]);
    await page.getByRole('button', { name: 'Retry' }).click();
    await row(page, /^app/).waitFor();
    await page.getByRole('alert').waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Unfold all' }).click();
    await row(page, /^file-000/).waitFor();
  });

  test('an image without layers says that it has no files', async () => {
    const page = await visit('', { name: NO_LAYERS_IMAGE });
    await page.getByText('This image has no layers').waitFor();
  });

  test('a layer that the link names and the image does not have is said to be missing', async () => {
    const page = await visit(`&layer=sha256:${'0'.repeat(64)}`);
    await page.getByText('no layer of the digest that the link names').waitFor();
    await listed(page).toContain('etc');
  });
});

describe('a small screen', () => {
  test('columns stand below the name, a file takes the list’s place, and nothing scrolls sideways', async () => {
    const page = await visit(`&layer=${image.layers[2]}`, { width: 390 });
    await ready(page);
    const sideways = (): Promise<boolean> => page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
    expect(await row(page, /^app/).boundingBox()).toMatchObject({ height: 48 });
    expect(await sideways()).toBe(false);
    await page.goto(app.address(`${lab.plain.host}/${FILES_IMAGE}?view=files&path=/app/run.sh&line=4`));
    await file(page, '/app/run.sh').getByText('needle').waitFor();
    expect(await tree(page).count()).toBe(0);
    expect(await sideways()).toBe(false);
    await page.getByRole('link', { name: 'Close' }).click();
    await tree(page).waitFor();
  });
});

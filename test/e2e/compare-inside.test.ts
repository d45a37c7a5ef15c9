/** What is inside of two compared images, against `diff -r` of what umoci unpacks of them. */
import { execFileSync, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startFaultProxy } from '../lab/fault-proxy.ts';
import type { Lab } from '../lab/lab.ts';
import { removeFolder, temporaryFolder } from '../lab/process.ts';
import { useLab } from '../lab/use-lab.ts';
import { type App, startApp } from './app.ts';
import { type OpenBrowser, openBrowser } from './browser.ts';
import { type ComparedImages, pushCompared } from './compared-images.ts';
import { listUnpacked } from './inspected-image.ts';

const REPOSITORY = 'app/compared-inside';
const folder = temporaryFolder('compared');

let lab: Lab;
let app: App;
let browser: OpenBrowser;
let images: ComparedImages;
let page: Page;

beforeAll(async () => {
  lab = await useLab();
  images = await pushCompared(folder, lab.pushTo, REPOSITORY);
  [app, browser] = await Promise.all([startApp([]), openBrowser()]);
});

afterAll(async () => {
  await browser?.close();
  await app?.close();
  removeFolder(folder);
});

beforeEach(async () => {
  page = await browser.newPage();
});

afterEach(async () => {
  await page.context().close();
});

const address = (params = ''): string => {
  const repository = `${lab.plain.host}/${REPOSITORY}`;
  return app.address(`${repository}:new?view=compare${params}&with=${repository}:old`);
};

type Listed = Record<string, string>;

/** Path → sign, of every row: the list is short enough to be drawn whole. */
async function rows(): Promise<Listed> {
  await page.getByRole('treegrid', { name: 'Files' }).waitFor();
  await page.getByRole('progressbar').waitFor({ state: 'detached' });
  return page
    .locator('.file-row')
    .evaluateAll((elements) =>
      Object.fromEntries(
        elements.map((row) => [
          `/${row.querySelector('.file-name')?.getAttribute('title')?.split('\n')[0]}`,
          row.querySelector('.file-change-word')?.textContent ?? '',
        ]),
      ),
    );
}

/** What differs by GNU diff and find: contents by the one, what is there and its rights by the other. */
function expected({ was, is }: ComparedImages): Listed {
  const before = new Map(listUnpacked(was).map((file) => [String(file.path), file]));
  const after = new Map(listUnpacked(is).map((file) => [String(file.path), file]));
  const found: Listed = {};
  for (const path of new Set([...before.keys(), ...after.keys()])) {
    const [old, now] = [before.get(path), after.get(path)];
    if (old === undefined) found[path] = 'added';
    else if (now === undefined) found[path] = 'removed';
    else if (old.type !== now.type || differs(path, String(now.type))) found[path] = 'changed';
    else if (old.mode !== now.mode || old.uid !== now.uid || old.gid !== now.gid) found[path] = 'metadata';
  }
  return found;
}

function differs(path: string, type: string): boolean {
  if (type === 'directory') return false;
  return spawnSync('diff', ['-q', '--no-dereference', join(images.was, path), join(images.is, path)]).status === 1;
}

describe('the files of two images', () => {
  test('differ where diff -r and find say so, and nowhere else', async () => {
    await page.goto(address());
    await page.getByRole('checkbox', { name: 'Flat' }).check();
    await page.locator('.file-above').first().waitFor();
    expect(await rows()).toEqual(expected(images));
  });

  test('are listed by what differs', async () => {
    await page.goto(address());
    await page.getByRole('checkbox', { name: 'Flat' }).check();
    await page.locator('.file-above').first().waitFor();
    for (const kind of ['added', 'changed', 'metadata changed']) {
      await page.getByRole('button', { name: new RegExp(`^. ${kind} \\d`) }).click();
    }
    await page.locator('.file-change-added').waitFor({ state: 'detached' });
    const all = Object.entries(expected(images));
    expect(await rows()).toEqual(Object.fromEntries(all.filter(([, change]) => change === 'removed')));
    await page.getByRole('searchbox', { name: 'Find files by name' }).fill('deep');
    await expect.poll(() => page.locator('.file-row').count()).toBe(1);
  });

  test('show the lines that differ, as diff -u has them, and no markup of theirs', async () => {
    await page.goto(address('&path=/etc/config.ini'));
    const file = page.getByRole('region', { name: 'File compared' });
    await file.getByText('@@').waitFor();
    const { stdout } = spawnSync('diff', ['-u', join(images.was, 'etc/config.ini'), join(images.is, 'etc/config.ini')]);
    expect((await file.locator('.compare-lines').innerText()).trimEnd()).toBe(
      stdout.toString().split('\n').slice(2).join('\n').trimEnd(),
    );
    expect(await file.locator('b').count()).toBe(0);
  });
});

test('packages are told apart as dpkg lists them', async () => {
  await page.goto(address());
  const list = page.getByRole('list', { name: 'Packages compared' });
  await list.waitFor();
  const shown = (await list.getByRole('listitem').allInnerTexts()).map((text) => text.replace(/\s+/g, ' '));
  const query = (root: string): string[] =>
    execFileSync('dpkg-query', [`--admindir=${join(root, 'var/lib/dpkg')}`, '-W'])
      .toString()
      .replaceAll('\t', ' ')
      .trim()
      .split('\n');
  expect(query(images.was)).toEqual(['gone 1-1', 'libc6 2.36-9']);
  expect(query(images.is)).toEqual(['fresh 2:3~rc1', 'libc6 2.36-10']);
  expect(shown).toEqual([
    '+ added dpkg fresh 2:3~rc1',
    '− removed dpkg gone 1-1',
    '~ changed dpkg libc6 2.36-9 → 2.36-10',
  ]);
});

test('a link to a file that differs shows the same in a fresh profile, on a phone too', async () => {
  const phone = await browser.newPage({ width: 390 });
  await phone.goto(address('&path=/etc/mode'));
  const file = phone.getByRole('region', { name: 'File compared' });
  await file.getByText('The contents are equal.').waitFor();
  const shown = await file.innerText();
  expect(shown).toContain('-rw-r--r--');
  expect(shown).toContain('-rw-------');
  expect(await phone.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true);
  await phone.context().close();
});

test('a comparison begins in the form, among the tags of the repository', async () => {
  const repository = `${lab.plain.host}/${REPOSITORY}`;
  await page.goto(app.address(`${repository}:new`));
  await page.getByRole('tab', { name: 'Compare' }).click();
  const field = page.getByRole('combobox', { name: 'Compare with' });
  await field.focus();
  await expect
    .poll(() =>
      page.locator('datalist option').evaluateAll((options) => options.map((one) => one.getAttribute('value'))),
    )
    .toContain(`${repository}:old`);
  await field.fill(`${repository}:old`);
  await page.getByRole('tabpanel').getByRole('button', { name: 'Compare', exact: true }).click();
  await page.getByRole('list', { name: 'Layers compared' }).waitFor();
  expect(page.url()).toBe(app.address(`${repository}:new?view=compare&with=${repository}:old`));
});

test('leaving a comparison ends the reading of the other image', async () => {
  const slow = await startFaultProxy(lab.plain.host);
  const locks = () => page.evaluate(async () => (await navigator.locks.query()).held?.length);
  try {
    slow.setRules([{ path: /\/blobs\//, fault: { kind: 'throttle', bytesPerSecond: 500_000 } }]);
    await page.goto(app.address(`${lab.plain.host}/app/hello:1?view=compare&with=${slow.host}/app/medium:1`));
    await page.getByRole('progressbar', { name: 'Reading the layers' }).first().waitFor();
    await expect.poll(locks).toBeGreaterThan(0);
    await page.getByRole('tab', { name: 'Overview' }).click();
    await expect.poll(locks).toBe(0);
  } finally {
    await slow.stop();
  }
});

test('two platforms of one image are compared by the other’s digest', async () => {
  await page.goto(app.address(`${lab.plain.host}/app/multi:1?view=compare`));
  await page.getByRole('link', { name: 'linux/arm64' }).click();
  await page.getByRole('list', { name: 'Layers compared' }).waitFor();
  const terms = await page.locator('.compare-fields dt').allInnerTexts();
  expect(terms).toEqual(['Platform']);
  expect(await page.locator('.compare-fields dd').allInnerTexts()).toEqual(['− was linux/arm64', '+ is linux/amd64']);
});

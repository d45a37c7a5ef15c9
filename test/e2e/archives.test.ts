/** Archives on this machine through the whole app, against the registry's copy of the image that they were made of. */
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ARCHIVED_NAME, type ArchiveKind, type LabArchive, makeArchives, OTHER_NAME } from '../lab/archives.ts';
import type { Lab } from '../lab/lab.ts';
import { removeFolder, run, temporaryFolder } from '../lab/process.ts';
import { useLab } from '../lab/use-lab.ts';
import { type App, startApp } from './app.ts';
import { type OpenBrowser, openBrowser } from './browser.ts';
import { pushInspected } from './inspected-image.ts';

const REPOSITORY = 'app/archived';
const folder = temporaryFolder('archives');

let lab: Lab;
let app: App;
let browser: OpenBrowser;
let page: Page;
let archives: Map<ArchiveKind, LabArchive>;
let registrys: Seen;

/** What a person sees of an image, wherever it is from. */
interface Seen {
  readonly config: string;
  readonly manifest: string;
  readonly files: readonly Record<string, unknown>[];
}

beforeAll(async () => {
  lab = await useLab();
  await pushInspected(folder, lab.pushTo, REPOSITORY);
  archives = await makeArchives(folder, `${lab.pushTo}/${REPOSITORY}:1`);
  [app, browser] = await Promise.all([startApp([]), openBrowser()]);
  page = await browser.newPage();
  await page.goto(app.address(`${lab.plain.host}/${REPOSITORY}:1`));
  registrys = await see();
  await page.context().close();
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

const fileOf = (kind: ArchiveKind): string => archives.get(kind)?.file ?? '';

async function choose(file: string, name = 'Choose a file'): Promise<void> {
  await page.getByLabel(name).setInputFiles(file);
}

async function openView(name: string): Promise<void> {
  await page.getByRole('tab', { name, exact: true }).click();
}

async function see(): Promise<Seen> {
  const digestIn = async (view: string): Promise<string> => {
    await openView(view);
    await page.getByRole('heading', { name: `Image ${view.toLowerCase()}` }).waitFor();
    return page
      .getByRole('tabpanel')
      .getByText(/^sha256:[0-9a-f]{64}$/)
      .first()
      .innerText();
  };
  return { config: await digestIn('Config'), manifest: await digestIn('Manifest'), files: await listing() };
}

async function saved(button: string): Promise<Buffer> {
  const waiting = page.waitForEvent('download');
  await page.getByRole('button', { name: button }).click();
  return readFileSync(await (await waiting).path());
}

async function listing(): Promise<Record<string, unknown>[]> {
  await openView('Files');
  await page.getByRole('button', { name: 'Save as JSON' }).waitFor();
  await page.getByRole('progressbar', { name: 'Reading the layers' }).waitFor({ state: 'detached' });
  const files = JSON.parse((await saved('Save as JSON')).toString()) as Record<string, unknown>[];
  return files.sort((a, b) => (String(a.path) < String(b.path) ? -1 : 1));
}

/** What the page asked for besides its own files. */
function watchNetwork(): string[] {
  const asked: string[] = [];
  page.on('request', (request) => {
    const own = request.url().startsWith(app.url) || /^(?:blob|data):/.test(request.url());
    if (!own || request.method() !== 'GET') asked.push(`${request.method()} ${request.url()}`);
  });
  return asked;
}

async function dropFile(file: string): Promise<void> {
  const bytes = readFileSync(file).toString('base64');
  const dropped = await page.evaluateHandle(
    ([base64 = '', name = '']) => {
      const data = new DataTransfer();
      data.items.add(new File([Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))], name));
      return data;
    },
    [bytes, basename(file)],
  );
  await page.dispatchEvent('body', 'dragover', { dataTransfer: dropped });
  await page.getByText('Drop it to look inside').waitFor();
  await page.dispatchEvent('body', 'drop', { dataTransfer: dropped });
}

describe('an archive has the image that the registry has:', () => {
  test.each<ArchiveKind>([
    'docker 20.10 save',
    'docker 25 save',
    'podman save docker-archive',
    'podman save oci-archive',
    'skopeo docker-archive',
    'skopeo oci-archive',
    'buildx type=oci',
    'buildx type=docker',
    'umoci',
    'a folder in a tar',
    'docker save, gzip',
    'oci-archive, gzip of many members',
    'oci-archive, zstd',
  ])('%s', async (kind) => {
    await page.goto(app.address('open'));
    const asked = watchNetwork();
    await choose(fileOf(kind));
    const seen = await see();
    expect(seen.files.length).toBeGreaterThan(15);
    expect({ ...seen, manifest: '' }).toEqual({ ...registrys, manifest: '' });
    if (archives.get(kind)?.isRegistrys) expect(seen.manifest).toBe(registrys.manifest);
    // Layers that are not what the config says would be named.
    expect(await page.getByRole('alert').allInnerTexts()).toEqual([]);
    expect(asked).toEqual([]);
  });
});

test('an archive that is dropped anywhere opens, and nothing of it leaves the machine', async () => {
  await page.goto(app.address('settings'));
  const asked = watchNetwork();
  await page.getByRole('heading', { name: 'Settings' }).waitFor();
  await dropFile(fileOf('docker 20.10 save'));
  await page.getByRole('heading', { level: 1, name: ARCHIVED_NAME }).waitFor();
  await page.getByText('Drop it to look inside').waitFor({ state: 'detached' });
  expect(await listing()).toEqual(registrys.files);
  expect(asked).toEqual([]);
});

test('an archive that is left while it is decompressed is let go of', async () => {
  await page.goto(app.address('open'));
  const large = join(folder, 'large.tar.gz');
  await run('sh', ['-c', 'head -c 400000000 /dev/urandom | gzip -1 > "$1"', 'sh', large]);
  await choose(large);
  await page.getByRole('progressbar', { name: 'Decompressing the archive' }).waitFor();
  const unpacking = () => page.workers().filter((worker) => worker.url().includes('archive')).length;
  // The browser tells of a worker's beginning and end when it gets to it.
  await expect.poll(unpacking, { timeout: 10_000 }).toBe(1);
  await page.goto(app.address(''));
  await expect.poll(unpacking, { timeout: 10_000 }).toBe(0);
  await page.goto(app.address('open'));
  await page.getByLabel('Choose a file').waitFor({ state: 'attached' });
});

/** A tar of these files, by GNU tar. */
async function pack(name: string, files: Readonly<Record<string, string>>, ...options: string[]): Promise<string> {
  const root = join(folder, `${name}.files`);
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
  const file = join(folder, name);
  await run('tar', ['-cf', file, ...options, '-C', root, ...Object.keys(files)]);
  return file;
}

describe('an archive of two images', () => {
  beforeEach(async () => {
    await page.goto(app.address('open'));
    await choose(fileOf('docker 20.10 save, two images'));
  });

  test('has links in the place of layers that it has already, and shows each image whole', async () => {
    const names = execFileSync('tar', ['tvf', fileOf('docker 20.10 save, two images')], { encoding: 'utf8' });
    expect(names).toContain('layer.tar -> ../');
    const list = page.getByRole('list', { name: 'Images in the archive' });
    await list.waitFor();
    expect(await list.getByRole('link').count()).toBe(2);
    await list.getByRole('link', { name: ARCHIVED_NAME }).click();
    expect(await see()).toMatchObject({ config: registrys.config, files: registrys.files });
    await page.getByRole('link', { name: 'All 2 images in it' }).click();
    await list.getByRole('link', { name: OTHER_NAME }).click();
    await page.getByRole('heading', { level: 1, name: OTHER_NAME }).waitFor();
    expect(await listing()).toEqual(registrys.files);
  });

  test('is asked for again after a reload, and then shows the same view of the same image', async () => {
    await page.getByRole('link', { name: OTHER_NAME }).click();
    await openView('Config');
    await page.getByText('OTHER=1').first().waitFor();
    await page.reload();
    await page.getByText(/choose the file again/).waitFor();
    await choose(fileOf('docker 20.10 save, two images'));
    await page.getByRole('tab', { name: 'Config', selected: true }).waitFor();
    await page.getByText('OTHER=1').first().waitFor();
  });

  test('says so where it does not hold the image of the address', async () => {
    await page.goto(app.address('open?image=nobody:1'));
    await page.getByRole('alert').getByText('nobody:1').waitFor();
    expect(await page.getByRole('list', { name: 'Images in the archive' }).getByRole('link').count()).toBe(2);
  });
});

describe('a file that is no whole archive', () => {
  const noImage = { 'etc/passwd': 'root', 'usr/bin/tool': 'tool' };
  test.each<[string, RegExp, () => Promise<string> | string]>([
    ['text', /not a tar/, () => write('text', 'not a tar at all\n'.repeat(100))],
    ['empty', /not a tar/, () => write('empty', '')],
    ['a file system', /docker export/, () => pack('export.tar', noImage)],
    ['cut off', /not whole/, () => write('cut.tar', half('skopeo oci-archive'))],
    ['cut off in gzip', /cut off or damaged/, () => write('cut.gz', half('docker save, gzip'))],
    ['xz', /compressed with xz/, () => write('a.xz', Buffer.from('/Td6WFoAAATm1rRG', 'base64'))],
    [
      'a huge manifest',
      /manifest.json has \d+ bytes/,
      () => pack('huge.tar', { 'manifest.json': ' '.repeat(5_000_000) }),
    ],
    ['broken JSON', /not JSON/, () => pack('broken.tar', { 'manifest.json': '[{' })],
    ['no layers', /holds no .*layer/, () => pack('no-layers.tar', withoutLayers())],
    ['a link in a circle', /holds no manifest.json|neither manifest.json nor index.json/, linkLoop],
    ['another config', /other bytes/, () => pack('other.tar', withoutLayers(`${'a'.repeat(64)}.json`))],
  ])('is told what is wrong with it: %s', async (_, seen, make) => {
    await page.goto(app.address('open'));
    await choose(await make());
    const alert = page.getByRole('alert');
    expect(await alert.innerText()).toMatch(seen);
    expect(await alert.getAttribute('data-code')).toBe('archive-invalid');
    // Another one can be tried at once.
    await choose(fileOf('skopeo oci-archive'), 'Choose another file');
    await page.getByRole('heading', { level: 1, name: ARCHIVED_NAME }).waitFor();
  });

  function half(kind: ArchiveKind): Uint8Array {
    const bytes = readFileSync(fileOf(kind));
    return bytes.subarray(0, bytes.length / 2);
  }

  function write(name: string, content: string | Uint8Array): string {
    const file = join(folder, name);
    writeFileSync(file, content);
    return file;
  }

  function withoutLayers(config = 'config.json'): Record<string, string> {
    const image = { Config: config, RepoTags: null, Layers: ['1/layer.tar'] };
    return {
      [config]: JSON.stringify({ rootfs: { type: 'layers', diff_ids: [`sha256:${'b'.repeat(64)}`] } }),
      'manifest.json': JSON.stringify([image]),
    };
  }

  async function linkLoop(): Promise<string> {
    const root = join(folder, 'loop');
    mkdirSync(root, { recursive: true });
    symlinkSync('b', join(root, 'manifest.json'));
    symlinkSync('manifest.json', join(root, 'b'));
    await run('tar', ['-cf', join(folder, 'loop.tar'), '-C', root, 'manifest.json', 'b']);
    return join(folder, 'loop.tar');
  }
});

test('names that lead out of an archive are told and not followed', async () => {
  const file = join(folder, 'outside.tar');
  copyFileSync(fileOf('umoci'), file);
  const root = join(folder, 'outside');
  mkdirSync(root);
  writeFileSync(join(root, 'plain'), 'outside');
  symlinkSync('../../../etc/passwd', join(root, 'link'));
  const options = ['--append', '--absolute-names', '--transform', 's,^plain$,../../evil,', '-f', file];
  await run('tar', [...options, '-C', root, 'plain', 'link']);
  await page.goto(app.address('open'));
  await choose(file);
  await page.getByText('lead out of it were not followed').click();
  await page.getByText('../../evil').waitFor();
  await page.getByText('link → ../../../etc/passwd').waitFor();
});

test('a layer with a changed byte is named, also where the right bytes were seen before, and the others show', async () => {
  await page.goto(app.address(`${lab.plain.host}/${REPOSITORY}:1`));
  await listing();
  const file = join(folder, 'changed.tar');
  const bytes = readFileSync(fileOf('docker 20.10 save'));
  const at = bytes.indexOf('line 777 of a long text');
  bytes.write('X', at);
  writeFileSync(file, bytes);
  await page.goto(app.address('open?view=files'));
  await choose(fileOf('docker 20.10 save'));
  await listing();
  await choose(file, 'Open another file');
  const alert = page.locator('main').getByRole('alert');
  await alert.waitFor();
  expect(await alert.innerText()).toMatch(/from the archive: expected sha256:[0-9a-f]{64}/);
  expect(await alert.getAttribute('data-code')).toBe('archive-invalid');
  expect((await listing()).map(({ path }) => path)).toContain('/tree/again');
});

/**
 * What each loader says of each format with each kind of layer, saved by the app: .github/LOADERS.md. A change of it fails
 * this test; `npx vitest run test/e2e/loaders-table.test.ts --update` writes what is so now.
 */
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Lab } from '../lab/lab.ts';
import { type LayerKinds, pushLayerKinds } from '../lab/layer-kinds.ts';
import type { Loaders } from '../lab/loaders.ts';
import { removeFolder, run, temporaryFolder } from '../lab/process.ts';
import { useLab } from '../lab/use-lab.ts';
import type { App } from './app.ts';
import { readEntry } from './archive.ts';
import { download, type OpenBrowser } from './browser.ts';
import { openStage, type Stage } from './stage.ts';

const TABLE = join(import.meta.dirname, '../../.github/LOADERS.md');
/** skopeo 1.9 makes layers in zstd:chunked that do not unpack to what the config says of them. */
const BROKEN = 'zstd:chunked';
const FORMATS = ['docker+oci', 'docker', 'oci', 'rootfs'] as const;

let lab: Lab;
let stage: Stage;
let app: App;
let browser: OpenBrowser;
let loaders: Loaders;
let kinds: LayerKinds;
const folder = temporaryFolder('loaders-table');

beforeAll(async () => {
  lab = await useLab();
  kinds = await pushLayerKinds(folder, lab.pushTo, lab.plain.host);
  stage = await openStage();
  ({ app, browser, loaders } = stage);
}, 120_000);

afterAll(async () => {
  await stage?.close();
  removeFolder(folder);
});

type Load = (archive: string) => Promise<unknown>;

function toolsFor(format: (typeof FORMATS)[number]): Readonly<Record<string, Load>> {
  if (format === 'rootfs') return { 'tar -x': unpack, 'docker import': loaders.dockerImport };
  return {
    'docker load': loaders.dockerLoad,
    'podman load': loaders.podmanLoad,
    'ctr images import': loaders.ctrImport,
    'skopeo docker-archive:': (archive) => loaders.skopeoInspect(archive, 'docker-archive'),
    'skopeo oci-archive:': (archive) => loaders.skopeoInspect(archive, 'oci-archive'),
  };
}

/** Of several images each one, by its name. */
function bundleTools(): Readonly<Record<string, Load>> {
  const eachByName =
    (transport: 'docker-archive' | 'oci-archive'): Load =>
    async (archive) => {
      const images = JSON.parse((await readEntry(archive, 'manifest.json')).toString()) as { RepoTags: string[] }[];
      for (const name of images.flatMap(({ RepoTags }) => RepoTags)) {
        await loaders.skopeoInspect(archive, transport, name);
      }
    };
  return {
    ...toolsFor('docker+oci'),
    'skopeo docker-archive:': eachByName('docker-archive'),
    'skopeo oci-archive:': eachByName('oci-archive'),
  };
}

/** What is in each bundle → its list. */
function bundles(): Readonly<Record<string, readonly string[]>> {
  const sound = Object.entries(kinds).filter(([kind]) => kind !== BROKEN && kind !== 'zstd');
  return {
    'one of each kind but zstd': sound.map(([, reference]) => reference),
    // Beside the same image in gzip Docker would have its layers by then.
    'zstd, alone': [kinds.zstd ?? ''],
    'two platforms of a tag': ['app/multi:1&platform=linux/amd64&platform=linux/arm64'],
    'OCI’s and Docker’s manifests': [kinds.gzip ?? '', 'app/docker:1'],
  };
}

async function unpack(archive: string): Promise<void> {
  const into = temporaryFolder('unpacked');
  await run('tar', ['-xpf', archive, '-C', into]);
  removeFolder(into);
}

/** The file, or why the app makes none. */
async function save(page: Page, format: string): Promise<{ archive: string } | { refusal: string }> {
  await page.getByRole('combobox', { name: 'Format' }).selectOption(format);
  const read = page.getByRole('button', { name: 'Read the layers first' });
  const refused = page.locator('.download-offer [data-code]');
  const ready = page.getByRole('button', { name: /^Download/ }).or(refused);
  await ready.or(read).waitFor();
  if (await read.isVisible()) await read.click();
  await ready.waitFor();
  if (await refused.isVisible()) return { refusal: (await refused.locator('p').first().innerText()).trim() };
  try {
    return { archive: (await download(page)).path };
  } catch (cause) {
    const seen = await page.getByRole('region', { name: 'Downloads' }).innerText();
    throw new Error(`${page.url()} as ${format}: ${seen}`, { cause });
  }
}

/** Numbered reasons why archives are refused, each once. */
const reasons: string[] = [];

/** Why the archive is refused; empty where it is not. */
async function tried(load: Load, archive: string): Promise<string> {
  try {
    await load(archive);
    return '';
  } catch (error) {
    return essence(error instanceof Error ? error.message : String(error), archive);
  }
}

/** @param reason why it was refused; empty where it was not */
function cellOf(refused: string, reason: string): string {
  if (reason === '') return 'loads';
  const at = reasons.indexOf(reason);
  if (at < 0) reasons.push(reason);
  return `${refused} (${at < 0 ? reasons.length : at + 1})`;
}

/** What a tool said last, without what is of this run alone. */
function essence(message: string, archive: string): string {
  const said = (archive === '' ? message : message.replaceAll(archive, 'FILE')).trim().split('\n').at(-1) ?? '';
  return said
    .replace(/^time="[^"]*" level=\w+ msg=(?:"(.*)"|(.*))$/, '$1$2')
    .replaceAll('\\"', '"')
    .replace(/sha256:[0-9a-f]{64}/g, 'sha256:…')
    .replace(/\b[0-9a-f]{64}\b/g, '…')
    .replace(/\/(?:tmp|var)\/[^\s":]*/g, (path) => `…/${/[a-z-]+\.json$/.exec(path)?.[0] ?? '…'}`)
    .replace(/127\.0\.0\.1:\d+/g, 'REGISTRY');
}

async function version(command: string): Promise<string> {
  const { stdout } = await run(command, ['--version']);
  return `${command} ${/\d+\.\d+\.\d+/.exec(stdout)?.[0] ?? stdout.trim()}`;
}

test('the table of loaders, formats and kinds of layers is what it is', async () => {
  const rows = new Map<string, string[][]>(FORMATS.map((format) => [format, []]));
  for (const [kind, reference] of Object.entries(kinds)) {
    const page = await browser.newPage();
    await page.goto(app.address(`${lab.plain.host}/${reference}`));
    for (const format of FORMATS) {
      const saved = await save(page, format);
      await loaders.forget();
      const loads = Object.values(toolsFor(format));
      const cells =
        'archive' in saved
          ? (await Promise.all(loads.map((load) => tried(load, saved.archive)))).map((said) =>
              cellOf('**refuses**', said),
            )
          : loads.map(() => cellOf('not made', essence(saved.refusal, '')));
      rows.get(format)?.push([kind, ...cells]);
    }
    await page.context().close();
  }
  const bundleRows: string[][] = [];
  for (const [contents, list] of Object.entries(bundles())) {
    const page = await browser.newPage();
    const images = list.map((reference) => `image=${lab.plain.host}/${reference}`);
    await page.goto(app.address(`bundle?${images.join('&')}`));
    const { path } = await download(page);
    await loaders.forget();
    const said = await Promise.all(Object.values(bundleTools()).map((load) => tried(load, path)));
    bundleRows.push([contents, ...said.map((reason) => cellOf('**refuses**', reason))]);
    await page.context().close();
  }
  const versions = await Promise.all(['dockerd', 'podman', 'containerd', 'skopeo'].map(version));
  const tables = [...rows].map(([format, cells]) => {
    const head = ['layers', ...Object.keys(toolsFor(FORMATS.find((one) => one === format) ?? 'oci'))];
    return `## \`${format}\`\n\n${table(head, cells)}\n`;
  });
  const text = [
    '# Which loader reads which archive\n',
    'Written by `test/e2e/loaders-table.test.ts`, which saves each image in a browser and gives the file to each tool.',
    `The tools here are ${versions.join(', ')}. Docker before 23.0 and containerd before 1.5 know no zstd.`,
    `Layers in ${BROKEN} are by skopeo 1.9, which makes ones that are not what their config says.\n`,
    ...tables,
    `## A bundle\n\n${table(['images', ...Object.keys(bundleTools())], bundleRows)}\n`,
    '## What they say\n',
    ...reasons.map((reason, at) => `${at + 1}. \`${reason}\``),
    '',
  ].join('\n');
  await expect(text).toMatchFileSnapshot(TABLE);
  // What no loader here is too old for, all of them take.
  for (const format of ['docker+oci', 'docker', 'rootfs']) {
    for (const [kind = '', ...said] of rows.get(format) ?? []) {
      const refusals = said.filter((cell, at) => cell !== 'loads' && !isKnown(format, kind, at));
      expect({ format, kind, refusals }).toEqual({ format, kind, refusals: [] });
    }
  }
  for (const [contents = '', ...said] of bundleRows) {
    const refusing = said.flatMap((cell, at) => (cell === 'loads' ? [] : at + 1));
    expect({ contents, refusing }).toEqual({ contents, refusing: refusalsOf(contents) });
  }
}, 600_000);

/** Docker is too old for zstd here, and skopeo finds no Docker manifest by name in an OCI layout. */
function refusalsOf(contents: string): readonly number[] {
  if (contents.includes('zstd, ')) return [1];
  return contents.includes('Docker’s') ? [5] : [];
}

/** @param tool its column */
function isKnown(format: string, kind: string, tool: number): boolean {
  const [docker, skopeoOci] = [0, 4];
  if (format === 'docker') return kind === BROKEN || tool === skopeoOci;
  return kind === BROKEN || (format === 'docker+oci' && kind === 'zstd' && tool === docker);
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((cell, at) => Math.max(cell.length, ...rows.map((row) => row[at]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(' | ')} |`;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n');
}

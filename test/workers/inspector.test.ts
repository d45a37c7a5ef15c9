/** What the inspector answers about layers that GNU tar packed, as files on this machine. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, linkSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseDigest } from '../../src/core/digest.ts';
import type { InspectedLayer, Inspector, LayerProgress, TextHit } from '../../src/protocol/inspector.ts';
import { createInspector } from '../../src/workers/inspector.ts';
import { removeFolder, temporaryFolder } from '../lab/process.ts';

const folder = temporaryFolder('inspector');
afterAll(() => removeFolder(folder));

const LONG = Array.from({ length: 100_000 }, (_, line) => `line ${line} of a long text`).join('\n');
const digestOf = (bytes: Uint8Array | string) =>
  parseDigest(`sha256:${createHash('sha256').update(bytes).digest('hex')}`);

function write(root: string, path: string, content: string | Uint8Array): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), content);
}

/** Packs what `fill` puts into a folder. */
function layerOf(name: string, fill: (root: string) => void): InspectedLayer {
  const root = join(folder, name);
  mkdirSync(root);
  fill(root);
  const tar = join(folder, `${name}.tar`);
  execFileSync('tar', ['--sort=name', '--owner=12', '--group=34', '--numeric-owner', '-cf', tar, '-C', root, '.']);
  execFileSync('gzip', ['-kf', tar]);
  const bytes = readFileSync(`${tar}.gz`);
  const source = { kind: 'file' as const, file: new Blob([bytes]) };
  const diffId = digestOf(readFileSync(tar));
  return { digest: digestOf(bytes), size: bytes.length, mediaType: '', diffId, annotations: {}, source };
}

const LOWER = layerOf('lower', (root) => {
  write(root, 'etc/os-release', 'ID=lower\n');
  write(root, 'etc/gone', 'gone\n');
  write(root, 'usr/bin/tool', '#!/bin/sh\necho tool\n');
  chmodSync(join(root, 'usr/bin/tool'), 0o755);
  linkSync(join(root, 'usr/bin/tool'), join(root, 'usr/bin/again'));
  symlinkSync('usr/bin', join(root, 'bin'));
  symlinkSync('/etc/nothing', join(root, 'etc/broken'));
  write(root, 'usr/share/long.txt', LONG);
  write(root, 'usr/share/empty', '');
  write(root, 'usr/share/binary', new Uint8Array([1, 0, ...Buffer.from('echo tool')]));
});
const UPPER = layerOf('upper', (root) => {
  write(root, 'etc/os-release', 'ID=upper\n');
  write(root, 'etc/.wh.gone', '');
});

const silent = { onChanged: () => undefined, onRequest: () => undefined, onNotice: () => undefined };
const noProgress = () => undefined;

async function open(layers: readonly InspectedLayer[]): Promise<{ inspector: Inspector; progress: LayerProgress[] }> {
  const inspector = createInspector();
  const progress: LayerProgress[] = [];
  await inspector.open('shown', layers, { ...silent, onLayer: (news) => progress.push(news) });
  return { inspector, progress };
}

let inspector: Inspector;
let progress: LayerProgress[];
beforeAll(async () => {
  ({ inspector, progress } = await open([LOWER, UPPER]));
});

const text = async (path: string, layer?: number) => {
  const { bytes } = await inspector.read(1, { path, layer }, 1e7, noProgress);
  return new TextDecoder().decode(bytes);
};

test('every layer is told as read, with what it holds', () => {
  const read = progress.filter(({ phase }) => phase === 'read').sort((a, b) => a.layer - b.layer);
  expect(read.map(({ layer, compression, readBytes }) => ({ layer, compression, readBytes }))).toEqual([
    { layer: 0, compression: 'gzip', readBytes: LOWER.size },
    { layer: 1, compression: 'gzip', readBytes: UPPER.size },
  ]);
  expect(read[0]?.problems).toEqual([]);
});

describe('what the page is told on the way was taken by it before the answer comes', () => {
  /** As a port that is slower than the one of the answers. */
  const late =
    <T>(take: (told: T) => void) =>
    (told: T) =>
      new Promise<void>((resolve) => {
        setImmediate(() => {
          take(told);
          resolve();
        });
      });

  test('how every layer ended', async () => {
    const told: LayerProgress[] = [];
    await createInspector().open('shown', [LOWER, UPPER], { ...silent, onLayer: late((news) => told.push(news)) });
    expect(told.filter(({ phase }) => phase === 'read')).toHaveLength(2);
  });

  test('every hit of a search', async () => {
    const hits: TextHit[] = [];
    const query = { scope: { kind: 'merged' }, pattern: 'ID=', regex: false, ignoreCase: false } as const;
    await inspector.searchText(
      9,
      query,
      late(({ hits: fresh }) => void hits.push(...fresh)),
    );
    expect(hits.map(({ path }) => path)).toEqual(['etc/os-release']);
  });
});

test('a listing has the paths of the merged image', async () => {
  const listing = await inspector.list({ scope: { kind: 'merged' }, unfolded: 'all', order: 'name' });
  const rows = await inspector.rows(listing.id, 0, listing.rows);
  expect(rows.map(({ path }) => path)).toEqual(
    ['etc', 'etc/broken', 'etc/os-release', 'usr', 'usr/bin', 'usr/bin/again', 'usr/bin/tool', 'usr/share'].concat([
      'usr/share/binary',
      'usr/share/empty',
      'usr/share/long.txt',
      'bin',
    ]),
  );
  expect(rows[2]).toMatchObject({ path: 'etc/os-release', uid: 12, gid: 34, layer: 1, size: 9 });
  expect(await inspector.positionOf(listing.id, 'usr/bin/tool')).toBe(6);
});

describe('a file is read', () => {
  test('as the image has it, and as a layer below had it', async () => {
    expect(await text('etc/os-release')).toBe('ID=upper\n');
    expect(await text('etc/os-release', 0)).toBe('ID=lower\n');
    expect(await text('etc/gone', 1)).toBe('gone\n');
  });

  test('through links, within the image', async () => {
    expect(await text('usr/bin/again')).toBe('#!/bin/sh\necho tool\n');
    expect(await text('bin/tool')).toBe('#!/bin/sh\necho tool\n');
  });

  test('whole, or only its beginning', async () => {
    expect(await text('usr/share/long.txt')).toBe(LONG);
    const { bytes, size } = await inspector.read(1, { path: 'usr/share/long.txt' }, 100, noProgress);
    expect([new TextDecoder().decode(bytes), size]).toEqual([LONG.slice(0, 100), LONG.length]);
    expect(await text('usr/share/empty')).toBe('');
  });

  test.each(['etc/gone', 'etc/broken', 'etc', 'nowhere'])('not where it is none: %s', async (path) => {
    await expect(text(path)).rejects.toMatchObject({ code: 'file-missing', attempted: `open /${path}` });
  });

  test('until it is stopped', async () => {
    const reading = inspector.read(7, { path: 'usr/share/long.txt' }, 1e7, noProgress);
    await inspector.stop(7);
    await expect(reading).rejects.toMatchObject({ name: 'AbortError' });
  });
});

describe('saved', () => {
  test('a file is what it was', async () => {
    const blob = await inspector.save(1, { path: 'usr/share/long.txt' }, noProgress);
    expect(await blob.text()).toBe(LONG);
  });

  test.each(['', 'usr'])('the directory %j is a tar that GNU tar unpacks to the same', async (path) => {
    const blob = await inspector.save(1, { path }, noProgress);
    const tar = join(folder, 'saved.tar');
    writeFileSync(tar, new Uint8Array(await blob.arrayBuffer()));
    const [there, expected] = [join(folder, `saved${path}`), join(folder, `expected${path}`)];
    for (const place of [there, expected]) mkdirSync(place);
    execFileSync('tar', ['xpf', tar, '-C', there]);
    execFileSync('cp', ['-a', join(folder, 'lower', path), path === '' ? join(expected, 'whole') : expected]);
    const root = path === '' ? join(expected, 'whole') : expected;
    if (path === '') {
      writeFileSync(join(root, 'etc/os-release'), 'ID=upper\n');
      execFileSync('rm', [join(root, 'etc/gone')]);
    }
    expect(list(there)).toEqual(list(root));
    execFileSync('diff', ['-r', '--no-dereference', there, root]);
    expect(execFileSync('tar', ['tvf', tar, '--numeric-owner'], { encoding: 'utf8' })).toMatch(/ 12\/34 /);
  });
});

/** Paths, types, modes, links and times, as `find` says; of hard links only how many. */
function list(root: string): string[] {
  const format = '%P %y %m %l %n %Ts\n';
  const lines = execFileSync('find', [root, '-mindepth', '1', '!', '-type', 'd', '-printf', format], {
    encoding: 'utf8',
  });
  return lines
    .split('\n')
    .filter((line) => !line.startsWith('etc/os-release '))
    .sort();
}

describe('text is searched', () => {
  async function search(pattern: string, options: { regex?: boolean; ignoreCase?: boolean } = {}) {
    const hits: TextHit[] = [];
    const query = { scope: { kind: 'merged' as const }, pattern, regex: false, ignoreCase: false, ...options };
    const result = await inspector.searchText(1, query, (news) => hits.push(...news.hits));
    return { hits, result };
  }

  test('in text files only, each once', async () => {
    const { hits, result } = await search('echo tool');
    expect(hits).toEqual([
      { path: expect.stringMatching(/^usr\/bin\/(again|tool)$/), layer: 0, line: 2, text: 'echo tool' },
    ]);
    expect(result).toMatchObject({ hits: 1, capped: false });
  });

  test('in what the image has, not in what layers below had', async () => {
    expect((await search('^ID=', { regex: true })).hits).toEqual([
      { path: 'etc/os-release', layer: 1, line: 1, text: 'ID=upper' },
    ]);
  });

  test('until there is enough', async () => {
    const { hits, result } = await search('LONG TEXT', { ignoreCase: true });
    expect([hits.length, result.hits, result.capped]).toEqual([2000, 2000, true]);
  });

  test('until it is stopped', async () => {
    const query = { scope: { kind: 'merged' as const }, pattern: 'x', regex: false, ignoreCase: false };
    const searching = inspector.searchText(9, query, () => undefined);
    await inspector.stop(9);
    await expect(searching).rejects.toMatchObject({ name: 'AbortError' });
  });

  test('not for an expression that is none', async () => {
    await expect(search('(', { regex: true })).rejects.toMatchObject({ code: 'pattern-invalid' });
  });
});

test('the listing is exported whole', async () => {
  const blob = await inspector.exportListing({ kind: 'merged' }, 'json');
  const files = JSON.parse(await blob.text()) as { path: string }[];
  expect(files.map(({ path }) => path)).toContain('/usr/share/long.txt');
  expect(files).toHaveLength(12);
});

describe('what goes wrong', () => {
  test('with one layer leaves the others to look at', async () => {
    const wrong = { ...UPPER, source: { kind: 'file' as const, file: new Blob(['other bytes']) } };
    const opened = await open([LOWER, wrong]);
    expect(opened.progress.find(({ phase }) => phase === 'failed')).toMatchObject({
      layer: 1,
      error: { code: 'archive-invalid' },
    });
    const listing = await opened.inspector.list({ scope: { kind: 'merged' }, unfolded: 'all', order: 'name' });
    expect(await opened.inspector.positionOf(listing.id, 'etc/gone')).toBeDefined();
  });

  test('can be tried again, and what was read is not read twice', async () => {
    const opened = await open([LOWER, { ...UPPER, source: { kind: 'file', file: new Blob([]) } }]);
    const again: LayerProgress[] = [];
    const broken = { ...LOWER, source: { kind: 'file' as const, file: new Blob([]) } };
    await opened.inspector.open('shown', [broken, UPPER], { ...silent, onLayer: (news) => again.push(news) });
    expect(
      again
        .filter(({ phase }) => phase === 'read')
        .map(({ layer }) => layer)
        .sort(),
    ).toEqual([0, 1]);
  });

  test('a second image replaces neither the first nor its listings', async () => {
    const opened = await open([LOWER]);
    const listing = await opened.inspector.list({ scope: { kind: 'merged' }, unfolded: [], order: 'name' });
    await opened.inspector.open('other', [UPPER], { ...silent, onLayer: () => undefined });
    const other = await opened.inspector.list({
      scope: { kind: 'merged', of: 'other' },
      unfolded: 'all',
      order: 'name',
    });
    expect((await opened.inspector.rows(other.id, 0, 9)).map(({ path }) => path)).toEqual(['etc', 'etc/os-release']);
    expect(await opened.inspector.rows(listing.id, 0, 9)).toHaveLength(3);
  });
});

/**
 * The merged tree against `umoci unpack`, entry for entry: parts of this Debian, changed and packed again by umoci (which
 * so writes real whiteouts), and a layer with what only hand-made tars have.
 */
import { execFileSync } from 'node:child_process';
import { createReadStream, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { packTar, type TarEntry } from 'modern-tar';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LayerIndex } from '../../../src/core/layer/layer-index.ts';
import { createTree, type MergedTree } from '../../../src/core/layer/merged-tree.ts';
import { ROOT } from '../../../src/core/layer/path-table.ts';
import { readLayer } from '../../../src/core/layer/read-layer.ts';
import type { TreeView } from '../../../src/core/layer/tree-view.ts';
import { removeFolder, run, temporaryFolder } from '../../lab/process.ts';

const folder = temporaryFolder('umoci-unpack');
const layout = join(folder, 'layout');
const image = ['--image', `${layout}:image`];

/** Each changes the unpacked file system before umoci packs the difference into a layer. */
const CHANGES = [
  `rm -r etc/apt usr/sbin/adduser && chmod 4711 usr/sbin/chroot && chown 12:34 etc/passwd
   mkdir -p srv/deep/er && echo one > srv/deep/er/file && ln srv/deep/er/file srv/again && ln -s ../etc/passwd srv/link
   ln -s /usr/sbin srv/absolute && mkfifo srv/fifo && mknod srv/null c 1 3 && mkdir -m 1777 tmp && mkdir -m 2755 srv/setgid
   echo 'ünï' > 'srv/ünïcödé name' && echo long > srv/$(printf 'long-name-%.0s' $(seq 20))`,
  `rm -r srv/deep && mkdir srv/deep && echo two > srv/deep/other && rm srv/null && mkdir srv/null && echo > srv/null/in
   rm -r etc/default && echo 'now a file' > etc/default && mkdir -p etc/apt && echo new > etc/apt/sources.list
   touch -d 2001-02-03 etc/hostname && rm srv/link && echo 'no link' > srv/link && chmod 700 usr/sbin`,
];

/** Layers have whole seconds, to which umoci rounds. */
const WHOLE_SECONDS = 'find . -mmin -60 ! -type d -exec touch -h -d @1700000000 {} +';

const header = { mtime: new Date(1_600_000_000_000), uid: 7, gid: 8, mode: 0o640 };

/** In this order: a whiteout behind what it must not hide, links to lower layers, a path named three times, … */
const HAND_MADE: TarEntry[] = [
  { header: { ...header, name: 'srv/deep/kept', size: 4 }, body: 'kept' },
  { header: { ...header, name: 'srv/deep/.wh..wh..opq', size: 0 } },
  { header: { ...header, name: 'etc/passwd.link', size: 0, type: 'link', linkname: 'etc/passwd' } },
  { header: { ...header, name: './etc/./group', size: 5 }, body: 'group' },
  { header: { ...header, name: 'etc/.wh.group', size: 0 } },
  { header: { ...header, name: 'etc/.wh.shells', size: 0 } },
  { header: { ...header, name: 'srv/absolute/through-a-link', size: 3 }, body: 'abc' },
  { header: { ...header, name: 'twice', size: 3 }, body: 'one' },
  { header: { ...header, name: 'twice/', size: 0, type: 'directory', mode: 0o711 } },
  { header: { ...header, name: 'twice/in', size: 2 }, body: 'in' },
  { header: { ...header, name: 'thrice/in', size: 2 }, body: 'in' },
  { header: { ...header, name: 'thrice', size: 3 }, body: 'two' },
  { header: { ...header, name: 'srv/.wh.setgid', size: 0 } },
  { header: { ...header, name: 'srv/setgid/', size: 0, type: 'directory', mode: 0o1750 } },
];

let indexes: LayerIndex[];
let tree: MergedTree;

beforeAll(async () => {
  await run('umoci', ['init', '--layout', layout]);
  await run('umoci', ['new', ...image]);
  const base = join(folder, 'base.tar');
  await run('tar', ['-cf', base, '-C', '/', 'etc', 'bin', 'lib', 'usr/sbin', 'usr/share/perl5', 'usr/share/zoneinfo']);
  await addLayer(base);
  for (const [at, change] of CHANGES.entries()) {
    const bundle = join(folder, `bundle${at}`);
    await run('umoci', ['unpack', ...image, bundle]);
    execFileSync('sh', ['-ec', `${change}\n${WHOLE_SECONDS}`], { cwd: join(bundle, 'rootfs') });
    await run('umoci', ['repack', '--refresh-bundle', ...image, bundle]);
  }
  const handMade = join(folder, 'hand-made.tar');
  writeFileSync(handMade, await packTar(HAND_MADE));
  await addLayer(handMade);
  await run('umoci', ['unpack', ...image, join(folder, 'last')]);
  indexes = await readAll();
  tree = createTree(indexes);
}, 240_000);

afterAll(() => removeFolder(folder));

async function addLayer(tar: string): Promise<void> {
  await run('umoci', ['raw', 'add-layer', ...image, tar]);
}

function blob(digest: string): string {
  return join(layout, 'blobs', digest.replace(':', '/'));
}

async function readAll(): Promise<LayerIndex[]> {
  const { manifests } = JSON.parse(readFileSync(join(layout, 'index.json'), 'utf8'));
  const { layers } = JSON.parse(readFileSync(blob(manifests.at(-1).digest), 'utf8'));
  const signal = new AbortController().signal;
  return Promise.all(
    layers.map(({ digest }: { digest: string }) =>
      readLayer(Readable.toWeb(createReadStream(blob(digest))) as ReadableStream<Uint8Array<ArrayBuffer>>, { signal }),
    ),
  );
}

interface Found {
  readonly path: string;
  readonly inode: number;
  readonly facts: readonly (string | number)[];
}

const LETTERS: Readonly<Record<string, string>> = {
  ...{ file: 'f', directory: 'd', symlink: 'l', fifo: 'p' },
  ...{ 'character-device': 'c', 'block-device': 'b' },
};

/** What both sides can know: hard links are files, links have no mode, directories have a size and a time of their own. */
function factsOf(
  type: string,
  mode: number,
  owner: readonly number[],
  rest: { size: number; s: number; target: string },
) {
  const { size, s, target } = rest;
  return [type, type === 'l' ? 0 : mode, ...owner, type === 'f' ? size : 0, type === 'd' ? 0 : s, target];
}

function unpacked(root: string): Found[] {
  const format = '%P\\0%i\\0%y\\0%m\\0%U\\0%G\\0%s\\0%T@\\0%l\\0';
  const options = { encoding: 'utf8', maxBuffer: 1e9 } as const;
  const fields = execFileSync('find', [root, '-mindepth', '1', '-printf', format], options).split('\0');
  const found: Found[] = [];
  for (let at = 0; at + 8 < fields.length; at += 9) {
    const [path = '', inode, type = '', mode = '', uid, gid, size, time, target = ''] = fields.slice(at, at + 9);
    const rest = { size: Number(size), s: Math.floor(Number(time)), target };
    const facts = factsOf(type, Number.parseInt(mode, 8), [Number(uid), Number(gid)], rest);
    found.push({ path, inode: Number(inode), facts });
  }
  return found.sort((a, b) => (a.path < b.path ? -1 : 1));
}

function merged(view: TreeView): Found[] {
  const found: Found[] = [];
  const { entries, table } = view;
  for (let node = ROOT + 1; node < view.count; node++) {
    if (!view.has(node)) continue;
    const content = view.inode(node);
    const rest = {
      size: view.size(node),
      s: Math.floor(entries.modifiedAtMs(content) / 1000),
      target: entries.linkTarget(content),
    };
    const facts = factsOf(
      LETTERS[entries.type(content)] ?? '?',
      entries.mode(content),
      [entries.uid(content), entries.gid(content)],
      rest,
    );
    found.push({ path: table.path(node), inode: content, facts });
  }
  return found.sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** Paths that are one file, in groups. */
function linked(found: readonly Found[]): string[][] {
  const groups = new Map<number, string[]>();
  for (const { path, inode, facts } of found) {
    if (facts[0] !== 'd') groups.set(inode, [...(groups.get(inode) ?? []), path]);
  }
  return [...groups.values()].filter((paths) => paths.length > 1);
}

function facts(found: readonly Found[]): string[] {
  return found.map(({ path, facts: ofPath }) => [path, ...ofPath].join(' | '));
}

describe('the merged tree', () => {
  it.each([0, 1])('after umoci packed change %i is what umoci had', (change) => {
    const rootfs = join(folder, `bundle${change}/rootfs`);
    const ours = merged(tree.view({ kind: 'up-to', layer: change + 1 }));
    expect(ours.length).toBeGreaterThan(1000);
    expect(facts(ours)).toEqual(facts(unpacked(rootfs)));
  });

  it('is what umoci unpacks in the end, hard links too', () => {
    const ours = merged(tree.view({ kind: 'merged' }));
    const theirs = unpacked(join(folder, 'last/rootfs'));
    expect(facts(ours)).toEqual(facts(theirs));
    expect(linked(ours).sort()).toEqual(linked(theirs).sort());
    expect(linked(theirs)).toContainEqual(['etc/passwd', 'etc/passwd.link']);
  });

  it('counts as many bytes as there are in the unpacked files', () => {
    const byInode = new Map(
      unpacked(join(folder, 'last/rootfs'))
        .filter(({ facts: [type] }) => type === 'f')
        .map(({ inode, facts: ofFile }) => [inode, Number(ofFile[4])]),
    );
    const bytes = [...byInode.values()].reduce((sum, size) => sum + size, 0);
    expect(tree.view({ kind: 'merged' }).totalBytes).toBe(bytes);
  });

  it('knows what umoci found changed, path by path', () => {
    const { table } = tree;
    const removed = [...tree.changes(1).nodes].filter((_, row) => tree.changes(1).entries[row] === 0);
    const paths = removed.map((node) => table.path(node));
    expect(paths).toContain('etc/apt');
    for (const path of paths) {
      expect(existsSync(join('/', path)), path).toBe(true);
      expect(path).toMatch(/^(etc\/apt|usr\/sbin\/adduser)/);
    }
  });
});

/**
 * The merged tree against `umoci unpack`, entry for entry: parts of this Debian, changed and packed again by umoci (which
 * so writes real whiteouts), and a layer with what only hand-made tars have.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packTar, type TarEntry } from 'modern-tar';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTree, type MergedTree } from '../../../src/core/layer/merged-tree.ts';
import { removeFolder, run, temporaryFolder } from '../../lab/process.ts';
import { facts, linked, merged, readLayout, unpacked } from './unpacked.ts';

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

let tree: MergedTree;

beforeAll(async () => {
  await run('umoci', ['init', '--layout', layout]);
  await run('umoci', ['new', ...image]);
  const base = join(folder, 'base.tar');
  await run('tar', ['-cf', base, '-C', '/', 'etc', 'bin', 'lib', 'usr/sbin/chroot', 'usr/sbin/adduser']);
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
  tree = createTree(await readLayout(layout));
}, 240_000);

afterAll(() => removeFolder(folder));

async function addLayer(tar: string): Promise<void> {
  await run('umoci', ['raw', 'add-layer', ...image, tar]);
}

describe('the merged tree', () => {
  it.each([0, 1])('after umoci packed change %i is what umoci had', (change) => {
    const rootfs = join(folder, `bundle${change}/rootfs`);
    const ours = merged(tree.view({ kind: 'up-to', layer: change + 1 }));
    expect(ours.length).toBeGreaterThan(500);
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

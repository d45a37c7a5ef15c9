/** An image for the inspector, made by tar and umoci: all types of entries, and all that one layer does to another. */
import { execFileSync } from 'node:child_process';
import { chmodSync, linkSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { skopeoCopy } from '../lab/images.ts';
import { run } from '../lab/process.ts';

/** A file that is long enough to lie behind others in its layer. */
export const LONG_TEXT = Array.from({ length: 20_000 }, (_, line) => `line ${line} of a long text`).join('\n');

const LAYERS: readonly ((root: string) => void)[] = [
  (root) => {
    write(root, 'etc/os-release', 'ID=lower\n');
    write(root, 'etc/removed', 'removed\n');
    write(root, 'opaque/below', 'below\n');
    write(root, 'opaque/deep/below', 'below\n');
    write(root, 'tree/a/b/c', 'c\n');
    write(root, 'becomes-directory', 'a file\n');
    write(root, 'becomes-file/inside', 'inside\n');
    write(root, 'usr/bin/tool', '#!/bin/sh\necho tool\n', 0o4755);
    linkSync(join(root, 'usr/bin/tool'), join(root, 'usr/bin/again'));
    symlinkSync('usr/bin', join(root, 'bin'));
    symlinkSync('../../../../etc/os-release', join(root, 'usr/up'));
    symlinkSync('loop', join(root, 'loop'));
    execFileSync('mkfifo', [join(root, 'fifo')]);
    mkdirSync(join(root, 'tmp'));
    chmodSync(join(root, 'tmp'), 0o1777);
    write(root, 'usr/share/long.txt', LONG_TEXT);
    write(root, `usr/share/${'long-name-'.repeat(20)}`, 'long name\n');
    write(root, 'usr/share/ünïcödé', 'ü\n');
  },
  (root) => {
    write(root, 'etc/os-release', 'ID=upper\n');
    write(root, 'etc/.wh.removed', '');
    write(root, 'opaque/.wh..wh..opq', '');
    write(root, 'opaque/above', 'above\n');
    write(root, '.wh.tree', '');
    write(root, 'becomes-directory/inside', 'inside\n');
    write(root, 'becomes-file', 'a file\n');
  },
  (root) => {
    write(root, 'tree/again', 'again\n', 0o600);
    write(root, 'etc/.wh.nothing-there', '');
  },
];

function write(root: string, path: string, content: string, mode = 0o644): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), content);
  chmodSync(join(root, path), mode);
}

/** Pushes it to `registry/repository:1`. @returns where umoci has unpacked it */
export async function pushInspected(folder: string, registry: string, repository: string): Promise<string> {
  const layout = join(folder, 'layout');
  const image = ['--image', `${layout}:image`];
  await run('umoci', ['init', '--layout', layout]);
  await run('umoci', ['new', ...image]);
  for (const [at, fill] of LAYERS.entries()) {
    const root = join(folder, `layer${at}`);
    mkdirSync(root);
    fill(root);
    const owner = [`--owner=${1000 + at}`, '--group=50', '--numeric-owner', '--mtime=@1700000000', '--sort=name'];
    await run('tar', [...owner, '-cf', `${root}.tar`, '-C', root, '.']);
    await run('umoci', ['raw', 'add-layer', ...image, `${root}.tar`]);
  }
  await skopeoCopy(`oci:${layout}:image`, `docker://${registry}/${repository}:1`);
  await run('umoci', ['unpack', ...image, join(folder, 'bundle')]);
  return join(folder, 'bundle/rootfs');
}

/** Every path below as GNU find sees it. */
export function listUnpacked(root: string): Record<string, unknown>[] {
  const format = '%P\\0%y\\0%m\\0%U\\0%G\\0%s\\0%l\\0';
  const fields = execFileSync('find', [root, '-mindepth', '1', '-printf', format], { encoding: 'utf8' }).split('\0');
  const types: Record<string, string> = { f: 'file', d: 'directory', l: 'symlink', p: 'fifo', c: 'character-device' };
  const files = [];
  for (let at = 0; at + 6 < fields.length; at += 7) {
    const [path = '', type = '', mode = '', uid, gid, size, linkTarget = ''] = fields.slice(at, at + 7);
    files.push({
      path: `/${path}`,
      type: types[type],
      mode: mode.padStart(4, '0'),
      uid: Number(uid),
      gid: Number(gid),
      // Of directories the file system has its own idea.
      size: type === 'f' ? Number(size) : 0,
      linkTarget,
    });
  }
  return files;
}

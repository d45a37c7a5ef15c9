/**
 * The contents of the lab's layers: Debian's static busybox, scripts, and noise that no compressor shrinks. Packed by
 * GNU tar with fixed owners, times and order, so that a run gives the same layers as the one before.
 */
import { createCipheriv } from 'node:crypto';
import { copyFileSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { run } from './process.ts';

export const HELLO_LINE = 'hello from the lab';
const MIB = 1024 * 1024;

/** Makes every layer of the lab's images. Resolves to the tars' paths by layer name. */
export async function makeLayers(folder: string): Promise<Record<string, string>> {
  const layers: Record<string, (root: string) => void> = {
    busybox: fillBusybox,
    data: (root) => fillNoise(root, { name: 'data', bytes: 3 * MIB }),
    app: fillApp,
    ...Object.fromEntries(
      [1, 2, 3, 4].map((part) => [
        `bulk${part}`,
        (root: string) => fillNoise(root, { name: `bulk${part}`, bytes: 15 * MIB }),
      ]),
    ),
  };
  const made = Object.entries(layers).map(async ([name, fill]) => {
    const root = join(folder, name);
    mkdirSync(root);
    fill(root);
    const tar = `${root}.tar`;
    const fixed = [
      '--sort=name',
      '--mtime=@1700000000',
      '--owner=0',
      '--group=0',
      '--numeric-owner',
      '--mode=u+rwX,go+rX',
    ];
    await run('tar', [...fixed, '--format=ustar', '-cf', tar, '-C', root, '.']);
    return [name, tar] as const;
  });
  return Object.fromEntries(await Promise.all(made));
}

function fillBusybox(root: string): void {
  const bin = join(root, 'bin');
  mkdirSync(bin);
  copyFileSync('/bin/busybox', join(bin, 'busybox'));
  for (const applet of ['sh', 'cat', 'echo', 'ls', 'sleep', 'find']) symlinkSync('busybox', join(bin, applet));
  write(root, 'etc/passwd', 'root:x:0:0:root:/root:/bin/sh\n');
  write(root, 'etc/os-release', 'NAME="Pulltab lab"\nID=pulltab-lab\nVERSION_ID=1\n');
  write(root, 'usr/share/lab/removed-later.txt', 'The layer of the application hides this file.\n');
}

function fillApp(root: string): void {
  write(root, 'hello.sh', `#!/bin/sh\necho '${HELLO_LINE}'\n`, 0o755);
  write(root, 'usr/share/lab/.wh.removed-later.txt', '');
  fillNoise(root, { name: 'app', bytes: 2 * MIB });
}

/** The same noise for the same name in every run: a cipher's key stream is as incompressible as random bytes. */
function fillNoise(root: string, { name, bytes }: { name: string; bytes: number }): void {
  const cipher = createCipheriv('aes-128-ctr', name.padEnd(16, '.'), Buffer.alloc(16));
  write(root, `usr/share/lab/${name}.noise`, cipher.update(Buffer.alloc(bytes)));
  write(root, `usr/share/lab/${name}.txt`, `${name} of the lab, again and again\n`.repeat(20_000));
}

function write(root: string, path: string, content: string | Uint8Array, mode = 0o644): void {
  const file = join(root, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content, { mode });
}

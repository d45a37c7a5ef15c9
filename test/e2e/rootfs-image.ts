/** An image with every kind of entry that a file system can have, made by the system's own tools, tar and umoci. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { skopeoCopy } from '../lab/images.ts';
import { run } from '../lab/process.ts';

const TIME = '@1700000000';

/** Run by a shell in an empty folder, one after the other; each becomes a layer. */
const LAYERS: readonly string[] = [
  `mkdir -p dev etc/deep usr/bin tmp
   mknod dev/zero c 1 5; mknod dev/loop7 b 7 7; mkfifo fifo; chmod 1777 tmp
   cp /bin/busybox usr/bin/busybox; chmod 4755 usr/bin/busybox
   cp /bin/busybox usr/bin/capable; setcap cap_net_raw+ep usr/bin/capable
   ln usr/bin/busybox usr/bin/again; ln usr/bin/busybox aa-first; ln -s ../usr/bin/busybox etc/link
   ln -s "$(printf 'target-%.0s' $(seq 30))" etc/long-link
   echo removed > etc/removed; echo 1 > etc/deep/one; : > empty; echo old > replaced
   printf x > "$(printf 'a-long-name-%.0s' $(seq 20))"; echo ü > 'ünïcödé with spaces'
   truncate -s 5M sparse; printf middle | dd of=sparse bs=1 seek=2000000 conv=notrunc status=none
   echo owned > owned; chown 3000000:4000000 owned; head -c 700000 /bin/busybox > blob`,
  `mkdir -p etc/deep usr/bin
   : > etc/.wh.removed; : > etc/deep/.wh..wh..opq; echo 2 > etc/deep/two
   mkdir replaced; echo inside > replaced/inside; chmod 700 replaced; echo later > zz-later`,
  `mkdir -p etc; echo more > etc/more; ln etc/more etc/more-again; head -c 3000 /bin/busybox > three-thousand`,
];

/** Pushes it to `host/repository:1`. */
export async function pushRootfsImage(folder: string, host: string, repository: string): Promise<void> {
  const layout = join(folder, 'layout');
  const image = ['--image', `${layout}:image`];
  await run('umoci', ['init', '--layout', layout]);
  await run('umoci', ['new', ...image]);
  for (const [at, script] of LAYERS.entries()) {
    const root = join(folder, `root${at}`);
    mkdirSync(root);
    await run('sh', ['-ec', script], { cwd: root });
    const fixed = ['--sort=name', `--mtime=${TIME}`, '--numeric-owner', '--sparse', '--format=posix'];
    const attributes = ['--xattrs', '--xattrs-include=security.capability'];
    await run('tar', [...fixed, ...attributes, '-cf', `${root}.tar`, '-C', root, '.']);
    await run('umoci', ['raw', 'add-layer', ...image, `${root}.tar`]);
  }
  await skopeoCopy(`oci:${layout}:image`, `docker://${host}/${repository}:1`);
}

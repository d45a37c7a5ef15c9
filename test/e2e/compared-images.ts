/** Two images to compare, made by tar and umoci: everything that may differ between the files of two images. */
import { execFileSync } from 'node:child_process';
import { chmodSync, linkSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { skopeoCopy } from '../lab/images.ts';
import { run } from '../lab/process.ts';

const DPKG = (version: string, others: string) =>
  `Package: libc6\nStatus: install ok installed\nArchitecture: amd64\nVersion: ${version}\n\n${others}`;
const GONE = 'Package: gone\nStatus: install ok installed\nArchitecture: all\nVersion: 1-1\n\n';
const FRESH = 'Package: fresh\nStatus: install ok installed\nArchitecture: all\nVersion: 2:3~rc1\n\n';

const LINES = Array.from({ length: 40 }, (_, line) => `setting-${line} = ${line}`);

type Write = (path: string, content: string, mode?: number) => void;

/** Lower layers that both have, and one that each has alone. */
const BASE = (root: string, write: Write): void => {
  write('etc/config.ini', `${LINES.join('\n')}\n`);
  write('etc/same', 'same\n');
  write('etc/mode', 'mode\n');
  write('srv/removed/deep/file', 'removed\n');
  write('srv/was-file', 'a file\n');
  write('srv/was-directory/inside', 'inside\n');
  symlinkSync('same', join(root, 'etc/link'));
};

const OLD = (_: string, write: Write): void => {
  write('var/lib/dpkg/status', DPKG('2.36-9', GONE));
  write('opt/equal', 'the same bytes\n');
  write('opt/equal-size', 'one\n');
  write('opt/linked', 'linked\n');
};

const NEW = (root: string, write: Write): void => {
  write('var/lib/dpkg/status', DPKG('2.36-10', FRESH));
  write('opt/equal', 'the same bytes\n');
  write('opt/equal-size', 'two\n');
  write('opt/linked', 'linked\n');
  linkSync(join(root, 'opt/linked'), join(root, 'opt/linked-again'));
  write('etc/config.ini', `${LINES.with(20, 'setting-20 = <b>changed</b>').join('\n')}\n`);
  write('etc/mode', 'mode\n', 0o600);
  write('etc/added', 'added\n');
  write('etc/.wh.link', '');
  write('srv/.wh.removed', '');
  write('srv/was-file/inside', 'inside\n');
  write('srv/was-directory', 'a file\n');
};

export interface ComparedImages {
  /** Where umoci has unpacked them. */
  readonly was: string;
  readonly is: string;
}

/** Pushes them to `registry/repository:old` and `:new`. */
export async function pushCompared(folder: string, registry: string, repository: string): Promise<ComparedImages> {
  const layout = join(folder, 'layout');
  await run('umoci', ['init', '--layout', layout]);
  const unpacked: Record<string, string> = {};
  for (const [tag, layers] of Object.entries({ old: [BASE, OLD], new: [BASE, NEW] })) {
    const image = ['--image', `${layout}:${tag}`];
    await run('umoci', ['new', ...image]);
    for (const [at, fill] of layers.entries()) {
      const tar = makeTar(
        join(folder, `${tag}${at}`),
        fill,
        at === 0 ? 1_600_000_000 : tag === 'old' ? 1_650_000_000 : 1_700_000_000,
      );
      await run('umoci', ['raw', 'add-layer', ...image, tar]);
    }
    await skopeoCopy(`oci:${layout}:${tag}`, `docker://${registry}/${repository}:${tag}`);
    await run('umoci', ['unpack', ...image, join(folder, `bundle-${tag}`)]);
    unpacked[tag] = join(folder, `bundle-${tag}/rootfs`);
  }
  return { was: unpacked.old ?? '', is: unpacked.new ?? '' };
}

function makeTar(root: string, fill: (root: string, write: Write) => void, seconds: number): string {
  mkdirSync(root);
  fill(root, (path, content, mode = 0o644) => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
    chmodSync(join(root, path), mode);
  });
  const how = ['--owner=0', '--group=0', '--numeric-owner', `--mtime=@${seconds}`, '--sort=name'];
  execFileSync('tar', [...how, '-cf', `${root}.tar`, '-C', root, '.']);
  return `${root}.tar`;
}

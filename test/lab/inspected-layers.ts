/** The layers of `INSPECTED_IMAGES`, as OCI layouts made by umoci: added as tars, or as what it finds changed. */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './process.ts';

export const LAYOUTS = ['debian', 'node', 'whiteouts', 'hard-links', 'windows'] as const;

/** A folder of OCI layouts, each with one image that is tagged `image`. */
export type Layouts = string;

const ROOT = join(import.meta.dirname, '../..');
const FIXED = ['--sort=name', '--mtime=@1700000000', '--numeric-owner', '--owner=0', '--group=0'];

export async function makeLayouts(folder: Layouts): Promise<void> {
  await makeDebian(await begin(folder, 'debian'));
  await makeNode(await begin(folder, 'node'));
  await makeWhiteouts(await begin(folder, 'whiteouts'));
  await makeHardLinks(await begin(folder, 'hard-links'));
  await makeWindows(await begin(folder, 'windows'));
}

interface Build {
  readonly image: readonly string[];
  /** For what is thrown away in the end. */
  readonly work: string;
}

async function begin(folder: Layouts, name: (typeof LAYOUTS)[number]): Promise<Build> {
  const layout = join(folder, name);
  const image = ['--image', `${layout}:image`];
  const work = join(folder, `${name}.work`);
  mkdirSync(work);
  await run('umoci', ['init', '--layout', layout]);
  await run('umoci', ['new', ...image]);
  return { image, work };
}

/** A layer of what the script makes in an empty folder. */
async function add({ image, work }: Build, script: string, options: readonly string[] = FIXED): Promise<void> {
  const root = join(work, 'root');
  const tar = join(work, 'layer.tar');
  rmSync(root, { recursive: true, force: true });
  mkdirSync(root);
  await run('sh', ['-ec', script], { cwd: root });
  await run('tar', [...options, '-cf', tar, '-C', root, '.']);
  await addTar({ image, work }, tar);
}

async function addTar({ image }: Build, tar: string): Promise<void> {
  await run('umoci', ['raw', 'add-layer', ...image, tar]);
}

/** A layer of what the script changes in the image as it is, with the whiteouts that umoci writes. */
async function change({ image, work }: Build, script: string): Promise<void> {
  const bundle = join(work, 'bundle');
  rmSync(bundle, { recursive: true, force: true });
  await run('umoci', ['unpack', ...image, bundle]);
  await run('sh', ['-ec', script], { cwd: join(bundle, 'rootfs') });
  await run('umoci', ['repack', ...image, bundle]);
}

function end({ work }: Build): void {
  rmSync(work, { recursive: true, force: true });
}

async function makeDebian(build: Build): Promise<void> {
  const root = join(build.work, 'debian');
  const tar = join(build.work, 'debian.tar');
  await run('debootstrap', ['--variant=minbase', 'bookworm', root]);
  await run('tar', ['--numeric-owner', '--sort=name', '--xattrs', '--format=posix', '-cf', tar, '-C', root, '.']);
  await addTar(build, tar);
  await change(build, 'rm -rf var/lib/apt/lists/* var/cache/apt/* var/log/*.log && echo lab > etc/hostname');
  end(build);
}

async function makeNode(build: Build): Promise<void> {
  const modules = ['preact', 'valibot', 'fflate', 'fzstd', 'idb', 'diff', '@preact/signals', '@preact/signals-core'];
  const copied = modules.map(
    (name) => `mkdir -p app/node_modules/${name} && cp -r ${ROOT}/node_modules/${name}/. app/node_modules/${name}`,
  );
  await add(
    build,
    'mkdir -p bin etc && cp /bin/busybox bin && ln -s busybox bin/sh && echo node:x:1000:1000::/app: > etc/passwd',
  );
  await add(build, `mkdir app && cp ${ROOT}/package.json app`, [
    '--sort=name',
    '--mtime=@1700000000',
    '--owner=:1000',
    '--group=:1000',
  ]);
  await add(build, copied.join('\n'));
  await add(build, `mkdir -p app/src && cp -r ${ROOT}/src/core/registry/. app/src && ln -s ../package.json app/src`);
  await change(build, 'rm -r app/node_modules/diff app/node_modules/fzstd/README.md && chmod 4755 bin/busybox');
  end(build);
}

async function makeWhiteouts(build: Build): Promise<void> {
  await add(
    build,
    'for d in $(seq 100); do mkdir -p srv/$d; for f in $(seq 30); do echo $d/$f > srv/$d/$f; done; done',
  );
  await change(build, 'rm -r srv/[1-4]? && rm srv/[5-8]?/1? srv/[5-8]?/2?');
  await add(
    build,
    'mkdir -p srv/91 srv/92/sub && touch srv/91/.wh..wh..opq srv/92/.wh..wh..opq && echo new > srv/92/sub/new',
  );
  await change(build, 'mkdir srv/10 && echo again > srv/10/1 && rm -r srv/92/sub');
  end(build);
}

/** umoci would resolve links itself: tar writes these, and forgets the file that the last ones lead to. */
async function makeHardLinks(build: Build): Promise<void> {
  const links =
    'for f in $(seq 50); do echo $f > usr/$f; ln usr/$f usr/$f-again; mkdir -p opt/$f; ln usr/$f opt/$f/linked; done';
  await add(build, `mkdir -p usr opt && ${links}`);
  const tar = join(build.work, 'lower.tar');
  await run(
    'sh',
    ['-ec', 'mkdir -p lower/usr && cd lower && echo 1 > usr/1 && ln usr/1 usr/later && ln usr/1 zz-latest'],
    { cwd: build.work },
  );
  await run('tar', [...FIXED, '-cf', tar, '-C', join(build.work, 'lower'), '.']);
  await run('tar', ['--delete', '-f', tar, './usr/1']);
  await addTar(build, tar);
  await change(build, 'echo changed >> usr/7 && ln usr/9 usr/9-new');
  end(build);
}

async function makeWindows(build: Build): Promise<void> {
  const system = 'mkdir -p Files/Windows/System32/config "Files/Program Files" Hives UtilityVM/Files';
  const files = `echo MZ > Files/Windows/System32/ntdll.dll && head -c 300000 /bin/busybox > Files/Windows/explorer.exe
    for h in Sam Security Software System DefaultUser; do echo regf > Hives/\${h}_Base; done`;
  await add(build, `${system}\n${files}`);
  await add(
    build,
    'mkdir -p Files/app Hives && printf "Hello\\r\\n" > "Files/app/Read me.txt" && echo regf > Hives/Software_Delta',
  );
  await run('umoci', ['config', ...build.image, '--os', 'windows', '--architecture', 'amd64']);
  end(build);
}

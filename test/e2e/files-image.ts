/** An image for the files view: three layers packed by GNU tar, with what a file can be and what a layer can do. */
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { removeFolder, run, temporaryFolder } from '../lab/process.ts';
import { digestOf, type Pushed, pushBlob, pushManifest } from '../lab/push.ts';

export const FILES_IMAGE = 'files/app:1';
export const NO_LAYERS_IMAGE = 'files/scratch:1';

/** Line 3 is the one that links name. */
export const OS_RELEASE = 'NAME="Files"\nID=files\nVERSION_ID=3\nPRETTY_NAME="Files 3"\n';
export const SCRIPT = '#!/bin/sh\n# says hello\nset -e\necho "needle in line four"\n';
export const SVG =
  '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="20" onload="parent.hit = 1"><script>parent.hit = 1</script><rect width="40" height="20"/></svg>\n';

/** More than is read of a file at first. */
export const LONG_LINES = 150_000;

const GZIP_LAYER = 'application/vnd.oci.image.layer.v1.tar+gzip';
const OCI_MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const OCI_CONFIG = 'application/vnd.oci.image.config.v1+json';

type Write = (path: string, content: string | Uint8Array) => void;

interface Layer {
  readonly createdBy: string;
  readonly fill: (root: string, write: Write) => void;
}

const LAYERS: readonly Layer[] = [
  {
    createdBy: 'COPY base/ / # buildkit',
    fill(root, write) {
      write('usr/lib/os-release', OS_RELEASE);
      mkdirSync(join(root, 'etc'));
      symlinkSync('../usr/lib/os-release', join(root, 'etc/os-release'));
      symlinkSync('/nowhere/at/all', join(root, 'etc/broken'));
      write('etc/motd', 'Welcome\n');
      write('etc/old.conf', 'a needle in old.conf\n');
      mkdirSync(join(root, 'bin'));
      copyFileSync('/bin/busybox', join(root, 'bin/busybox'));
      mkdirSync(join(root, 'tmp'));
    },
  },
  {
    createdBy: 'COPY app/ /app # buildkit',
    fill(_, write) {
      write('app/run.sh', SCRIPT);
      write('app/logo.svg', SVG);
      write('app/page.html', '<b onclick="hit = 1">bold</b><script>window.hit = 1</script>\n');
      const png = ['-size', '40x20', 'gradient:red-blue', '-define', 'png:exclude-chunk=date,time', 'png:-'];
      write('app/logo.png', execFileSync('convert', png));
      write('app/long.txt', Array.from({ length: LONG_LINES }, (_, at) => `line ${at + 1} of many\n`).join(''));
      write('app/esc\u001b[31mred\u202etxt', 'controls in the name\n');
      write('app/suid', 'a program\n');
      write('app/anyone.txt', 'anyone may write this\n');
      write('app/.env', 'PASSWORD=hunter2\n');
      for (let at = 0; at < 300; at += 1) write(`app/many/file-${String(at).padStart(3, '0')}.txt`, `file ${at}\n`);
    },
  },
  {
    createdBy: 'RUN rm /etc/old.conf && edit /etc/motd # buildkit',
    fill(_, write) {
      write('etc/.wh.old.conf', '');
      write('etc/motd', 'Welcome back\n');
      write('app/run.sh', SCRIPT);
      write('etc/new.conf', 'new\n');
    },
  },
];

/** Modes that a plain copy would not keep. */
const MODES: Readonly<Record<string, string>> = { 'app/suid': '4755', 'app/anyone.txt': '0666', tmp: '1777' };
/** The same bytes as before with another mode: only metadata changes. */
const LAST_MODES: Readonly<Record<string, string>> = { 'app/run.sh': '0755' };

export interface FilesImage {
  /** Digests of the layers, lowest first. */
  readonly layers: readonly string[];
  readonly png: Buffer;
}

/** Pushes both images. @param host of an open registry */
export async function pushFilesImages(host: string): Promise<FilesImage> {
  const folder = temporaryFolder('files-image');
  try {
    const tars = await Promise.all(LAYERS.map((layer, at) => packLayer(join(folder, String(at)), layer, at)));
    const layers = await pushImage({ host, repository: 'files/app' }, tars);
    await pushImage({ host, repository: 'files/scratch' }, []);
    return { layers: layers.map(({ digest }) => digest), png: readFileSync(join(folder, '1/app/logo.png')) };
  } finally {
    removeFolder(folder);
  }
}

async function packLayer(root: string, { fill }: Layer, at: number): Promise<Buffer> {
  mkdirSync(root);
  fill(root, (path, content) => {
    const file = join(root, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content, { mode: 0o644 });
  });
  const modes = at === LAYERS.length - 1 ? LAST_MODES : MODES;
  for (const [path, mode] of Object.entries(modes)) {
    await run('sh', ['-c', `if test -e "$1"; then chmod ${mode} "$1"; fi`, 'sh', join(root, path)]);
  }
  const fixed = ['--sort=name', '--mtime=@1700000000', '--owner=0', '--group=0', '--numeric-owner'];
  await run('tar', [...fixed, '-cf', `${root}.tar`, '-C', root, '.']);
  return readFileSync(`${root}.tar`);
}

async function pushImage(target: { host: string; repository: string }, tars: readonly Buffer[]): Promise<Pushed[]> {
  const layers: Pushed[] = [];
  for (const tar of tars) layers.push(await pushBlob(target, GZIP_LAYER, gzipSync(tar)));
  const config = {
    ...{ architecture: 'amd64', os: 'linux', config: {}, created: '2024-02-03T04:05:06Z' },
    rootfs: { type: 'layers', diff_ids: tars.map(digestOf) },
    history: tars.map((_, at) => ({ created_by: LAYERS[at]?.createdBy })),
  };
  const described = await pushBlob(target, OCI_CONFIG, JSON.stringify(config));
  await pushManifest(target, { schemaVersion: 2, mediaType: OCI_MANIFEST, config: described, layers }, '1');
  return layers;
}

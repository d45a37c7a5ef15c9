/** An image with installed packages of several kinds and files that can be summed up: three layers, packed by GNU tar. */
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { removeFolder, run, temporaryFolder } from '../lab/process.ts';
import { digestOf, type Pushed, pushBlob, pushManifest } from '../lab/push.ts';

export const KINDS_IMAGE = 'kinds/app:1';

const VECTORS = join(import.meta.dirname, '../core/layer/packages/vectors');
const GZIP_LAYER = 'application/vnd.oci.image.layer.v1.tar+gzip';

type Write = (path: string, content: string | Uint8Array) => void;

const dpkg = (name: string, version: string): string =>
  `Package: ${name}\nStatus: install ok installed\nInstalled-Size: 10\nArchitecture: amd64\nVersion: ${version}\n\n`;
const packageJson = (name: string, version: string): string => JSON.stringify({ name, version, license: 'MIT' });

const LAYERS: readonly ((write: Write, root: string) => void)[] = [
  (write) => {
    write('etc/os-release', 'PRETTY_NAME="Kinds 1 <b>"\nID=kinds\n');
    write('var/lib/dpkg/status', dpkg('base', '1.0-1') + dpkg('openssl', '3.0.1-1') + dpkg('gone', '1'));
  },
  (write) => {
    write('var/lib/dpkg/status', dpkg('base', '1.0-1') + dpkg('openssl', '3.0.2-1') + dpkg('curl', '8.0'));
    write(
      'usr/lib/python3/dist-packages/requests-2.31.0.dist-info/METADATA',
      'Name: requests\nVersion: 2.31.0\n\nText\n',
    );
    write('var/lib/rpm/rpmdb.sqlite', gunzipSync(readFileSync(join(VECTORS, 'rpmdb.sqlite.gz'))));
    write('usr/lib/sysimage/rpm/Packages.db', 'RpmP');
  },
  (write, root) => {
    write('app/node_modules/left-pad/package.json', packageJson('left-pad', '1.3.0'));
    write('app/node_modules/@scope/tool/package.json', packageJson('@scope/tool', '2.0.0'));
    write('app/node_modules/broken/package.json', '{"name": ');
    const bin = join(root, 'usr/bin');
    mkdirSync(bin, { recursive: true });
    copyFileSync('/usr/bin/ls', join(bin, 'ls'));
    const made = ['req', '-x509', '-newkey', 'ed25519', '-nodes', '-keyout', '-', '-subj', '/CN=kinds.example'];
    const pem = execFileSync('openssl', [...made, '-days', '1000', '-addext', 'subjectAltName=DNS:kinds.example']);
    write('etc/app/server.pem', pem);
    execFileSync('zip', ['-q', '-r', join(root, 'app/app.zip'), 'usr/lib', 'etc'], { cwd: root });
  },
];

/** @param host of an open registry @returns digests of the layers, lowest first */
export async function pushKindsImage(host: string): Promise<string[]> {
  const folder = temporaryFolder('kinds-image');
  const target = { host, repository: 'kinds/app' };
  try {
    const tars: Buffer[] = [];
    for (const [at, fill] of LAYERS.entries()) tars.push(await packLayer(join(folder, String(at)), fill));
    const layers: Pushed[] = [];
    for (const tar of tars) layers.push(await pushBlob(target, GZIP_LAYER, gzipSync(tar)));
    const config = { architecture: 'amd64', os: 'linux', rootfs: { type: 'layers', diff_ids: tars.map(digestOf) } };
    const described = await pushBlob(target, 'application/vnd.oci.image.config.v1+json', JSON.stringify(config));
    const mediaType = 'application/vnd.oci.image.manifest.v1+json';
    await pushManifest(target, { schemaVersion: 2, mediaType, config: described, layers }, '1');
    return layers.map(({ digest }) => digest);
  } finally {
    removeFolder(folder);
  }
}

async function packLayer(root: string, fill: (write: Write, root: string) => void): Promise<Buffer> {
  mkdirSync(root);
  fill((path, content) => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }, root);
  await run('tar', ['--sort=name', '--owner=0', '--group=0', '--numeric-owner', '-cf', `${root}.tar`, '-C', root, '.']);
  return readFileSync(`${root}.tar`);
}

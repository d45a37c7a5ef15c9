/** A registry with one image of 300,000 paths in three layers, made in memory: many small files, as in node_modules. */
import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { packTar } from 'modern-tar';

export const MANY_FILES = 'bench/many-files:1';
const LAYERS = 3;
const PACKAGES = 500;
/** In each package of each layer, besides its directory. */
const FILES = 199;
export const MANY_FILES_PATHS = LAYERS * PACKAGES * (FILES + 1) + LAYERS + 1;

type Entry = Parameters<typeof packTar>[0][number];

export interface ManyFilesRegistry {
  /** `127.0.0.1:PORT`. */
  readonly host: string;
  stop(): void;
}

interface Blob {
  readonly type: string;
  readonly bytes: Buffer;
}

export async function startManyFilesRegistry(): Promise<ManyFilesRegistry> {
  const served = await makeImage();
  const server = createServer((request, response) => {
    response.setHeader('Access-Control-Allow-Origin', '*');
    response.setHeader('Access-Control-Expose-Headers', '*');
    const blob = served.get((request.url ?? '').replace(/^.*\/(?:manifests|blobs)\//, ''));
    if (request.url === '/v2/') return void response.writeHead(200).end();
    if (blob === undefined) return void response.writeHead(404).end();
    response.writeHead(200, { 'Content-Type': blob.type, 'Content-Length': blob.bytes.length });
    response.end(request.method === 'HEAD' ? undefined : blob.bytes);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    host: `127.0.0.1:${port}`,
    stop() {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** By digest, and the manifest by its tag too. */
async function makeImage(): Promise<Map<string, Blob>> {
  const served = new Map<string, Blob>();
  const add = (type: string, bytes: Buffer): { mediaType: string; digest: string; size: number } => {
    const digest = digestOf(bytes);
    served.set(digest, { type, bytes });
    return { mediaType: type, digest, size: bytes.length };
  };
  const layers = await Promise.all(Array.from({ length: LAYERS }, (_, at) => makeLayer(at)));
  const config = {
    ...{ architecture: 'amd64', os: 'linux', config: {} },
    rootfs: { type: 'layers', diff_ids: layers.map(({ diffId }) => diffId) },
    history: layers.map((_, at) => ({ created_by: `RUN npm ci --prefix layer-${at} # buildkit` })),
  };
  const manifest = {
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config: add('application/vnd.oci.image.config.v1+json', Buffer.from(JSON.stringify(config))),
    layers: layers.map(({ gzip }) => add('application/vnd.oci.image.layer.v1.tar+gzip', gzip)),
  };
  const { digest } = add(manifest.mediaType, Buffer.from(JSON.stringify(manifest)));
  const stored = served.get(digest);
  if (stored !== undefined) served.set(MANY_FILES.split(':')[1] ?? '', stored);
  return served;
}

async function makeLayer(layer: number): Promise<{ gzip: Buffer; diffId: string }> {
  const root = `srv/layer-${layer}`;
  const fixed = { mtime: new Date(1_700_000_000_000), uid: 0, gid: 0, size: 0 };
  const folder = (name: string): Entry => ({ header: { ...fixed, name: `${name}/`, mode: 0o755, type: 'directory' } });
  const file = (name: string): Entry => ({ header: { ...fixed, name, mode: 0o644, type: 'file' }, body: '' });
  const entries = [folder('srv'), folder(root)];
  for (let at = 0; at < PACKAGES; at += 1) {
    entries.push(folder(`${root}/package-${at}`));
    for (let of = 0; of < FILES; of += 1) entries.push(file(`${root}/package-${at}/module-${of}.js`));
  }
  const tar = await packTar(entries);
  return { gzip: gzipSync(tar, { level: 6 }), diffId: digestOf(tar) };
}

function digestOf(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

/**
 * Images whose layers have something to see: a Debian, a Node project, whiteouts, hard links, a Windows-like one with a
 * foreign layer, and layers compressed in other ways. Made once by debootstrap, tar and umoci, and kept in
 * node_modules/.cache; pushed by the tests that want them, so that a lab without them starts as fast as ever.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { skopeoCopy } from './images.ts';
import { LAYOUTS, type Layouts, makeLayouts } from './inspected-layers.ts';
import { type Pushed, pushBlob, pushManifest, type Target } from './push.ts';

/** Repository and tag → what it is. */
export const INSPECTED_IMAGES = {
  'app/debian:1': 'Debian 12 by debootstrap, and a layer that removes its package lists',
  'app/node:1': 'a Node project in layers for its manifest, its modules and its sources; the last one removes modules',
  'app/whiteouts:1': '3,000 files, of which layers remove 2,000, and opaque directories',
  'app/hard-links:1': 'hard links within a layer and to files of lower ones',
  'app/windows:1':
    'Windows-like: Files, Hives and UtilityVM; its base is a foreign layer that only an address leads to',
  'app/many-members:1': 'app/node with layers of thousands of gzip members, as eStargz has them',
  'app/plain-layers:1': 'app/node with uncompressed layers',
  'app/zstd-layers:1': 'app/node with layers in zstd',
} as const;

const CACHE = join(import.meta.dirname, '../../node_modules/.cache/lab');
/** To be counted up with every change of what is made. */
const VERSION = 1;
const OCI_MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const FOREIGN = 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip';
const LAYER = 'application/vnd.oci.image.layer.v1.tar';

/**
 * Pushes all of `INSPECTED_IMAGES`, which takes some seconds; the first time on a machine some minutes.
 * @param pushTo the lab's registry for pushing
 * @param urlHost the host that the foreign layer's address names
 */
export async function pushInspectedImages(pushTo: string, urlHost: string): Promise<void> {
  const layouts = await keptLayouts();
  for (const name of LAYOUTS.filter((layout) => layout !== 'windows')) {
    await skopeoCopy(`oci:${layouts}/${name}:image`, `docker://${pushTo}/app/${name}:1`);
  }
  const node: Image = { folder: join(layouts, 'node'), manifest: manifestOf(join(layouts, 'node')) };
  await pushRepacked({ host: pushTo, repository: 'app/many-members' }, node, `${LAYER}+gzip`, manyMembers);
  await pushRepacked({ host: pushTo, repository: 'app/plain-layers' }, node, LAYER, async (tar) => tar);
  await pushRepacked({ host: pushTo, repository: 'app/zstd-layers' }, node, `${LAYER}+zstd`, zstd);
  await pushForeign(pushTo, join(layouts, 'windows'), urlHost);
}

/** The folder of the OCI layouts, each with one image that is tagged `image`. */
export async function keptLayouts(): Promise<Layouts> {
  const folder = join(CACHE, `inspected-${VERSION}`);
  if (existsSync(folder)) return folder;
  console.info('Making the images with layers to inspect, once; this takes a few minutes.');
  mkdirSync(CACHE, { recursive: true });
  const unfinished = mkdtempSync(join(CACHE, 'unfinished-'));
  try {
    await makeLayouts(unfinished);
    // Another test file may have made them meanwhile.
    if (!existsSync(folder)) renameSync(unfinished, folder);
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
  return folder;
}

interface Manifest {
  readonly config: Pushed;
  readonly layers: readonly Pushed[];
}

interface Image {
  readonly folder: string;
  readonly manifest: Manifest;
}

function blobOf(folder: string, digest: string): Buffer {
  return readFileSync(join(folder, 'blobs', digest.replace(':', '/')));
}

function manifestOf(folder: string): Manifest {
  const { manifests } = JSON.parse(readFileSync(join(folder, 'index.json'), 'utf8')) as { manifests: Pushed[] };
  return JSON.parse(blobOf(folder, manifests[0]?.digest ?? '').toString()) as Manifest;
}

/** The same image, each layer packed in another way: their diffIds stay, so that its config does. */
async function pushRepacked(
  target: Target,
  { folder, manifest }: Image,
  mediaType: string,
  pack: (tar: Buffer) => Promise<Buffer>,
): Promise<void> {
  const layers: Pushed[] = [];
  for (const { digest } of manifest.layers) {
    layers.push(await pushBlob(target, mediaType, await pack(gunzipSync(blobOf(folder, digest)))));
  }
  const config = await pushBlob(target, manifest.config.mediaType, blobOf(folder, manifest.config.digest));
  await pushManifest(target, { schemaVersion: 2, mediaType: OCI_MANIFEST, config, layers }, '1');
}

/** As many as stargz makes, if not at its places: nothing of this depends on where members begin. */
async function manyMembers(tar: Buffer): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for (let at = 0; at < tar.length; at += 4096) pieces.push(gzipSync(tar.subarray(at, at + 4096)));
  return Buffer.concat(pieces);
}

async function zstd(tar: Buffer): Promise<Buffer> {
  return execFileSync('zstd', ['-q', '-3'], { input: tar, maxBuffer: 2 ** 30 });
}

/** A Docker manifest, as Windows images are: the base is in no repository of its own, only at its address. */
async function pushForeign(host: string, folder: string, urlHost: string): Promise<void> {
  const { config, layers } = manifestOf(folder);
  const [base, app] = layers;
  if (base === undefined || app === undefined) throw new Error(`${folder} has not two layers`);
  const elsewhere = { host, repository: 'app/windows-base' };
  await pushBlob(elsewhere, FOREIGN, blobOf(folder, base.digest));
  const url = `http://${urlHost}/v2/${elsewhere.repository}/blobs/${base.digest}`;
  const target = { host, repository: 'app/windows' };
  const docker = 'application/vnd.docker';
  await pushManifest(
    target,
    {
      schemaVersion: 2,
      mediaType: `${docker}.distribution.manifest.v2+json`,
      config: await pushBlob(target, `${docker}.container.image.v1+json`, blobOf(folder, config.digest)),
      layers: [
        { ...base, mediaType: FOREIGN, urls: [url] },
        await pushBlob(target, `${docker}.image.rootfs.diff.tar.gzip`, blobOf(folder, app.digest)),
      ],
    },
    '1',
  );
}

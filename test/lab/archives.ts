/** Archives of one image as other people's tools write them, from the copy in a registry. */
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { skopeoCopy } from './images.ts';
import { startLoaders } from './loaders.ts';
import { run } from './process.ts';
import { digestOf } from './push.ts';

export interface LabArchive {
  readonly file: string;
  /** Whether it has the registry's manifest, and its layers as the registry has them. */
  readonly isRegistrys: boolean;
}

/** The images' names, in archives that give them one. */
export const ARCHIVED_NAME = 'localhost/lab/archived:1';
export const OTHER_NAME = 'localhost/lab/other:2';

export type ArchiveKind =
  | 'docker 20.10 save'
  | 'docker 20.10 save, two images'
  | 'docker 25 save'
  | 'podman save docker-archive'
  | 'podman save oci-archive'
  | 'skopeo docker-archive'
  | 'skopeo oci-archive'
  | 'buildx type=oci'
  | 'buildx type=docker'
  | 'umoci'
  | 'a folder in a tar'
  | 'docker save, gzip'
  | 'oci-archive, gzip of many members'
  | 'oci-archive, zstd';

/** @param image `registry/repository:tag` of an image for linux/amd64 */
export async function makeArchives(folder: string, image: string): Promise<Map<ArchiveKind, LabArchive>> {
  const at = (name: string): string => join(folder, name);
  const layout = at('layout');
  const from = `docker://${image}`;
  await skopeoCopy(from, `oci:${layout}:${ARCHIVED_NAME}`);
  await skopeoCopy(from, `docker-archive:${at('skopeo-docker.tar')}:${ARCHIVED_NAME}`);
  await skopeoCopy(from, `oci-archive:${at('skopeo-oci.tar')}:${ARCHIVED_NAME}`);
  await makeOther(at, from);
  await saveWithLoaders(at);
  await run('tar', ['-cf', at('umoci.tar'), '-C', layout, '.']);
  await run('tar', ['-cf', at('folder.tar'), '-C', folder, 'layout']);
  await asBuildxOci(at, layout);
  await asBuildxDocker(at, layout);
  await asDocker25(at, layout);
  await run('gzip', ['-k', at('docker.tar')]);
  await run('zstd', ['-q', at('skopeo-oci.tar')]);
  // What pigz and bgzip write: gzip's format lets members follow each other.
  await run('sh', ['-c', 'split -b 100000 --filter="gzip -c" "$1" > "$1.gz"', 'sh', at('skopeo-oci.tar')]);
  const archive = (name: string, isRegistrys: boolean): LabArchive => ({ file: at(name), isRegistrys });
  return new Map<ArchiveKind, LabArchive>([
    ['docker 20.10 save', archive('docker.tar', false)],
    ['docker 20.10 save, two images', archive('docker-two.tar', false)],
    ['docker 25 save', archive('docker-25.tar', false)],
    ['podman save docker-archive', archive('podman-docker.tar', false)],
    ['podman save oci-archive', archive('podman-oci.tar', false)],
    ['skopeo docker-archive', archive('skopeo-docker.tar', false)],
    ['skopeo oci-archive', archive('skopeo-oci.tar', true)],
    ['buildx type=oci', archive('buildx-oci.tar', true)],
    ['buildx type=docker', archive('buildx-docker.tar', true)],
    ['umoci', archive('umoci.tar', true)],
    ['a folder in a tar', archive('folder.tar', true)],
    ['docker save, gzip', archive('docker.tar.gz', false)],
    ['oci-archive, gzip of many members', archive('skopeo-oci.tar.gz', true)],
    ['oci-archive, zstd', archive('skopeo-oci.tar.zst', true)],
  ]);
}

/** The same layers with another config: docker save links to the layer that it has written already. */
async function makeOther(at: (name: string) => string, from: string): Promise<void> {
  const layout = at('other');
  await skopeoCopy(from, `oci:${layout}:image`);
  await run('umoci', ['config', '--image', `${layout}:image`, '--config.env', 'OTHER=1']);
  await skopeoCopy(`oci:${layout}:image`, `docker-archive:${at('other.tar')}:${OTHER_NAME}`);
}

async function saveWithLoaders(at: (name: string) => string): Promise<void> {
  const loaders = await startLoaders();
  try {
    for (const archive of ['skopeo-docker.tar', 'other.tar']) await loaders.dockerLoad(at(archive));
    await loaders.dockerSave(at('docker.tar'), [ARCHIVED_NAME]);
    await loaders.dockerSave(at('docker-two.tar'), [OTHER_NAME, ARCHIVED_NAME]);
    await loaders.podmanLoad(at('skopeo-oci.tar'));
    for (const format of ['docker', 'oci'] as const) {
      await loaders.podmanSave(at(`podman-${format}.tar`), `${format}-archive`, ARCHIVED_NAME);
    }
  } finally {
    await loaders.stop();
  }
}

interface Descriptor {
  readonly digest: string;
  readonly size: number;
  readonly mediaType: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

interface Manifest {
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
}

function readJson<T>(...path: string[]): T {
  return JSON.parse(readFileSync(join(...path), 'utf8')) as T;
}

const blobPath = (digest: string): string => digest.replace('sha256:', 'blobs/sha256/');

function writeBlob(layout: string, mediaType: string, document: unknown): Descriptor {
  const text = JSON.stringify(document);
  const digest = digestOf(text);
  writeFileSync(join(layout, blobPath(digest)), text);
  return { mediaType, digest, size: Buffer.byteLength(text) };
}

function copyLayout(layout: string, copy: string): { readonly descriptor: Descriptor; readonly manifest: Manifest } {
  cpSync(layout, copy, { recursive: true });
  const [descriptor] = readJson<{ manifests: Descriptor[] }>(copy, 'index.json').manifests;
  if (descriptor === undefined) throw new Error(`${layout} holds no image`);
  return { descriptor, manifest: readJson<Manifest>(copy, blobPath(descriptor.digest)) };
}

const OCI_INDEX = 'application/vnd.oci.image.index.v1+json';
const OCI_LAYER = 'application/vnd.oci.image.layer.v1.tar';
const OCI_MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const IMAGE_NAMES = { 'io.containerd.image.name': ARCHIVED_NAME, 'org.opencontainers.image.ref.name': '1' };

/** In the layout of `docker buildx build --output type=oci` with provenance: an index in the index. */
async function asBuildxOci(at: (name: string) => string, layout: string): Promise<void> {
  const copy = at('buildx-oci');
  const { descriptor } = copyLayout(layout, copy);
  const statement = writeBlob(copy, 'application/vnd.in-toto+json', { _type: 'https://in-toto.io/Statement/v0.1' });
  const rootfs = { type: 'layers', diff_ids: [statement.digest] };
  const config = writeBlob(copy, 'application/vnd.oci.image.config.v1+json', { os: 'unknown', rootfs });
  const attestation = {
    ...writeBlob(copy, OCI_MANIFEST, { schemaVersion: 2, mediaType: OCI_MANIFEST, config, layers: [statement] }),
    annotations: {
      'vnd.docker.reference.digest': descriptor.digest,
      'vnd.docker.reference.type': 'attestation-manifest',
    },
    platform: { architecture: 'unknown', os: 'unknown' },
  };
  const { mediaType, digest, size } = descriptor;
  const image = { mediaType, digest, size, platform: { architecture: 'amd64', os: 'linux' } };
  const index = writeBlob(copy, OCI_INDEX, { schemaVersion: 2, mediaType: OCI_INDEX, manifests: [image, attestation] });
  await packLayout(copy, [{ ...index, annotations: IMAGE_NAMES }], at('buildx-oci.tar'));
}

/** In the layout of `docker buildx build --output type=docker`: both tables of contents, layers in gzip. */
async function asBuildxDocker(at: (name: string) => string, layout: string): Promise<void> {
  const copy = at('buildx-docker');
  const { descriptor, manifest } = copyLayout(layout, copy);
  writeDockerManifest(copy, manifest);
  await packLayout(copy, [{ ...descriptor, annotations: IMAGE_NAMES }], at('buildx-docker.tar'));
}

/** In the layout of `docker save` since 25.0: both tables of contents, layers as they are on Docker's disk. */
async function asDocker25(at: (name: string) => string, layout: string): Promise<void> {
  const copy = at('docker-25');
  const { manifest } = copyLayout(layout, copy);
  const layers: Descriptor[] = [];
  for (const { digest } of manifest.layers) {
    const tar = gunzipSync(readFileSync(join(copy, blobPath(digest))));
    rmSync(join(copy, blobPath(digest)));
    const layer = { mediaType: OCI_LAYER, digest: digestOf(tar), size: tar.length };
    writeFileSync(join(copy, blobPath(layer.digest)), tar);
    layers.push(layer);
  }
  const saved = { ...manifest, layers };
  writeDockerManifest(copy, saved);
  await packLayout(copy, [{ ...writeBlob(copy, OCI_MANIFEST, saved), annotations: IMAGE_NAMES }], at('docker-25.tar'));
}

function writeDockerManifest(layout: string, { config, layers }: Manifest): void {
  const image = {
    Config: blobPath(config.digest),
    RepoTags: [ARCHIVED_NAME],
    Layers: layers.map(({ digest }) => blobPath(digest)),
  };
  writeFileSync(join(layout, 'manifest.json'), JSON.stringify([image]));
}

async function packLayout(layout: string, manifests: readonly Descriptor[], file: string): Promise<void> {
  writeFileSync(join(layout, 'index.json'), JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests }));
  await run('tar', ['--sort=name', '-cf', file, '-C', layout, '.']);
}

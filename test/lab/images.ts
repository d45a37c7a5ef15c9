/**
 * The lab's images, made by other people's tools (busybox, tar, umoci, skopeo) and pushed once per run. What those
 * cannot make (indexes with attestations, artifacts) is pushed as BuildKit and ORAS would.
 */
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeLayers } from './layer-tars.ts';
import { run } from './process.ts';
import { type Pushed, pushBlob, pushManifest, type Target } from './push.ts';

/** Repository and tag → what it is. Every registry of the lab serves all of them. */
export const LAB_IMAGES = {
  'app/hello:1': 'linux/amd64, busybox, three gzip layers of 1 to 3 MB; prints a line',
  'app/multi:1': 'OCI index: linux/amd64, linux/arm64 and an attestation (unknown/unknown)',
  'app/nested:1': 'OCI index whose only child is the index app/multi:1',
  'app/docker:1': 'app/hello as a Docker manifest, schema 2',
  'app/schema1:1': 'app/hello as a Docker manifest, schema 1 (signed)',
  'app/zstd:1': 'app/hello with its second layer in zstd',
  'app/twice:1': 'the same layer listed twice',
  'app/medium:1': '60 MB of noise in five layers, for progress and cancelling',
  'app/inline:1': 'app/hello whose config is also inline, in the descriptor’s data',
  'app/artifact:1': 'an OCI artifact: empty config, one text layer',
  'private/hello:1': 'app/hello; the token server wants the lab’s account for it',
} as const;

const OCI_MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const OCI_INDEX = 'application/vnd.oci.image.index.v1+json';
const OCI_CONFIG = 'application/vnd.oci.image.config.v1+json';
const CREATED = '2024-02-03T04:05:06Z';
const ENTRYPOINT = ['/bin/sh', '/hello.sh'];

interface ImageRecipe {
  readonly layers: readonly string[];
  readonly architecture?: string;
}

/** Makes and pushes all of `LAB_IMAGES` to the registry at `host`. */
export async function pushImages(folder: string, host: string): Promise<void> {
  const tars = join(folder, 'layers');
  mkdirSync(tars);
  const layers = await makeLayers(tars);
  const make = (tag: string, recipe: ImageRecipe): Promise<string> => makeImage(join(folder, tag), layers, recipe);
  const small = async (): Promise<void> => {
    const hello = await make('hello', { layers: ['busybox', 'data', 'app'] });
    const arm64 = await make('arm64', { layers: ['busybox', 'data', 'app'], architecture: 'arm64' });
    const twice = await make('twice', { layers: ['busybox', 'data', 'data', 'app'] });
    await copy(hello, `${host}/app/hello:1`);
    await copy(twice, `${host}/app/twice:1`);
    await copy(hello, `${host}/app/docker:1`, '--format', 'v2s2');
    await copy(hello, `${host}/app/schema1:1`, '--format', 'v2s1');
    await copy(hello, `${host}/private/hello:1`);
    for (const repository of ['app/inline', 'app/zstd']) await copy(hello, `${host}/${repository}:1`);
    await pushInline({ host, repository: 'app/inline' });
    await pushZstd({ host, repository: 'app/zstd' }, layers.data ?? '');
    await pushIndex({ host, repository: 'app/multi' }, [hello, arm64], '1');
    const nested = { host, repository: 'app/nested' };
    const inner = await pushIndex(nested, [hello, arm64]);
    await pushManifest(nested, { schemaVersion: 2, mediaType: OCI_INDEX, manifests: [inner] }, '1');
    await pushArtifact({ host, repository: 'app/artifact' });
  };
  const medium = async (): Promise<void> => {
    const layout = await make('medium', { layers: ['busybox', 'bulk1', 'bulk2', 'bulk3', 'bulk4'] });
    await copy(layout, `${host}/app/medium:1`);
  };
  await Promise.all([small(), medium()]);
}

/** @returns the OCI layout's folder; the image in it is tagged `image`. */
async function makeImage(layout: string, tars: Record<string, string>, recipe: ImageRecipe): Promise<string> {
  const image = ['--image', `${layout}:image`];
  await run('umoci', ['init', '--layout', layout]);
  await run('umoci', ['new', ...image]);
  for (const layer of recipe.layers) {
    const history = ['--history.created', CREATED, '--history.created_by', `umoci raw add-layer ${layer}.tar`];
    await run('umoci', ['raw', 'add-layer', ...image, ...history, tars[layer] ?? '']);
  }
  await run('umoci', [
    ...['config', ...image, '--created', CREATED, '--author', 'Pulltab lab'],
    ...ENTRYPOINT.flatMap((word) => ['--config.entrypoint', word]),
    ...['--config.env', 'PATH=/bin', '--config.env', 'LAB=1', '--config.label', 'org.opencontainers.image.title=lab'],
    ...['--architecture', recipe.architecture ?? 'amd64', '--os', 'linux'],
    ...['--history.created', CREATED, '--history.created_by', `ENTRYPOINT ${JSON.stringify(ENTRYPOINT)}`],
  ]);
  return layout;
}

async function copy(layout: string, destination: string, ...options: readonly string[]): Promise<void> {
  await skopeoCopy(`oci:${layout}:image`, `docker://${destination}`, ...options);
}

export async function skopeoCopy(from: string, to: string, ...options: readonly string[]): Promise<void> {
  const open = ['--src-tls-verify=false', '--dest-tls-verify=false'];
  await run('skopeo', ['--insecure-policy', 'copy', '--quiet', ...open, ...options, from, to]);
}

/** The layout's one manifest, as a descriptor. */
function manifestOf(layout: string): Pushed {
  const index = JSON.parse(readFileSync(join(layout, 'index.json'), 'utf8')) as { manifests: Pushed[] };
  const descriptor = index.manifests[0];
  if (descriptor === undefined) throw new Error(`${layout} holds no image`);
  return { mediaType: OCI_MANIFEST, digest: descriptor.digest, size: descriptor.size };
}

async function pushIndex(
  target: Target,
  [amd64Layout, arm64Layout]: readonly [string, string],
  tag?: string,
): Promise<Pushed> {
  const amd64 = manifestOf(amd64Layout);
  const arm64 = manifestOf(arm64Layout);
  await copy(amd64Layout, `${target.host}/${target.repository}@${amd64.digest}`);
  await copy(arm64Layout, `${target.host}/${target.repository}@${arm64.digest}`);
  const index = {
    schemaVersion: 2,
    mediaType: OCI_INDEX,
    manifests: [
      { ...amd64, platform: { architecture: 'amd64', os: 'linux' } },
      { ...arm64, platform: { architecture: 'arm64', os: 'linux', variant: 'v8' } },
      await pushAttestation(target, amd64.digest),
    ],
    annotations: { 'org.opencontainers.image.title': 'multi of the lab' },
  };
  return pushManifest(target, index, tag);
}

/** As `docker buildx build --provenance=true` leaves it beside an image. */
async function pushAttestation(target: Target, subject: string): Promise<Pushed> {
  const statement = { _type: 'https://in-toto.io/Statement/v0.1', predicateType: 'https://slsa.dev/provenance/v0.2' };
  const layer = await pushBlob(target, 'application/vnd.in-toto+json', JSON.stringify(statement));
  const config = {
    ...{ architecture: 'unknown', os: 'unknown', config: {} },
    rootfs: { type: 'layers', diff_ids: [layer.digest] },
  };
  const manifest = await pushManifest(target, {
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    config: await pushBlob(target, OCI_CONFIG, JSON.stringify(config)),
    layers: [{ ...layer, annotations: { 'in-toto.io/predicate-type': statement.predicateType } }],
  });
  return {
    ...manifest,
    annotations: {
      'vnd.docker.reference.digest': subject,
      'vnd.docker.reference.type': 'attestation-manifest',
    },
    platform: { architecture: 'unknown', os: 'unknown' },
  };
}

/** Replaces the tag by the same image with the config's bytes in its descriptor. */
async function pushInline(target: Target): Promise<void> {
  const { config, layers } = await pulled(target);
  const answer = await fetch(`http://${target.host}/v2/${target.repository}/blobs/${config.digest}`);
  const data = Buffer.from(await answer.arrayBuffer()).toString('base64');
  const manifest = { schemaVersion: 2, mediaType: OCI_MANIFEST, config: { ...config, data }, layers };
  await pushManifest(target, manifest, '1');
}

/**
 * Replaces the tag by the same image with its second layer in zstd. skopeo 1.9 would not do it: it finds that the
 * registry has that layer in gzip already, and takes that one.
 */
async function pushZstd(target: Target, tar: string): Promise<void> {
  const { config, layers } = await pulled(target);
  await run('zstd', ['-q', '-3', '-f', tar, '-o', `${tar}.zst`]);
  const zstd = await pushBlob(target, 'application/vnd.oci.image.layer.v1.tar+zstd', readFileSync(`${tar}.zst`));
  const manifest = { schemaVersion: 2, mediaType: OCI_MANIFEST, config, layers: layers.with(1, zstd) };
  await pushManifest(target, manifest, '1');
}

async function pulled({ host, repository }: Target): Promise<{ config: Pushed; layers: Pushed[] }> {
  const answer = await fetch(`http://${host}/v2/${repository}/manifests/1`, { headers: { Accept: OCI_MANIFEST } });
  return (await answer.json()) as { config: Pushed; layers: Pushed[] };
}

async function pushArtifact(target: Target): Promise<void> {
  const note = await pushBlob(target, 'text/markdown', '# A note\n\nThis artifact is not an image.\n');
  await pushManifest(
    target,
    {
      schemaVersion: 2,
      mediaType: OCI_MANIFEST,
      artifactType: 'application/vnd.pulltab.lab.note.v1',
      config: await pushBlob(target, 'application/vnd.oci.empty.v1+json', '{}'),
      layers: [{ ...note, annotations: { 'org.opencontainers.image.title': 'note.md' } }],
    },
    '1',
  );
}

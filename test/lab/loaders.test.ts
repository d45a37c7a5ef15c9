/** Proves the loaders on archives that skopeo made of a lab image: whole ones load and run, broken ones do nowhere. */
import { copyFileSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { skopeoCopy } from './images.ts';
import { HELLO_LINE } from './layer-tars.ts';
import { type Loaders, startLoaders } from './loaders.ts';
import { removeFolder, temporaryFolder } from './process.ts';
import { useLab } from './use-lab.ts';

const NAME = 'localhost/lab/hello:1';
const folder = temporaryFolder('archives');
const dockerArchive = join(folder, 'docker.tar');
const ociArchive = join(folder, 'oci.tar');
let loaders: Loaders;
let manifest: { digest: string; layers: string[] };

beforeAll(async () => {
  const lab = await useLab();
  loaders = await startLoaders();
  const source = `docker://${lab.plain.host}/app/hello:1`;
  await skopeoCopy(source, `docker-archive:${dockerArchive}:${NAME}`);
  await skopeoCopy(source, `oci-archive:${ociArchive}:${NAME}`);
  const accept = 'application/vnd.oci.image.manifest.v1+json';
  const answer = await fetch(`${lab.plain.base}/v2/app/hello/manifests/1`, { headers: { accept } });
  const digest = answer.headers.get('docker-content-digest') ?? '';
  const { layers } = (await answer.json()) as { layers: { digest: string }[] };
  manifest = { digest, layers: layers.map((layer) => layer.digest) };
});

afterAll(async () => {
  await loaders.stop();
  removeFolder(folder);
});

it('loads and runs in Docker', async () => {
  expect(await loaders.dockerLoad(dockerArchive)).toEqual([NAME]);
  expect(await loaders.dockerRun(NAME)).toBe(`${HELLO_LINE}\n`);
});

it.each([{ archive: dockerArchive }, { archive: ociArchive }])('loads and runs in Podman: $archive', async (given) => {
  expect(await loaders.podmanLoad(given.archive)).toEqual([NAME]);
  expect(await loaders.podmanRun(NAME)).toBe(`${HELLO_LINE}\n`);
});

it.each([{ archive: dockerArchive }, { archive: ociArchive }])('imports into containerd: $archive', async (given) => {
  expect(await loaders.ctrImport(given.archive)).toEqual([NAME]);
});

describe('skopeo', () => {
  it('reads an OCI archive with the digests of the registry', async () => {
    const image = await loaders.skopeoInspect(ociArchive, 'oci-archive');
    expect(image).toMatchObject({ ...manifest, config: { architecture: 'amd64', os: 'linux' } });
  });

  it('reads a docker-archive with uncompressed layers', async () => {
    const image = await loaders.skopeoInspect(dockerArchive, 'docker-archive', NAME);
    expect(image.layers).toEqual(image.config.rootfs.diff_ids);
    expect(image.layers).toHaveLength(3);
  });

  it('says so when the archive is the other kind', async () => {
    await expect(loaders.skopeoInspect(dockerArchive, 'oci-archive')).rejects.toThrow(/ended with 1/);
  });
});

describe('an archive cut in half', () => {
  it.each([{ archive: dockerArchive }, { archive: ociArchive }])('loads nowhere: $archive', async (given) => {
    const cut = join(folder, 'cut.tar');
    copyFileSync(given.archive, cut);
    truncateSync(cut, Math.floor(statSync(cut).size / 2));
    const tools = ['containerd', 'docker', 'podman', 'skopeo docker-archive', 'skopeo oci-archive'];
    expect(Object.keys(await loaders.refusals(cut)).sort()).toEqual(tools);
  });
});

it('tells which tools load an archive that should load nowhere', async () => {
  await expect(loaders.refusals(ociArchive)).rejects.toThrow(/podman: .*containerd: .*skopeo oci-archive: /);
});

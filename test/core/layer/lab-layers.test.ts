/** Every layer of the images that are made to be inspected: its entries as `tar tv` has them, its diffId as the config. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { indexEntries, type LayerIndex } from '../../../src/core/layer/layer-index.ts';
import { INSPECTED_IMAGES, pushInspectedImages } from '../../lab/inspected-images.ts';
import { removeFolder, temporaryFolder } from '../../lab/process.ts';
import { useLab } from '../../lab/use-lab.ts';
import { indexListing, readLayerFile, tarListing } from './tar-listing.ts';

const lab = await useLab();
const folder = temporaryFolder('lab-layers');

// The first time on a machine the images have to be made.
beforeAll(() => pushInspectedImages(lab.pushTo, lab.plain.host), 600_000);
afterAll(() => removeFolder(folder));

interface Blob {
  readonly digest: string;
  readonly mediaType: string;
  readonly urls?: readonly string[];
}

const ACCEPT = 'application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.v2+json';

async function fetchImage(name: string): Promise<{ layers: Blob[]; diffIds: string[]; blobs: string }> {
  const [repository, tag] = name.split(':');
  const base = `${lab.plain.base}/v2/${repository}`;
  const answer = await fetch(`${base}/manifests/${tag}`, { headers: { Accept: ACCEPT } });
  const { config, layers } = (await answer.json()) as { config: Blob; layers: Blob[] };
  const { rootfs } = (await (await fetch(`${base}/blobs/${config.digest}`)).json()) as {
    rootfs: { diff_ids: string[] };
  };
  return { layers, diffIds: rootfs.diff_ids, blobs: `${base}/blobs/` };
}

async function fetchLayer({ digest, urls = [] }: Blob, blobs: string): Promise<string> {
  const answer = await fetch(urls[0] ?? blobs + digest);
  expect(answer.status).toBe(200);
  const file = join(folder, digest.replace(':', '-'));
  writeFileSync(file, new Uint8Array(await answer.arrayBuffer()));
  return file;
}

interface ReadImage {
  readonly diffIds: readonly string[];
  readonly files: readonly string[];
  readonly indexes: readonly LayerIndex[];
}

const known = new Map<string, Promise<ReadImage>>();

async function readImage(name: string): Promise<ReadImage> {
  const { layers, diffIds, blobs } = await fetchImage(name);
  const files = await Promise.all(layers.map((layer) => fetchLayer(layer, blobs)));
  return { diffIds, files, indexes: await Promise.all(files.map((file) => readLayerFile(file))) };
}

function imageOf(name: string): Promise<ReadImage> {
  const image = known.get(name) ?? readImage(name);
  known.set(name, image);
  return image;
}

describe.each(Object.keys(INSPECTED_IMAGES))('%s', (name) => {
  it('layer by layer', { timeout: 120_000 }, async () => {
    const { files, indexes, diffIds } = await imageOf(name);
    expect(indexes.map(({ diffId }) => diffId)).toEqual(diffIds);
    for (const [at, index] of indexes.entries()) {
      expect(index).toMatchObject({ complete: true, problems: [] });
      expect(indexListing(index)).toEqual(await tarListing(files[at] ?? ''));
    }
  });
});

describe('what the images are for', () => {
  const entriesOf = async (name: string) => {
    const { indexes } = await imageOf(name);
    return { indexes, entries: indexes.map(indexEntries) };
  };

  it('the Debian has thousands of files, and a layer that hides some', async () => {
    const { entries } = await entriesOf('app/debian:1');
    expect(entries[0]?.length).toBeGreaterThan(5000);
    expect(entries[1]?.filter(({ type }) => type === 'whiteout').length).toBeGreaterThan(0);
  });

  it('whiteouts, of files, of directories and of all that is in one', async () => {
    const { entries } = await entriesOf('app/whiteouts:1');
    expect(entries[1]?.filter(({ type }) => type === 'whiteout').length).toBeGreaterThan(400);
    expect(entries[2]?.filter(({ type }) => type === 'opaque').map(({ path }) => path)).toEqual(['srv/91', 'srv/92']);
  });

  it('hard links to what is in the layer, and to what is not', async () => {
    const { entries } = await entriesOf('app/hard-links:1');
    const links = entries.map((layer) => layer.filter(({ type }) => type === 'hardlink'));
    expect(links[0]).toHaveLength(100);
    expect(links[1]?.map(({ path, linkTarget }) => [path, linkTarget])).toEqual([
      ['usr/later', 'usr/1'],
      ['zz-latest', 'usr/1'],
    ]);
    expect(entries[1]?.map(({ path }) => path)).not.toContain('usr/1');
  });

  it('one image in four forms', async () => {
    const names = ['app/node:1', 'app/many-members:1', 'app/plain-layers:1', 'app/zstd-layers:1'];
    const forms = await Promise.all(names.map(entriesOf));
    expect(forms.map(({ indexes }) => indexes[0]?.compression)).toEqual(['gzip', 'gzip', 'none', 'zstd']);
    for (const { entries } of forms) expect(entries).toEqual(forms[0]?.entries);
  });
});

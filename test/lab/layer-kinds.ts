/** app/hello with its second layer in each form that layers come in: what a loader may take, or not. */

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { pushChunkedImages } from './chunked-images.ts';
import { digestOf, type Pushed, pushBlob, pushManifest, type Target } from './push.ts';

const OCI_MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const OCI_LAYER = 'application/vnd.oci.image.layer.v1.tar';
const FOREIGN = 'application/vnd.oci.image.layer.nondistributable.v1.tar+gzip';

/** What an archive's reader says of each is in .github/LOADERS.md. Kind → `repository:tag`. */
export interface LayerKinds {
  readonly [kind: string]: string;
}

interface Hello {
  readonly config: Pushed;
  readonly layers: readonly Pushed[];
  readonly configBytes: Buffer;
  /** The second layer, uncompressed. */
  readonly tar: Buffer;
}

/**
 * @param host the lab's registry for pushing
 * @param urlHost the host that the foreign layer's address names
 */
export async function pushLayerKinds(folder: string, host: string, urlHost: string): Promise<LayerKinds> {
  const hello = await readHello(host);
  await pushOther({ host, repository: 'kinds/plain' }, hello, async (target) => pushBlob(target, OCI_LAYER, hello.tar));
  await pushOther({ host, repository: 'kinds/foreign' }, hello, async (target) => {
    // It is in the registry as well, as with Docker's `allow-nondistributable-artifacts`.
    const packed = await pushBlob(target, FOREIGN, gzipSync(hello.tar, { level: 1 }));
    return { ...packed, urls: [`http://${urlHost}/v2/${target.repository}/blobs/${packed.digest}`] };
  });
  await pushEmpty({ host, repository: 'kinds/empty' }, hello);
  const chunked = join(folder, 'chunked');
  mkdirSync(chunked);
  const { estargz, zstdChunked } = await pushChunkedImages(chunked, host);
  return {
    gzip: 'app/hello:1',
    zstd: 'app/zstd:1',
    uncompressed: 'kinds/plain:1',
    eStargz: estargz,
    'zstd:chunked': zstdChunked,
    foreign: 'kinds/foreign:1',
    empty: 'kinds/empty:1',
    'the same layer twice': 'app/twice:1',
  };
}

async function readHello(host: string): Promise<Hello> {
  const from = `http://${host}/v2/app/hello`;
  const answer = await fetch(`${from}/manifests/1`, { headers: { Accept: OCI_MANIFEST } });
  const { config, layers } = (await answer.json()) as { config: Pushed; layers: Pushed[] };
  const blob = async (digest: string): Promise<Response> => fetch(`${from}/blobs/${digest}`);
  const configBytes = Buffer.from(await (await blob(config.digest)).arrayBuffer());
  const { body } = await blob(layers[1]?.digest ?? '');
  if (body === null) throw new Error('the second layer is not there');
  const tar = await new Response(body.pipeThrough(new DecompressionStream('gzip'))).arrayBuffer();
  return { config, layers, configBytes, tar: Buffer.from(tar) };
}

async function pushOther(
  target: Target,
  { config, layers, configBytes }: Hello,
  push: (target: Target) => Promise<Pushed>,
): Promise<void> {
  await copyBlobs(target, layers);
  await pushBlob(target, config.mediaType, configBytes);
  const other = await push(target);
  await pushManifest(target, { schemaVersion: 2, mediaType: OCI_MANIFEST, config, layers: layers.with(1, other) }, '1');
}

/** A layer of nothing, as a command that changes no file leaves it: two empty blocks. */
async function pushEmpty(target: Target, { config, layers, configBytes }: Hello): Promise<void> {
  await copyBlobs(target, layers);
  const tar = Buffer.alloc(1024);
  const document = JSON.parse(configBytes.toString()) as { rootfs: { diff_ids: string[] }; history: object[] };
  document.rootfs.diff_ids.push(digestOf(tar));
  document.history.push({ created: '2024-02-03T04:05:06Z', created_by: 'RUN true' });
  const empty = await pushBlob(target, `${OCI_LAYER}+gzip`, gzipSync(tar));
  const changed = await pushBlob(target, config.mediaType, JSON.stringify(document));
  const manifest = { schemaVersion: 2, mediaType: OCI_MANIFEST, config: changed, layers: [...layers, empty] };
  await pushManifest(target, manifest, '1');
}

async function copyBlobs(target: Target, layers: readonly Pushed[]): Promise<void> {
  for (const { mediaType, digest } of layers) {
    const answer = await fetch(`http://${target.host}/v2/app/hello/blobs/${digest}`);
    await pushBlob(target, mediaType, Buffer.from(await answer.arrayBuffer()));
  }
}

/** An image whose layers are tars as they are, the first over 4 GiB: past what 32 bits count, and past the quick paths. */
import { mkdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { sha256Of } from '../e2e/archive.ts';
import { run } from '../lab/process.ts';
import { type Pushed, pushBlob, pushManifest, type Target } from '../lab/push.ts';

export const GIB = 2 ** 30;

const LAYER_TYPE = 'application/vnd.oci.image.layer.v1.tar';
const CONFIG_TYPE = 'application/vnd.oci.image.config.v1+json';
const MANIFEST_TYPE = 'application/vnd.oci.image.manifest.v1+json';

export interface LargeImage {
  readonly config: Pushed;
  readonly layers: readonly Pushed[];
}

/** Pushes it under the tag `1`. @param folder for one layer's file at a time, twice */
export async function pushLargeImage(target: Target, folder: string): Promise<LargeImage> {
  mkdirSync(folder, { recursive: true });
  const layers = [
    await pushLayer(target, folder, { firstLine: 1_000_000_000, bytes: 4.5 * GIB }),
    await pushLayer(target, folder, { firstLine: 5_000_000_000, bytes: 0.5 * GIB }),
  ];
  const config = await pushBlob(
    target,
    CONFIG_TYPE,
    JSON.stringify({
      architecture: 'amd64',
      os: 'linux',
      config: { Cmd: ['/bin/sh'] },
      rootfs: { type: 'layers', diff_ids: layers.map(({ digest }) => digest) },
    }),
  );
  await pushManifest(target, { schemaVersion: 2, mediaType: MANIFEST_TYPE, config, layers }, '1');
  return { config, layers };
}

interface LayerContent {
  readonly firstLine: number;
  readonly bytes: number;
}

/** A tar of one file of numbered lines: no two parts are alike, so none can be lost, doubled or moved unnoticed. */
async function pushLayer(target: Target, folder: string, { firstLine, bytes }: LayerContent): Promise<Pushed> {
  const name = `lines-${firstLine}.txt`;
  const tar = join(folder, 'layer.tar');
  await run('sh', ['-c', `seq ${firstLine} 9999999999 | head -c ${bytes} > ${name}`], { cwd: folder });
  await run('tar', ['--numeric-owner', '-cf', tar, name], { cwd: folder });
  rmSync(join(folder, name));
  const layer = await pushFile(target, tar);
  rmSync(tar);
  return layer;
}

/** Streamed from the file: `pushBlob` takes what fits in memory. */
async function pushFile(target: Target, file: string): Promise<Pushed> {
  const digest = `sha256:${await sha256Of(file)}`;
  const uploads = `http://${target.host}/v2/${target.repository}/blobs/uploads/`;
  const started = await send(uploads, 202, { method: 'POST' });
  const location = new URL(started.headers.get('location') ?? '', uploads);
  location.searchParams.set('digest', digest);
  // curl, because Node's fetch stands still after 500 MB of a file's Blob.
  await run('curl', ['-sSf', '-H', 'Content-Type: application/octet-stream', '-T', file, location.href]);
  return { mediaType: LAYER_TYPE, digest, size: statSync(file).size };
}

async function send(url: string | URL, status: number, init: RequestInit): Promise<Response> {
  const answer = await fetch(url, init);
  if (answer.status !== status) throw new Error(`${url} answered ${answer.status}: ${await answer.text()}`);
  return answer;
}

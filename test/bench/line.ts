/**
 * A line of 100 Mbit/s and 50 ms: an image of a hundred megabytes over it, by Pulltab, and its blobs by curl, three at a
 * time. What counts there is that the line is never left without work.
 */
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../lab/process.ts';
import { digestOf, type Pushed, pushBlob, pushManifest, type Target } from '../lab/push.ts';
import { type SlowLine, startSlowLine } from '../lab/slow-line.ts';
import type { PulledImage } from './peers.ts';

export const LINE_IMAGE = 'bench/line:1';

const [REPOSITORY = '', TAG = ''] = LINE_IMAGE.split(':');
const LAYER_TYPE = 'application/vnd.oci.image.layer.v1.tar+gzip';
const CONFIG_TYPE = 'application/vnd.oci.image.config.v1+json';
const MANIFEST_TYPE = 'application/vnd.oci.image.manifest.v1+json';
/** A base, what is installed on it, and what comes on top: large and small in no order (MiB). */
const LAYERS_MIB = [28, 44, 6, 1, 22, 15, 2];
const LINE = { bytesPerSecond: 100e6 / 8, roundTripMs: 50 };
const AT_ONCE = 3;

/** The line in front of the registry, which then has the image. @param folder for the layers that are being made */
export async function startLine(registry: string, folder: string): Promise<SlowLine> {
  await pushLineImage({ host: registry, repository: REPOSITORY }, folder);
  return startSlowLine(registry, LINE);
}

/** Unless it is there: what a run pushed is kept. */
async function pushLineImage(target: Target, folder: string): Promise<void> {
  const manifest = `http://${target.host}/v2/${target.repository}/manifests/${TAG}`;
  if ((await fetch(manifest, { method: 'HEAD', headers: { accept: MANIFEST_TYPE } })).ok) return;
  const work = join(folder, 'line');
  mkdirSync(work, { recursive: true });
  const layers: Pushed[] = [];
  const diffIds: string[] = [];
  for (const mib of LAYERS_MIB) {
    // Noise: a layer is as long as it says, compressed or not.
    await run('sh', ['-c', `head -c ${mib}M /dev/urandom > noise-${layers.length} && tar -cf layer.tar noise-*`], {
      cwd: work,
    });
    diffIds.push(digestOf(readFileSync(join(work, 'layer.tar'))));
    await run('sh', ['-c', 'gzip -1f layer.tar && rm noise-*'], { cwd: work });
    layers.push(await pushBlob(target, LAYER_TYPE, readFileSync(join(work, 'layer.tar.gz'))));
  }
  rmSync(work, { recursive: true });
  const config = { os: 'linux', architecture: 'amd64', rootfs: { type: 'layers', diff_ids: diffIds } };
  const pushed = await pushBlob(target, CONFIG_TYPE, JSON.stringify(config));
  await pushManifest(target, { schemaVersion: 2, mediaType: MANIFEST_TYPE, config: pushed, layers }, TAG);
}

/** Every blob to a file of its own, nothing hashed. */
export async function fetchWithCurl({ host, name, blobs }: PulledImage, folder: string): Promise<void> {
  const repository = name.split(':')[0];
  const files = blobs.flatMap(({ digest }, at) => [
    `http://${host}/v2/${repository}/blobs/${digest}`,
    '-o',
    join(folder, `blob-${at}`),
  ]);
  await run('curl', ['-fsS', '--parallel', '--parallel-max', String(AT_ONCE), ...files]);
}

/** What curl finds the line to be, for whoever reads the figures. */
export async function describeLine({ host, name, blobs }: PulledImage): Promise<string> {
  const repository = name.split(':')[0];
  const [, largest] = blobs.toSorted((one, other) => other.size - one.size);
  const format = '%{time_starttransfer} %{speed_download}';
  const url = `http://${host}/v2/${repository}/blobs/${largest?.digest}`;
  const { stdout } = await run('curl', ['-fsS', '-o', '/dev/null', '-w', format, url]);
  const [firstByteSeconds = 0, speed = 0] = stdout.split(' ').map(Number);
  return `${((speed * 8) / 1e6).toFixed(0)} Mbit/s, first byte after ${Math.round(firstByteSeconds * 1000)} ms`;
}

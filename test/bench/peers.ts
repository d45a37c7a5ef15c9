/** What Pulltab is measured against, on the same blobs of the same registry. */
import { join } from 'node:path';
import { skopeoCopy } from '../lab/images.ts';
import { run } from '../lab/process.ts';
import type { BenchBlob } from './images.ts';

export interface PulledImage {
  /** The registry's `127.0.0.1:PORT`. */
  readonly host: string;
  /** Repository and tag. */
  readonly name: string;
  readonly blobs: readonly BenchBlob[];
}

/** A `docker-archive` holds layers as tars: skopeo decompresses them for it. */
export async function pullWithSkopeo(
  transport: 'docker-archive' | 'oci-archive',
  { host, name }: PulledImage,
  folder: string,
): Promise<void> {
  const reference = transport === 'docker-archive' ? name : 'latest';
  await skopeoCopy(`docker://${host}/${name}`, `${transport}:${join(folder, 'image.tar')}:${reference}`);
}

/** One blob after the other, nothing kept: what network and hash alone cost. */
export async function fetchAndHash({ host, name, blobs }: PulledImage): Promise<void> {
  const repository = name.split(':')[0];
  for (const { digest } of blobs) {
    const url = `http://${host}/v2/${repository}/blobs/${digest}`;
    const { stdout } = await run('sh', ['-c', 'curl -fsS "$1" | sha256sum', 'sh', url]);
    if (`sha256:${stdout.slice(0, 64)}` !== digest) throw new Error(`${url} is not what its digest says`);
  }
}

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

type PeerName = 'skopeo docker-archive' | 'skopeo oci-archive' | 'curl | sha256sum';

/** Name → pulls the image, with what it writes in the folder. */
export const PEERS: Readonly<Record<PeerName, (image: PulledImage, folder: string) => Promise<void>>> = {
  'skopeo docker-archive': ({ host, name }, folder) =>
    skopeoCopy(`docker://${host}/${name}`, `docker-archive:${join(folder, 'docker.tar')}:${name}`),
  'skopeo oci-archive': ({ host, name }, folder) =>
    skopeoCopy(`docker://${host}/${name}`, `oci-archive:${join(folder, 'oci.tar')}:latest`),
  'curl | sha256sum': fetchAndHash,
};

/** One blob after the other, nothing kept: what network and hash alone cost. */
async function fetchAndHash({ host, name, blobs }: PulledImage): Promise<void> {
  const repository = name.split(':')[0];
  for (const { digest } of blobs) {
    const url = `http://${host}/v2/${repository}/blobs/${digest}`;
    const { stdout } = await run('sh', ['-c', 'curl -fsS "$1" | sha256sum', 'sh', url]);
    if (`sha256:${stdout.slice(0, 64)}` !== digest) throw new Error(`${url} is not what its digest says`);
  }
}

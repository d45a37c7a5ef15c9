/**
 * Images whose layers are tars as they are, past what 32 bits count and past what a tar's own size field does. Made and
 * pushed as streams: nothing of them is on the disk or in memory but what the registry keeps.
 */
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

/** A layer with one file, `lines.txt` in a folder of the layer's name. */
export interface LayerContent {
  readonly name: string;
  readonly bytes: number;
}

/** Pushes it under the tag `1`. */
export async function pushLargeImage(target: Target, contents: readonly LayerContent[]): Promise<LargeImage> {
  const layers: Pushed[] = [];
  for (const content of contents) layers.push(await pushLayer(target, content));
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

/** Python's tarfile, because GNU tar takes nothing from a pipe. Sizes that octal cannot say it says as GNU tar does. */
const TAR = `
import sys, tarfile
with tarfile.open(fileobj=sys.stdout.buffer, mode='w|', format=tarfile.GNU_FORMAT) as tar:
    entry = tarfile.TarInfo(sys.argv[1])
    entry.size = int(sys.argv[2])
    tar.addfile(entry, sys.stdin.buffer)
`;

/** Numbered lines of ten digits: no two parts are alike, so none can be lost, doubled or moved unnoticed. */
async function pushLayer(target: Target, { name, bytes }: LayerContent): Promise<Pushed> {
  const layer = `seq 1000000000 9999999999 | head -c ${bytes} | python3 -c "$TAR" ${name}/lines.txt ${bytes}`;
  const pipe = async (sink: string): Promise<string> => {
    const { stdout } = await run('sh', ['-c', `${layer} | ${sink}`], { env: { TAR } });
    return stdout.trim();
  };
  // Twice, because a push ends with the digest.
  const [hex = ''] = (await pipe('sha256sum')).split(' ');
  const digest = `sha256:${hex}`;
  const uploads = `http://${target.host}/v2/${target.repository}/blobs/uploads/`;
  const started = await fetch(uploads, { method: 'POST' });
  if (started.status !== 202) throw new Error(`${uploads} answered ${started.status}: ${await started.text()}`);
  const location = new URL(started.headers.get('location') ?? '', uploads);
  location.searchParams.set('digest', digest);
  await pipe(`curl -sSf -H 'Content-Type: application/octet-stream' -T - '${location.href}'`);
  const pushed = await fetch(`http://${target.host}/v2/${target.repository}/blobs/${digest}`, { method: 'HEAD' });
  return { mediaType: LAYER_TYPE, digest, size: Number(pushed.headers.get('content-length')) };
}

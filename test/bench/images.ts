/**
 * The images of the bench: gzip layers of real trees of this machine, packed by tar and umoci and pushed to
 * docker-registry. Made once and kept in node_modules/.cache, so that a second run starts at once.
 */
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { skopeoCopy } from '../lab/images.ts';
import { CORS_HEADERS } from '../lab/nginx.ts';
import { run } from '../lab/process.ts';
import { startBackend } from '../lab/registry.ts';

/** Also where `run` keeps what it needs: downloads and the peers' files are then on the same disk as the registry. */
export const CACHE = join(import.meta.dirname, '../../node_modules/.cache/bench');

export const SMALL = 'bench/small:1';
/** The small image's layers, and the same trees again at another path: every blob is another one. */
export const LARGE = 'bench/large:1';

export interface BenchRegistry {
  /** `127.0.0.1:PORT`. */
  readonly host: string;
  readonly pid: number;
  stop(): Promise<void>;
}

export interface BenchBlob {
  readonly digest: string;
  readonly size: number;
}

/** In the order of their layers; `root` is a Debian root, made by debootstrap. */
const TREES = ['root', 'usr/lib/chromium', 'usr/lib/firefox-esr', 'usr/lib/gcc usr/lib/llvm-14', 'usr/lib/python3.11'];

/** Starts the registry and makes the images where they are missing. */
export async function startBenchRegistry(): Promise<BenchRegistry> {
  const folder = join(CACHE, 'registry');
  if (!existsSync(folder)) await makeImages(folder);
  return serve(folder);
}

/** Config and layers of an image, in their order. */
export async function blobsOf(host: string, image: string): Promise<BenchBlob[]> {
  const [repository, tag] = image.split(':');
  const accept = 'application/vnd.oci.image.manifest.v1+json';
  const answer = await fetch(`http://${host}/v2/${repository}/manifests/${tag}`, { headers: { accept } });
  if (!answer.ok) throw new Error(`the registry answered ${answer.status} for ${image}`);
  const manifest = (await answer.json()) as { config: BenchBlob; layers: BenchBlob[] };
  return [manifest.config, ...manifest.layers].map(({ digest, size }) => ({ digest, size }));
}

function serve(folder: string): Promise<BenchRegistry> {
  return startBackend(folder, 'bench', { headers: CORS_HEADERS });
}

/** Into a folder that gets its name last, so that an interrupted run leaves nothing that looks whole. */
async function makeImages(folder: string): Promise<void> {
  const unfinished = `${folder}.unfinished`;
  const work = join(CACHE, 'work');
  for (const stale of [unfinished, work]) {
    rmSync(stale, { recursive: true, force: true });
    mkdirSync(stale, { recursive: true });
  }
  console.info('Making the images of the bench, once; this takes a few minutes.');
  const root = await makeDebianRoot(work);
  const layout = join(work, 'layout');
  await run('umoci', ['init', '--layout', layout]);
  await run('umoci', ['new', '--image', `${layout}:small`]);
  for (const tree of TREES) await addLayer({ work, root, tree, image: `${layout}:small`, path: '' });
  await run('umoci', ['tag', '--image', `${layout}:small`, 'large']);
  for (const tree of TREES) await addLayer({ work, root, tree, image: `${layout}:large`, path: 'again/' });
  const registry = await serve(unfinished);
  await skopeoCopy(`oci:${layout}:small`, `docker://${registry.host}/${SMALL}`);
  await skopeoCopy(`oci:${layout}:large`, `docker://${registry.host}/${LARGE}`);
  await registry.stop();
  rmSync(work, { recursive: true, force: true });
  renameSync(unfinished, folder);
}

async function makeDebianRoot(work: string): Promise<string> {
  const root = join(work, 'root');
  await run('debootstrap', ['--variant=minbase', 'bookworm', root]);
  return root;
}

interface Layer {
  readonly work: string;
  readonly root: string;
  readonly tree: string;
  readonly image: string;
  /** Goes before every name in the tar. */
  readonly path: string;
}

async function addLayer({ work, root, tree, image, path }: Layer): Promise<void> {
  const tar = join(work, 'layer.tar');
  const from = tree === 'root' ? ['-C', root, '.'] : ['-C', '/', ...tree.split(' ')];
  await run('tar', ['--numeric-owner', `--transform=flags=r;s,^,${path},`, '-cf', tar, ...from]);
  await run('umoci', ['raw', 'add-layer', '--image', image, '--history.created_by', `tar ${path}${tree}`, tar]);
  rmSync(tar);
}

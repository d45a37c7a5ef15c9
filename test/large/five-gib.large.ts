/** Nothing in Pulltab holds an image: one of 5 GiB, with a blob over 4 GiB, arrives whole, and other tools read it. */
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startBuiltApp } from '../bench/app.ts';
import { type Pull, pullInChromium } from '../bench/pulltab.ts';
import { listEntries, readEntry } from '../e2e/archive.ts';
import { CORS_HEADERS } from '../lab/nginx.ts';
import { removeFolder, run, temporaryFolder } from '../lab/process.ts';
import { startBackend } from '../lab/registry.ts';
import { entryOf, gib, hashEntries, listSizes, requireRoom } from './archive.ts';
import { GIB, type LargeImage, pushLargeImage } from './image.ts';

/** At once: the registry's copy, Chromium's, the archive, and what skopeo unpacks and copies. */
const NEEDED_BYTES = 27 * GIB;
const PULL_LIMIT_MS = 15 * 60_000;
const NAME = 'large/lines';

const folder = temporaryFolder('large');
const stops: (() => Promise<void>)[] = [];
let image: LargeImage;
let pull: Pull;

beforeAll(async () => {
  requireRoom(folder, NEEDED_BYTES);
  const registry = await startBackend(folder, 'large', { headers: CORS_HEADERS });
  stops.push(registry.stop);
  image = await pushLargeImage({ host: registry.host, repository: NAME }, [
    { name: 'base', bytes: 4.5 * GIB },
    { name: 'top', bytes: 0.5 * GIB },
  ]);
  const app = await startBuiltApp(join(folder, 'dist'));
  stops.push(app.close);
  const address = `${app.url}#/${registry.host}/${NAME}:1`;
  pull = await pullInChromium({ address, folder: join(folder, 'pull'), timeoutMs: PULL_LIMIT_MS, memory: true });
  console.info(`${gib(pull.announcedBytes)} in ${pull.seconds.toFixed(1)} s, ${gib(pull.memoryBytes ?? 0)} over idle`);
});

afterAll(async () => {
  for (const stop of stops.reverse()) await stop();
  removeFolder(folder);
});

test('tar lists every entry with its size', async () => {
  const sizes = await listSizes(pull.file);
  for (const { digest, size } of [image.config, ...image.layers]) expect(sizes.get(entryOf(digest))).toBe(size);
  expect(Math.max(...sizes.values())).toBeGreaterThan(4 * GIB);
});

test('every blob is what its name says', async () => {
  const entries = await hashEntries(pull.file);
  expect(entries.map(({ name }) => name)).toEqual(await listEntries(pull.file));
  const blobs = entries.filter(({ name }) => name.startsWith('blobs/'));
  // Layers, config, and the manifest of the archive's own index.
  expect(blobs.length).toBeGreaterThanOrEqual(4);
  for (const { hex, name } of blobs) expect(name).toBe(`blobs/sha256/${hex}`);
});

test('docker’s table of contents names the config and the layers, and the config the right diff_ids', async () => {
  const manifest = JSON.parse((await readEntry(pull.file, 'manifest.json')).toString());
  expect(manifest).toMatchObject([
    { Config: entryOf(image.config.digest), Layers: image.layers.map(({ digest }) => entryOf(digest)) },
  ]);
  const config = JSON.parse((await readEntry(pull.file, entryOf(image.config.digest))).toString());
  expect(config.rootfs.diff_ids).toEqual(image.layers.map(({ digest }) => digest));
});

test.each(['docker-archive', 'oci-archive'])('skopeo reads it as %s', async (transport) => {
  const env = { TMPDIR: folder };
  const { stdout } = await run('skopeo', ['--insecure-policy', 'inspect', `${transport}:${pull.file}`], { env });
  expect(JSON.parse(stdout)).toMatchObject({ Layers: image.layers.map(({ digest }) => digest) });
});

test('skopeo, which checks every digest, copies it', async () => {
  const target = join(folder, 'copied');
  await run('skopeo', ['--insecure-policy', 'copy', '--quiet', `oci-archive:${pull.file}`, `dir:${target}`], {
    env: { TMPDIR: folder },
  });
  const { stdout } = await run('ls', [target]);
  for (const { digest } of image.layers) expect(stdout.split('\n')).toContain(digest.replace('sha256:', ''));
});

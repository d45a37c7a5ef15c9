/**
 * A layer over 8 GiB, past the octal size field of a tar header, in the layer and in the archive alike: it arrives whole,
 * other tools read it, and the files view lists what is in it. Whatever a test is the last to need it removes.
 */
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RunningServer } from '../../src/relay/server.ts';
import { startBuiltApp } from '../bench/app.ts';
import { type Pull, pullInChromium } from '../bench/pulltab.ts';
import { openProfile } from '../e2e/browser.ts';
import { startLoaders } from '../lab/loaders.ts';
import { CORS_HEADERS } from '../lab/nginx.ts';
import { removeFolder, run, temporaryFolder } from '../lab/process.ts';
import { startBackend } from '../lab/registry.ts';
import { entryOf, gib, hashEntries, listSizes, requireRoom } from './archive.ts';
import { GIB, type LargeImage, pushLargeImage } from './image.ts';

/** At once: the archive, and what skopeo unpacks and copies; or the registry's, Chromium's and the archive. */
const NEEDED_BYTES = 30 * GIB;
const PULL_LIMIT_MS = 15 * 60_000;
const NAME = 'large/layer';
const FILE_BYTES = 9 * GIB;
/** What a tar header's eleven octal digits can say. https://www.gnu.org/software/tar/manual/html_node/Standard.html */
const MOST_OCTAL = 8 ** 11 - 1;
/** Of one pull of half a gigabyte as of this one: nothing of it may grow with the image. */
const MOST_MEMORY_BYTES = 300e6;

const folder = temporaryFolder('large');
const registryFolder = temporaryFolder('large-registry');
const pullFolder = join(folder, 'pull');
let registry: Awaited<ReturnType<typeof startBackend>>;
let app: RunningServer;
let address: string;
let image: LargeImage;
let pull: Pull;

beforeAll(async () => {
  requireRoom(folder, NEEDED_BYTES);
  registry = await startBackend(registryFolder, 'large', { headers: CORS_HEADERS });
  image = await pushLargeImage({ host: registry.host, repository: NAME }, [{ name: 'huge', bytes: FILE_BYTES }]);
  app = await startBuiltApp(join(folder, 'dist'));
  address = `${app.url}#/${registry.host}/${NAME}:1`;
  pull = await pullInChromium({ address, folder: pullFolder, timeoutMs: PULL_LIMIT_MS, memory: true });
  const speed = Math.round(pull.announcedBytes / 1e6 / pull.seconds);
  console.info(
    `${gib(pull.announcedBytes)} in ${pull.seconds.toFixed(1)} s, ${speed} MB/s, ${gib(pull.memoryBytes ?? 0)} over idle`,
  );
});

afterAll(async () => {
  await app?.close();
  await registry?.stop();
  for (const each of [folder, registryFolder]) removeFolder(each);
});

test('its memory is that of any other pull', () => {
  expect(pull.memoryBytes).toBeLessThan(MOST_MEMORY_BYTES);
});

test('the files view lists the file with its size', async () => {
  const { context, page } = await openProfile(pullFolder);
  try {
    await page.goto(`${address}?view=files`);
    await page.getByRole('button', { name: 'Unfold all' }).click({ timeout: PULL_LIMIT_MS });
    const row = page.getByRole('row', { name: /lines\.txt/ });
    await row.waitFor();
    await expect(row.innerText()).resolves.toContain('9.66 GB');
  } finally {
    await context.close();
    removeFolder(join(pullFolder, 'profile'));
    await registry.stop();
    removeFolder(registryFolder);
  }
});

test('tar lists every entry with its size', async () => {
  const sizes = await listSizes(pull.file);
  for (const { digest, size } of [image.config, ...image.layers]) expect(sizes.get(entryOf(digest))).toBe(size);
  expect(Math.max(...sizes.values())).toBeGreaterThan(MOST_OCTAL);
});

test('every blob is what its name says', async () => {
  const blobs = (await hashEntries(pull.file)).filter(({ name }) => name.startsWith('blobs/'));
  expect(blobs.map(({ name }) => name)).toContain(entryOf(image.layers[0]?.digest ?? ''));
  for (const { hex, name } of blobs) expect(name).toBe(`blobs/sha256/${hex}`);
});

test('skopeo, which checks every digest, copies it', async () => {
  const target = join(folder, 'copied');
  try {
    await run('skopeo', ['--insecure-policy', 'copy', '--quiet', `oci-archive:${pull.file}`, `dir:${target}`], {
      env: { TMPDIR: folder },
    });
    const { stdout } = await run('stat', ['-c', '%s', join(target, image.layers[0]?.digest.slice(7) ?? '')]);
    expect(Number(stdout)).toBe(image.layers[0]?.size);
  } finally {
    removeFolder(target);
  }
});

test('docker loads it, with the whole file in it', async () => {
  const loaders = await startLoaders();
  try {
    const [name = ''] = await loaders.dockerLoad(pull.file);
    expect(await loaders.dockerSize(name)).toBe(FILE_BYTES);
  } finally {
    await loaders.stop();
  }
});

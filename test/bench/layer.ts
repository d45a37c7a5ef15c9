/**
 * The files of one large gzip layer in Chromium, beside `curl | tar tz` of the same blob: how long until the first of them
 * show, and until all do.
 */
import { chromium, type Page } from 'playwright-core';
import { CHROMIUM_ARGS } from '../e2e/browser.ts';
import { run } from '../lab/process.ts';
import { pushBlob, pushManifest } from '../lab/push.ts';
import { type BenchBlob, blobsOf, SMALL } from './images.ts';
import { waitForQuiet } from './machine.ts';

/** Of the time that `curl | tar tz` takes. */
const MOST_TIMES = 1.3;
/** From the first byte to the first entries (ms). */
const MOST_FIRST_MS = 300;
const REPOSITORY = SMALL.split(':')[0] ?? '';
const TAG = 'one-layer';

/** Milliseconds from when the browser sent the request for the layer. */
interface Shown {
  readonly firstByteMs: number;
  readonly firstEntriesMs: number;
  readonly allMs: number;
}

/**
 * Prints its figures.
 * @param app the built app's address
 * @param host the bench's registry
 */
export async function measureListing(app: string, host: string, rounds: number): Promise<void> {
  const layer = await pushOneLayer(host);
  const address = `${app}#/${host}/${REPOSITORY}:${TAG}?view=files`;
  const peer: number[] = [];
  const own: Shown[] = [];
  // Once before anything counts: the registry's files are in memory then, for both.
  await listWithTar(host, layer);
  for (let round = 1; round <= rounds; round += 1) {
    console.info(`listing, round ${round} of ${rounds}, at a load of ${await waitForQuiet()}`);
    peer.push(await listWithTar(host, layer));
    own.push(await listInChromium(address, layer));
    console.info(`  curl | tar tz ${Math.round(peer.at(-1) ?? 0)} ms; Pulltab ${JSON.stringify(own.at(-1))}`);
  }
  report(layer, peer, own);
}

/** The largest layer of the bench's image, as an image of its own. */
async function pushOneLayer(host: string): Promise<BenchBlob> {
  const [, ...layers] = await blobsOf(host, SMALL);
  const layer = layers.reduce((largest, other) => (other.size > largest.size ? other : largest));
  const target = { host, repository: REPOSITORY };
  const tar = await run('sh', ['-c', 'curl -fsS "$1" | gzip -dc | sha256sum', 'sh', urlOf(host, layer)]);
  const diffId = `sha256:${tar.stdout.slice(0, 64)}`;
  const config = { os: 'linux', architecture: 'amd64', rootfs: { type: 'layers', diff_ids: [diffId] } };
  const mediaType = 'application/vnd.oci.image.manifest.v1+json';
  const layerType = 'application/vnd.oci.image.layer.v1.tar+gzip';
  const pushed = await pushBlob(target, 'application/vnd.oci.image.config.v1+json', JSON.stringify(config));
  await pushManifest(
    target,
    { schemaVersion: 2, mediaType, config: pushed, layers: [{ mediaType: layerType, ...layer }] },
    TAG,
  );
  return layer;
}

const urlOf = (host: string, { digest }: BenchBlob): string => `http://${host}/v2/${REPOSITORY}/blobs/${digest}`;

async function listWithTar(host: string, layer: BenchBlob): Promise<number> {
  const startedMs = performance.now();
  await run('sh', ['-c', 'curl -fsS "$1" | tar tz >/dev/null', 'sh', urlOf(host, layer)]);
  return performance.now() - startedMs;
}

/** In a browser of its own: nothing is cached. */
async function listInChromium(address: string, { digest }: BenchBlob): Promise<Shown> {
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: [...CHROMIUM_ARGS] });
  try {
    const page = await browser.newPage();
    await page.addInitScript(WATCH);
    const asking = page.waitForRequest((request) => request.url().endsWith(`/blobs/${digest}`));
    await page.goto(address);
    const request = await asking;
    const { first, all } = await shownAt(page);
    const { startTime, responseStart } = request.timing();
    return {
      firstByteMs: Math.round(responseStart),
      firstEntriesMs: Math.round(first - startTime),
      allMs: Math.round(all - startTime),
    };
  } finally {
    await browser.close();
  }
}

interface Watched {
  first?: number;
  all?: number;
}

/**
 * Notes in the page when rows are there, and when nothing is being read any more (ms since 1970). As text: what compiles
 * this file adds calls to functions that a page does not have.
 */
const WATCH = `
  globalThis.watched = {};
  new MutationObserver(() => {
    if (document.querySelector('[role=treegrid] [role=gridcell]') === null) return;
    watched.first ??= Date.now();
    if (document.querySelector('main progress') === null) watched.all ??= Date.now();
  }).observe(document, { subtree: true, childList: true });
`;

async function shownAt(page: Page): Promise<{ first: number; all: number }> {
  const handle = await page.waitForFunction(
    () => {
      const { first, all } = (globalThis as { watched?: Watched }).watched ?? {};
      return first !== undefined && all !== undefined && { first, all };
    },
    undefined,
    { timeout: 20_000 },
  );
  const times = await handle.jsonValue();
  if (times === false) throw new Error('nothing was shown');
  return times;
}

function report({ size }: BenchBlob, peer: readonly number[], own: readonly Shown[]): void {
  const tarMs = median(peer);
  const allMs = median(own.map((shown) => shown.allMs));
  const firstMs = median(own.map(({ firstEntriesMs, firstByteMs }) => firstEntriesMs - firstByteMs));
  const times = allMs / tarMs;
  console.info(`one layer of ${Math.round(size / 1e6)} MB, medians of ${own.length} rounds`);
  console.info(
    `${times <= MOST_TIMES ? 'ok    ' : 'MISSED'} all entries after ${Math.round(allMs)} ms, ${times.toFixed(2)} × curl | tar tz (${Math.round(tarMs)} ms); at most ${MOST_TIMES} ×`,
  );
  console.info(
    `${firstMs <= MOST_FIRST_MS ? 'ok    ' : 'MISSED'} first entries ${Math.round(firstMs)} ms after the first byte; at most ${MOST_FIRST_MS} ms`,
  );
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

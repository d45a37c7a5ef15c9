/**
 * `npm run bench [-- --quick] [--listing]`: Pulltab in Chromium beside other tools, the same image, the same registry,
 * the same disk; with `--listing` only what listing a layer takes. Rounds are interleaved and medians are compared. Reports figures and never judges them by its exit code: that is 0
 * unless something did not run.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { argv } from 'node:process';
import { run } from '../lab/process.ts';
import { startBuiltApp } from './app.ts';
import { type BenchRegistry, blobsOf, CACHE, LARGE, SMALL, startBenchRegistry } from './images.ts';
import { measureListing } from './layer.ts';
import { describeMachine, waitForQuiet } from './machine.ts';
import { PEERS, type PulledImage } from './peers.ts';
import { pullInChromium } from './pulltab.ts';
import { type Contender, megabytes, printResults, type Results } from './report.ts';

const ROUNDS = argv.includes('--quick') ? 1 : 3;
const PULL_LIMIT_MS = 300_000;

async function main(): Promise<void> {
  const registry = await startBenchRegistry();
  const app = await startBuiltApp(join(CACHE, 'dist'));
  try {
    console.info(await describeMachine());
    await measureListing(app.url, registry.host, ROUNDS);
    if (argv.includes('--listing')) return;
    const small = await describeImage(registry, SMALL);
    const large = await describeImage(registry, LARGE);
    printResults(await measure(app.url, small, large));
  } finally {
    await app.close();
    await registry.stop();
  }
}

async function measure(app: string, small: PulledImage, large: PulledImage): Promise<Results> {
  const results = {
    pulltab: contender('Pulltab in Chromium'),
    peers: Object.keys(PEERS).map((name) => contender(name)),
    large: contender('Pulltab, twice as large'),
  };
  // Once before anything counts: the registry's files are in memory then, for everyone.
  await PEERS['curl | sha256sum'](large, CACHE);
  for (let round = 1; round <= ROUNDS; round += 1) {
    console.info(`round ${round} of ${ROUNDS}, at a load of ${await waitForQuiet()}`);
    await alone((folder) => pull(results.pulltab, app, small, folder));
    for (const peer of results.peers) await alone((folder) => runPeer(peer, small, folder));
    await alone((folder) => pull(results.large, app, large, folder));
    // In pulls of their own: looking at memory would count as Pulltab's time.
    await alone((folder) => watchedPull(results.pulltab, app, small, folder));
    await alone((folder) => watchedPull(results.large, app, large, folder));
  }
  return results;
}

async function pull(into: Contender, app: string, image: PulledImage, folder: string): Promise<void> {
  const address = `${app}#/${image.host}/${image.name}`;
  const { seconds } = await pullInChromium({ address, folder, timeoutMs: PULL_LIMIT_MS, memory: false });
  note(into, seconds);
}

async function watchedPull(into: Contender, app: string, image: PulledImage, folder: string): Promise<void> {
  const address = `${app}#/${image.host}/${image.name}`;
  const { memoryBytes = 0 } = await pullInChromium({ address, folder, timeoutMs: PULL_LIMIT_MS, memory: true });
  into.memoryBytes.push(memoryBytes);
  console.info(`  ${into.name}: ${megabytes(memoryBytes)} over idle`);
}

async function runPeer(into: Contender, image: PulledImage, folder: string): Promise<void> {
  const peer = Object.entries(PEERS).find(([name]) => name === into.name)?.[1];
  const startedMs = performance.now();
  await peer?.(image, folder);
  note(into, (performance.now() - startedMs) / 1000);
}

/** Said at once: a run that is interrupted has then said something. */
function note(into: Contender, seconds: number): void {
  into.seconds.push(seconds);
  console.info(`  ${into.name}: ${seconds.toFixed(2)} s`);
}

/** In an empty folder, when the disk has written what the one before left. */
async function alone(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(CACHE, 'run-'));
  await run('sync', []);
  try {
    await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function describeImage({ host }: BenchRegistry, name: string): Promise<PulledImage> {
  const blobs = await blobsOf(host, name);
  const sizes = blobs.slice(1).map(({ size }) => size);
  const total = sizes.reduce((sum, size) => sum + size, 0);
  console.info(`${name}: ${megabytes(total)} in gzip layers of ${sizes.map(megabytes).join(', ')}`);
  return { host, name, blobs };
}

function contender(name: string): Contender {
  return { name, seconds: [], memoryBytes: [] };
}

await main();

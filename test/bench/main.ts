/**
 * `npm run bench [-- --quick] [--listing] [--profile] [--only NAME …]`: Pulltab in its browsers beside other tools, the
 * same image, the same registry, the same disk. Rounds are interleaved and medians are compared. Reports figures and never
 * judges them by its exit code: that is 0 unless something did not run.
 *
 * `--quick` takes one round, `--listing` only what listing a layer takes, `--only` those contenders whose names hold one
 * of the words that follow, and `--profile` says where the time of a cold pull goes instead.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { argv } from 'node:process';
import { run } from '../lab/process.ts';
import { startBuiltApp } from './app.ts';
import { CONTENDERS, type ContenderName, type Images } from './contenders.ts';
import { blobsOf, CACHE, LARGE, SMALL, startBenchRegistry } from './images.ts';
import { measureListing } from './layer.ts';
import { describeLine, LINE_IMAGE, startLine } from './line.ts';
import { describeMachine, waitForQuiet } from './machine.ts';
import { fetchAndHash, type PulledImage } from './peers.ts';
import { profilePull } from './profile.ts';
import { figureOf, megabytes, printResults, type Results } from './report.ts';

const ROUNDS = argv.includes('--quick') ? 1 : 3;
const ONLY = argv.includes('--only') ? argv.slice(argv.indexOf('--only') + 1) : undefined;

async function main(): Promise<void> {
  const registry = await startBenchRegistry();
  // A profile is read by people: its functions keep their names.
  const app = await startBuiltApp(join(CACHE, 'dist'), { minify: !argv.includes('--profile') });
  const line = await startLine(registry.host, CACHE);
  try {
    console.info(await describeMachine());
    if (argv.includes('--profile')) return await profilePull(`${app.url}#/${registry.host}/${SMALL}`, registry.pid);
    if (ONLY === undefined) await measureListing(app.url, registry.host, ROUNDS);
    if (argv.includes('--listing')) return;
    const images = {
      app: app.url,
      small: await describeImage(registry.host, SMALL),
      large: await describeImage(registry.host, LARGE),
      line: { ...(await describeImage(registry.host, LINE_IMAGE)), host: line.host },
    };
    console.info(`the line: ${await describeLine(images.line)}`);
    printResults(await measure(images));
  } finally {
    await line.stop();
    await app.close();
    await registry.stop();
  }
}

async function measure(images: Images): Promise<Results> {
  const contenders = (Object.keys(CONTENDERS) as ContenderName[]).filter(
    (name) => ONLY?.some((word) => name.toLowerCase().includes(word.toLowerCase())) ?? true,
  );
  const results = new Map<ContenderName, number[]>();
  // Once before anything counts: the registry's files are in memory then, for everyone.
  await fetchAndHash(images.large);
  for (let round = 1; round <= ROUNDS; round += 1) {
    console.info(`round ${round} of ${ROUNDS}, at a load of ${await waitForQuiet()}`);
    for (const name of contenders) {
      const figure = await alone((folder) => CONTENDERS[name](folder, images));
      // Said at once: a run that is interrupted has then said something.
      console.info(`  ${name}: ${figureOf(name, figure)}`);
      results.set(name, [...(results.get(name) ?? []), figure]);
    }
  }
  return results;
}

/** In an empty folder, when the disk has written what the one before left. */
async function alone(work: (folder: string) => Promise<number>): Promise<number> {
  const folder = mkdtempSync(join(CACHE, 'run-'));
  await run('sync', []);
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function describeImage(host: string, name: string): Promise<PulledImage> {
  const blobs = await blobsOf(host, name);
  const sizes = blobs.slice(1).map(({ size }) => size);
  const total = sizes.reduce((sum, size) => sum + size, 0);
  console.info(`${name}: ${megabytes(total)} in gzip layers of ${sizes.map(megabytes).join(', ')}`);
  return { host, name, blobs };
}

await main();

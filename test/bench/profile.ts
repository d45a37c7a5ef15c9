/**
 * Where the time of a cold pull goes. First the processor time by thread of everything that
 * takes part, against the time that passed: what is busy, what waits for a processor, and how much of them is left over.
 * Then another pull, traced: which functions and tasks that time is spent in, and what the pull worker waits for.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../lab/process.ts';
import { CACHE } from './images.ts';
import { waitForQuiet } from './machine.ts';
import { type PullOptions, pullInChromium } from './pulltab.ts';
import { megabytes } from './report.ts';
import { type Use, watchThreads } from './threads.ts';
import { type Shares, startTrace } from './trace.ts';

const PULL_LIMIT_MS = 300_000;
/** Shorter than this nothing is decided by it. */
const SHOWN_SECONDS = 0.05;

/**
 * Prints its figures.
 * @param address of the image's page
 * @param registry the process that serves the image
 */
export async function profilePull(address: string, registry: number): Promise<void> {
  console.info(`at a load of ${await waitForQuiet()}`);
  await watchedPull(address, async (_, browser) => {
    const stop = watchThreads([browser, registry]);
    return () => printUse(stop());
  });
  await watchedPull(address, async (page) => {
    const stop = await startTrace(page);
    return async () => printShares(await stop());
  });
}

async function watchedPull(address: string, around: PullOptions['around']): Promise<void> {
  const folder = mkdtempSync(join(CACHE, 'run-'));
  await run('sync', []);
  try {
    const { seconds } = await pullInChromium({ address, folder, timeoutMs: PULL_LIMIT_MS, memory: false, around });
    console.info(`this pull took ${seconds.toFixed(2)} s\n`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function printUse({ threads, machine }: Use): void {
  console.info('CPU s  queued s  thread');
  for (const { name, cpuSeconds, queuedSeconds } of threads) {
    if (cpuSeconds >= SHOWN_SECONDS) console.info(`${column(cpuSeconds)}  ${column(queuedSeconds)}     ${name}`);
  }
  const { wallSeconds, busySeconds, idleSeconds, diskWaitSeconds, writtenBytes, readBytes } = machine;
  const own = threads.reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0);
  console.info(`${column(own)} s of all of them in ${wallSeconds.toFixed(2)} s`);
  console.info(
    `${column(busySeconds)} s of all processors busy, ${idleSeconds.toFixed(2)} s idle, ` +
      `${diskWaitSeconds.toFixed(2)} s idle behind a disk (${megabytes(writtenBytes)} written, ${megabytes(readBytes)} read)`,
  );
}

function printShares(threads: readonly Shares[]): void {
  for (const { title, shares } of threads) {
    console.info(title);
    for (const [what, seconds] of shares) console.info(`${column(seconds)}  ${what}`);
  }
}

function column(seconds: number): string {
  return seconds.toFixed(2).padStart(5);
}

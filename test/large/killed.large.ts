/**
 * A browser that is killed at ten random moments of a pull of 540 MB, reopened each time and gone on with: what is fetched
 * again is at most one chunk of each blob under way, and the archive is the same to the byte.
 */
import { createHash } from 'node:crypto';
import { createReadStream, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RunningServer } from '../../src/relay/server.ts';
import { startBuiltApp } from '../bench/app.ts';
import { type BenchRegistry, CACHE, SMALL, startBenchRegistry } from '../bench/images.ts';
import { findProcess } from '../bench/memory.ts';
import { openProfile } from '../e2e/browser.ts';
import { readLayerCache } from '../e2e/layer-cache.ts';
import { type FaultProxy, startFaultProxy } from '../lab/fault-proxy.ts';

const KILLS = 10;
/** Of each connection. */
const BYTES_PER_SECOND = 12_000_000;
const CHUNK_BYTES = 8 * 1024 * 1024;
/** Blobs under way at once, at most. */
const PARALLEL = 3;

let registry: BenchRegistry;
let proxy: FaultProxy;
let app: RunningServer;
let folder: string;
let context: BrowserContext;
let page: Page;

beforeAll(async () => {
  registry = await startBenchRegistry();
  proxy = await startFaultProxy(registry.host);
  app = await startBuiltApp(join(CACHE, 'dist-killed'));
});

afterAll(async () => {
  await app?.close();
  await proxy?.stop();
  await registry?.stop();
});

async function open(): Promise<void> {
  ({ context, page } = await openProfile(folder));
  await page.goto(`${app.url}#/${proxy.host}/${SMALL}`);
  await page.getByRole('button', { name: /^Download/ }).waitFor();
}

async function kill(): Promise<void> {
  process.kill(findProcess(`--user-data-dir=${join(folder, 'profile')}`), 'SIGKILL');
  await context.close().catch(() => undefined);
  await sleep(500);
}

const sentBytes = (): number => {
  const blobs = proxy.requests().filter(({ path }) => path.includes('/blobs/'));
  return blobs.reduce((sum, { bytes }) => sum + bytes, 0);
};

async function storedBytes(): Promise<number> {
  return (await page.evaluate(readLayerCache)).storedBytes;
}

async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

async function finish(button: string | RegExp): Promise<string> {
  const starting = page.waitForEvent('download');
  await page.getByRole('button', { name: button }).click();
  return sha256Of(await (await starting).path());
}

test(`a pull goes on after each of ${KILLS} kills`, async () => {
  folder = mkdtempSync(join(CACHE, 'run-'));
  await open();
  const right = await finish(/^Download/);
  await context.close();
  rmSync(folder, { recursive: true });
  folder = mkdtempSync(join(CACHE, 'run-'));
  // No faster than a browser on a busy machine takes it: what fills the buffers between was not fetched by anybody.
  proxy.setRules([{ path: /\/blobs\//, fault: { kind: 'throttle', bytesPerSecond: BYTES_PER_SECOND } }]);
  const lost: number[] = [];
  try {
    await open();
    for (let round = 0; round < KILLS; round++) {
      const before = await storedBytes();
      proxy.clearRequests();
      await page.getByRole('button', { name: round === 0 ? /^Download/ : 'Resume' }).click();
      // Somewhere in the next chunks, at any moment of one.
      const until = before + Math.random() * 4 * CHUNK_BYTES;
      while ((await storedBytes()) <= until) await sleep(20);
      await sleep(Math.random() * 200);
      await kill();
      const sent = sentBytes();
      await open();
      await page.getByText('Interrupted', { exact: true }).waitFor();
      lost.push(sent - ((await storedBytes()) - before));
    }
    proxy.setRules([]);
    expect(await finish('Resume')).toBe(right);
  } finally {
    await context.close();
    rmSync(folder, { recursive: true, force: true });
  }
  console.info(
    `lost at each kill, in MB sent by the registry: ${lost.map((bytes) => (bytes / 1e6).toFixed(1)).join(', ')}`,
  );
  // Nothing lost at all would mean that nothing was under way.
  expect(Math.max(...lost)).toBeGreaterThan(0);
  for (const bytes of lost) expect(bytes).toBeLessThanOrEqual(PARALLEL * CHUNK_BYTES);
});

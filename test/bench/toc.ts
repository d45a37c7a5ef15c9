/**
 * `tsx test/bench/toc.ts`: the bench's image as eStargz and as zstd:chunked, listed in Chromium by its layers' tables of
 * contents: how many of their bytes that takes, and how long. Reports figures and never judges them by its exit code.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { openBrowser } from '../e2e/browser.ts';
import { startFaultProxy } from '../lab/fault-proxy.ts';
import { skopeoCopy } from '../lab/images.ts';
import { startLoaders } from '../lab/loaders.ts';
import { startBuiltApp } from './app.ts';
import { blobsOf, CACHE, SMALL, startBenchRegistry } from './images.ts';
import { describeMachine } from './machine.ts';
import { megabytes } from './report.ts';

const ESTARGZ = 'bench/estargz:1';
const ZSTD_CHUNKED = 'bench/zstd-chunked:1';

async function main(): Promise<void> {
  const registry = await startBenchRegistry();
  const app = await startBuiltApp(join(CACHE, 'dist-toc'));
  const proxy = await startFaultProxy(registry.host);
  const browser = await openBrowser();
  try {
    console.info(await describeMachine());
    await convert(registry.host);
    for (const image of [ESTARGZ, ZSTD_CHUNKED]) {
      const layers = (await blobsOf(registry.host, image)).slice(1);
      const total = layers.reduce((sum, { size }) => sum + size, 0);
      proxy.clearRequests();
      const page = await browser.newPage();
      const startedMs = performance.now();
      await page.goto(`${app.url}#/${proxy.host}/${image}?view=files`);
      await page.getByRole('button', { name: 'Save as JSON' }).waitFor();
      await page.getByRole('progressbar', { name: 'Reading the layers' }).waitFor({ state: 'detached' });
      const ms = Math.round(performance.now() - startedMs);
      const asked = proxy.requests().filter(({ range }) => range !== '');
      const bytes = asked.reduce((sum, request) => sum + request.bytes, 0);
      const share = `${((100 * bytes) / total).toFixed(2)} % of ${megabytes(total)}`;
      console.info(`${image}: listed by ${megabytes(bytes)}, ${share}, in ${asked.length} requests and ${ms} ms`);
      await page.context().close();
    }
  } finally {
    await browser.close();
    await proxy.stop();
    await app.close();
    await registry.stop();
  }
}

async function convert(host: string): Promise<void> {
  const folder = mkdtempSync(join(CACHE, 'toc-'));
  const at = (name: string): string => join(folder, name);
  const loaders = await startLoaders();
  try {
    await skopeoCopy(`docker://${host}/${SMALL}`, `oci-archive:${at('plain.tar')}:localhost/bench/small:1`);
    await loaders.estargz(at('plain.tar'), at('estargz.tar'));
    await skopeoCopy(`oci-archive:${at('estargz.tar')}`, `docker://${host}/${ESTARGZ}`);
    const zstd = ['--dest-compress', '--dest-compress-format', 'zstd:chunked'];
    await skopeoCopy(`oci-archive:${at('plain.tar')}`, `dir:${at('zstd')}`, ...zstd);
    await skopeoCopy(`dir:${at('zstd')}`, `docker://${host}/${ZSTD_CHUNKED}`);
  } finally {
    await loaders.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

await main();

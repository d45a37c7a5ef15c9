/**
 * Pulls of a small image through faults that a seed draws: each ends with the right archive or a named error, no job is
 * stuck, no lock is left, and nothing half there stays in the database.
 */
import { readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Fault, type FaultProxy, type FaultRule, startFaultProxy } from '../lab/fault-proxy.ts';
import type { Lab } from '../lab/lab.ts';
import { useLab } from '../lab/use-lab.ts';
import { type App, startApp } from './app.ts';
import { differences } from './archive.ts';
import { type OpenBrowser, openBrowser } from './browser.ts';
import { countLocks, readLayerCache } from './layer-cache.ts';

const SEED = 20_261_125;
/** Pages at once, each with a proxy of its own: most of a pull is waiting. */
const PAGES = 5;
/** What a fault may be called in the end; anything else is a defect. */
const NAMED = [
  'digest-mismatch',
  'size-mismatch',
  'connection-lost',
  'not-found',
  'network-or-cors',
  'registry-failed',
];

let lab: Lab;
let app: App;
let browser: OpenBrowser;
let proxies: FaultProxy[];
let layers: readonly { digest: string; size: number }[];

/** Mulberry32: numbers from 0 to 1, the same for a seed everywhere. */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Up to two faults for each layer, each for one or two requests. */
function drawRules(random: () => number): FaultRule[] {
  const below = (limit: number): number => Math.floor(random() * limit);
  return layers.flatMap(({ digest, size }) => {
    const cut = (ending: 'cut' | 'chunked' | 'length'): Fault => ({
      kind: 'truncate',
      afterBytes: below(size),
      ending,
    });
    const faults: (() => Fault)[] = [
      () => cut('cut'),
      () => cut('chunked'),
      () => cut('length'),
      () => ({ kind: 'hang-up' }),
      () => ({ kind: 'answer', status: 503 }),
      () => ({ kind: 'answer', status: 429, headers: { 'Retry-After': '1', 'Access-Control-Expose-Headers': '*' } }),
      () => ({ kind: 'drop-range' }),
      () => ({ kind: 'refuse-range' }),
      () => ({ kind: 'shift-content-range', bytes: 1 + below(100) }),
      () => ({ kind: 'shift-range', bytes: 1 + below(100) }),
      () => ({ kind: 'hide-headers' }),
      () => ({ kind: 'gzip' }),
      () => ({ kind: 'flip', atByte: below(size) }),
      () => ({ kind: 'answer', status: 404 }),
    ];
    return Array.from({ length: below(3) }, () => ({
      path: new RegExp(`/blobs/${digest}`),
      times: 1 + below(2),
      // The last two end a pull: drawn less often, so that most pulls have something to overcome.
      fault: (faults[below(random() < 0.15 ? faults.length : faults.length - 2)] ?? (() => cut('cut')))(),
    }));
  });
}

interface Outcome {
  readonly pull: number;
  readonly faults: string;
  /** Undefined for a right archive. */
  readonly wrong: string | undefined;
  readonly ended: string;
}

/** @param right the archive as it is without faults; undefined for the pull that finds that out */
async function pull(
  page: Page,
  right: Buffer | undefined,
): Promise<Pick<Outcome, 'wrong' | 'ended'> & { bytes?: Buffer }> {
  const starting = page.waitForEvent('download');
  await page.getByRole('button', { name: /^Download/ }).click();
  const started = await starting;
  const downloads = page.getByRole('region', { name: 'Downloads' });
  const shown = downloads.getByRole('alert').first();
  await downloads.getByText('Delivered').or(shown).first().waitFor({ timeout: 60_000 });
  const failed = await shown.isVisible();
  const code = failed ? ((await shown.getAttribute('data-code')) ?? '') : 'delivered';
  const failure = failed ? await started.failure() : null;
  const bytes = failed ? undefined : readFileSync(await started.path());
  if (right === undefined)
    expect(await differences(await started.path(), `${lab.plain.base}/v2/app/hello`)).toEqual([]);
  const isRight = right === undefined || bytes?.equals(right) === true;
  await started.delete().catch(() => undefined);
  await downloads.getByRole('button', { name: 'Dismiss' }).click();
  await downloads.waitFor({ state: 'detached' });
  const left = await leftovers(page);
  if (left !== '') return { ended: code, wrong: left };
  if (failed) return { ended: code, wrong: NAMED.includes(code) && failure !== null ? undefined : `an error ${code}` };
  return { ended: code, wrong: isRight ? undefined : 'a wrong archive', ...(bytes && { bytes }) };
}

/** Locks, halves and orphans, once everything has come to rest; then forgets the layers, for the next pull. */
async function leftovers(page: Page): Promise<string> {
  let seen = '';
  for (let turn = 0; turn < 40; turn++) {
    const { halves, orphans, jobs } = await page.evaluate(readLayerCache);
    const counts = { locks: await page.evaluate(countLocks), halves, orphans, jobs };
    seen = Object.values(counts).some((count) => count > 0) ? JSON.stringify(counts) : '';
    if (seen === '') break;
    await page.waitForTimeout(100);
  }
  await page.evaluate(async () => {
    const done = <T>(request: IDBRequest<T>) =>
      new Promise<T>((resolve) => {
        request.onsuccess = () => resolve(request.result);
      });
    const database = await done(indexedDB.open('pulltab'));
    const cleared = database.transaction(['blobs', 'chunks'], 'readwrite');
    cleared.objectStore('blobs').clear();
    await done(cleared.objectStore('chunks').clear());
    database.close();
  });
  return seen;
}

/** Registers the test, with what it needs. */
export function testRandomPulls(pulls: number): void {
  beforeAll(async () => {
    lab = await useLab();
    [app, browser, ...proxies] = await Promise.all([
      startApp(),
      openBrowser(),
      ...Array.from({ length: PAGES }, () => startFaultProxy(lab.plain.host)),
    ]);
    const headers = { Accept: 'application/vnd.oci.image.manifest.v1+json' };
    const answer = await fetch(`${lab.plain.base}/v2/app/hello/manifests/1`, { headers });
    ({ layers } = (await answer.json()) as { layers: typeof layers });
  });

  afterAll(async () => {
    await browser?.close();
    await app?.close();
    await Promise.all((proxies ?? []).map((proxy) => proxy.stop()));
  });

  test(`${pulls} pulls through random faults (seed ${SEED})`, async () => {
    const outcomes: Outcome[] = [];
    let next = 0;
    await Promise.all(
      proxies.map(async (proxy) => {
        const page = await browser.newPage();
        await page.goto(app.address(`${proxy.host}/app/hello:1`));
        await page.getByRole('button', { name: /^Download/ }).waitFor();
        // The registry's name is in the archive: each page compares with its own faultless one.
        const { bytes: right } = await pull(page, undefined);
        for (let at = next++; at < pulls; at = next++) {
          const rules = drawRules(createRandom(SEED + at));
          proxy.setRules(rules);
          const { ended, wrong } = await pull(page, right);
          const faults = rules.map(({ fault, times }) => `${fault.kind}×${times}`).join(', ');
          outcomes.push({ pull: at, faults, ended, wrong });
        }
        await page.context().close();
      }),
    );
    expect(outcomes.filter(({ wrong }) => wrong !== undefined)).toEqual([]);
    expect(outcomes).toHaveLength(pulls);
    const delivered = outcomes.filter(({ ended }) => ended === 'delivered').length;
    // A test whose faults all ended in errors, or were never met, would say nothing.
    expect(delivered).toBeGreaterThan(pulls / 2);
    expect(delivered).toBeLessThan(pulls);
  }, 600_000);
}

/**
 * Faults between a real browser and a real registry, one after the other and mixed: what comes out is the right archive
 * or a named error, never a wrong file; and nothing stays behind.
 */
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Fault, type FaultProxy, startFaultProxy } from '../lab/fault-proxy.ts';
import type { Lab } from '../lab/lab.ts';
import { useLab } from '../lab/use-lab.ts';
import { type App, startApp } from './app.ts';
import { differences } from './archive.ts';
import { type OpenBrowser, openBrowser } from './browser.ts';
import { countLocks, readLayerCache } from './layer-cache.ts';

let lab: Lab;
let app: App;
let browser: OpenBrowser;
let proxy: FaultProxy;
/** Another origin in front of the same registry, which refuses Authorization as storage with signed addresses does. */
let storage: FaultProxy;
let page: Page;
/** Digest of the image's largest layer, and its size (bytes). */
let layer: { digest: string; size: number };

beforeAll(async () => {
  lab = await useLab();
  [app, browser, proxy, storage] = await Promise.all([
    startApp(),
    openBrowser(),
    startFaultProxy(lab.plain.host),
    startFaultProxy(lab.plain.host),
  ]);
  const answer = await fetch(`${lab.plain.base}/v2/app/medium/manifests/1`, {
    headers: { Accept: 'application/vnd.oci.image.manifest.v1+json' },
  });
  const { layers } = (await answer.json()) as { layers: { digest: string; size: number }[] };
  layer = layers.toSorted((a, b) => b.size - a.size)[0] ?? layer;
});

afterAll(async () => {
  await browser?.close();
  await app?.close();
  await Promise.all([proxy?.stop(), storage?.stop()]);
});

beforeEach(async () => {
  page = await browser.newPage();
  proxy.clearRequests();
});

afterEach(async () => {
  proxy.setRules([]);
  storage.setRules([]);
  await page.context().close();
});

/** The file's path when it is whole, or the code of the error that is shown. */
async function pull(): Promise<{ readonly path: string } | { readonly code: string | null }> {
  await page.goto(app.address(`${proxy.host}/app/medium:1`));
  const starting = page.waitForEvent('download');
  await page.getByRole('button', { name: /^Download/ }).click();
  const started = await starting;
  const downloads = page.getByRole('region', { name: 'Downloads' });
  const shown = downloads.getByRole('alert').first();
  await downloads.getByText('Delivered').or(shown).first().waitFor({ timeout: 60_000 });
  if (await shown.isVisible()) return { code: await shown.getAttribute('data-code') };
  return { path: await started.path() };
}

/** No job runs, no lock is held, and no blob is half there. */
async function expectNothingLeft(): Promise<void> {
  await expect.poll(() => page.evaluate(countLocks)).toBe(0);
  expect(await page.evaluate(readLayerCache)).toMatchObject({ halves: 0, orphans: 0 });
}

const once = (fault: Fault) => [{ path: new RegExp(`/blobs/${layer.digest}`), times: 1, fault }];
const always = (...faults: Fault[]) => faults.map((fault) => ({ path: new RegExp(`/blobs/${layer.digest}`), fault }));
const cut = (): Fault => ({ kind: 'truncate', afterBytes: Math.floor(layer.size / 3), ending: 'cut' });
const DATE = 'a date';
const READABLE = { 'Access-Control-Expose-Headers': 'Retry-After' };

describe('a right archive in spite of', () => {
  test.each<[string, () => ReturnType<typeof always>]>([
    ['connections cut after a third', () => always(cut())],
    ['a body that ends as if it were whole', () => always({ ...cut(), ending: 'chunked' } as Fault)],
    ['a shorter length that is announced', () => always({ ...cut(), ending: 'length' } as Fault)],
    ['a cut, and a registry without Range', () => [...once(cut()), ...always({ kind: 'drop-range' })]],
    ['a cut, and a registry that refuses Range', () => [...once(cut()), ...always({ kind: 'refuse-range' })]],
    ['a cut, and a wrong Content-Range', () => [...once(cut()), ...always({ kind: 'shift-content-range', bytes: 7 })]],
    ['compression on the way', () => [...once({ kind: 'answer', status: 503 }), ...always({ kind: 'gzip' })]],
    ['a cut, and compressed parts', () => [...once(cut()), ...always({ kind: 'gzip' })]],
    ['cuts where every header is hidden', () => always(cut(), { kind: 'hide-headers' })],
    [
      '429 with Retry-After in seconds',
      () => once({ kind: 'answer', status: 429, headers: { ...READABLE, 'Retry-After': '1' } }),
    ],
    [
      '429 with Retry-After as a date',
      () => once({ kind: 'answer', status: 429, headers: { ...READABLE, 'Retry-After': DATE } }),
    ],
    [
      '429 whose Retry-After is hidden',
      () => [
        ...once({ kind: 'answer', status: 429, headers: { 'Retry-After': '9', 'Access-Control-Expose-Headers': '' } }),
      ],
    ],
    ['503 three times', () => always({ kind: 'answer', status: 503 }).map((rule) => ({ ...rule, times: 3 }))],
    ['a connection that is closed without an answer', () => once({ kind: 'hang-up' })],
    [
      'storage elsewhere that refuses once',
      () => [...once({ kind: 'redirect', to: 'REFUSING' }), ...always({ kind: 'redirect', to: 'STORAGE' })],
    ],
  ])('%s', async (_, rulesOf) => {
    const rules = rulesOf().map((rule) => withPlaces(rule));
    proxy.setRules(rules);
    const result = await pull();
    expect(result).toHaveProperty('path');
    if ('path' in result) expect(await differences(result.path, `${lab.plain.base}/v2/app/medium`)).toEqual([]);
    expect(proxy.requests().filter(({ path }) => path.includes(layer.digest)).length).toBeGreaterThan(1);
    await expectNothingLeft();
  });
});

test('a connection that gives nothing for half a minute counts as dropped', async () => {
  proxy.setRules(once({ kind: 'freeze', afterBytes: 1000 }));
  const result = await pull();
  expect(result).toHaveProperty('path');
  if ('path' in result) expect(await differences(result.path, `${lab.plain.base}/v2/app/medium`)).toEqual([]);
  await expectNothingLeft();
}, 90_000);

test('while it waits the job says for what, and until when', async () => {
  proxy.setRules(once({ kind: 'answer', status: 429, headers: { ...READABLE, 'Retry-After': '3' } }));
  await page.goto(app.address(`${proxy.host}/app/medium:1`));
  await page.getByRole('button', { name: /^Download/ }).click();
  await page.getByText(/the registry answered 429 and asks to wait 3 s; trying again in [123] s/).waitFor();
  await page.getByText('Delivered').first().waitFor();
});

describe('a named error, and no file that loads, for', () => {
  test.each<[string, () => ReturnType<typeof always>, string]>([
    [
      'a part that is not the one it says',
      () => [...once(cut()), ...always({ kind: 'shift-range', bytes: 7 })],
      'size-mismatch',
    ],
    [
      'a byte that changed after a drop',
      () => [...once(cut()), ...always({ kind: 'flip', atByte: 10_000 })],
      'digest-mismatch',
    ],
    [
      'a layer that went away after a drop',
      () => [...once(cut()), ...always({ kind: 'answer', status: 404 })].reverse(),
      'not-found',
    ],
    [
      'a wait that is too long',
      () => always({ kind: 'answer', status: 429, headers: { ...READABLE, 'Retry-After': '7200' } }),
      'rate-limited',
    ],
  ])('%s', async (_, rulesOf, code) => {
    proxy.setRules(rulesOf());
    expect(await pull()).toEqual({ code });
    // What a retry could go on from goes with the job.
    await page.getByRole('button', { name: 'Dismiss' }).click();
    await expectNothingLeft();
  });
});

/** Fills in what is known only when the test runs. */
function withPlaces<Rule extends { readonly fault: Fault }>(rule: Rule): Rule {
  const { fault } = rule;
  if (fault.kind === 'redirect') {
    if (fault.to === 'REFUSING') storage.setRules([{ path: /./, times: 1, fault: { kind: 'answer', status: 403 } }]);
    return { ...rule, fault: { ...fault, to: storage.base } };
  }
  if (fault.kind !== 'answer' || fault.headers?.['Retry-After'] !== DATE) return rule;
  const date = new Date(Date.now() + 3000).toUTCString();
  return { ...rule, fault: { ...fault, headers: { ...fault.headers, 'Retry-After': date } } };
}

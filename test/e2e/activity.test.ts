/** The list of requests beside the logs of the servers that were asked: nothing missing, nothing wrong, no secret. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import type { Page } from 'playwright-core';
import * as v from 'valibot';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Har12 } from '../core/report/har-schema.ts';
import { startFaultProxy } from '../lab/fault-proxy.ts';
import type { Lab } from '../lab/lab.ts';
import type { LoggedRequest } from '../lab/request-log.ts';
import { useLab } from '../lab/use-lab.ts';
import { type App, startApp } from './app.ts';
import { download, type OpenBrowser, openBrowser } from './browser.ts';

const execute = promisify(execFile);

let lab: Lab;
let app: App;
let browser: OpenBrowser;

beforeAll(async () => {
  lab = await useLab();
  const hosts = [lab.token.base, new URL(lab.tokenServer.realm).origin];
  [app, browser] = await Promise.all([startApp(hosts), openBrowser()]);
});

afterAll(async () => {
  await browser?.close();
  await app?.close();
});

/** One row of the table, as it is read from the page. */
interface Row {
  readonly method: string;
  readonly address: string;
  readonly way: string;
  readonly status: string;
  readonly bytes: number;
}

async function openActivity(page: Page): Promise<void> {
  await page.keyboard.press('g');
  await page.keyboard.press('a');
  await page.getByRole('region', { name: 'Activity' }).getByRole('table').first().waitFor();
}

function readRows(page: Page, table = 'Requests of this session'): Promise<Row[]> {
  const rows = page.getByRole('table', { name: table }).locator('tbody tr:not(.request-open)');
  return rows.evaluateAll((all) =>
    all.map((row) => {
      const text = (at: number): string => row.children[at]?.textContent?.trim() ?? '';
      const bytes = Number(row.querySelector('[data-bytes]')?.getAttribute('data-bytes'));
      return { method: text(1), address: text(2), way: text(3), status: text(4), bytes };
    }),
  );
}

/** What the registry's log and the page's list must agree on, with the query decoded. */
function lineOf(method: string, path: string, query: string, end: string): string {
  return `${method} ${path} ${decodeURIComponent(query)} ${end}`;
}

function lineOfRow({ method, address, status, bytes }: Row): string {
  const { pathname, search } = new URL(address);
  return lineOf(method, pathname.replace(/^\/relay\/r\/[^/]+/, ''), search.slice(1), `${status} ${bytes}`);
}

function lineOfLogged({ method, path, query, status, bytes }: LoggedRequest): string {
  return lineOf(method, path, query, `${status} ${bytes}`);
}

/** Every secret that left the browser in a header. */
function watchSecrets(page: Page): string[] {
  const secrets: string[] = [];
  page.context().on('request', async (request) => {
    const { authorization } = await request.allHeaders();
    if (authorization !== undefined) secrets.push(authorization.replace(/^\w+ /, ''));
  });
  return secrets;
}

/** Everything that this origin has stored, as text. */
function readStorage(page: Page): Promise<string> {
  return page.evaluate(async () => {
    const done = <T>(request: IDBRequest<T>): Promise<T> =>
      new Promise((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error);
      });
    const texts: string[] = [JSON.stringify(localStorage), JSON.stringify(sessionStorage)];
    const decoder = new TextDecoder('latin1');
    const toText = (_: string, value: unknown): unknown =>
      value instanceof ArrayBuffer || ArrayBuffer.isView(value) ? decoder.decode(value) : value;
    for (const { name = '' } of await indexedDB.databases()) {
      const database = await done(indexedDB.open(name));
      for (const store of database.objectStoreNames) {
        const all = await done(database.transaction(store).objectStore(store).getAll());
        texts.push(`${store}: ${JSON.stringify(all, toText)}`);
      }
      database.close();
    }
    return texts.join('\n');
  });
}

async function save(page: Page, button: string): Promise<string> {
  const waiting = page.waitForEvent('download');
  await page.getByRole('button', { name: button }).click();
  return readFile(await (await waiting).path(), 'utf8');
}

/** Unfolds every row. Gives the lines for a shell. */
async function unfoldAll(page: Page): Promise<string[]> {
  const folded = page.locator('.request-address button[aria-expanded=false]');
  while ((await folded.count()) > 0) await folded.first().click();
  return page
    .getByRole('button', { name: 'Copy curl line' })
    .evaluateAll((all) => all.map((one) => one.getAttribute('data-copy') ?? ''));
}

/** Nothing that can be seen, copied, saved or found in the storage holds one of the secrets. */
async function expectNoSecret(page: Page, secrets: readonly string[]): Promise<void> {
  const places = {
    curl: (await unfoldAll(page)).join('\n'),
    page: await page.content(),
    har: await save(page, 'Save as HAR'),
    text: await save(page, 'Save as text'),
    storage: await readStorage(page),
  };
  expect(places.storage).toContain('failures: [');
  for (const [place, text] of Object.entries(places)) {
    expect(text.length, place).toBeGreaterThan(0);
    expect(
      secrets.filter((secret) => text.includes(secret)),
      place,
    ).toEqual([]);
  }
  expect(v.safeParse(Har12, JSON.parse(places.har)).issues).toBeUndefined();
}

describe('an image of a registry behind tokens', () => {
  test('that was asked directly: the list is what the registry and the token service saw', async () => {
    lab.nginx.clearRequests();
    lab.tokenServer.clearRequests();
    const page = await browser.newPage();
    const secrets = watchSecrets(page);
    await page.goto(app.address(`${lab.nginx.host}/app/hello:1`));
    await download(page);
    await openActivity(page);
    const seen = (): LoggedRequest[] =>
      // What a browser asks by itself, no page gets to see.
      [...lab.nginx.requests(), ...lab.tokenServer.requests()].filter(({ method }) => method !== 'OPTIONS');
    await expect.poll(async () => seen().length).toBe((await readRows(page)).length);
    const rows = await readRows(page);
    // The body of a challenge is let go of unread, so the page got to see none of it.
    const logged = seen().map((one) => lineOfLogged(one.status === 401 ? { ...one, bytes: 0 } : one));
    expect(rows.map(lineOfRow).toSorted()).toEqual(logged.toSorted());
    expect(new Set(rows.map(({ way }) => way))).toEqual(new Set(['direct']));
    expect(rows.some(({ address }) => address.includes('scope=repository:app/hello:pull'))).toBe(true);
    // A challenge is how a pull begins: no failure.
    expect(rows.some(({ status }) => status === '401')).toBe(true);
    await page.getByRole('link', { name: 'Activity', exact: true }).waitFor();
    expect(secrets.length).toBeGreaterThan(3);
    await expectNoSecret(page, secrets);
  });

  test('that was asked through the relay: each request says which way it went', async () => {
    lab.token.clearRequests();
    const page = await browser.newPage();
    const secrets = watchSecrets(page);
    await page.goto(app.address(`${lab.token.host}/app/hello:1`));
    await download(page);
    await openActivity(page);
    const isPull = (path: string): boolean => /\/(?:manifests|blobs)\//.test(path);
    const pulled = (): LoggedRequest[] =>
      lab.token.requests().filter(({ method, path, status }) => method !== 'OPTIONS' && isPull(path) && status === 200);
    await expect.poll(() => pulled().length).toBeGreaterThanOrEqual(5);
    const rows = await readRows(page);
    const relayed = rows.filter(
      ({ way, address, status }) => way.startsWith('via') && isPull(address) && status === '200',
    );
    // The relay sends no Origin; a page always does.
    const viaRelay = pulled().filter(({ origin }) => origin === '');
    expect(relayed.map(lineOfRow).toSorted()).toEqual(viaRelay.map(lineOfLogged).toSorted());
    expect(new Set(relayed.map(({ way }) => way))).toEqual(new Set([`via relay ${new URL(app.url).host}`]));
    // The page's own tries before: answers that the log has as well, and what the browser stopped at a preflight.
    const direct = rows.filter(({ way, address }) => way === 'direct' && isPull(address));
    const answered = lab.token.requests().filter(({ method, origin }) => method !== 'OPTIONS' && origin !== '');
    expect(direct.filter(({ status }) => /^\d/.test(status)).length).toBe(answered.length);
    expect(direct.some(({ status }) => status === 'network-or-cors')).toBe(true);
    expect(secrets.length).toBeGreaterThan(0);
    await expectNoSecret(page, secrets);
  });
});

test('the signature of the address that a blob was redirected to is left out', async () => {
  const proxy = await startFaultProxy(lab.plain.host);
  try {
    const secret = 'c2lnbmF0dXJl0123456789';
    const page = await browser.newPage();
    const manifest = await fetch(`${lab.plain.base}/v2/app/hello/manifests/1`, {
      headers: { Accept: 'application/vnd.oci.image.manifest.v1+json' },
    });
    const { layers } = v.parse(v.object({ layers: v.array(v.object({ digest: v.string() })) }), await manifest.json());
    const path = `/v2/app/hello/blobs/${layers[0]?.digest}`;
    const headers = { Location: `${lab.plain.base}${path}?X-Amz-Signature=${secret}&Expires=1` };
    proxy.setRules([{ path: new RegExp(path), fault: { kind: 'answer', status: 307, headers } }]);
    lab.plain.clearRequests();
    await page.goto(app.address(`${proxy.host}/app/hello:1`));
    await download(page);
    expect(lab.plain.requests().some(({ query }) => query.includes(secret))).toBe(true);
    await openActivity(page);
    await expectNoSecret(page, [secret]);
    const answeredBy = `${lab.plain.base}${path}?X-Amz-Signature=REDACTED&Expires=REDACTED`;
    await page.getByRole('definition').filter({ hasText: answeredBy }).waitFor();
  } finally {
    await proxy.stop();
  }
});

describe('a failure', () => {
  test('is marked, named, and still listed after a reload, until it is cleared', async () => {
    const page = await browser.newPage();
    await page.goto(app.address(`${lab.plain.host}/app/nothing:1`));
    const link = page.getByRole('link', { name: 'Activity: a request failed' });
    await link.waitFor();
    await link.click();
    await page.getByRole('table', { name: 'Requests of this session' }).waitFor();
    const rows = await readRows(page);
    expect(rows.at(-1)).toMatchObject({ method: 'GET', way: 'direct', status: '404 not-found' });
    expect(rows.at(-1)?.address).toContain('/v2/app/nothing/manifests/1');
    await page.getByRole('link', { name: 'Activity', exact: true }).waitFor();

    await page.reload();
    const table = page.getByRole('table', { name: 'Failures from before' });
    await table.waitFor();
    expect((await readRows(page, 'Failures from before')).at(-1)).toEqual(rows.at(-1));
    await table.getByRole('button').last().click();
    expect(await table.innerText()).toContain('the registry says');
    expect(await save(page, 'Save as text')).toContain('404 not-found');

    await page.getByRole('button', { name: 'Clear' }).click();
    await page.getByText('Nothing was requested yet.').waitFor();
    await page.reload();
    await page.getByText('Nothing was requested yet.').waitFor();
  });

  test('for want of an account is the request that the registry answered with 401', async () => {
    const proxy = await startFaultProxy(lab.plain.host);
    try {
      const headers = { 'WWW-Authenticate': 'Basic realm="lab"', 'Access-Control-Expose-Headers': 'WWW-Authenticate' };
      proxy.setRules([{ path: /manifests/, fault: { kind: 'answer', status: 401, headers } }]);
      const page = await browser.newPage();
      await page.goto(app.address(`${proxy.host}/app/hello:1`));
      await page.getByRole('alert').waitFor();
      await openActivity(page);
      await expect.poll(async () => (await readRows(page)).map(({ status }) => status)).toContain('401 auth-required');
    } finally {
      await proxy.stop();
    }
  });
});

test('a layer whose bytes are wrong is the request that brought them', async () => {
  const proxy = await startFaultProxy(lab.plain.host);
  try {
    const page = await browser.newPage();
    await page.goto(app.address(`${proxy.host}/app/hello:1`));
    await page.getByRole('button', { name: /^Download/ }).waitFor();
    proxy.setRules([{ path: /blobs/, fault: { kind: 'flip', atByte: 1000 } }]);
    await page.getByRole('button', { name: /^Download/ }).click();
    const alert = page.getByRole('region', { name: 'Downloads' }).getByRole('alert');
    const digest = /sha256:[0-9a-f]{64}/.exec(await alert.innerText())?.[0] ?? 'none';
    await openActivity(page);
    const row = (await readRows(page)).find(({ address }) => address.endsWith(digest));
    expect(row?.status).toBe('200 digest-mismatch');
  } finally {
    await proxy.stop();
  }
});

describe('the list', () => {
  let page: Page;

  beforeAll(async () => {
    page = await browser.newPage();
    await page.goto(app.address(`${lab.plain.host}/app/hello:1`));
    await download(page);
    await page.goto(app.address('nothing.invalid/a:1'));
    await page.getByRole('alert').waitFor();
    await openActivity(page);
  });

  test('gives lines that a shell runs, and that bring what the page got', async () => {
    const curls = await unfoldAll(page);
    const line = curls.find((one) => one.includes('/manifests/1') && one.includes(lab.plain.host)) ?? '';
    const { stdout } = await execute('sh', ['-eu', '-c', line], { encoding: 'buffer' });
    const body = stdout.subarray(stdout.indexOf('\r\n\r\n') + 4);
    const digest = /docker-content-digest: (sha256:[0-9a-f]{64})/i.exec(stdout.toString('latin1'))?.[1];
    expect(`sha256:${createHash('sha256').update(body).digest('hex')}`).toBe(digest);
  });

  test('is filtered by host, by failure, and turned around', async () => {
    const all = await readRows(page);
    expect(all.length).toBeGreaterThan(4);
    const field = page.getByRole('searchbox', { name: 'Filter by host or address' });
    await field.fill('nothing.invalid');
    const failed = await readRows(page);
    expect(failed.map(({ status }) => status)).toContain('network-or-cors');
    expect(failed.length).toBeLessThan(all.length);
    await field.fill('');
    await page.getByRole('combobox', { name: 'Show' }).selectOption('Failed only');
    expect(await readRows(page)).toEqual(all.filter(({ status }) => !/^\d+$/.test(status)));
    await page.getByRole('combobox', { name: 'Show' }).selectOption('All requests');
    await page.getByRole('combobox', { name: 'Order' }).selectOption('Oldest first');
    expect(await readRows(page)).toEqual(all.toReversed());
  });

  test('is walked with the arrows', async () => {
    const buttons = page.locator('.request-address button');
    await buttons.first().focus();
    await page.keyboard.press('ArrowDown');
    const focused = (at: number): Promise<boolean> => buttons.nth(at).evaluate((one) => one === document.activeElement);
    expect(await focused(1)).toBe(true);
    await page.keyboard.press('ArrowUp');
    expect(await focused(0)).toBe(true);
  });

  test('does not scroll sideways on a small screen, unfolded or not', async () => {
    await page.setViewportSize({ width: 390, height: 844 });
    await unfoldAll(page);
    const [content, window] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
    expect(content).toBeLessThanOrEqual(window ?? 0);
  });
});

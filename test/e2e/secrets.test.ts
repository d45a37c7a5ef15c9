/**
 * Every byte that leaves the browser, and everything that it keeps or shows: a password is in none of it but in the
 * Authorization header that it is for.
 */
import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Lab } from '../lab/lab.ts';
import { LAB_ACCOUNT } from '../lab/token-server.ts';
import { useLab } from '../lab/use-lab.ts';
import { type App, startApp } from './app.ts';
import { download, type OpenBrowser, openBrowser } from './browser.ts';
import { type RecordingProxy, type Sent, startRecordingProxy } from './recording-proxy.ts';
import { signIn } from './sign-in-steps.ts';

const BASIC = Buffer.from(`${LAB_ACCOUNT.username}:${LAB_ACCOUNT.password}`).toString('base64');

let lab: Lab;
let app: App;
let proxy: RecordingProxy;
let browser: OpenBrowser;
let page: Page;
let logged: string[];

beforeAll(async () => {
  lab = await useLab();
  proxy = await startRecordingProxy();
  [app, browser] = await Promise.all([
    startApp([lab.token.base, new URL(lab.tokenServer.realm).origin], true),
    openBrowser(proxy.args),
  ]);
});

afterAll(async () => {
  await browser?.close();
  await app?.close();
  proxy?.stop();
});

beforeEach(async () => {
  proxy.sent.length = 0;
  logged = [];
  page = await browser.newPage();
  page.on('console', (message) => logged.push(message.text()));
});

afterEach(async () => {
  await page.context().close();
});

/** The password as it is, in addresses, in JSON, and in base64 wherever it may begin within it. */
function formsOf(secret: string): string[] {
  const inBase64 = ['', 'x', 'xx'].map((before) => {
    const encoded = Buffer.from(`${before}${secret}`).toString('base64');
    // What the bytes beside it have a part in can be anything: only the middle is always the same.
    return encoded.slice(before === '' ? 0 : 4, -4);
  });
  return [secret, encodeURIComponent(secret), secret.replaceAll(' ', '+'), ...inBase64];
}

const FORMS = formsOf(LAB_ACCOUNT.password);
const holdsPassword = (text: string): boolean => FORMS.some((form) => text.includes(form));

/** "GET http://host/path: authorization" for each header that holds the password, and what else of a request does. */
function places({ method, url, headers, body }: Sent): string[] {
  const address = new URL(url.includes('://') ? url : `http://${url}`);
  const where = `${method} ${address.origin}${address.pathname}`;
  const named = headers.filter(([name, value]) => holdsPassword(name) || holdsPassword(value));
  return [
    ...named.map(([name, value]) =>
      value === `Basic ${BASIC}` ? `${where}: ${name.toLowerCase()}` : `${where}: ${value}`,
    ),
    ...(holdsPassword(url) ? [`${where}: address`] : []),
    ...(holdsPassword(body) ? [`${where}: body`] : []),
  ];
}

const placesOfPassword = (): string[] => [...new Set(proxy.sent.flatMap(places))].sort();

/** Hosts that got a Bearer token. */
function placesOfTokens(): string[] {
  const withToken = proxy.sent.filter(({ headers }) => headers.some(([, value]) => value.startsWith('Bearer ')));
  return [...new Set(withToken.map(({ url }) => new URL(url).origin))];
}

/** All that a page can find of what the browser keeps for it. */
function readKept(): Promise<string> {
  return page.evaluate(async () => {
    const done = <T>(request: IDBRequest<T>) =>
      new Promise<T>((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error);
      });
    const texts = [JSON.stringify({ ...localStorage }), JSON.stringify({ ...sessionStorage }), document.cookie];
    texts.push(location.href, JSON.stringify(history.state), document.title, document.documentElement.outerHTML);
    const toText = (_: string, value: unknown): unknown => {
      if (value instanceof CryptoKey) return `key ${value.algorithm.name} extractable ${value.extractable}`;
      const bytes = value instanceof ArrayBuffer ? new Uint8Array(value) : value;
      return bytes instanceof Uint8Array ? Array.from(bytes, (byte) => String.fromCharCode(byte)).join('') : value;
    };
    for (const { name = '' } of await indexedDB.databases()) {
      const database = await done(indexedDB.open(name));
      for (const store of database.objectStoreNames) {
        // Chunks are the image itself, and large.
        if (store === 'chunks') continue;
        const all = await done(database.transaction(store).objectStore(store).getAll());
        texts.push(`${store}: ${JSON.stringify(all, toText)}`);
      }
      database.close();
    }
    for (const name of await caches.keys()) {
      const cache = await caches.open(name);
      for (const request of await cache.keys()) {
        texts.push(request.url, (await (await cache.match(request))?.text()) ?? '');
      }
    }
    return texts.join('\n');
  });
}

/** Each password field that is shown has been emptied, so what is typed stays nowhere. */
async function expectNothingKept(): Promise<string> {
  const kept = await readKept();
  expect(FORMS.filter((form) => kept.includes(form))).toEqual([]);
  expect(logged.filter(holdsPassword)).toEqual([]);
  expect(page.url()).not.toMatch(/open.?sesame|lab/i);
  return kept;
}

async function goTo(route: string): Promise<void> {
  await page.evaluate((hash) => {
    location.hash = hash;
  }, `#/${route}`);
}

test('the search finds the password in each form that it is looked for', () => {
  for (const text of [
    'open sesame',
    'a=open+sesame',
    'a=open%20sesame',
    BASIC,
    btoa('abopen sesame!'),
    btoa('{"p":"open sesame"}'),
  ]) {
    expect([text, holdsPassword(text)]).toEqual([text, true]);
  }
});

describe('the password is sent', () => {
  test('to the token service alone, where a registry wants tokens', async () => {
    await page.goto(app.address(`${lab.nginx.host}/private/hello:1`));
    await signIn(page, { trustRealm: true });
    await download(page);
    expect(placesOfPassword()).toEqual([`GET ${lab.tokenServer.realm}: authorization`]);
    expect(placesOfTokens()).toEqual([lab.nginx.base]);
    await expectNothingKept();
  });

  test('to the registry alone, where it wants the password', async () => {
    await page.goto(app.address(`${lab.htpasswd.host}/app/hello:1`));
    await signIn(page);
    await download(page);
    const places = placesOfPassword();
    expect(places.length).toBeGreaterThan(4);
    expect(places.filter((place) => !place.startsWith(`GET ${lab.htpasswd.base}/v2/app/hello/`))).toEqual([]);
    expect(places.filter((place) => !place.endsWith(': authorization'))).toEqual([]);
    expect(placesOfTokens()).toEqual([]);
    await expectNothingKept();
  });

  test('not to where blobs are redirected, nor is the token', async () => {
    await page.goto(app.address(`${lab.redirect.host}/private/hello:1`));
    await signIn(page, { trustRealm: true });
    await download(page);
    expect(placesOfPassword()).toEqual([`GET ${lab.tokenServer.realm}: authorization`]);
    expect(placesOfTokens()).toEqual([lab.redirect.base]);
    expect(proxy.sent.filter(({ url }) => url.startsWith(lab.storage.base)).length).toBeGreaterThan(0);
  });

  test('to a relay only with leave, and there only for a token', async () => {
    await page.goto(app.address(`${lab.token.host}/private/hello:1`));
    await page.getByRole('textbox', { name: 'User name' }).fill(LAB_ACCOUNT.username);
    await page.getByLabel('Password or token').fill(LAB_ACCOUNT.password);
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await page.locator('[role=alert][data-code=realm-not-trusted]').waitFor();
    expect(placesOfPassword()).toEqual([]);
    await page.getByRole('button', { name: /^Trust / }).click();
    await page.locator('[role=alert][data-code=relay-not-trusted]').waitFor();
    const toTokenService = `GET ${lab.tokenServer.realm}: authorization`;
    expect(placesOfPassword()).toEqual([toTokenService]);
    await page.getByRole('button', { name: /^Allow the relay / }).click();
    await page.getByRole('button', { name: /^Download/ }).waitFor();
    await download(page);
    const toRelay = `GET ${app.url}relay/r/${lab.token.host}/token: authorization`;
    expect(placesOfPassword()).toEqual([toTokenService, toRelay].sort());
  });

  test('not anywhere for an image of another registry', async () => {
    await page.goto(app.address(`${lab.htpasswd.host}/app/hello:1`));
    await signIn(page);
    proxy.sent.length = 0;
    for (const { host } of [lab.plain, lab.nginx]) {
      await goTo(`${host}/app/multi:1`);
      await page.getByRole('heading', { level: 1, name: `${host}/app/multi:1` }).waitFor();
      await page.getByRole('button', { name: /^Download/ }).waitFor();
    }
    expect(proxy.sent.length).toBeGreaterThan(4);
    expect(placesOfPassword()).toEqual([]);
  });
});

describe('the password is in nothing that is kept or given away', () => {
  test('not when it is kept: what is stored is encrypted by a key that no script reads, and is wiped with it', async () => {
    await page.goto(app.address(`${lab.nginx.host}/private/hello:1`));
    await signIn(page, { trustRealm: true, keep: true });
    const kept = await expectNothingKept();
    expect(kept).toContain('keys: ["key AES-GCM extractable false"]');
    expect(kept).toContain(`"registry":"${lab.nginx.host}"`);
    expect(kept).not.toContain(`"${LAB_ACCOUNT.username}"`);
    // It is the real thing: without typing it again the image opens.
    await page.reload();
    await page.getByRole('button', { name: /^Download/ }).waitFor();
    await expectNothingKept();
    await goTo('settings');
    await page.getByRole('button', { name: 'Forget all accounts' }).click();
    await page.getByRole('button', { name: 'Yes, forget them' }).click();
    await page.getByText('Public images need no account.').waitFor();
    const wiped = await readKept();
    expect([/^keys: (.*)$/m.exec(wiped)?.[1], /^credentials: (.*)$/m.exec(wiped)?.[1]]).toEqual(['[]', '[]']);
  });

  test('nor in another window, once all accounts are forgotten in one', async () => {
    const image = `${lab.htpasswd.host}/app/hello:1`;
    await page.goto(app.address(image));
    await signIn(page);
    const other = await page.context().newPage();
    await other.goto(app.address(image));
    await signIn(other);
    await other.goto(app.address('settings'));
    await other.getByRole('button', { name: 'Forget all accounts' }).click();
    await other.getByRole('button', { name: 'Yes, forget them' }).click();
    await goTo('settings');
    await page.getByText('Public images need no account.').waitFor();
    await goTo(image);
    await page.getByRole('textbox', { name: 'User name' }).waitFor();
  });

  test('nor can it be had when the key is gone: the page says so, and asks again', async () => {
    await page.goto(app.address(`${lab.htpasswd.host}/app/hello:1`));
    await signIn(page, { keep: true });
    await page.evaluate(async () => {
      const done = <T>(request: IDBRequest<T>) =>
        new Promise<T>((resolve, reject) => {
          request.onsuccess = () => resolve(request.result);
          request.onerror = () => reject(request.error);
        });
      const database = await done(indexedDB.open('pulltab'));
      await done(database.transaction('keys', 'readwrite').objectStore('keys').clear());
      database.close();
    });
    await page.reload();
    await page.locator('[role=alert][data-code=credentials-invalid]').getByText(lab.htpasswd.host).first().waitFor();
    await signIn(page, { keep: true });
    await page.reload();
    await page.getByRole('button', { name: /^Download/ }).waitFor();
  });

  test('not in the list of requests, its HAR, its text and the lines to copy; nor are tokens', async () => {
    await page.goto(app.address(`${lab.nginx.host}/private/hello:1`));
    await signIn(page, { trustRealm: true });
    await download(page);
    await goTo('activity');
    await page.getByRole('region', { name: 'Activity' }).waitFor();
    const folded = page.locator('.request-address button[aria-expanded=false]');
    while ((await folded.count()) > 0) await folded.first().click();
    const copied = page.getByRole('button', { name: 'Copy curl line' });
    const lines = await copied.evaluateAll((all) => all.map((one) => one.getAttribute('data-copy') ?? ''));
    expect(lines.filter((line) => line.includes('$TOKEN')).length).toBeGreaterThan(0);
    const tokens = proxy.sent.flatMap(({ headers }) =>
      headers.flatMap(([, value]) => /^Bearer (.+)$/.exec(value)?.slice(1) ?? []),
    );
    expect(tokens.length).toBeGreaterThan(0);
    const given = {
      lines: lines.join('\n'),
      har: await saved('Save as HAR'),
      text: await saved('Save as text'),
      page: await page.content(),
    };
    for (const [place, text] of Object.entries(given)) {
      expect([place, holdsPassword(text), tokens.some((token) => text.includes(token))]).toEqual([place, false, false]);
    }
    await expectNothingKept();
  });
});

async function saved(button: string): Promise<string> {
  const waiting = page.waitForEvent('download');
  await page.getByRole('button', { name: button }).click();
  return readFile(await (await waiting).path(), 'utf8');
}

/**
 * Real registries of each kind: what is pulled from them is whole, and their logs say which way each request went, with
 * what, and how many there were.
 */
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Lab } from '../lab/lab.ts';
import type { LoggedRequest } from '../lab/request-log.ts';
import { useLab } from '../lab/use-lab.ts';
import { type App, startApp } from './app.ts';
import { differences } from './archive.ts';
import { download, type OpenBrowser, openBrowser } from './browser.ts';
import { signIn } from './sign-in-steps.ts';

const RELAY_AGENT = 'Pulltab-Relay/1';

let lab: Lab;
let app: App;
let browser: OpenBrowser;
let page: Page;

beforeAll(async () => {
  lab = await useLab();
  const origins = [lab.token, lab.closed, lab.redirect, lab.storage].map(({ base }) => base);
  [app, browser] = await Promise.all([
    startApp([...origins, new URL(lab.tokenServer.realm).origin], true),
    openBrowser(),
  ]);
});

afterAll(async () => {
  await browser?.close();
  await app?.close();
});

beforeEach(async () => {
  page = await browser.newPage();
  for (const server of [lab.plain, lab.token, lab.nginx, lab.closed, lab.htpasswd, lab.redirect, lab.storage]) {
    server.clearRequests();
  }
  lab.tokenServer.clearRequests();
});

afterEach(async () => {
  await page.context().close();
});

async function ready(reference: string): Promise<void> {
  await page.goto(app.address(reference));
  await page.getByRole('button', { name: /^Download/ }).waitFor();
}

async function expectWhole(repository: string): Promise<void> {
  const { path } = await download(page);
  expect(await differences(path, `${lab.plain.base}/v2/${repository}`)).toEqual([]);
}

/** Each kind of request once: "direct GET blobs 200 Bearer". */
function kinds(requests: readonly LoggedRequest[]): string[] {
  const lines = requests.map(({ method, path, status, authorization, userAgent }) => {
    const way = userAgent === RELAY_AGENT ? 'relay' : 'direct';
    const what = /\/(manifests|blobs|token)\b/.exec(path)?.[1] ?? path;
    return [way, method, what, status, authorization].join(' ').trim();
  });
  return [...new Set(lines)].sort();
}

describe('a pull with an account', () => {
  test('from a registry with tokens: the password goes to the token service, tokens to the registry', async () => {
    await page.goto(app.address(`${lab.nginx.host}/private/hello:1`));
    await signIn(page, { trustRealm: true });
    await expectWhole('private/hello');
    await expect
      .poll(() => kinds(lab.nginx.requests()))
      .toEqual([
        'direct GET blobs 200 Bearer',
        'direct GET manifests 200 Bearer',
        'direct GET manifests 401',
        // The answer to the token that anyone gets, which opens nothing here.
        'direct GET manifests 401 Bearer',
        'direct OPTIONS blobs 204',
        'direct OPTIONS manifests 204',
      ]);
    expect(kinds(lab.tokenServer.requests())).toEqual([
      'direct GET token 200',
      'direct GET token 200 Basic',
      'direct OPTIONS token 204',
    ]);
  });

  test('from a registry with htpasswd: the password goes there, and nowhere else', async () => {
    await page.goto(app.address(`${lab.htpasswd.host}/app/hello:1`));
    await signIn(page);
    await expectWhole('app/hello');
    await expect
      .poll(() => kinds(lab.htpasswd.requests()))
      .toEqual([
        'direct GET blobs 200 Basic',
        'direct GET manifests 200 Basic',
        'direct GET manifests 401',
        'direct OPTIONS blobs 204',
        'direct OPTIONS manifests 204',
      ]);
    expect(lab.tokenServer.requests()).toEqual([]);
  });

  test('with blobs at a storage provider: it gets neither token nor password, and sees no origin', async () => {
    await page.goto(app.address(`${lab.redirect.host}/private/hello:1`));
    await signIn(page, { trustRealm: true });
    await expectWhole('private/hello');
    await expect.poll(() => kinds(lab.storage.requests())).toEqual(['direct GET blobs 200']);
    const stored = lab.storage.requests();
    // The config and three layers.
    expect(stored.map(({ origin, authorization }) => [origin, authorization])).toEqual(
      Array.from({ length: 4 }, () => ['null', '']),
    );
    expect(kinds(lab.redirect.requests()).filter((line) => line.includes('GET blobs'))).toEqual([
      'direct GET blobs 307 Bearer',
    ]);
  });

  test('through a relay that may carry it: the registry hears from the relay alone once a token is needed', async () => {
    await page.goto(app.address(`${lab.token.host}/private/hello:1`));
    await signIn(page, { viaRelay: true, trustRealm: true });
    await expectWhole('private/hello');
    await expect
      .poll(() => kinds(lab.token.requests()))
      .toEqual([
        'direct GET manifests 401',
        'direct OPTIONS manifests 401',
        'relay GET /v2/ 401',
        'relay GET blobs 200 Bearer',
        'relay GET manifests 200 Bearer',
        'relay GET manifests 401',
        'relay GET manifests 401 Bearer',
      ]);
  });
});

describe('a pull without an account', () => {
  test('from a registry without CORS goes through the relay', async () => {
    await ready(`${lab.closed.host}/app/hello:1`);
    await expectWhole('app/hello');
    await expect
      .poll(() => kinds(lab.closed.requests()).filter((line) => line.startsWith('relay')))
      .toEqual(['relay GET blobs 200', 'relay GET manifests 200']);
    expect(lab.closed.requests().filter(({ authorization }) => authorization !== '')).toEqual([]);
  });
});

describe('requests until the image shows', () => {
  /** Of the page itself: what a browser asks before, on its own, is counted apart. */
  const own = (requests: readonly LoggedRequest[]) => requests.filter(({ method }) => method !== 'OPTIONS');
  const ofManifests = (requests: readonly LoggedRequest[]) =>
    own(requests).filter(({ path }) => path.includes('/manifests/'));

  test.each([
    // The manifest and the config.
    { kind: 'plain', image: 'app/hello:1', all: 2, tokens: 0 },
    { kind: 'plain', image: 'app/multi:1', all: 3, tokens: 0 },
    // One more, whose answer says where tokens are.
    { kind: 'nginx', image: 'app/hello:1', all: 3, tokens: 1 },
    { kind: 'nginx', image: 'app/multi:1', all: 4, tokens: 1 },
  ] as const)('cold, at $kind for $image: $all, and $tokens for a token', async ({ kind, image, all, tokens }) => {
    const registry = lab[kind];
    await ready(`${registry.host}/${image}`);
    await expect.poll(() => own(registry.requests()).length).toBe(all);
    expect(own(lab.tokenServer.requests()).length).toBe(tokens);
    if (kind === 'plain') expect(registry.requests().filter(({ method }) => method === 'OPTIONS')).toEqual([]);
  });

  test('warm, at Docker Hub none that counts as a pull', async () => {
    // Docker Hub is not here: the lab's registry answers for it, where the page asks the relay.
    const asked: string[] = [];
    await page.route('**/relay/r/registry-1.docker.io/**', async (route) => {
      const request = route.request();
      const path = new URL(request.url()).pathname.replace(/^.*registry-1\.docker\.io/, '');
      asked.push(`${request.method()} ${path.replace(/sha256:.*/, 'digest')}`);
      await route.fulfill({
        response: await route.fetch({ url: `${lab.plain.base}${path}` }),
      });
    });
    await ready('docker.io/app/multi:1');
    const manifests = '/v2/app/multi/manifests';
    expect(asked).toEqual([`GET ${manifests}/1`, `GET ${manifests}/digest`, 'GET /v2/app/multi/blobs/digest']);
    // What the tag named is remembered after the image shows.
    await expect.poll(() => page.evaluate(countTags)).toBeGreaterThan(0);
    asked.length = 0;
    await page.reload();
    await page.getByRole('button', { name: /^Download/ }).waitFor();
    expect(asked).toEqual([`HEAD ${manifests}/1`]);
  });

  test('warm, one for a tag, and none for what a digest names', async () => {
    await ready(`${lab.plain.host}/app/multi:1`);
    await expect.poll(() => own(lab.plain.requests()).length).toBe(3);
    const digest = await page.evaluate(() => /sha256:[0-9a-f]{64}/.exec(document.body.innerText)?.[0]);

    lab.plain.clearRequests();
    await page.reload();
    await page.getByRole('button', { name: /^Download/ }).waitFor();
    await expect.poll(() => own(lab.plain.requests()).length).toBe(1);
    expect(ofManifests(lab.plain.requests())[0]?.path).toBe('/v2/app/multi/manifests/1');

    lab.plain.clearRequests();
    await page.goto('about:blank');
    await ready(`${lab.plain.host}/app/multi@${digest}`);
    // A request that is still on its way would be logged by the time that the next one is.
    await fetch(`${lab.plain.base}/v2/`);
    await expect.poll(() => lab.plain.requests().map(({ path }) => path)).toEqual(['/v2/']);
  });
});

/** Runs in the page. */
function countTags(): Promise<number> {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open('pulltab');
    opening.onerror = () => reject(opening.error);
    opening.onsuccess = () => {
      const counting = opening.result.transaction('tags').objectStore('tags').count();
      counting.onsuccess = () => {
        opening.result.close();
        resolve(counting.result);
      };
      counting.onerror = () => reject(counting.error);
    };
  });
}

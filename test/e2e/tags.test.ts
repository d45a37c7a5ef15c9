/** The Tags view against a real registry, and against what misbehaves: lists without an end, repeated and broken ones. */
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type FaultProxy, startFaultProxy } from '../lab/fault-proxy.ts';
import type { Lab } from '../lab/lab.ts';
import { useLab } from '../lab/use-lab.ts';
import { type App, startApp } from './app.ts';
import { differences } from './archive.ts';
import { download, type OpenBrowser, openBrowser } from './browser.ts';

const REPOSITORY = 'app/many';
const TAGS_PATH = /\/tags\/list$/;
const MANIFEST_TYPES = ['application/vnd.oci.image.manifest.v1+json', 'application/vnd.oci.image.index.v1+json'];

let lab: Lab;
let app: App;
let browser: OpenBrowser;
let proxy: FaultProxy;
let page: Page;

beforeAll(async () => {
  lab = await useLab();
  [app, browser, proxy] = await Promise.all([
    startApp([lab.closed.base]),
    openBrowser(),
    startFaultProxy(lab.plain.host),
  ]);
  await pushTags();
});

afterAll(async () => {
  await browser?.close();
  await app?.close();
  await proxy?.stop();
});

beforeEach(async () => {
  page = await browser.newPage();
  lab.plain.clearRequests();
  proxy.clearRequests();
});

afterEach(async () => {
  proxy.setRules([]);
  await page.context().close();
});

interface Manifest {
  readonly config: { readonly digest: string };
  readonly layers: readonly { readonly digest: string }[];
}

/** 250 tags: 1.0 to 1.248 and `latest`; three of them are the image of app/hello, the others another one. */
async function pushTags(): Promise<void> {
  const base = `http://${lab.pushTo}/v2`;
  const hello = await readManifest(`${base}/app/hello/manifests/1`);
  const twice = await readManifest(`${base}/app/twice/manifests/1`);
  await mountBlobs('app/hello', REPOSITORY);
  await mountBlobs('app/twice', REPOSITORY);
  await pushTag('latest', hello);
  for (let minor = 0; minor < 249; minor++) await pushTag(`1.${minor}`, minor === 9 || minor === 100 ? hello : twice);
}

async function mountBlobs(from: string, to: string): Promise<void> {
  const base = `http://${lab.pushTo}/v2`;
  const { config, layers } = JSON.parse(await readManifest(`${base}/${from}/manifests/1`)) as Manifest;
  for (const digest of new Set([config, ...layers].map((blob) => blob.digest))) {
    const mount = `${base}/${to}/blobs/uploads/?mount=${digest}&from=${from}`;
    expect((await fetch(mount, { method: 'POST' })).status).toBe(201);
  }
}

async function readManifest(url: string): Promise<string> {
  return (await fetch(url, { headers: { Accept: MANIFEST_TYPES.join(', ') } })).text();
}

async function pushTag(tag: string, body: string, repository = REPOSITORY): Promise<void> {
  const url = `http://${lab.pushTo}/v2/${repository}/manifests/${tag}`;
  const answer = await fetch(url, { method: 'PUT', body, headers: { 'Content-Type': MANIFEST_TYPES[0] ?? '' } });
  expect(answer.status).toBe(201);
}

const list = () => page.getByRole('list', { name: 'Tags' });
const links = () => list().getByRole('link');
const status = (text: string | RegExp) => page.getByRole('status').filter({ hasText: text });

async function visit(host: string, tag = 'latest'): Promise<void> {
  await page.goto(app.address(`${host}/${REPOSITORY}:${tag}?view=tags`));
}

describe('a registry with 250 tags', () => {
  test('lists them all, newest-looking first, and opens the one that is chosen', async () => {
    await page.goto(app.address(`${lab.plain.host}/${REPOSITORY}:latest`));
    const tab = page.getByRole('tab', { name: 'Tags' });
    await tab.waitFor();
    expect(lab.plain.requests().filter(({ path }) => path.includes('/tags/list'))).toEqual([]);
    await tab.click();
    await status('250 tags').waitFor();
    expect(await links().count()).toBe(250);
    expect((await links().allTextContents()).slice(0, 3)).toEqual(['latest', '1.248', '1.247']);
    const current = list().locator('[aria-current="page"]');
    expect(await current.allTextContents()).toEqual(['latest']);
    await page.getByRole('combobox', { name: 'Order' }).selectOption('natural');
    const natural = await links().allTextContents();
    expect(natural.slice(8, 12)).toEqual(['1.8', '1.9', '1.10', '1.11']);
    expect(natural.at(-1)).toBe('latest');
    await list().getByRole('link', { name: '1.10', exact: true }).click();
    await page.getByRole('heading', { level: 1, name: `${lab.plain.host}/${REPOSITORY}:1.10` }).waitFor();
    expect(page.url()).toBe(app.address(`${lab.plain.host}/${REPOSITORY}:1.10`));
  });

  test('is searched as someone types, and Enter opens the first that is left', async () => {
    await visit(lab.plain.host);
    await status('250 tags').waitFor();
    const field = page.getByRole('searchbox', { name: 'Find tags' });
    await field.fill('.24');
    await status('10 of 250 tags').waitFor();
    expect(await links().count()).toBe(10);
    await field.fill('nothing');
    await page.getByText('No tag has “nothing” in its name.').waitFor();
    await field.fill('1.248');
    await field.press('Enter');
    await page.getByRole('heading', { level: 1, name: `${lab.plain.host}/${REPOSITORY}:1.248` }).waitFor();
  });

  test('is walked with the arrow keys, with one stop for the Tab key', async () => {
    await visit(lab.plain.host);
    await status('250 tags').waitFor();
    expect(await list().locator('a[tabindex="0"]').allTextContents()).toEqual(['latest']);
    await links().first().focus();
    const focused = () => page.evaluate(() => document.activeElement?.textContent);
    await page.keyboard.press('ArrowRight');
    expect(await focused()).toBe('1.248');
    await page.keyboard.press('ArrowDown');
    const below = await focused();
    expect(below).not.toBe('1.247');
    await page.keyboard.press('ArrowUp');
    expect(await focused()).toBe('1.248');
    await page.keyboard.press('End');
    expect(await focused()).toBe('1.0');
    await page.keyboard.press('Home');
    expect(await focused()).toBe('latest');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: 'app/many:latest' }).waitFor();
  });

  test.each(['plain', 'closed'] as const)('tells which tags have this digest, by HEAD alone (%s)', async (kind) => {
    const registry = lab[kind];
    await visit(registry.host);
    await status('250 tags').waitFor();
    registry.clearRequests();
    await page.getByRole('button', { name: 'Find tags of this digest' }).click();
    await page.getByText('3 of the 250 tags asked have this digest').waitFor({ timeout: 30_000 });
    expect(await page.locator('.tag-same').count()).toBe(3);
    expect(await page.locator('.digest-search a').allTextContents()).toEqual(['latest', '1.100', '1.9']);
    const asked = registry.requests().filter(({ path }) => path.includes('/manifests/'));
    expect(new Set(asked.map(({ method }) => method))).toEqual(new Set(['HEAD']));
    expect(new Set(asked.map(({ path }) => path)).size).toBe(250);
  });

  test('says what it costs where the digest is hidden, and asks nothing more until told to', async () => {
    // As most registries answer that allow pages to read them at all: CORS, but no header exposed.
    await page.route(/\/manifests\//, async (route) => {
      const answer = await route.fetch();
      const { 'docker-content-digest': _, ...headers } = answer.headers();
      await route.fulfill({ response: answer, headers });
    });
    await visit(lab.plain.host);
    await status('250 tags').waitFor();
    await page.getByRole('searchbox', { name: 'Find tags' }).fill('1.10');
    await status('11 of 250 tags').waitFor();
    lab.plain.clearRequests();
    await page.getByRole('button', { name: 'Find tags of this digest' }).click();
    const read = page.getByRole('button', { name: 'Read 11 manifests' });
    await read.waitFor();
    expect(await page.locator('.digest-search').innerText()).toContain('counted as a pull');
    expect(lab.plain.requests().filter(({ method }) => method === 'GET')).toEqual([]);
    await read.click();
    await page.getByText('1 of the 11 tags asked has this digest').waitFor();
  });

  test('shows the registry’s other repositories on request, and only there where they can be read', async () => {
    await visit(lab.plain.host);
    await page.getByRole('button', { name: 'Other repositories of this registry' }).click();
    const repositories = page.getByRole('list', { name: 'Repositories' });
    await repositories.getByRole('link', { name: 'app/hello', exact: true }).waitFor();
    expect(await repositories.getByRole('link').allTextContents()).toContain(REPOSITORY);
    const refused = {
      kind: 'answer',
      status: 403,
      body: '{"errors":[{"code":"DENIED","message":"not yours"}]}',
    } as const;
    proxy.setRules([{ path: /_catalog/, fault: refused }]);
    await visit(proxy.host);
    await page.getByRole('button', { name: 'Other repositories of this registry' }).click();
    const alert = page.getByRole('alert');
    await alert.waitFor();
    expect(await alert.getAttribute('data-code')).toBe('auth-denied');
    expect(await alert.innerText()).toContain('not yours');
  });
});

describe('a list that misbehaves', () => {
  const pageOf = (asked: string): number => Number(/last=t([0-9]+)/.exec(asked)?.[1] ?? -1) + 1;
  const tags = (from: number, count: number): string =>
    JSON.stringify({ tags: Array.from({ length: count }, (_, at) => `t${from + at}`) });

  test('without an end is read up to 10,000 tags, and goes on only when asked to', async () => {
    const body = (asked: string): string => tags(pageOf(asked), 1000);
    proxy.setRules([{ path: TAGS_PATH, fault: { kind: 'answer', status: 200, body } }]);
    await visit(proxy.host);
    await status(/^10,000 tags$/).waitFor({ timeout: 20_000 });
    await page.getByText('Reading stopped here; there may be more.').waitFor();
    const asked = () => proxy.requests().filter(({ path }) => path.includes('/tags/list')).length;
    expect(asked()).toBe(10);
    expect(await links().count()).toBe(300);
    await page.getByRole('button', { name: 'Load more' }).click();
    await status(/^20,000 tags$/).waitFor({ timeout: 20_000 });
    expect(asked()).toBe(20);
  });

  test('that is always the same ends with a word about it', async () => {
    proxy.setRules([{ path: TAGS_PATH, fault: { kind: 'answer', status: 200, body: tags(0, 1000) } }]);
    await visit(proxy.host);
    await page.getByText('Asked for more, the registry sent nothing new').waitFor();
    await status('1,000 tags').waitFor();
    expect(proxy.requests().filter(({ path }) => path.includes('/tags/list'))).toHaveLength(2);
  });

  test('that breaks at its third page keeps two, says why, and goes on after Try again', async () => {
    const broken = { kind: 'answer', status: 500, body: '{"errors":[{"code":"UNKNOWN","message":"disk"}]}' } as const;
    const body = (asked: string): string => (pageOf(asked) < 3000 ? tags(pageOf(asked), 1000) : '{"tags":[]}');
    const good = { kind: 'answer', status: 200, body } as const;
    proxy.setRules([
      { path: TAGS_PATH, times: 2, fault: good },
      { path: TAGS_PATH, times: 3, fault: broken },
      { path: TAGS_PATH, fault: good },
    ]);
    await visit(proxy.host);
    const alert = page.getByRole('alert');
    await alert.waitFor();
    expect(await alert.getAttribute('data-code')).toBe('registry-failed');
    expect(await alert.innerText()).toMatch(/^Could not list the tags of .*500 \(UNKNOWN: disk\)/s);
    await status('2,000 tags').waitFor();
    expect(await links().count()).toBe(300);
    await page.getByRole('button', { name: 'Try again' }).click();
    await status('3,000 tags').waitFor();
    expect(await alert.count()).toBe(0);
  });

  test('with markup in it shows none of it', async () => {
    const body = JSON.stringify({ tags: ['ok', '<img src=x onerror=alert(1)>', 'javascript:alert(1)'] });
    proxy.setRules([{ path: TAGS_PATH, fault: { kind: 'answer', status: 200, body } }]);
    await visit(proxy.host);
    await page.getByText('Left out: 2 entries that are no valid names.').waitFor();
    expect(await links().allTextContents()).toEqual(['ok']);
  });

  test('is no longer asked for when its view is left', async () => {
    proxy.setRules([{ path: TAGS_PATH, fault: { kind: 'delay', ms: 60_000 } }]);
    await visit(proxy.host);
    await status('0 tags so far, reading…').waitFor();
    const stopped = page.waitForEvent('requestfailed', (request) => request.url().includes('/tags/list'));
    await page.getByRole('tab', { name: 'Overview' }).click();
    expect((await stopped).failure()?.errorText).toBe('net::ERR_ABORTED');
    expect(await page.getByRole('alert').count()).toBe(0);
  });
});

describe('the history of a tag', () => {
  const MOVING = 'moving';

  async function move(to: 'app/hello' | 'app/twice'): Promise<void> {
    await pushTag(MOVING, await readManifest(`http://${lab.pushTo}/v2/${to}/manifests/1`));
  }

  test('says that the tag has moved, links to what it was, and is forgotten on request', async () => {
    await move('app/hello');
    await visit(lab.plain.host, MOVING);
    const history = page.getByRole('region', { name: 'Tag history' });
    await history.getByText('now').waitFor();
    const old = await page.locator('.image-digest').getByRole('button').first().innerText();
    expect(await page.locator('.moved-notice').count()).toBe(0);

    await move('app/twice');
    await page.reload();
    const notice = page.locator('.moved-notice');
    await notice.getByText('This tag has moved since').waitFor();
    await expect.poll(() => history.getByRole('listitem').count()).toBe(2);
    await page.reload();
    await notice.waitFor();
    await expect.poll(() => history.getByRole('listitem').count()).toBe(2);
    const digest = await notice.getByRole('button').getAttribute('data-copy');
    await notice.getByRole('link', { name: 'Open the old image' }).click();
    await page.getByRole('heading', { level: 1, name: `${lab.plain.host}/${REPOSITORY}@${digest}` }).waitFor();
    expect(await page.locator('.image-digest').getByRole('button').first().innerText()).toBe(old);
    expect(await notice.count()).toBe(0);

    await visit(lab.plain.host, MOVING);
    await page.getByRole('button', { name: 'Forget all history' }).click();
    await history.waitFor({ state: 'detached' });
    await page.reload();
    await history.getByText('now').waitFor();
    expect(await history.getByRole('listitem').count()).toBe(1);
    expect(await notice.count()).toBe(0);
  });

  test('is absent where the browser refuses storage, and the tags are listed all the same', async () => {
    await page.addInitScript(() => {
      IDBFactory.prototype.open = () => {
        throw new DOMException('storage is switched off', 'SecurityError');
      };
    });
    await visit(lab.plain.host);
    await status(/^25[01] tags$/).waitFor();
    expect(await page.getByRole('region', { name: 'Tag history' }).count()).toBe(0);
  });
});

describe('a mirror', () => {
  test('that keeps Docker Hub’s repositories below a project is asked in its place, and says so', async () => {
    await mountBlobs('app/hello', 'app/library/hello');
    await pushTag('1', await readManifest(`http://${lab.pushTo}/v2/app/hello/manifests/1`), 'app/library/hello');
    const registries = { 'docker.io': { mirror: `${lab.plain.base}/app`, transport: 'direct' } };
    await page.route('**/config.json', (route) => route.fulfill({ json: { relay: null, registries } }));
    await page.goto(app.address('hello:1'));
    await page.locator('.transport').getByText(`direct, from mirror ${lab.plain.host}`).waitFor();
    const { path, fileName } = await download(page);
    expect(fileName).toBe('hello_1_linux-amd64.tar');
    expect(await differences(path, `${lab.plain.base}/v2/app/library/hello`)).toEqual([]);
    await page.getByRole('tab', { name: 'Tags' }).click();
    await status('1 tag').waitFor();
    const paths = lab.plain.requests().map((request) => request.path);
    expect(paths.filter((asked) => !asked.startsWith('/v2/app/library/hello/'))).toEqual([]);
  });

  test('that fails is named, and nothing else is asked in its place', async () => {
    const registries = { 'docker.io': { mirror: `${lab.plain.base}/nowhere`, transport: 'direct' } };
    await page.route('**/config.json', (route) => route.fulfill({ json: { relay: null, registries } }));
    await page.goto(app.address('hello:1'));
    const alert = page.getByRole('alert');
    await alert.waitFor();
    expect(await alert.getAttribute('data-code')).toBe('not-found');
    expect(await alert.innerText()).toContain(`${lab.plain.host}/nowhere/library/hello`);
  });
});

describe('the limit on pulls', () => {
  test('is shown where its headers can be read', async () => {
    await page.route(/\/manifests\//, async (route) => {
      const answer = await route.fetch();
      const limit = {
        'ratelimit-limit': '100;w=21600',
        'ratelimit-remaining': '97;w=21600',
        'docker-ratelimit-source': '203.0.113.7',
        'access-control-expose-headers': 'RateLimit-Limit, RateLimit-Remaining, Docker-RateLimit-Source',
      };
      await route.fulfill({ response: answer, headers: { ...answer.headers(), ...limit } });
    });
    await page.goto(app.address(`${lab.plain.host}/app/hello:1`));
    await page.getByText('97 of 100 per 6 h, counted for your address').waitFor();
  });
});

test('the sample, which is a folder of files, has no tags to list', async () => {
  await page.goto(app.address('sample'));
  await page.getByRole('tab', { name: 'Layers' }).waitFor();
  expect(await page.getByRole('tab', { name: 'Tags' }).count()).toBe(0);
});

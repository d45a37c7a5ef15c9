/** Why a pull fails, as a real browser lets a page find out: for each cause that can be made here, that it is named. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { BrowserContext, Page } from 'playwright-core';
import sirv from 'sirv';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type FaultProxy, startFaultProxy } from '../lab/fault-proxy.ts';
import type { Lab } from '../lab/lab.ts';
import { CORS_HEADERS } from '../lab/nginx.ts';
import { freePorts, removeFolder, temporaryFolder } from '../lab/process.ts';
import { type Certificate, makeCertificate, startNginxTls, startNodeTls } from '../lab/tls.ts';
import { useLab } from '../lab/use-lab.ts';
import { type App, DIST, startApp } from './app.ts';
import { type OpenBrowser, openBrowser } from './browser.ts';

/** Names that lead to this machine, or nowhere, in the browser under test. */
const RESOLVER =
  'MAP selfsigned.test 127.0.0.1, MAP plain.test 127.0.0.1, MAP app.test 127.0.0.1, MAP nowhere.test ~NOTFOUND';
/** The page counts as one from the Internet then, and this machine as its local network. */
const asPublicPage = (port: string) => [`--ip-address-space-overrides=127.0.0.1:${port}=public`];

let lab: Lab;
let app: App;
let browser: OpenBrowser;
/** In front of the open registry, and a second host that others point to. */
let proxy: FaultProxy;
let other: FaultProxy;
let folder: string;
let certificate: Certificate;
let page: Page;

beforeAll(async () => {
  lab = await useLab();
  folder = temporaryFolder('diagnosis');
  [app, browser, proxy, other, certificate] = await Promise.all([
    startApp([lab.closed.base]),
    openBrowser([`--host-resolver-rules=${RESOLVER}`]),
    startFaultProxy(lab.plain.host),
    startFaultProxy(new URL(lab.tokenServer.realm).host),
    makeCertificate(folder, 'selfsigned.test'),
  ]);
});

afterAll(async () => {
  await browser?.close();
  await app?.close();
  await proxy?.stop();
  await other?.stop();
  removeFolder(folder);
});

beforeEach(async () => {
  page = await browser.newPage();
  await connect(page.context());
});

/** The lab needs no network, but on a machine without one Chromium says to be offline, which is another cause. */
async function connect(context: BrowserContext): Promise<void> {
  await context.addInitScript(() => {
    Object.defineProperty(Navigator.prototype, 'onLine', { get: () => true });
  });
}

afterEach(async () => {
  proxy.setRules([]);
  other.setRules([]);
  await page.context().close();
});

interface Verdict {
  readonly cause: string | null;
  readonly mayBe: readonly string[];
  /** The step that failed. */
  readonly step: string | null;
  readonly text: string;
}

async function verdict(of = page): Promise<Verdict> {
  const status = of.getByRole('status').and(of.locator('[data-state="done"]'));
  await status.first().waitFor({ timeout: 25_000 });
  const may = status.locator('[data-may-be]');
  const failed = of.locator('[data-step][data-state="failed"]');
  return {
    cause: await status.first().getAttribute('data-cause'),
    mayBe: (await may.count()) === 0 ? [] : ((await may.first().getAttribute('data-may-be')) ?? '').split(' '),
    step: (await failed.count()) === 0 ? null : await failed.first().getAttribute('data-step'),
    text: await of.getByRole('main').innerText(),
  };
}

async function diagnose(reference: string): Promise<Verdict> {
  // The same address again would be no navigation.
  await page.goto('about:blank');
  await page.goto(app.address(`diagnose/${reference}`));
  const result = await verdict();
  expect(result.text).not.toMatch(/Failed to fetch|undefined|\[object|TypeError/);
  return result;
}

/** The page's own settings, as a deployer would have them. */
async function withSettings(settings: object, context: BrowserContext = page.context()): Promise<void> {
  await context.route('**/config.json', (route) => route.fulfill({ json: settings }));
}

test('a pull that works: every step passes, also with a token', async () => {
  expect(await diagnose(`${lab.plain.host}/app/hello:1`)).toMatchObject({ cause: null, step: null });
  const { cause, text } = await diagnose(`${lab.nginx.host}/app/multi:1`);
  expect(cause).toBeNull();
  expect(text).toContain('Nothing is wrong');
  expect(await page.locator('[data-step][data-state="passed"]').count()).toBe(8);
});

describe('nothing answers', () => {
  test('at a closed port', async () => {
    const [port] = await freePorts(1);
    const result = await diagnose(`127.0.0.1:${port}/app/hello:1`);
    expect(result).toMatchObject({ cause: 'port', step: 'reach', mayBe: ['blocked'] });
  });

  test('at a name that can never exist', async () => {
    expect(await diagnose('registry.invalid/app/hello:1')).toMatchObject({ cause: 'name', step: 'reach', mayBe: [] });
  });

  test('at a name that is not found: a page cannot tell, and says so', async () => {
    const result = await diagnose('nowhere.test/app/hello:1');
    expect(result).toMatchObject({ cause: 'unreachable', step: 'reach', mayBe: ['name', 'port', 'tls', 'blocked'] });
    expect(result.text).toContain('cannot tell');
    await page.getByRole('link', { name: 'https://nowhere.test/v2/' }).waitFor();
    expect(result.text).toContain("curl -v 'https://nowhere.test/v2/'");
  });

  test('over TLS with a certificate that is not trusted, from a server that answers plain http as well', async () => {
    const server = await startNginxTls(folder, certificate, lab.plain.host);
    try {
      const result = await diagnose(`selfsigned.test:${server.port}/app/hello:1`);
      expect(result).toMatchObject({ cause: 'tls', step: 'reach', mayBe: [] });
    } finally {
      await server.stop();
    }
  });

  test('over TLS with a certificate that is not trusted, from one that hangs up on plain http', async () => {
    const server = await startNodeTls(certificate, (_request, response) => response.end('{}'));
    try {
      const result = await diagnose(`selfsigned.test:${server.port}/app/hello:1`);
      expect(result).toMatchObject({ cause: 'unreachable', step: 'reach' });
      expect(result.mayBe).toContain('tls');
    } finally {
      await server.stop();
    }
  });

  test('over http to a page that came over https (mixed content)', async () => {
    const serve = sirv(DIST, { dev: true });
    const server = await startNodeTls(certificate, (request, response) => serve(request, response));
    const context = await browser.browser.newContext({ ignoreHTTPSErrors: true });
    try {
      const registries = { 'plain.test': { mirror: `http://plain.test:${new URL(lab.plain.base).port}` } };
      await withSettings({ relay: null, registries }, context);
      await connect(context);
      const secure = await context.newPage();
      await secure.goto(`https://app.test:${server.port}/#/diagnose/plain.test/app/hello:1`);
      expect(await verdict(secure)).toMatchObject({ cause: 'mixed-content', step: 'reach', mayBe: [] });
    } finally {
      await context.close();
      await server.stop();
    }
  });

  test('without a network, and Run again finds it once it is back', async () => {
    await page.context().close();
    page = await browser.newPage();
    await page.goto(app.address(`diagnose/${lab.plain.host}/app/hello:1`));
    await verdict();
    await page.context().setOffline(true);
    await page.getByRole('button', { name: 'Run again' }).focus();
    await page.keyboard.press('Enter');
    await page.locator('[data-cause="offline"]').waitFor();
    expect(await verdict()).toMatchObject({ cause: 'offline', step: 'reach', mayBe: [] });
    await page.context().setOffline(false);
    await page.getByRole('button', { name: 'Run again' }).click();
    await page.getByText('Nothing is wrong').waitFor();
  });

  test('because an extension blocks it: a page cannot tell that from a closed port', async () => {
    await page.context().route(`${lab.plain.base}/**`, (route) => route.abort('blockedbyclient'));
    const result = await diagnose(`${lab.plain.host}/app/hello:1`);
    expect(result.mayBe).toContain('blocked');
  });

  test('because the policy of this page does not let it', async () => {
    await page.context().route(app.url, async (route) => {
      const response = await route.fetch();
      const narrow = (text: string) => text.replace(/connect-src 'self' https: http:/, "connect-src 'self'");
      const headers = { ...response.headers(), 'content-security-policy': '' };
      await route.fulfill({ response, headers, body: narrow(await response.text()) });
    });
    const result = await diagnose(`${lab.plain.host}/app/hello:1`);
    expect(result).toMatchObject({ cause: 'blocked', step: 'reach', mayBe: [] });
  });

  test('because the local network was denied to a page from elsewhere, until it is allowed', async () => {
    const there = await openBrowser(asPublicPage(new URL(app.url).port));
    try {
      const denied = await there.newPage();
      await connect(denied.context());
      const session = await there.browser.newBrowserCDPSession();
      for (const name of ['local-network-access', 'loopback-network']) {
        await session.send('Browser.setPermission', { permission: { name }, setting: 'denied' });
      }
      await denied.goto(app.address(`diagnose/${lab.plain.host}/app/hello:1`));
      expect(await verdict(denied)).toMatchObject({ cause: 'local-network', step: 'reach', mayBe: [] });
      await denied.context().grantPermissions(['local-network-access']);
      await denied.getByRole('button', { name: 'Run again' }).click();
      await denied.getByText('Nothing is wrong').waitFor();
    } finally {
      await there.close();
    }
  });
});

describe('CORS', () => {
  test('none on the API; the relay is tried beside it', async () => {
    const result = await diagnose(`${lab.closed.host}/app/hello:1`);
    expect(result).toMatchObject({ cause: 'no-cors-api', step: 'cors', mayBe: [] });
    await page.getByText('distribution (registry:2, registry:3)').click();
    const origin = new URL(app.url).origin;
    expect(await page.locator('pre').filter({ hasText: 'Access-Control-Allow-Origin' }).first().innerText()).toContain(
      origin,
    );
    await page.getByRole('button', { name: 'Try through the relay' }).click();
    const relayed = page.getByRole('region', { name: /^Asked via relay/ });
    await relayed.getByText('Nothing is wrong').waitFor();
    await page.getByRole('region', { name: 'Asked direct' }).getByText('no CORS headers').waitFor();
  });

  test('preflights answered with 401', async () => {
    const result = await diagnose(`${lab.token.host}/app/hello:1`);
    expect(result).toMatchObject({ cause: 'preflight', step: 'cors', mayBe: [] });
    expect(result.text).toContain('nginx in front of a registry');
  });

  test('none on the host that blobs come from', async () => {
    const redirect = { kind: 'answer', status: 307 } as const;
    const manifest = await helloManifest();
    const rules = [manifest.config, ...manifest.layers].map(({ digest }) => ({
      path: new RegExp(digest),
      fault: { ...redirect, headers: { Location: `${lab.closed.base}/v2/app/hello/blobs/${digest}` } },
    }));
    proxy.setRules(rules);
    expect(await diagnose(`${proxy.host}/app/hello:1`)).toMatchObject({
      cause: 'no-cors-blob',
      step: 'config',
      mayBe: [],
    });
    // Only the layers come from there.
    proxy.setRules(rules.slice(1));
    expect(await diagnose(`${proxy.host}/app/hello:1`)).toMatchObject({ cause: 'no-cors-blob', step: 'blob' });
  });

  test('none on the token server', async () => {
    other.setRules([{ path: /token/, fault: { kind: 'no-cors' } }]);
    proxy.setRules([unauthorized(`Bearer realm="${other.base}/token",service="lab-registry"`)]);
    const result = await diagnose(`${proxy.host}/app/hello:1`);
    expect(result).toMatchObject({ cause: 'no-cors-token', step: 'token', mayBe: [] });
    expect(result.text).toContain(other.host);
  });
});

describe('answers', () => {
  test('an image that is not there', async () => {
    expect(await diagnose(`${lab.plain.host}/app/nothing:1`)).toMatchObject({
      cause: 'not-found',
      step: 'tag',
      mayBe: [],
    });
  });

  test('an image that is private', async () => {
    expect(await diagnose(`${lab.nginx.host}/private/hello:1`)).toMatchObject({ cause: 'not-found', step: 'tag' });
  });

  test('a registry that wants an account', async () => {
    proxy.setRules([unauthorized('Basic realm="lab"')]);
    expect(await diagnose(`${proxy.host}/app/hello:1`)).toMatchObject({ cause: 'sign-in', step: 'tag' });
  });

  test('too many requests', async () => {
    proxy.setRules([{ path: /manifests/, fault: { kind: 'answer', status: 429, headers: { 'Retry-After': '60' } } }]);
    expect(await diagnose(`${proxy.host}/app/hello:1`)).toMatchObject({ cause: 'rate-limit', step: 'tag', mayBe: [] });
  });

  test('a registry that fails', async () => {
    proxy.setRules([{ path: /manifests/, fault: { kind: 'answer', status: 500 } }]);
    expect(await diagnose(`${proxy.host}/app/hello:1`)).toMatchObject({ cause: 'registry-failed', step: 'tag' });
  });

  test('a web page in place of the manifest, and of the registry', async () => {
    const fault = { kind: 'answer', status: 200, body: '<title>Sign in</title>', contentType: 'text/html' } as const;
    proxy.setRules([{ path: /manifests/, fault }]);
    const result = await diagnose(`${proxy.host}/app/hello:1`);
    expect(result).toMatchObject({ cause: 'wrong-media-type', step: 'manifest', mayBe: [] });
    expect(result.text).toContain('text/html');
    proxy.setRules([{ path: /./, fault }]);
    expect(await diagnose(`${proxy.host}/app/multi:1`)).toMatchObject({ cause: 'not-a-registry', step: 'cors' });
  });

  test.each([
    ['http://169.254.169.254/token', 'challenge'],
    ['file:///etc/passwd', 'challenge'],
    ['auth.example/token', 'token'],
  ])('the realm %s', async (realm, step) => {
    proxy.setRules([unauthorized(`Bearer realm="${realm}"`)]);
    expect(await diagnose(`${proxy.host}/app/hello:1`)).toMatchObject({ cause: 'broken-realm', step, mayBe: [] });
  });

  test('a layer with a Content-Encoding that is none of a stored blob’s', async () => {
    const [layer] = (await helloManifest()).layers;
    const answer = await fetch(`${lab.plain.base}/v2/app/hello/blobs/${layer?.digest}`);
    const body = new Uint8Array(await answer.arrayBuffer());
    const headers = { 'Content-Encoding': 'gzip' };
    const path = new RegExp(layer?.digest ?? '-');
    proxy.setRules([{ path, fault: { kind: 'answer', status: 200, body, headers } }]);
    const hidden = await diagnose(`${proxy.host}/app/hello:1`);
    expect(hidden).toMatchObject({ cause: 'mislabelled-encoding', step: 'blob', mayBe: ['damaged'] });
    const exposed = { ...headers, 'Access-Control-Expose-Headers': 'Content-Encoding' };
    proxy.setRules([{ path, fault: { kind: 'answer', status: 200, body, headers: exposed } }]);
    await page.getByRole('button', { name: 'Run again' }).click();
    await page.locator('[data-state="running"]').first().waitFor();
    expect(await verdict()).toMatchObject({ cause: 'mislabelled-encoding', step: 'blob', mayBe: [] });
    // What is said to be gzip and is not cannot be unpacked at all.
    const plain = { kind: 'answer', status: 200, body: 'no gzip', headers: exposed } as const;
    proxy.setRules([{ path, fault: plain }]);
    expect(await diagnose(`${proxy.host}/app/docker:1`)).toMatchObject({ cause: 'mislabelled-encoding', step: 'blob' });
  });

  test('a layer that is cut', async () => {
    const [layer] = (await helloManifest()).layers;
    const path = new RegExp(layer?.digest ?? '-');
    proxy.setRules([{ path, fault: { kind: 'truncate', afterBytes: 1000, ending: 'length' } }]);
    expect(await diagnose(`${proxy.host}/app/hello:1`)).toMatchObject({ cause: 'damaged', step: 'blob' });
  });
});

describe('accounts', () => {
  const WRONG = 'wrong-password-of-ann';
  const RIGHT = 'right-password-of-ann';
  let strict: Server;
  let host: string;

  /** Knows one account, and lets nobody read anything. */
  beforeAll(async () => {
    const known = `Basic ${Buffer.from(`ann:${RIGHT}`).toString('base64')}`;
    strict = createServer((request, response) => {
      for (const [name, values] of Object.entries(CORS_HEADERS)) response.setHeader(name, values.join(', '));
      if (request.method === 'OPTIONS') return void response.writeHead(204).end();
      response.setHeader('WWW-Authenticate', 'Basic realm="strict"');
      response.writeHead(request.headers.authorization === known ? 403 : 401).end();
    });
    await new Promise<void>((resolve) => strict.listen(0, '127.0.0.1', resolve));
    host = `127.0.0.1:${(strict.address() as AddressInfo).port}`;
  });

  afterAll(() => {
    strict?.close();
    strict?.closeAllConnections();
  });

  test.each([
    ['wrong-credentials', WRONG],
    ['no-rights', RIGHT],
  ])('%s, and the password is in no report', async (cause, password) => {
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await page.goto(app.address(`${host}/app/hello:1`));
    const form = page.getByRole('form', { name: /^Sign in to/ });
    await form.getByLabel('User name').fill('ann');
    await form.getByLabel('Password or token', { exact: true }).fill(password);
    await form.getByRole('button', { name: 'Sign in' }).click();
    const code = cause === 'no-rights' ? 'auth-denied' : 'credentials-refused';
    await page.locator(`[role="alert"][data-code="${code}"]`).waitFor();
    await page.getByRole('link', { name: 'Diagnose' }).click();
    expect(await verdict()).toMatchObject({ cause, step: 'tag', mayBe: [] });
    await page.getByRole('button', { name: 'Copy report' }).click();
    await page.getByText(/^Copied/).waitFor();
    const report = await page.evaluate(() => navigator.clipboard.readText());
    expect(report).toContain('Authorization: Basic …');
    for (const secret of [password, Buffer.from(`ann:${password}`).toString('base64')]) {
      expect(`${report}${await page.content()}`).not.toContain(secret);
    }
  });
});

describe('the page', () => {
  test('is reached from an image that could not be shown', async () => {
    await page.goto(app.address(`${lab.plain.host}/app/nothing:1`));
    await page.getByRole('link', { name: 'Diagnose' }).click();
    expect(page.url()).toBe(app.address(`diagnose/${lab.plain.host}/app/nothing:1`));
    expect((await verdict()).cause).toBe('not-found');
  });

  test('gives a report to copy, without the token', async () => {
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await diagnose(`${lab.nginx.host}/private/hello:1`);
    await page.getByRole('button', { name: 'Copy report' }).press('Enter');
    await page.getByText(/^Copied/).waitFor();
    const report = await page.evaluate(() => navigator.clipboard.readText());
    expect(report).toContain('Cause: not found or private');
    expect(report).toContain(`GET ${lab.nginx.base}/v2/private/hello/manifests/1`);
    expect(report).toMatch(/Authorization: Bearer …/);
    expect(report).not.toMatch(/eyJ/);
  });

  test('stops when it is left', async () => {
    proxy.setRules([{ path: /manifests/, fault: { kind: 'delay', ms: 15_000 } }]);
    await page.goto(app.address(`diagnose/${proxy.host}/app/hello:1`));
    await page.locator('[data-step="tag"][data-state="running"]').waitFor();
    const gone = page.waitForEvent('requestfailed', (request) => request.url().includes('/manifests/'));
    await page.goto(app.address(''));
    await gone;
  });

  test('fits a small screen', async () => {
    const small = await browser.newPage({ width: 390 });
    await connect(small.context());
    await small.goto(app.address(`diagnose/${lab.closed.host}/app/hello:1`));
    expect((await verdict(small)).cause).toBe('no-cors-api');
    const overflow = await small.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    expect(overflow).toBeLessThanOrEqual(0);
    await small.context().close();
  });
});

function unauthorized(challenge: string) {
  const headers = { 'WWW-Authenticate': challenge };
  return { path: /\/v2\//, fault: { kind: 'answer', status: 401, body: '{"errors":[]}', headers } } as const;
}

interface HelloManifest {
  readonly config: { readonly digest: string };
  readonly layers: readonly { readonly digest: string }[];
}

async function helloManifest(): Promise<HelloManifest> {
  const answer = await fetch(`${lab.plain.base}/v2/app/hello/manifests/1`, {
    headers: { Accept: 'application/vnd.oci.image.manifest.v1+json' },
  });
  return (await answer.json()) as HelloManifest;
}

/** A registry that attacks the page: each attack has its named error, and the page works on as if nothing had been. */
import { createHash } from 'node:crypto';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { type App, startApp } from './app.ts';
import { type OpenBrowser, openBrowser } from './browser.ts';

const MARKUP = '<img src=x onerror="window.hit = 1"><script>window.hit = 1</script>';
const SCRIPT_LINK = 'javascript:window.hit=1';
const OCI_MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const CORS = { 'Access-Control-Allow-Origin': '*', 'Access-Control-Expose-Headers': 'WWW-Authenticate' };

let app: App;
let browser: OpenBrowser;
let server: Server;
let host: string;
let page: Page;
let answer: RequestListener;
let dialogs: string[];

beforeAll(async () => {
  server = createServer({ maxHeaderSize: 1024 * 1024 }, (request, response) => answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  [app, browser] = await Promise.all([startApp(), openBrowser()]);
});

afterAll(async () => {
  await browser?.close();
  await app?.close();
  server.close();
  server.closeAllConnections();
});

beforeEach(async () => {
  page = await browser.newPage();
  dialogs = [];
  page.on('dialog', (dialog) => {
    dialogs.push(dialog.message());
    void dialog.dismiss();
  });
});

afterEach(async () => {
  expect(await page.evaluate(() => 'hit' in window)).toBe(false);
  expect(await page.evaluate(() => Object.getOwnPropertyNames(Object.prototype).includes('polluted'))).toBe(false);
  expect(dialogs).toEqual([]);
  // In the same page, without loading it anew.
  await page.evaluate(() => {
    location.hash = '#/sample';
  });
  await page.getByRole('button', { name: /^Download/ }).waitFor();
  await page.context().close();
});

interface Files {
  readonly manifest: string;
  readonly config: string;
}

const sha256 = (text: string) => `sha256:${createHash('sha256').update(text).digest('hex')}`;

function imageWith({ annotations = '{}', labels = '{}' }: { annotations?: string; labels?: string }): Files {
  const config = `{"architecture":"amd64","os":"linux","config":{"Labels":${labels}},"rootfs":{"type":"layers","diff_ids":["${sha256('a')}"]},"history":[{"created_by":${JSON.stringify(MARKUP)}}],"__proto__":{"polluted":1}}`;
  const layer = `{"mediaType":"application/vnd.oci.image.layer.v1.tar","digest":"${sha256('a')}","size":1000}`;
  const about = `{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"${sha256(config)}","size":${Buffer.byteLength(config)}}`;
  const manifest = `{"schemaVersion":2,"mediaType":"${OCI_MANIFEST}","config":${about},"layers":[${layer}],"annotations":${annotations},"__proto__":{"polluted":1}}`;
  return { manifest, config };
}

/** Serves the image; its layer is redirected in a circle. */
function serving({ manifest, config }: Files): RequestListener {
  return (request, response) => {
    if (request.url?.includes('/manifests/'))
      response.writeHead(200, { ...CORS, 'Content-Type': OCI_MANIFEST }).end(manifest);
    else if (request.url?.endsWith(sha256(config))) response.writeHead(200, CORS).end(config);
    else response.writeHead(307, { ...CORS, Location: request.url }).end();
  };
}

const refusing = (headers: Record<string, string>): RequestListener => {
  return (_request, response) => response.writeHead(401, { ...CORS, ...headers }).end();
};

async function visit(image = 'app/x:1'): Promise<void> {
  await page.goto(app.address(`${host}/${image}`));
}

async function codeShown(within = page.locator('main')): Promise<string | null> {
  const shown = within.getByRole('alert').first();
  await shown.waitFor({ timeout: 20_000 });
  return shown.getAttribute('data-code');
}

test.each([
  ['a realm at a private address', 'Bearer realm="http://192.168.0.1/token"', 'registry-failed'],
  ['a realm that is a file', 'Bearer realm="file:///etc/passwd"', 'registry-failed'],
  ['ten thousand challenges', 'Basic realm="x", '.repeat(10_000), 'auth-required'],
  ['ten thousand parameters', `Bearer ${'realm="x",'.repeat(10_000)}`, 'auth-required'],
])('%s', async (_, header, code) => {
  answer = refusing({ 'WWW-Authenticate': header });
  await visit();
  expect(await codeShown()).toBe(code);
});

test('a realm that redirects, and a token of 10 MB', async () => {
  answer = (request, response) => {
    if (request.url?.startsWith('/token/long'))
      response.writeHead(200, CORS).end(JSON.stringify({ token: 'x'.repeat(1e7) }));
    else if (request.url?.startsWith('/token')) response.writeHead(307, { ...CORS, Location: '/token/long' }).end();
    else
      refusing({ 'WWW-Authenticate': `Bearer realm="/token${request.url?.includes('long') ? '/long' : ''}"` })(
        request,
        response,
      );
  };
  await visit('app/redirecting:1');
  expect(await codeShown()).toBe('registry-failed');
  await page.getByText('is not followed').first().waitFor();
  await visit('app/long:1');
  await page.getByText('more than 128 KiB').first().waitFor();
  expect(await codeShown()).toBe('registry-failed');
});

test('a manifest of 5 MB', async () => {
  answer = (_request, response) => {
    response.writeHead(200, { ...CORS, 'Content-Type': OCI_MANIFEST }).end(`{"pad":"${'x'.repeat(5_000_000)}"}`);
  };
  await visit();
  expect(await codeShown()).toBe('manifest-too-large');
});

test('a message with markup and direction marks', async () => {
  answer = (_request, response) => {
    const errors = [{ code: MARKUP, message: `\u202E${SCRIPT_LINK}` }];
    response.writeHead(403, CORS).end(JSON.stringify({ errors }));
  };
  await visit();
  expect(await codeShown()).toBe('auth-denied');
  expect(await page.locator('main').innerText()).not.toContain('\u202E');
});

test('annotations, labels and history with markup and script links are text', async () => {
  const hostile = JSON.stringify({
    [MARKUP]: MARKUP,
    'org.opencontainers.image.url': SCRIPT_LINK,
    'org.opencontainers.image.source': SCRIPT_LINK,
    'org.opencontainers.image.documentation': `data:text/html,${MARKUP}`,
    'org.opencontainers.image.title': MARKUP,
  });
  const files = imageWith({
    annotations: hostile.replace('{', '{"__proto__":{"polluted":"1"},'),
    labels: hostile.replace('{', '{"__proto__":"1",'),
  });
  answer = serving(files);
  for (const view of ['overview', 'manifest', 'config', 'layers']) {
    await visit(`app/x:1?view=${view}`);
    await page.getByRole('button', { name: /^Download/ }).waitFor();
    await page.locator('main').getByText('window.hit').first().waitFor();
    const links = await page
      .locator('a[href]')
      .evaluateAll((all) => all.map((link) => (link as HTMLAnchorElement).href));
    expect(links.filter((link) => !/^https?:/.test(link))).toEqual([]);
    expect(await page.locator('main img, main script, main iframe').count()).toBe(0);
  }
});

test('blobs that are redirected in a circle', async () => {
  answer = serving(imageWith({}));
  await visit();
  await page.getByRole('button', { name: /^Download/ }).click();
  expect(await codeShown(page.getByRole('region', { name: 'Downloads' }))).toBe('network-or-cors');
});

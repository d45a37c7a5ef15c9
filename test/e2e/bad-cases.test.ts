/** What goes wrong gets its own code and a message, leaves no file that loads, and leaves the app usable. */
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type FaultProxy, startFaultProxy } from '../lab/fault-proxy.ts';
import type { Lab } from '../lab/lab.ts';
import { useLab } from '../lab/use-lab.ts';
import { type App, startApp } from './app.ts';
import { differences } from './archive.ts';
import { download, type OpenBrowser, openBrowser } from './browser.ts';

let lab: Lab;
let app: App;
let browser: OpenBrowser;
let proxy: FaultProxy;
let page: Page;

beforeAll(async () => {
  lab = await useLab();
  [app, browser, proxy] = await Promise.all([
    startApp([lab.token.base]),
    openBrowser(),
    startFaultProxy(lab.plain.host),
  ]);
});

afterAll(async () => {
  await browser?.close();
  await app?.close();
  await proxy?.stop();
});

beforeEach(async () => {
  page = await browser.newPage();
});

afterEach(async () => {
  proxy.setRules([]);
  await expectUsable();
  await page.context().close();
});

/** In the same tab, without a reload, a good image opens and downloads. */
async function expectUsable(): Promise<void> {
  const field = page.getByRole('textbox', { name: 'Image reference' });
  await field.fill(`${lab.plain.host}/app/hello:1`);
  await field.press('Enter');
  await page.getByRole('heading', { level: 1, name: `${lab.plain.host}/app/hello:1` }).waitFor();
  const { path } = await download(page);
  expect(await differences(path, `${lab.plain.base}/v2/app/hello`)).toEqual([]);
}

/** The one alert's code and words. */
async function alert(within = page.locator('main')): Promise<{ code: string | null; text: string }> {
  const shown = within.getByRole('alert').first();
  // Five tries of a byte that does not come take 15 s.
  await shown.waitFor({ timeout: 30_000 });
  return { code: await shown.getAttribute('data-code'), text: await shown.innerText() };
}

async function visit(route: string): Promise<{ code: string | null; text: string }> {
  await page.goto(app.address(route));
  return alert();
}

/** Every message says what was attempted, and never what only a programmer understands. */
function expectPlain(text: string): void {
  expect(text).toMatch(/^Could not /);
  expect(text).not.toMatch(/Failed to fetch|undefined|\[object|TypeError/);
}

describe('opening', () => {
  test('a host that does not exist', async () => {
    const { code, text } = await visit('registry.invalid/app/hello:1');
    expect(code).toBe('network-or-cors');
    expect(text).toContain('registry.invalid');
    expectPlain(text);
  });

  test('a repository that does not exist', async () => {
    const { code, text } = await visit(`${lab.plain.host}/app/nothing:1`);
    expect(code).toBe('not-found');
    expect(text).toContain('app/nothing');
    expectPlain(text);
  });

  test('a registry that wants an account', async () => {
    const { code, text } = await visit(`${lab.nginx.host}/private/hello:1`);
    expect(code).toMatch(/^auth-(required|denied)$/);
    expectPlain(text);
  });

  test('a registry that answers 401 with Basic', async () => {
    const headers = { 'WWW-Authenticate': 'Basic realm="lab"' };
    proxy.setRules([{ path: /manifests/, fault: { kind: 'answer', status: 401, headers } }]);
    const { code, text } = await visit(`${proxy.host}/app/hello:1`);
    expect(code).toBe('auth-required');
    expectPlain(text);
  });

  test('a manifest over 4 MiB', async () => {
    const body = `{"layers":[],"pad":"${'x'.repeat(4 * 1024 * 1024)}"}`;
    proxy.setRules([{ path: /manifests/, fault: { kind: 'answer', status: 200, body } }]);
    const { code, text } = await visit(`${proxy.host}/app/hello:1`);
    expect(code).toBe('manifest-too-large');
    expectPlain(text);
  });

  test('a manifest that is not JSON', async () => {
    const body = '<!doctype html><title>Sign in</title>';
    proxy.setRules([{ path: /manifests/, fault: { kind: 'answer', status: 200, body, contentType: 'text/html' } }]);
    const { code, text } = await visit(`${proxy.host}/app/hello:1`);
    expect(code).toBe('manifest-invalid');
    expectPlain(text);
  });

  test('a platform that the image does not have lists those it has, and each can be chosen', async () => {
    const { code, text } = await visit(`${lab.plain.host}/app/multi:1?platform=linux/s390x`);
    expect(code).toBe('platform-missing');
    expect(text).toContain('linux/s390x');
    expectPlain(text);
    await page.getByRole('button', { name: 'linux/arm64' }).click();
    await page.getByRole('combobox', { name: 'Platform' }).waitFor();
    expect(page.url()).toContain('platform=linux/arm64');
  });

  test('a platform that is none', async () => {
    const { code, text } = await visit(`${lab.plain.host}/app/multi:1?platform=linux`);
    expect(code).toBe('platform-invalid');
    expectPlain(text);
  });

  test.each([
    ['UPPER/Case:1', 'reference-invalid', 'lower case'],
    ['app@sha256:abc', 'reference-invalid', 'hexadecimal'],
    ['app:%zz', 'route-invalid', '%'],
  ])('the address #/%s', async (route, expected, words) => {
    const { code, text } = await visit(route);
    expect(code).toBe(expected);
    expect(text).toContain(words);
    expectPlain(text);
  });

  test('a registry that only a relay could read, and there is none', async () => {
    await page.route('**/config.json', (route) => route.fulfill({ json: { relay: null } }));
    const { code, text } = await visit('nginx:1.27');
    expect(code).toBe('relay-missing');
    expectPlain(text);
  });

  test('settings that are wrong are said aloud, and the app goes on', async () => {
    await page.route('**/config.json', (route) => route.fulfill({ body: '{"relay": 5}' }));
    const { code, text } = await visit('');
    expect(code).toBe('settings-invalid');
    expect(text).toContain('relay');
    expectPlain(text);
  });
});

describe('downloading', () => {
  /** Digest of the image's second layer, whose blob is made wrong. */
  let layer: string;

  beforeAll(async () => {
    const answer = await fetch(`${lab.plain.base}/v2/app/hello/manifests/1`, {
      headers: { Accept: 'application/vnd.oci.image.manifest.v1+json' },
    });
    const manifest = (await answer.json()) as { layers: { digest: string }[] };
    layer = manifest.layers[1]?.digest ?? '';
  });

  async function failDownload(): Promise<{ code: string | null; text: string }> {
    await page.goto(app.address(`${proxy.host}/app/hello:1`));
    const button = page.getByRole('button', { name: /^Download/ });
    await button.waitFor();
    const starting = page.waitForEvent('download');
    await button.click();
    const shown = await alert(page.getByRole('region', { name: 'Downloads' }));
    expect(await (await starting).failure()).not.toBeNull();
    return shown;
  }

  /** The proxy is good again: the same button brings the whole file, so nothing wrong was kept. */
  async function expectRetryWorks(): Promise<void> {
    proxy.setRules([]);
    proxy.clearRequests();
    const starting = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Retry' }).click();
    const path = await (await starting).path();
    expect(await differences(path, `${lab.plain.base}/v2/app/hello`)).toEqual([]);
    expect(proxy.requests().filter(({ path: asked }) => asked.endsWith(layer))).toHaveLength(1);
    await page.getByRole('button', { name: 'Dismiss' }).click();
  }

  test('a blob that ends too early, however often it is asked for', async () => {
    const path = new RegExp(`/blobs/${layer}`);
    proxy.setRules([{ path, fault: { kind: 'damaged', atByte: 100_000 } }]);
    const { code, text } = await failDownload();
    expect(code).toBe('size-mismatch');
    expect(text).toContain(layer);
    expectPlain(text);
    await expectRetryWorks();
  });

  test('a blob with a flipped byte', async () => {
    proxy.setRules([{ path: new RegExp(`/blobs/${layer}`), fault: { kind: 'flip', atByte: 1_000_000 } }]);
    const { code, text } = await failDownload();
    expect(code).toBe('digest-mismatch');
    expect(text).toContain(`expected ${layer}`);
    expect(text).toMatch(/arrived are sha256:[0-9a-f]{64}/);
    expectPlain(text);
    await expectRetryWorks();
  });

  test('a blob that is not there', async () => {
    const fault = { kind: 'answer', status: 404, body: '{"errors":[{"code":"BLOB_UNKNOWN"}]}' } as const;
    proxy.setRules([{ path: new RegExp(`/blobs/${layer}`), fault }]);
    const { code, text } = await failDownload();
    expect(code).toBe('not-found');
    expectPlain(text);
    await expectRetryWorks();
  });

  test('cancelling stops the network, the hashing and the file, and leaves no lock', async () => {
    proxy.setRules([{ path: /\/blobs\//, fault: { kind: 'throttle', bytesPerSecond: 2_000_000 } }]);
    await page.goto(app.address(`${proxy.host}/app/medium:1`));
    const starting = page.waitForEvent('download');
    await page.getByRole('button', { name: /^Download/ }).click();
    const started = await starting;
    await page
      .getByRole('region', { name: 'Downloads' })
      .getByText(/^[1-9]\d? %$/)
      .first()
      .waitFor();
    await page.getByRole('button', { name: 'Cancel' }).click();
    expect(await started.failure()).not.toBeNull();
    await page
      .getByText(/Cancelled at/)
      .first()
      .waitFor();
    await expect.poll(() => page.evaluate(async () => (await navigator.locks.query()).held?.length)).toBe(0);
    await page.getByRole('button', { name: 'Dismiss' }).click();
  });
});

describe('leaving', () => {
  test('a page that is closed stops its download: the file is not left looking whole', async () => {
    proxy.setRules([{ path: /\/blobs\//, fault: { kind: 'throttle', bytesPerSecond: 500_000 } }]);
    const leaving = await page.context().newPage();
    await leaving.goto(app.address(`${proxy.host}/app/medium:1`));
    const starting = leaving.waitForEvent('download');
    await leaving.getByRole('button', { name: /^Download/ }).click();
    const started = await starting;
    await leaving
      .locator('.job-phase')
      .getByText(/^\d+ %$/)
      .waitFor();
    await leaving.close();
    expect(await started.failure()).not.toBeNull();
    await page.goto(app.address(''));
  });
});

describe('a page over plain http', () => {
  test('says why nothing can be opened there', async () => {
    const insecure = await openBrowser(['--host-resolver-rules=MAP pulltab.test 127.0.0.1']);
    try {
      const there = await insecure.newPage();
      await there.goto(`http://pulltab.test:${new URL(app.url).port}/#/sample`);
      const shown = there.getByRole('alert').first();
      await shown.waitFor();
      expect(await shown.getAttribute('data-code')).toBe('download-unavailable');
      expectPlain(await shown.innerText());
    } finally {
      await insecure.close();
    }
    await page.goto(app.address(''));
  });
});

describe('a browser that refuses IndexedDB', () => {
  beforeEach(async () => {
    await page.addInitScript(() => {
      IDBFactory.prototype.open = () => {
        throw new DOMException('storage is switched off', 'SecurityError');
      };
    });
  });

  test('is told, and downloads all the same', async () => {
    const { code, text } = await visit('');
    expect(code).toBe('storage-refused');
    expectPlain(text);
  });
});

/** Several images in one archive, as a person makes it: listed, sized, downloaded, and loaded by every loader. */
import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startFaultProxy } from '../lab/fault-proxy.ts';
import type { Lab } from '../lab/lab.ts';
import { HELLO_LINE } from '../lab/layer-tars.ts';
import type { Loaders } from '../lab/loaders.ts';
import { removeFolder, run, temporaryFolder } from '../lab/process.ts';
import type { LoggedRequest } from '../lab/request-log.ts';
import { useLab } from '../lab/use-lab.ts';
import type { App } from './app.ts';
import { listEntries, readEntry, sha256Of, sizeOf } from './archive.ts';
import { announcedBytes, download, type OpenBrowser, openProfile } from './browser.ts';
import { readLayerCache } from './layer-cache.ts';
import { signIn } from './sign-in-steps.ts';
import { openStage, type Stage } from './stage.ts';

let lab: Lab;
let stage: Stage;
let app: App;
let browser: OpenBrowser;
let loaders: Loaders;

beforeAll(async () => {
  lab = await useLab();
  const realm = new URL(lab.tokenServer.realm).origin;
  stage = await openStage([realm]);
  ({ app, browser, loaders } = stage);
});

afterAll(() => stage?.close());

async function visit(route: string, options: { width?: number } = {}): Promise<Page> {
  const page = await browser.newPage(options);
  await page.goto(app.address(route));
  return page;
}

const field = (page: Page) => page.getByRole('textbox', { name: 'Image reference' });
const entries = (page: Page) => page.getByRole('list', { name: 'Images of the bundle' }).locator('> li');
const entry = (page: Page, name: string) => entries(page).filter({ hasText: name });
const ready = (page: Page) => page.getByRole('button', { name: /^Download/ }).waitFor();
/** Waits for what all of so many images takes: the button alone may still be that of the list before. */
const offers = (page: Page, images: number) =>
  page.getByText(new RegExp(`^${images === 1 ? 'One image' : `${images} images`}[,.]`)).waitFor();
const button = (at: Page | Locator, name: string) => at.getByRole('button', { name, exact: true });

async function add(page: Page, text: string): Promise<void> {
  await field(page).fill(text);
  await button(page, 'Add').click();
}

/** The list after the `?`, decoded. */
function listOf(page: Page): string {
  return decodeURIComponent(new URL(page.url()).hash.replace(/^#\/bundle\??/, ''));
}

/** Four references of two registries, one of them with two platforms. */
function fourReferences(): string[] {
  const { plain, nginx } = lab;
  return [
    `${plain.host}/app/hello:1`,
    `${plain.host}/app/twice:1`,
    `${plain.host}/app/multi:1`,
    `${nginx.host}/app/docker:1`,
  ];
}

async function makeBundle(page: Page): Promise<void> {
  const [hello = '', twice = '', multi = '', docker = ''] = fourReferences();
  await add(page, `docker pull ${hello}\n\n${twice}  # a comment\n${multi}`);
  await add(page, docker);
  await ready(page);
  await entry(page, 'app/multi:1').getByText('Platforms').click();
  await entry(page, 'app/multi:1').getByRole('checkbox', { name: 'linux/arm64' }).check();
  await page.waitForURL(/platform=linux\/amd64&platform=linux\/arm64/);
  await offers(page, 5);
}

describe('four references, five images, two registries', () => {
  let page: Page;
  let archive: string;
  let fileName: string;
  let names: Record<'hello' | 'twice' | 'multi' | 'docker', string>;

  beforeAll(async () => {
    const [hello = '', twice = '', multi = '', docker = ''] = fourReferences();
    names = { hello, twice, multi, docker };
    page = await visit('bundle');
    await makeBundle(page);
    lab.plain.clearRequests();
    lab.nginx.clearRequests();
    ({ path: archive, fileName } = await download(page));
  }, 60_000);

  test('are listed in the link, with what each adds, what is shared, and the exact size', async () => {
    const { hello, twice, multi, docker } = names;
    expect(listOf(page)).toBe(
      `image=${hello}&image=${twice}&image=${multi}&platform=linux/amd64&platform=linux/arm64&image=${docker}`,
    );
    expect(await entries(page).count()).toBe(4);
    expect(await announcedBytes(page)).toBe(sizeOf(archive));
    expect(await page.getByRole('button', { name: /^Download/ }).getAttribute('title')).toContain(fileName);
    expect(fileName).toMatch(/^bundle_5-images_[0-9a-f]{12}\.tar$/);
    await page.getByText(/^5 images, \d+(\.\d+)? MB less than one by one/).waitFor();
    await entry(page, 'app/multi:1').getByText(`loads as ${multi}-linux-arm64-v8`).waitFor();
  });

  test('are in one file, each blob once, and sha256sum finds each as it should be', async () => {
    const listed = await listEntries(archive);
    expect(new Set(listed).size).toBe(listed.length);
    expect(listed.slice(-5)).toEqual(['LOAD.txt', 'SHA256SUMS', 'index.json', 'manifest.json', 'oci-layout']);
    const folder = temporaryFolder('bundle');
    await run('tar', ['-xf', archive, '-C', folder]);
    const { stdout } = await run('sh', ['-c', `cd ${folder} && sha256sum --check --strict SHA256SUMS`]);
    expect(stdout.trim().split('\n')).toHaveLength(listed.length - 1);
    removeFolder(folder);
  });

  test('come from the registry that each is of, and no token of one reaches the other', async () => {
    const images = JSON.parse((await readEntry(archive, 'manifest.json')).toString()) as { Layers: string[] }[];
    const layers = new Set(images.flatMap(({ Layers }) => Layers.map((name) => `sha256:${name.split('/')[2]}`)));
    const asked = (requests: readonly { path: string }[]) =>
      new Set(
        requests.flatMap(({ path }) => {
          const [, repository = '', digest = ''] = /^\/v2\/(.+)\/blobs\/(.+)$/.exec(path) ?? [];
          return layers.has(digest) ? repository : [];
        }),
      );
    // Its layers are those of app/hello, which is before it in the list.
    await expect.poll(() => [...asked(lab.plain.requests())]).toEqual(['app/hello']);
    expect([...asked(lab.nginx.requests())]).toEqual([]);
    expect(lab.plain.requests().filter(({ authorization }) => authorization !== '')).toEqual([]);
  });

  test('load in Docker, each under its name, and run', async () => {
    const { hello, twice, multi, docker } = names;
    await loaders.forget();
    const loaded = await loaders.dockerLoad(archive);
    expect([...loaded].sort()).toEqual([hello, twice, multi, `${multi}-linux-arm64-v8`, docker].sort());
    for (const name of [hello, twice, multi, docker]) expect(await loaders.dockerRun(name)).toContain(HELLO_LINE);
  });

  test('load in Podman', async () => {
    const { hello, twice, multi, docker } = names;
    const loaded = (await loaders.podmanLoad(archive)).flatMap((line) => line.split(','));
    expect([...loaded].sort()).toEqual([hello, twice, multi, `${multi}-linux-arm64-v8`, docker].sort());
    expect(await loaders.podmanRun(docker)).toContain(HELLO_LINE);
  });

  test('load in containerd, where the plain tag leads to both platforms', async () => {
    const { hello, twice, multi, docker } = names;
    expect(await loaders.ctrImport(archive)).toEqual([hello, twice, multi, `${multi}-linux-arm64-v8`, docker].sort());
    const index = JSON.parse((await readEntry(archive, 'index.json')).toString()) as {
      manifests: { mediaType: string; digest: string; annotations: Record<string, string> }[];
    };
    const named = index.manifests.find(({ annotations }) => annotations['io.containerd.image.name'] === multi);
    expect(named?.mediaType).toBe('application/vnd.oci.image.index.v1+json');
  });

  test('are each found by skopeo, by both formats', async () => {
    const { hello, twice, multi, docker } = names;
    // By its name skopeo finds no Docker manifest in an OCI layout, as LOAD.txt knows.
    await loaders.skopeoInspect(archive, 'docker-archive', docker);
    for (const name of [hello, twice, multi]) {
      const asDocker = await loaders.skopeoInspect(archive, 'docker-archive', name);
      const asOci = await loaders.skopeoInspect(archive, 'oci-archive', name);
      expect(asOci.config).toEqual(asDocker.config);
      expect(asOci.config.architecture).toBe('amd64');
    }
    const arm64 = await loaders.skopeoInspect(archive, 'oci-archive', `${multi}-linux-arm64-v8`);
    expect(arm64.config.architecture).toBe('arm64');
    const { stdout } = await run('skopeo', ['list-tags', `docker-archive:${archive}`]);
    expect((JSON.parse(stdout) as { Tags: string[] }).Tags).toContain(`${multi}-linux-arm64-v8`);
  });

  test('are pushed to a registry by the lines of LOAD.txt, the index with both platforms', async () => {
    const text = (await readEntry(archive, 'LOAD.txt')).toString();
    const lines = text.match(/skopeo copy .*/g) ?? [];
    expect(lines).toHaveLength(5);
    const to = `${lab.pushTo}/bundled`;
    for (const one of lines) {
      const here = one.replace(fileName, archive).replace('docker://registry.example', `docker://${to}`);
      const [, ...words] = here.split(' ');
      await run('skopeo', ['--insecure-policy', ...words, '--dest-tls-verify=false']);
    }
    const { stdout } = await run('skopeo', ['inspect', '--raw', '--tls-verify=false', `docker://${to}/app/multi:1`]);
    const { manifests } = JSON.parse(stdout) as { manifests: { platform: { architecture: string } }[] };
    expect(manifests.map(({ platform }) => platform.architecture)).toEqual(['amd64', 'arm64']);
  });

  test('pinned, the link gives the same list and the same bytes in a profile that has seen nothing', async () => {
    await page.getByRole('link', { name: 'Pin to digests' }).click();
    await page.waitForURL(/%40sha256|@sha256/);
    await page.getByRole('link', { name: 'Pin to digests' }).waitFor({ state: 'detached' });
    await offers(page, 5);
    expect(await entries(page).getByText('pinned', { exact: true }).count()).toBe(4);
    expect(await page.getByRole('link', { name: 'Pin to digests' }).count()).toBe(0);
    const fresh = await browser.newPage();
    await fresh.goto(page.url());
    const again = await download(fresh);
    expect(again.fileName).toBe(fileName);
    expect(await sha256Of(again.path)).toBe(await sha256Of(archive));
    await fresh.context().close();
  });
});

test('an account goes to the registry that it is for alone, and each is asked for what its own images name', async () => {
  const page = await visit(`${lab.nginx.host}/private/hello:1`);
  await signIn(page, { trustRealm: true });
  lab.plain.clearRequests();
  lab.nginx.clearRequests();
  await page.evaluate((hash) => {
    location.hash = hash;
  }, `#/bundle?image=${lab.plain.host}/app/medium:1&image=${lab.nginx.host}/private/hello:1`);
  await offers(page, 2);
  const { path } = await download(page);
  const blobsOf = (requests: readonly LoggedRequest[]) =>
    requests.filter(({ method, path: at }) => method === 'GET' && at.includes('/blobs/'));
  await expect.poll(() => blobsOf(lab.plain.requests()).length).toBeGreaterThanOrEqual(6);
  await expect.poll(() => blobsOf(lab.nginx.requests()).length).toBeGreaterThanOrEqual(2);
  for (const { path: at, authorization } of lab.plain.requests()) {
    expect([at, authorization]).toEqual([expect.stringMatching(/^\/v2\/app\/medium\//), '']);
  }
  for (const { path: at } of lab.nginx.requests()) expect(at).toMatch(/^\/v2\/private\/hello\//);
  expect(blobsOf(lab.nginx.requests()).map(({ authorization }) => authorization)).not.toContain('');
  const names = [`${lab.plain.host}/app/medium:1`, `${lab.nginx.host}/private/hello:1`];
  expect(await loaders.ctrImport(path)).toEqual(names.sort());
  await page.context().close();
});

describe('what is wrong', () => {
  test('with an entry of the link loses nothing of the others, which can be had', async () => {
    const at = lab.plain.host;
    const page = await visit(
      `bundle?image=UPPER/x&image=${at}/app/hello:1&image=%25&image=${at}/app/none:1&later=kept`,
    );
    await page.getByRole('button', { name: /^Download 1 of 4 images/ }).waitFor();
    const codes = await entries(page)
      .getByRole('alert')
      .evaluateAll((all) => all.map((one) => one.getAttribute('data-code')));
    expect(codes).toEqual(['reference-invalid', 'reference-invalid', 'not-found']);
    const { path, fileName } = await download(page);
    expect(fileName).toMatch(/^bundle_1-image_/);
    expect(await loaders.ctrImport(path)).toEqual([`${at}/app/hello:1`]);
    await button(page, 'Remove UPPER/x').click();
    await button(page, 'Remove %').click();
    await expect.poll(() => listOf(page)).toBe(`image=${at}/app/hello:1&image=${at}/app/none:1&later=kept`);
    await page.context().close();
  });

  test.each([
    ['app/artifact:1', 'manifest-unsupported', 'artifact'],
    ['app/schema1:1', 'manifest-unsupported', 'schema 1'],
    ['private/hello:1', 'not-found', ''],
  ])('with %s is said in its entry', async (image, code, words) => {
    const page = await visit(`bundle?image=${lab.plain.host}/${image}&image=${lab.plain.host}/app/hello:1`);
    const alert = entries(page).first().getByRole('alert');
    if (code === 'not-found') {
      // The open registry has it: the guarded one asks for an account.
      await page.goto(app.address(`bundle?image=${lab.nginx.host}/${image}`));
      await alert.waitFor();
      expect(await alert.getAttribute('data-code')).toMatch(/^(?:auth-required|auth-denied)$/);
      await alert.getByRole('link', { name: 'Open its page' }).click();
      await page.getByRole('textbox', { name: 'User name' }).waitFor();
    } else {
      await alert.waitFor();
      expect(await alert.getAttribute('data-code')).toBe(code);
      expect(await alert.innerText()).toContain(words);
      await page.getByRole('button', { name: /^Download 1 of 2 images/ }).waitFor();
    }
    await page.context().close();
  });

  test('with a platform is mended by choosing another', async () => {
    const page = await visit(`bundle?image=${lab.plain.host}/app/multi:1&platform=linux/s390x`);
    await entries(page).locator('[data-code="platform-missing"]').waitFor();
    await page.getByRole('checkbox', { name: 'linux/arm64' }).check();
    await ready(page);
    expect(listOf(page)).toBe(`image=${lab.plain.host}/app/multi:1&platform=linux/arm64`);
    await page.context().close();
  });

  test('with a line that is pasted stays in the field, and the others are added', async () => {
    const page = await visit('bundle');
    await add(page, `${lab.plain.host}/app/hello:1\nNot An Image\n${lab.plain.host}/app/twice:1`);
    await ready(page);
    expect(await entries(page).count()).toBe(2);
    expect(await field(page).inputValue()).toBe('Not An Image');
    await page.locator('.bundle-add [data-code="reference-invalid"]').waitFor();
    await page.context().close();
  });

  test('with a registry that comes back is mended by Retry', async () => {
    const proxy = await startFaultProxy(lab.plain.host);
    proxy.setRules([{ path: /\/manifests\//, fault: { kind: 'answer', status: 404, body: '' } }]);
    const page = await visit(`bundle?image=${proxy.host}/app/hello:1`);
    await entries(page).getByRole('alert').waitFor();
    proxy.setRules([]);
    await button(page, 'Retry').click();
    await ready(page);
    await page.context().close();
    await proxy.stop();
  });
});

test('a bundle that a reload interrupts goes on, and is the same file', async () => {
  const folder = temporaryFolder('profile');
  const proxy = await startFaultProxy(lab.plain.host);
  const { context, page } = await openProfile(folder);
  try {
    const list = `bundle?image=${proxy.host}/app/hello:1&image=${proxy.host}/app/medium:1`;
    const fresh = await visit(list);
    const whole = await sha256Of((await download(fresh)).path);
    await fresh.context().close();
    proxy.setRules([{ path: /\/blobs\//, fault: { kind: 'throttle', bytesPerSecond: 6_000_000 } }]);
    await page.goto(app.address(list));
    await page.getByRole('button', { name: /^Download/ }).click();
    const stored = async () => (await page.evaluate(readLayerCache)).storedBytes;
    await expect.poll(stored, { timeout: 30_000, interval: 50 }).toBeGreaterThan(8 * 1024 * 1024);
    page.on('dialog', (dialog) => void dialog.accept());
    await page.goto(app.address('cache'));
    await page.reload();
    const downloads = page.getByRole('region', { name: 'Downloads' });
    await downloads.getByText('Interrupted', { exact: true }).waitFor();
    // The tag has moved since: what is gone on with is what was begun.
    proxy.setRules([{ path: /\/manifests\/1$/, fault: { kind: 'answer', status: 404, body: '' } }]);
    const starting = page.waitForEvent('download');
    await button(downloads, 'Resume').click();
    expect(await sha256Of(await (await starting).path())).toBe(whole);
  } finally {
    await context.close();
    await proxy.stop();
    removeFolder(folder);
  }
}, 90_000);

test('an image joins the bundle from its page, and a Compose file fills one', async () => {
  const page = await visit('bundle');
  const at = lab.plain.host;
  await add(
    page,
    `services:\n  web:\n    image: "${at}/app/hello:1"\n  db:\n    image: ${at}/app/twice:1 # the data\n`,
  );
  await ready(page);
  expect(listOf(page)).toBe(`image=${at}/app/hello:1&image=${at}/app/twice:1`);
  await page.evaluate((hash) => {
    location.hash = hash;
  }, `#/${at}/app/multi:1?platform=linux/arm64&view=take`);
  await page.getByRole('link', { name: 'Add to the bundle of 2' }).click();
  await offers(page, 3);
  expect(listOf(page)).toBe(
    `image=${at}/app/hello:1&image=${at}/app/twice:1&image=${at}/app/multi:1&platform=linux/arm64`,
  );
  await page.goBack();
  await page.getByRole('link', { name: 'Add to the bundle of 3' }).waitFor();
  await page.context().close();
});

test('by keyboard on a small screen: a list is made, changed and saved', async () => {
  const page = await visit('', { width: 390 });
  await page.getByRole('link', { name: 'Bundle images' }).click();
  await field(page).waitFor();
  await page.keyboard.press('/');
  await page.keyboard.insertText(`${lab.plain.host}/app/multi:1`);
  await page.keyboard.press('Shift+Enter');
  await page.keyboard.insertText(`${lab.plain.host}/app/zstd:1`);
  await page.keyboard.press('Enter');
  await offers(page, 2);
  await page.getByRole('note').getByText('zstd').waitFor();
  await page.locator('summary').focus();
  await page.keyboard.press('Enter');
  await page.getByRole('checkbox', { name: 'linux/arm64' }).focus();
  await page.keyboard.press('Space');
  await page.waitForURL(/platform=linux\/arm64/);
  await offers(page, 3);
  const [content, window] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
  expect(content).toBeLessThanOrEqual(window ?? 0);
  await page.getByRole('button', { name: /^Remove .*zstd/ }).focus();
  await page.keyboard.press('Enter');
  await offers(page, 2);
  await page.getByRole('button', { name: /^Download/ }).focus();
  const starting = page.waitForEvent('download');
  await page.keyboard.press('Enter');
  const multi = `${lab.plain.host}/app/multi:1`;
  expect(await loaders.ctrImport(await (await starting).path())).toEqual([multi, `${multi}-linux-arm64-v8`]);
  await page.context().close();
});

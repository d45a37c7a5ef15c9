/** What refers to an image, saved with it: laid out in a real registry as cosign, notation and oras do, read by skopeo. */
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { type FaultProxy, startFaultProxy } from '../lab/fault-proxy.ts';
import { skopeoCopy } from '../lab/images.ts';
import type { Lab } from '../lab/lab.ts';
import { HELLO_LINE } from '../lab/layer-tars.ts';
import type { Loaders } from '../lab/loaders.ts';
import { removeFolder, run, temporaryFolder } from '../lab/process.ts';
import { digestOf, type Pushed, pushBlob, pushManifest } from '../lab/push.ts';
import { useLab } from '../lab/use-lab.ts';
import type { App } from './app.ts';
import { differences, listEntries, readEntry, sizeOf } from './archive.ts';
import { announcedBytes, download, interruptedDownload, type OpenBrowser } from './browser.ts';
import { openStage, type Stage } from './stage.ts';

const OCI_INDEX = 'application/vnd.oci.image.index.v1+json';
const OCI_MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const OCI_CONFIG = 'application/vnd.oci.image.config.v1+json';
const NOTATION = 'application/vnd.cncf.notary.signature';
const SPDX = 'application/spdx+json';
const SIGNED = 'app/signed';
const WISH = 'Signatures and other referrers';

let lab: Lab;
let stage: Stage;
let app: App;
let browser: OpenBrowser;
let loaders: Loaders;
let proxy: FaultProxy;
let page: Page;
let signed: Signed;

beforeAll(async () => {
  lab = await useLab();
  stage = await openStage();
  ({ app, browser, loaders } = stage);
  proxy = await startFaultProxy(lab.plain.host);
  signed = await pushSigned();
});

afterAll(async () => {
  await stage?.close();
  await proxy?.stop();
});

beforeEach(async () => {
  proxy.setRules([]);
  proxy.clearRequests();
  page = await browser.newPage();
});

afterEach(async () => {
  await page.context().close();
});

interface Signed {
  readonly root: string;
  readonly platforms: readonly string[];
  readonly cosign: Pushed;
  readonly notation: Pushed;
  readonly sbom: Pushed;
  readonly sbomSignature: Pushed;
}

const tagOf = (digest = ''): string => digest.replace(':', '-');

/** app/multi, its index signed by cosign, one platform by notation, the other with a list of contents that is signed. */
async function pushSigned(): Promise<Signed> {
  const target = { host: lab.pushTo, repository: SIGNED };
  await skopeoCopy(`docker://${lab.pushTo}/app/multi:1`, `docker://${lab.pushTo}/${SIGNED}:1`, '--all');
  const root = await manifestOf(SIGNED, '1');
  const { manifests } = JSON.parse(root.toString()) as { manifests: Pushed[] };
  const [amd64, arm64] = manifests;
  if (amd64 === undefined || arm64 === undefined) throw new Error('app/multi has two platforms');
  const payload = await pushBlob(target, 'application/vnd.dev.cosign.simplesigning.v1+json', '{"critical":{}}');
  const config = {
    ...{ architecture: '', os: '', config: {}, created: '0001-01-01T00:00:00Z' },
    rootfs: { type: 'layers', diff_ids: [payload.digest] },
  };
  const cosign = await pushManifest(
    target,
    {
      ...{ schemaVersion: 2, mediaType: OCI_MANIFEST },
      config: await pushBlob(target, OCI_CONFIG, JSON.stringify(config)),
      layers: [{ ...payload, annotations: { 'dev.cosignproject.cosign/signature': 'MEUCIQ==' } }],
    },
    `${tagOf(digestOf(root))}.sig`,
  );
  const empty = await pushBlob(target, 'application/vnd.oci.empty.v1+json', '{}');
  const artifact = async (artifactType: string, subject: Pushed, content: string): Promise<Pushed> => {
    const { mediaType, digest, size } = subject;
    const manifest = await pushManifest(target, {
      ...{ schemaVersion: 2, mediaType: OCI_MANIFEST, artifactType, config: empty },
      layers: [await pushBlob(target, artifactType, content)],
      subject: { mediaType, digest, size },
    });
    // What a client does for a registry without the API.
    const list = { schemaVersion: 2, mediaType: OCI_INDEX, manifests: [{ ...manifest, artifactType }] };
    await pushManifest(target, list, tagOf(digest));
    return manifest;
  };
  const notation = await artifact(NOTATION, amd64, '{"payload":""}');
  const sbom = await artifact(SPDX, arm64, '{"spdxVersion":"SPDX-2.3"}');
  const sbomSignature = await artifact(NOTATION, sbom, '{"payload":"of the list"}');
  return {
    ...{ root: digestOf(root), platforms: [amd64.digest, arm64.digest] },
    ...{ cosign, notation, sbom, sbomSignature },
  };
}

async function manifestOf(repository: string, reference: string): Promise<Buffer> {
  const { stdout } = await run('skopeo', [
    ...['inspect', '--raw', '--tls-verify=false'],
    `docker://${lab.pushTo}/${repository}${reference.includes(':') ? '@' : ':'}${reference}`,
  ]);
  return Buffer.from(stdout);
}

async function open(host: string, repository: string): Promise<void> {
  await page.goto(app.address(`${host}/${repository}:1`));
  await page.getByRole('combobox', { name: 'Format' }).selectOption('oci');
}

/** Asks for referrers, and waits for what is said of them. */
async function ask(says: RegExp): Promise<string> {
  await page.getByLabel(WISH).check();
  return page.getByRole('status').filter({ hasText: says }).innerText();
}

const isAboutReferrers = ({ path }: { path: string }): boolean => /referrers|manifests\/sha256-/.test(path);

async function indexOf(path: string, name: string): Promise<Pushed[]> {
  return (JSON.parse((await readEntry(path, name)).toString()) as { manifests: Pushed[] }).manifests;
}

test('nobody is asked before somebody wants them; then all are in it, found again by skopeo, and every loader takes it', async () => {
  const reference = `${proxy.host}/${SIGNED}:1`;
  await open(proxy.host, SIGNED);
  const without = await announcedBytes(page);
  expect(proxy.requests().filter(isAboutReferrers)).toEqual([]);
  expect(await ask(/^4 referrers, /)).toContain(
    // Debian's registry answers what it does not know without CORS.
    'This registry lets no page read its referrers API.',
  );
  expect(await announcedBytes(page)).toBeGreaterThan(without);
  // One registry is asked for its API once.
  expect(proxy.requests().filter(({ path }) => path.includes('/referrers/'))).toHaveLength(1);
  const bytes = await announcedBytes(page);
  const { path } = await download(page);
  expect(sizeOf(path)).toBe(bytes);
  expect(await differences(path, `${lab.plain.base}/v2/${SIGNED}`)).toEqual([]);
  const entries = await listEntries(path);
  expect(new Set(entries).size).toBe(entries.length);
  expect(entries.slice(-3)).toEqual(['index.json', 'manifest.json', 'oci-layout']);

  const { cosign, notation, sbom, sbomSignature, root, platforms } = signed;
  const listed = await indexOf(path, 'index.json');
  const described = listed.map(({ digest, artifactType }) => `${digest} ${artifactType}`);
  expect(described[0]).toBe(`${root} undefined`);
  expect(described.slice(1).sort()).toEqual(
    [
      `${cosign.digest} application/vnd.dev.cosign.simplesigning.v1+json`,
      ...[`${notation.digest} ${NOTATION}`, `${sbom.digest} ${SPDX}`, `${sbomSignature.digest} ${NOTATION}`],
    ].sort(),
  );
  await expectFoundBySkopeo(path, `${tagOf(root)}.sig`, cosign);
  const [amd64, arm64] = platforms;
  const tags = [amd64, arm64, sbom.digest].map(tagOf);
  for (const tag of tags) await expectFoundBySkopeo(path, tag);

  // No image is made of a signature, and none fails to be unpacked.
  expect(await loaders.ctrImport(path)).toEqual([reference]);
  expect(await loaders.podmanLoad(path)).toEqual([reference]);
  expect(await loaders.dockerLoad(path)).toEqual([reference]);
  expect(await loaders.dockerRun(reference)).toContain(HELLO_LINE);
  expect((await loaders.skopeoInspect(path, 'oci-archive', '1')).layers).toHaveLength(3);
});

/** By the line that the page shows. Every manifest of such a tag comes back to the byte, with its blobs. */
async function expectFoundBySkopeo(archive: string, tag: string, manifest?: Pushed): Promise<void> {
  const folder = temporaryFolder('referrers');
  try {
    const layout = join(folder, 'layout');
    mkdirSync(layout);
    await run('tar', ['-xf', archive, '-C', layout]);
    const shared = [`${layout}/blobs`, `oci:${layout}/referrers:${tag}`];
    const { stdout } = await run('skopeo', ['inspect', '--raw', '--shared-blob-dir', ...shared]);
    expect(stdout).toBe((await manifestOf(SIGNED, tag)).toString());
    if (manifest === undefined) return;
    const copied = join(folder, 'copied');
    await run('skopeo', ['--insecure-policy', 'copy', '--src-shared-blob-dir', ...shared, `dir:${copied}`]);
    expect(digestOf(readFileSync(join(copied, 'manifest.json')))).toBe(manifest.digest);
  } finally {
    removeFolder(folder);
  }
}

test('the referrers API is believed, page by page, and its tags are not asked for', async () => {
  const { notation, sbom, platforms } = signed;
  const [subject = ''] = platforms;
  const path = new RegExp(`/referrers/${subject}`);
  const answer = (...manifests: Pushed[]) => ({
    ...({ kind: 'answer', status: 200, contentType: OCI_INDEX } as const),
    body: JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests }),
  });
  const link = { Link: `</v2/${SIGNED}/referrers/${subject}?after=x>; rel="next"` };
  proxy.setRules([
    { path, times: 1, fault: { ...answer(notation), headers: link } },
    { path, fault: answer(sbom) },
    { path: /\/referrers\//, fault: answer() },
  ]);
  await open(proxy.host, SIGNED);
  expect(await ask(/^3 referrers, /)).not.toContain('no referrers API');
  const asked = proxy.requests().filter((request) => path.test(request.path));
  expect(asked.map(({ query }) => query)).toEqual(['', 'after=x']);
  expect(proxy.requests().filter((request) => request.path.endsWith(`/manifests/${tagOf(subject)}`))).toEqual([]);
  const { path: archive } = await download(page);
  const digests = (await indexOf(archive, 'index.json')).map(({ digest }) => digest);
  expect(digests.toSorted()).toEqual([signed.root, notation.digest, sbom.digest, signed.cosign.digest].toSorted());
});

test('an image that nothing refers to is saved as without the question, and the page says so', async () => {
  proxy.setRules([{ path: /\/referrers\//, fault: { kind: 'answer', status: 404 } }]);
  await open(proxy.host, 'app/hello');
  const without = await announcedBytes(page);
  await ask(/^Nothing is found that refers to this image\. This registry has no referrers API\./);
  expect(await announcedBytes(page)).toBe(without);
  expect(await listEntries((await download(page)).path)).not.toContain('manifest.json');
});

test('a registry that does not tell is said, and one that refuses is an error to try again', async () => {
  proxy.setRules([{ path: /\/referrers\/|manifests\/sha256-/, fault: { kind: 'no-cors' } }]);
  await open(proxy.host, 'app/hello');
  const said = await ask(/^Nothing is found/);
  expect(said).toContain('This registry lets no page read its referrers API.');
  expect(said).toContain('there may be more');
  await page.getByLabel(WISH).uncheck();
  await page.getByRole('button', { name: /^Download/ }).waitFor();
  proxy.setRules([{ path: /\/referrers\//, fault: { kind: 'answer', status: 403, body: '{}' } }]);
  await page.getByLabel(WISH).check();
  await page.locator('.download-offer [data-code="auth-denied"]').waitFor();
  proxy.setRules([]);
  await page.getByRole('button', { name: 'Retry' }).click();
  await page.getByText('Nothing is found that refers to this image.').waitFor();
});

test('a download that a reload interrupted goes on with the referrers that it began with', async () => {
  proxy.setRules([{ path: /\/blobs\//, fault: { kind: 'throttle', bytesPerSecond: 1_000_000 } }]);
  await open(proxy.host, SIGNED);
  await ask(/^4 referrers/);
  const bytes = await announcedBytes(page);
  const { path } = await interruptedDownload(page, () => proxy.setRules([]));
  expect(sizeOf(path)).toBe(bytes);
  expect(await indexOf(path, 'index.json')).toHaveLength(5);
});

test('an archive with referrers is opened as the one image that it is of', async () => {
  await open(lab.plain.host, SIGNED);
  await ask(/^4 referrers/);
  const { path } = await download(page);
  const other = await browser.newPage();
  await other.goto(app.address('open'));
  await other.getByLabel('Choose a file').setInputFiles(path);
  await other.getByRole('heading', { level: 1, name: `${lab.plain.host}/${SIGNED}:1` }).waitFor();
  await other.context().close();
});

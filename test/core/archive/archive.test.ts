import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { DeliveryEnd, OpenEntry } from '../../../src/core/archive/delivered-stream.ts';
import { planDockerOci } from '../../../src/core/archive/docker-oci.ts';
import { archiveFileName } from '../../../src/core/archive/file-name.ts';
import { type ArchivePlan, type BlobEntry, createPlan, type PlanEntry } from '../../../src/core/archive/plan.ts';
import { createTarStream } from '../../../src/core/archive/tar-stream.ts';
import { type Digest, parseDigest } from '../../../src/core/digest.ts';
import { type ImageManifest, parseManifest } from '../../../src/core/manifest.ts';
import { DOCKER_CONFIG, DOCKER_MANIFEST, OCI_CONFIG, OCI_MANIFEST } from '../../../src/core/media-types.ts';
import { parseReference } from '../../../src/core/parse-reference.ts';
import { parsePlatform } from '../../../src/core/platform.ts';
import { bytesOf, digestOf } from '../documents.ts';

const sha256 = (bytes: Uint8Array) => parseDigest(`sha256:${createHash('sha256').update(bytes).digest('hex')}`);

const LAYERS = [bytesOf('first layer'), new Uint8Array(1024), new Uint8Array(), bytesOf('x'.repeat(100_000))];
const CONFIG = bytesOf('{"architecture":"arm64"}');
const contents = new Map<Digest, Uint8Array<ArrayBuffer>>([...LAYERS, CONFIG].map((bytes) => [sha256(bytes), bytes]));

function manifestOf(layers: readonly Uint8Array[], docker = false): ImageManifest {
  const descriptor = (mediaType: string, bytes: Uint8Array) => ({
    mediaType,
    digest: sha256(bytes),
    size: bytes.length,
  });
  const bytes = bytesOf({
    schemaVersion: 2,
    mediaType: docker ? DOCKER_MANIFEST : OCI_MANIFEST,
    config: descriptor(docker ? DOCKER_CONFIG : OCI_CONFIG, CONFIG),
    layers: layers.map((layer) => descriptor('application/vnd.oci.image.layer.v1.tar+gzip', layer)),
  });
  const manifest = parseManifest(bytes, { digest: sha256(bytes), attempted: 'read it' });
  if (manifest.kind !== 'image') throw new Error(`it is an ${manifest.kind}`);
  return manifest;
}

const MANIFEST = manifestOf(LAYERS);
const image = (reference: string, manifest = MANIFEST, platform = 'linux/arm64') => ({
  reference: parseReference(reference),
  manifest,
  configBytes: CONFIG,
  platform: parsePlatform(platform),
});

/** Each blob in two pieces. */
const openBlob: OpenEntry = async function* ({ digest }) {
  const bytes = contents.get(digest) ?? new Uint8Array();
  yield bytes.subarray(0, 7);
  yield bytes.subarray(7);
};

async function readAll(stream: ReadableStream<Uint8Array>): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** Name → content, in the archive's order, as the system's tar reads it. */
function untar(archive: Uint8Array): Map<string, Buffer> {
  const names = execFileSync('tar', ['-tf', '-'], { input: archive, encoding: 'utf8' }).trim().split('\n');
  return new Map(names.map((name) => [name, execFileSync('tar', ['-xOf', '-', name], { input: archive })]));
}

const blobName = (digest: string) => `blobs/${digest.replace(':', '/')}`;

describe('the archive of an image', () => {
  test('is read by tar: every blob under its digest, the table of contents last, nothing of this machine', async () => {
    const plan = planDockerOci(image('ghcr.io/org/app:1.2'));
    const archive = await readAll(createTarStream(plan, openBlob));
    expect(archive.length).toBe(plan.archiveBytes);
    const files = untar(archive);
    const blobs = [MANIFEST.digest, MANIFEST.config.digest, ...MANIFEST.layers.map(({ digest }) => digest)];
    expect([...files.keys()]).toEqual([...blobs.map(blobName), 'index.json', 'manifest.json', 'oci-layout']);
    for (const digest of blobs) expect(sha256(files.get(blobName(digest)) ?? Buffer.of())).toBe(digest);
    const listing = execFileSync('tar', ['-tvf', '-', '--numeric-owner', '--full-time', '--utc'], {
      input: archive,
      encoding: 'utf8',
    });
    for (const line of listing.trim().split('\n')) expect(line).toMatch(/^-rw-r--r-- 0\/0 +\d+ 1970-01-01 00:00:00 /);
  });

  test('has the table of contents of both formats', async () => {
    const files = untar(
      await readAll(createTarStream(planDockerOci(image('nginx:1.27', MANIFEST, 'linux/arm/v7')), openBlob)),
    );
    const parse = (name: string): unknown => JSON.parse(files.get(name)?.toString() ?? '');
    expect(parse('oci-layout')).toEqual({ imageLayoutVersion: '1.0.0' });
    expect(parse('index.json')).toEqual({
      schemaVersion: 2,
      mediaType: 'application/vnd.oci.image.index.v1+json',
      manifests: [
        {
          mediaType: OCI_MANIFEST,
          digest: MANIFEST.digest,
          size: MANIFEST.bytes.length,
          platform: { os: 'linux', architecture: 'arm', variant: 'v7' },
          annotations: {
            'io.containerd.image.name': 'docker.io/library/nginx:1.27',
            'org.opencontainers.image.ref.name': '1.27',
          },
        },
      ],
    });
    expect(parse('manifest.json')).toEqual([
      {
        Config: blobName(MANIFEST.config.digest),
        RepoTags: ['nginx:1.27'],
        Layers: MANIFEST.layers.map(({ digest }) => blobName(digest)),
      },
    ]);
  });

  const table = (reference: string, manifest = MANIFEST) => {
    const { entries } = planDockerOci(image(reference, manifest));
    const read = (name: string): unknown => {
      const entry = entries.find((one) => one.name === name);
      return entry?.kind === 'bytes' ? JSON.parse(new TextDecoder().decode(entry.bytes)) : undefined;
    };
    return { index: read('index.json'), docker: read('manifest.json'), names: entries.map(({ name }) => name) };
  };

  test('that was asked for by digest stays untagged', () => {
    const { index, docker } = table(`nginx@${MANIFEST.digest}`);
    expect(docker).toMatchObject([{ RepoTags: null }]);
    expect(JSON.stringify(index)).not.toContain('annotations');
  });

  test('that was asked for by tag and digest has the tag alone', () => {
    const { index, docker } = table(`ghcr.io/org/app:1@${MANIFEST.digest}`);
    expect(docker).toMatchObject([{ RepoTags: ['ghcr.io/org/app:1'] }]);
    expect(index).toMatchObject({ manifests: [{ annotations: { 'io.containerd.image.name': 'ghcr.io/org/app:1' } }] });
  });

  test('keeps the type of its manifest', () => {
    expect(table('nginx', manifestOf(LAYERS, true)).index).toMatchObject({
      manifests: [{ mediaType: DOCKER_MANIFEST }],
    });
  });

  test('writes a blob once that the manifest names twice', () => {
    const [layer = CONFIG] = LAYERS;
    const { names, docker } = table('nginx', manifestOf([layer, layer, CONFIG, layer]));
    expect(new Set(names).size).toBe(names.length);
    const path = blobName(sha256(layer));
    expect(docker).toMatchObject([{ Layers: [path, path, blobName(sha256(CONFIG)), path] }]);
  });

  test('is the same every time', async () => {
    const [one, two] = await Promise.all(
      [1, 2].map(() => readAll(createTarStream(planDockerOci(image('nginx')), openBlob))),
    );
    expect(one).toEqual(two);
  });
});

describe('the exact length', () => {
  const fileNames = fc
    .array(fc.stringMatching(/^[a-z0-9]{1,110}$/), { minLength: 1, maxLength: 4 })
    .map((parts) => parts.join('/'));

  test('is that of the stream, for every name and size', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fileNames, fc.oneof(fc.constantFrom(0, 1, 511, 512, 513, 1024), fc.nat(5000))), {
          maxLength: 5,
        }),
        async (files) => {
          const plan = createPlan(
            'a.tar',
            files.map(([name, size]) => ({ kind: 'blob', name, digest: digestOf('a'), size })),
          );
          const source: OpenEntry = async function* ({ size }) {
            yield new Uint8Array(size);
          };
          expect((await readAll(createTarStream(plan, source))).length).toBe(plan.archiveBytes);
        },
      ),
      { numRuns: 200 },
    );
  });

  test.each([
    ['of 100 characters', 'n'.repeat(100), 512],
    ['of 101 characters', 'n'.repeat(101), 3 * 512],
    ['that splits into 155 and 100', `${'p'.repeat(155)}/${'n'.repeat(100)}`, 512],
    ['that would split into 156 and 99', `${'p'.repeat(156)}/${'n'.repeat(99)}`, 3 * 512],
    ['that would split into 10 and 101', `${'p'.repeat(10)}/${'n'.repeat(101)}`, 3 * 512],
    ['with a slash at its start alone', `/${'n'.repeat(100)}`, 3 * 512],
  ])('counts the headers of a name %s', async (_, name, headerBytes) => {
    const plan = createPlan('a.tar', [{ kind: 'bytes', name, bytes: new Uint8Array() }]);
    expect(plan.archiveBytes).toBe(headerBytes + 1024);
    const archive = await readAll(createTarStream(plan, openBlob));
    expect(archive.length).toBe(plan.archiveBytes);
    expect(execFileSync('tar', ['-tPf', '-'], { input: archive, encoding: 'utf8' })).toBe(`${name}\n`);
  });

  test.each([
    ['just below 8 GiB', 8 * 1024 ** 3 - 1, 512],
    ['8 GiB', 8 * 1024 ** 3, 3 * 512],
    ['100 GB', 100_000_000_000, 3 * 512],
  ])('and the header that tar reads it from: %s', async (_, size, headerBytes) => {
    const name = blobName(digestOf('a'));
    const plan = createPlan('a.tar', [{ kind: 'blob', name, digest: digestOf('a'), size }]);
    const header = await headerOf(plan);
    expect(header.length).toBe(headerBytes);
    expect(plan.archiveBytes).toBe(headerBytes + Math.ceil(size / 512) * 512 + 1024);
    // tar lists the entry and then complains that the rest is missing.
    const { stdout } = spawnSync('tar', ['-tvf', '-'], { input: header, encoding: 'utf8' });
    expect(stdout).toMatch(new RegExp(` ${size} .* ${name}\n$`));
  });

  test('of a sha512 blob counts the header that its long name needs', async () => {
    const digest = parseDigest(`sha512:${'ab'.repeat(64)}`);
    const plan = createPlan('a.tar', [{ kind: 'blob', name: blobName(digest), digest, size: 3 }]);
    const source: OpenEntry = async function* () {
      yield bytesOf('abc');
    };
    const archive = await readAll(createTarStream(plan, source));
    expect(archive.length).toBe(plan.archiveBytes);
    expect([...untar(archive)]).toEqual([[blobName(digest), Buffer.from('abc')]]);
  });

  /** What the stream gives before it asks for the first blob. */
  async function headerOf(plan: ArchivePlan): Promise<Uint8Array> {
    let wanted = (): void => undefined;
    const atBlob = new Promise<undefined>((resolve) => {
      wanted = () => resolve(undefined);
    });
    const source: OpenEntry = async function* () {
      wanted();
      yield await new Promise<Uint8Array>(() => undefined);
    };
    const reader = createTarStream(plan, source).getReader();
    const parts: Uint8Array[] = [];
    for (;;) {
      const read = await Promise.race([
        reader.read(),
        atBlob.then(() => new Promise<undefined>((r) => setTimeout(r, 20))),
      ]);
      if (read?.value === undefined) return Buffer.concat(parts);
      parts.push(read.value);
    }
  }
});

describe('a stream', () => {
  const blob = (digit: string, size: number): BlobEntry => ({
    kind: 'blob',
    name: digit,
    digest: digestOf(digit),
    size,
  });
  const tail: PlanEntry = { kind: 'bytes', name: 'table-of-contents', bytes: bytesOf('TABLE OF CONTENTS') };
  const piece = new Uint8Array(1000);
  /** What modern-tar holds before it makes its writer wait. */
  const AHEAD_BYTES = 8 * 1024 * 1024;
  const idle = () => new Promise((resolve) => setTimeout(resolve, 5));

  /** A source that tells what became of it. */
  function source(pieces: number, bytes = piece) {
    const state = { opened: [] as string[], given: 0, closed: 0 };
    const open: OpenEntry = async function* ({ name }) {
      state.opened.push(name);
      try {
        for (let index = 0; index < pieces; index++) {
          state.given += 1;
          yield bytes;
        }
      } finally {
        state.closed += 1;
      }
    };
    return { state, open };
  }

  test('does nothing before it is read, and runs ahead of its reader by a few pieces only', async () => {
    const large = new Uint8Array(1024 * 1024);
    const { state, open } = source(30, large);
    const plan = createPlan('a.tar', [blob('a', 30 * large.length), blob('b', 30 * large.length), tail]);
    const reader = createTarStream(plan, open).getReader();
    await idle();
    expect(state.opened).toEqual([]);
    let taken = 0;
    for (let read = await reader.read(); !read.done; read = await reader.read()) {
      taken += read.value.length;
      if (state.given % 10 === 0) await idle();
      expect(state.given * large.length - taken).toBeLessThanOrEqual(AHEAD_BYTES + 2 * large.length);
    }
    expect(state).toEqual({ opened: ['a', 'b'], given: 60, closed: 2 });
  });

  test('tells what was delivered, and the end once', async () => {
    const delivered: number[] = [];
    const ends: DeliveryEnd[] = [];
    const plan = createPlan('a.tar', [blob('a', 2000), tail]);
    const stream = createTarStream(plan, source(2).open, {
      onDelivered: (bytes) => delivered.push(bytes),
      onSettled: (end) => ends.push(end),
    });
    await readAll(stream);
    expect(delivered).toEqual(delivered.toSorted((a, b) => a - b));
    expect(delivered.at(-1)).toBe(plan.archiveBytes);
    expect(ends).toEqual([{ type: 'complete', bytes: plan.archiveBytes }]);
  });

  test('says of all bytes in their order that the reader has done with them, and waits for what that takes', async () => {
    const pieces = [1, 2, 3].map((fill) => new Uint8Array(1000).fill(fill));
    const consumed: Uint8Array[] = [];
    const ofBlobs: ArrayBufferLike[] = [];
    const order: string[] = [];
    const plan = createPlan('a.tar', [blob('a', 3000), tail]);
    const open: OpenEntry = async function* () {
      yield* pieces;
    };
    const read: Uint8Array[] = [];
    const stream = createTarStream(plan, open, {
      async onConsumed(bytes, ofBlob) {
        consumed.push(bytes.slice());
        if (ofBlob) ofBlobs.push(bytes.buffer);
        order.push('consumed');
        await idle();
        order.push('waited');
      },
    });
    for await (const bytes of stream) {
      order.push('read');
      // What was read before this piece was told of by now, and nothing of this one.
      expect(Buffer.concat(consumed).equals(Buffer.concat(read))).toBe(true);
      read.push(bytes.slice());
    }
    expect(Buffer.concat(consumed).equals(Buffer.concat(read))).toBe(true);
    expect(ofBlobs).toEqual(pieces.map(({ buffer }) => buffer));
    expect(order.join(' ')).toMatch(/^(?:read consumed waited ?)+$/);
  });

  test('that is cancelled stops its source', async () => {
    const { state, open } = source(1_000_000);
    const ends: DeliveryEnd[] = [];
    const plan = createPlan('a.tar', [blob('a', 1_000_000_000), tail]);
    const reader = createTarStream(plan, open, { onSettled: (end) => ends.push(end) }).getReader();
    for (let count = 0; count < 5; count++) await reader.read();
    await reader.cancel('the reader left');
    await idle();
    expect(state.closed).toBe(1);
    expect(state.given).toBeLessThan(20);
    expect(ends).toEqual([{ type: 'cancelled' }]);
  });

  test('that is cancelled while its reader waits ends as cancelled, and only once', async () => {
    const ends: DeliveryEnd[] = [];
    const waiting: OpenEntry = async function* () {
      yield await new Promise<Uint8Array>(() => undefined);
    };
    const plan = createPlan('a.tar', [blob('a', 2000), tail]);
    const reader = createTarStream(plan, waiting, { onSettled: (end) => ends.push(end) }).getReader();
    await reader.read();
    const pending = reader.read();
    await idle();
    await reader.cancel();
    expect(await pending).toEqual({ done: true, value: undefined });
    await idle();
    expect(ends).toEqual([{ type: 'cancelled' }]);
  });

  /** What arrived before the stream failed, and what it failed with. */
  async function failing(plan: ArchivePlan, open: OpenEntry) {
    const ends: DeliveryEnd[] = [];
    const reader = createTarStream(plan, open, { onSettled: (end) => ends.push(end) }).getReader();
    const parts: Uint8Array[] = [];
    try {
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return { text: Buffer.concat(parts).toString(), error: undefined, ends };
        parts.push(value);
      }
    } catch (error) {
      return { text: Buffer.concat(parts).toString(), error, ends };
    }
  }

  test.each([
    ['fewer', 1],
    ['more', 3],
    ['no', 0],
  ])('whose source gives %s bytes than planned fails before the table of contents', async (_, pieces) => {
    const { state, open } = source(pieces);
    const { text, error, ends } = await failing(createPlan('a.tar', [blob('a', 2000), tail]), open);
    expect(error).toBeInstanceOf(Error);
    expect(ends).toEqual([{ type: 'failed', error }]);
    expect(text).not.toContain('TABLE OF CONTENTS');
    expect(text).not.toContain('table-of-contents');
    expect(state.closed).toBe(1);
  });

  test.each([0, 1, 2])('whose source fails after %i pieces fails with that', async (pieces) => {
    const lost = new Error('the blob is not what it should be');
    const open: OpenEntry = async function* () {
      for (let index = 0; index < pieces; index++) yield piece;
      throw lost;
    };
    const { text, error, ends } = await failing(createPlan('a.tar', [blob('a', 2000), tail]), open);
    expect(error).toBe(lost);
    expect(ends).toEqual([{ type: 'failed', error: lost }]);
    expect(text).not.toContain('TABLE OF CONTENTS');
  });
});

describe('names of files', () => {
  const HEX = 'b5bb9d8014a0f9b1d61e21e796d78dccdf1352f23cd32812f4850b878ae4944c';
  test.each([
    ['nginx:1.27', { os: 'linux', architecture: 'arm64', variant: 'v8' }, 'nginx_1.27_linux-arm64-v8.tar'],
    ['ghcr.io/org/team/app:1.2', { os: 'linux', architecture: 'amd64' }, 'app_1.2_linux-amd64.tar'],
    [`app@sha256:${HEX}`, { os: 'linux', architecture: 'amd64' }, 'app_b5bb9d8014a0_linux-amd64.tar'],
    [`app:1@sha256:${HEX}`, { os: 'linux', architecture: 'amd64', variant: '' }, 'app_1_linux-amd64.tar'],
    ['app', { os: '../..', architecture: 'C:\\x\u202e', variant: '*?' }, 'app_latest_..-..-C-x---.tar'],
  ])('%s for %j is %s', (reference, platform, name) => {
    expect(archiveFileName(parseReference(reference), platform)).toBe(name);
  });
});

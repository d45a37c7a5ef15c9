import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type BundledImage, planBundle } from '../../../src/core/archive/bundle.ts';
import { nameImages } from '../../../src/core/archive/bundle-names.ts';
import type { ArchivePlan } from '../../../src/core/archive/plan.ts';
import { createTarStream } from '../../../src/core/archive/tar-stream.ts';
import { type Digest, parseDigest } from '../../../src/core/digest.ts';
import { type ImageIndex, type ImageManifest, parseManifest } from '../../../src/core/manifest.ts';
import { OCI_CONFIG, OCI_INDEX, OCI_MANIFEST } from '../../../src/core/media-types.ts';
import { parseReference } from '../../../src/core/parse-reference.ts';
import { formatPlatform, parsePlatform } from '../../../src/core/platform.ts';
import { formatReference } from '../../../src/core/reference.ts';
import { bytesOf } from '../documents.ts';

const hashOf = (bytes: Uint8Array, algorithm: 'sha256' | 'sha512' = 'sha256') =>
  parseDigest(`${algorithm}:${createHash(algorithm).update(bytes).digest('hex')}`);

const blobs = new Map<Digest, Uint8Array<ArrayBuffer>>();
const GZIP = 'application/vnd.oci.image.layer.v1.tar+gzip';

/** The text, to be served. */
function blob(text: string, algorithm?: 'sha512'): { digest: Digest; size: number } {
  const bytes = bytesOf(text);
  const digest = hashOf(bytes, algorithm);
  blobs.set(digest, bytes);
  return { digest, size: bytes.length };
}

const BASE = blob('the base that all have');

function manifestOf(architecture: string, ...layers: readonly { digest: Digest; size: number }[]): ImageManifest {
  const config = bytesOf({ os: 'linux', architecture });
  const bytes = bytesOf({
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    config: { mediaType: OCI_CONFIG, digest: hashOf(config), size: config.length },
    layers: layers.map((layer) => ({ mediaType: GZIP, ...layer })),
  });
  const manifest = parseManifest(bytes, { digest: hashOf(bytes), attempted: 'read it' });
  if (manifest.kind !== 'image') throw new Error(`it is an ${manifest.kind}`);
  return manifest;
}

function indexOf(...children: readonly { digest: Digest }[]): ImageIndex {
  const manifests = children.map(({ digest }) => ({ mediaType: OCI_MANIFEST, digest, size: 1 }));
  const bytes = bytesOf({ schemaVersion: 2, mediaType: OCI_INDEX, manifests });
  const index = parseManifest(bytes, { digest: hashOf(bytes), attempted: 'read it' });
  if (index.kind !== 'index') throw new Error(`it is an ${index.kind}`);
  return index;
}

function image(reference: string, manifest: ImageManifest, root?: ImageIndex): BundledImage {
  const { os, architecture } = JSON.parse(`{"os":"linux","architecture":"${archOf.get(manifest.digest)}"}`) as {
    os: string;
    architecture: string;
  };
  return {
    reference: parseReference(reference),
    root: root ?? manifest,
    manifest,
    configBytes: bytesOf({ os, architecture }),
    platform: { os, architecture },
  };
}

const archOf = new Map<Digest, string>();
const made = (architecture: string, ...layers: readonly { digest: Digest; size: number }[]) => {
  const manifest = manifestOf(architecture, ...layers);
  archOf.set(manifest.digest, architecture);
  return manifest;
};

const APP = made('amd64', BASE, blob('the app'));
const APP_ARM = made('arm64', BASE, blob('the app for arm64'));
const WEB = made('amd64', BASE, blob('the web server'), BASE);
const BOTH = indexOf(APP, APP_ARM);
const MORE = indexOf(APP, APP_ARM, WEB);

async function archiveOf(plan: ArchivePlan): Promise<Uint8Array<ArrayBuffer>> {
  const stream = createTarStream(plan, async function* ({ digest }) {
    yield blobs.get(digest) ?? new Uint8Array();
  });
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

function document(plan: ArchivePlan, name: string): string {
  const entry = plan.entries.find((one) => one.name === name);
  if (entry?.kind !== 'bytes') throw new Error(`there is no ${name}`);
  return new TextDecoder().decode(entry.bytes);
}

const pathOf = (digest: Digest) => `blobs/${digest.replace(':', '/')}`;

interface Listed {
  readonly digest: string;
  readonly mediaType: string;
  readonly annotations: Readonly<Record<string, string>>;
}

/** Name → what index.json lists under it. */
function listed(plan: ArchivePlan): Record<string, Listed> {
  const { manifests } = JSON.parse(document(plan, 'index.json')) as { manifests: Listed[] };
  return Object.fromEntries(manifests.map((one) => [one.annotations['io.containerd.image.name'] ?? '', one]));
}

function dockerEntries(plan: ArchivePlan): { Config: string; RepoTags: string[] | null; Layers: string[] }[] {
  return JSON.parse(document(plan, 'manifest.json')) as ReturnType<typeof dockerEntries>;
}

describe('a bundle', () => {
  const images = [image('ghcr.io/org/app:1', APP), image('nginx', WEB), image('ghcr.io/org/app:1', APP_ARM, BOTH)];

  test('has each blob once, the tables of contents last, its exact length, and the same bytes every time', async () => {
    const plan = await planBundle(images);
    const names = plan.entries.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(names.slice(-5)).toEqual(['LOAD.txt', 'SHA256SUMS', 'index.json', 'manifest.json', 'oci-layout']);
    expect(names.filter((name) => name === pathOf(BASE.digest))).toHaveLength(1);
    // Three manifests, two configs, four layers.
    expect(names).toHaveLength(3 + 2 + 4 + 5);
    const archive = await archiveOf(plan);
    expect(archive.length).toBe(plan.archiveBytes);
    expect(Buffer.from(await archiveOf(await planBundle(images))).equals(archive)).toBe(true);
    expect(plan.fileName).toMatch(/^bundle_3-images_[0-9a-f]{12}\.tar$/);
    expect((await planBundle(images.slice(0, 1))).fileName).toMatch(/^bundle_1-image_[0-9a-f]{12}\.tar$/);
  });

  test('is checked by sha256sum and sha512sum, as its text says', async () => {
    const odd = made('s390x', BASE, blob('a layer of another digest', 'sha512'));
    const plan = await planBundle([...images, image('odd', odd)]);
    const folder = mkdtempSync(join(tmpdir(), 'bundle-'));
    try {
      writeFileSync(join(folder, plan.fileName), await archiveOf(plan));
      const [line = ''] = document(plan, 'LOAD.txt').match(/mkdir bundle .*/) ?? [];
      const checked = execFileSync('sh', ['-c', line], { cwd: folder, encoding: 'utf8' });
      const sums = document(plan, 'SHA256SUMS').trim().split('\n');
      expect(checked.trim().split('\n')).toEqual(sums.map((sum) => `${sum.slice(66)}: OK`));
      const other = [
        'sha512sum',
        ['--check', 'SHA512SUMS'],
        { cwd: join(folder, 'bundle'), encoding: 'utf8' },
      ] as const;
      expect(execFileSync(...other)).toMatch(/^blobs\/sha512\/[0-9a-f]{128}: OK\n$/);
      // Every file is in one of the lists, but for the lists themselves.
      expect(sums.length + 1 + 2).toBe(plan.entries.length);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('with two platforms of one tag leads to both by the registry’s index where all of it is inside', async () => {
    const plan = await planBundle([image('app:1', APP, BOTH), image('app:1', APP_ARM, BOTH)]);
    const tables = listed(plan);
    expect(Object.keys(tables)).toEqual(['docker.io/library/app:1', 'docker.io/library/app:1-linux-arm64']);
    expect(tables['docker.io/library/app:1']?.digest).toBe(BOTH.digest);
    expect(tables['docker.io/library/app:1-linux-arm64']?.digest).toBe(APP_ARM.digest);
    expect(document(plan, pathOf(BOTH.digest))).toBe(new TextDecoder().decode(BOTH.bytes));
    expect(dockerEntries(plan).map(({ RepoTags }) => RepoTags)).toEqual([['app:1'], ['app:1-linux-arm64']]);
  });

  test('never lists what is not inside: an index of which a part is missing is replaced by one of the rest', async () => {
    const plan = await planBundle([image('app:1', APP, MORE), image('app:1', APP_ARM, MORE)]);
    const own = listed(plan)['docker.io/library/app:1'];
    expect(own?.digest).not.toBe(MORE.digest);
    const { manifests } = JSON.parse(document(plan, pathOf(parseDigest(own?.digest ?? '')))) as {
      manifests: { digest: string; size: number; platform: object }[];
    };
    expect(manifests).toMatchObject([
      { digest: APP.digest, size: APP.bytes.length, platform: { architecture: 'amd64' } },
      { digest: APP_ARM.digest, size: APP_ARM.bytes.length, platform: { architecture: 'arm64' } },
    ]);
    for (const { digest } of manifests) expect(document(plan, pathOf(parseDigest(digest)))).not.toBe('');
  });

  test('with one image under two names has it once, with both', async () => {
    const plan = await planBundle([image('app:1', APP), image('app:latest', APP), image('app:1', APP)]);
    expect(dockerEntries(plan).map(({ RepoTags }) => RepoTags)).toEqual([['app:1', 'app:latest']]);
    expect(Object.keys(listed(plan))).toEqual(['docker.io/library/app:1', 'docker.io/library/app:latest']);
  });

  test('names images without a tag by their own digest, not by that of an index', async () => {
    const plan = await planBundle([image(`ghcr.io/org/app@${MORE.digest}`, APP_ARM, MORE), image('nginx', WEB)]);
    expect(Object.keys(listed(plan))).toEqual([`ghcr.io/org/app@${APP_ARM.digest}`, 'docker.io/library/nginx:latest']);
    expect(dockerEntries(plan)[0]?.RepoTags).toBeNull();
  });

  test('is the same whether its tags were pinned or not', async () => {
    const loose = await planBundle([image('app:1', APP_ARM, BOTH), image('nginx', WEB)]);
    const pinned = await planBundle([
      image(`app:1@${BOTH.digest}`, APP_ARM, BOTH),
      image(`nginx:latest@${WEB.digest}`, WEB),
    ]);
    expect(pinned).toEqual(loose);
  });
});

describe('the tag of an image', () => {
  const named = (...asked: readonly (readonly [reference: string, platform: string, of: ImageManifest])[]) =>
    nameImages(
      asked.map(([reference, platform, manifest]) => ({
        reference: parseReference(reference),
        platform: parsePlatform(platform),
        manifest,
      })),
    ).map(
      ({ tagged, renamed }) =>
        `${tagged === undefined ? 'none' : formatReference(tagged)}${renamed ? ', renamed' : ''}`,
    );

  test.each([
    [
      'the first has the plain one',
      [
        ['app:1', 'linux/amd64', APP],
        ['app:1', 'linux/arm64', APP_ARM],
      ],
      ['app:1', 'app:1-linux-arm64, renamed'],
    ],
    [
      'a variant is part of the name',
      [
        ['app:1', 'linux/amd64', APP],
        ['app:1', 'linux/arm/v6', APP_ARM],
      ],
      ['app:1', 'app:1-linux-arm-v6, renamed'],
    ],
    [
      'an image that asked for the longer one has it',
      [
        ['app:1', 'linux/amd64', APP],
        ['app:1', 'linux/arm64', APP_ARM],
        ['app:1-linux-arm64', 'linux/amd64', WEB],
      ],
      ['app:1', 'none, renamed', 'app:1-linux-arm64'],
    ],
    [
      'the same platform of another digest has none',
      [
        ['app:1', 'linux/amd64', APP],
        ['app:1', 'linux/amd64', WEB],
        ['app:1', 'linux/amd64', APP_ARM],
      ],
      ['app:1', 'app:1-linux-amd64, renamed', 'none, renamed'],
    ],
    [
      'a tag too long for the platform gives none',
      [
        [`app:${'x'.repeat(120)}`, 'linux/amd64', APP],
        [`app:${'x'.repeat(120)}`, 'linux/arm64', APP_ARM],
      ],
      [`app:${'x'.repeat(120)}`, 'none, renamed'],
    ],
    [
      'other registries are other names',
      [
        ['app:1', 'linux/amd64', APP],
        ['ghcr.io/library/app:1', 'linux/amd64', WEB],
      ],
      ['app:1', 'ghcr.io/library/app:1'],
    ],
  ] as const)('%s', (_, asked, names) => {
    expect(named(...asked)).toEqual(names);
  });

  test('is never one that no tag can be, whatever the platform holds', () => {
    const platform = { os: 'li nux', architecture: 'a/b:c' };
    const asked = [APP, WEB].map((manifest) => ({ reference: parseReference('app:1'), platform, manifest }));
    const tag = nameImages(asked)[1]?.tagged?.tag ?? '';
    expect(formatReference(parseReference(`app:${tag}`))).toBe('app:1-li-nux-a-b-c');
    expect(formatPlatform(platform)).toContain('li nux');
  });
});

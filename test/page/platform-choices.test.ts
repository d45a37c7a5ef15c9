import { describe, expect, test } from 'vitest';
import { type Digest, parseDigest } from '../../src/core/digest.ts';
import type { Descriptor, ImageIndex } from '../../src/core/manifest.ts';
import { parsePlatform } from '../../src/core/platform.ts';
import { childrenOf, choosePlatform, DEFAULT_PLATFORM } from '../../src/page/platform-choices.ts';

const INDEX = 'application/vnd.oci.image.index.v1+json';
const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';

function digest(seed: number): Digest {
  return parseDigest(`sha256:${seed.toString(16).padStart(64, '0')}`);
}

function child(seed: number, platform: string | undefined, more: Partial<Descriptor> = {}): Descriptor {
  const named = platform === undefined ? {} : { platform: parsePlatform(platform) };
  return { mediaType: MANIFEST, digest: digest(seed), size: 1, ...named, ...more };
}

function index(seed: number, manifests: readonly Descriptor[]): ImageIndex {
  return { kind: 'index', digest: digest(seed), mediaType: INDEX, bytes: new Uint8Array(), annotations: {}, manifests };
}

const noNested = async () => undefined;

describe('the children of an index', () => {
  test('twins of one platform are told apart', async () => {
    const zstd = { annotations: { 'io.github.containers.compression.zstd': 'true' } };
    const { choices } = await childrenOf(index(9, [child(1, 'linux/amd64'), child(2, 'linux/amd64', zstd)]), noNested);
    expect(choices.map(({ label }) => label)).toEqual(['linux/amd64 (000000000000)', 'linux/amd64 (zstd)']);
  });

  test('an index within an index is opened, and a ring of them ends', async () => {
    const ring = index(9, [child(9, undefined, { mediaType: INDEX }), child(1, 'linux/amd64')]);
    const { choices, others } = await childrenOf(ring, async () => ring);
    expect(choices.map(({ label }) => label)).toEqual(['linux/amd64']);
    expect(others.length).toBeGreaterThan(0);
  });

  test('attestations are others', async () => {
    const attestation = child(3, undefined, { annotations: { 'vnd.docker.reference.type': 'attestation-manifest' } });
    const { choices, others } = await childrenOf(index(9, [child(1, 'linux/amd64'), attestation]), noNested);
    expect(choices).toHaveLength(1);
    expect(others).toEqual([attestation]);
  });
});

describe('the choice', () => {
  const asked = (text: string) => ({ platform: parsePlatform(text), asked: true });
  const byDefault = { platform: DEFAULT_PLATFORM, asked: false };

  test('is never another platform than the one asked for', async () => {
    const { choices } = await childrenOf(index(9, [child(1, 'linux/arm64'), child(2, 'linux/386')]), noNested);
    expect(choosePlatform(choices, asked('linux/arm64/v8'), 'app').digest).toBe(digest(1));
    for (const wanted of [asked('linux/amd64'), byDefault]) {
      expect(() => choosePlatform(choices, wanted, 'app')).toThrow(
        expect.objectContaining({ code: 'platform-missing', seen: 'it has linux/arm64, linux/386' }),
      );
    }
  });

  test('is the only child where it names no platform and none was asked for', async () => {
    const { choices } = await childrenOf(index(9, [child(1, undefined)]), noNested);
    expect(choosePlatform(choices, byDefault, 'app').digest).toBe(digest(1));
    expect(() => choosePlatform(choices, asked('linux/amd64'), 'app')).toThrow(
      expect.objectContaining({ code: 'platform-missing' }),
    );
  });

  test('of nothing says that there is nothing', () => {
    expect(() => choosePlatform([], byDefault, 'app')).toThrow(/holds no image/);
  });
});

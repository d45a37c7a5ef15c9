import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PulltabError } from '../../src/core/errors.ts';
import { attestationsOf, type ImageIndex, parseManifest, platformManifests } from '../../src/core/manifest.ts';
import {
  BUILDKIT_CACHE_CONFIG,
  DOCKER_CONFIG,
  DOCKER_LIST,
  DOCKER_MANIFEST,
  DOCKER_SCHEMA1,
  DOCKER_SCHEMA1_SIGNED,
  OCI_ARTIFACT_MANIFEST,
  OCI_CONFIG,
  OCI_INDEX,
  OCI_MANIFEST,
} from '../../src/core/media-types.ts';
import { bytesOf, digestOf, thrownBy } from './documents.ts';

const LAYER = 'application/vnd.oci.image.layer.v1.tar+gzip';
const EMPTY = 'application/vnd.oci.empty.v1+json';
const DIGEST = digestOf('d');

const descriptor = (digit: string, more: object = {}) => ({
  mediaType: LAYER,
  digest: digestOf(digit),
  size: 7,
  ...more,
});
const config = descriptor('c', { mediaType: OCI_CONFIG });
const image = { schemaVersion: 2, mediaType: OCI_MANIFEST, config, layers: [descriptor('a'), descriptor('b')] };
const child = (digit: string, architecture: string, more: object = {}) =>
  descriptor(digit, { mediaType: OCI_MANIFEST, platform: { os: 'linux', architecture }, ...more });

function parse(value: unknown, contentType?: string) {
  return parseManifest(bytesOf(value), { digest: DIGEST, contentType, attempted: 'read it' });
}

function parseIndex(value: unknown): ImageIndex {
  const parsed = parse(value);
  if (parsed.kind !== 'index') throw new Error(`it is an ${parsed.kind}`);
  return parsed;
}

describe('images', () => {
  test('of OCI', () => {
    const text = `${JSON.stringify(image, undefined, 3)}\n`;
    expect(parse(text)).toEqual({
      kind: 'image',
      digest: DIGEST,
      mediaType: OCI_MANIFEST,
      bytes: bytesOf(text),
      annotations: {},
      config,
      layers: image.layers,
    });
  });

  test.each([
    [
      'of Docker',
      { ...image, mediaType: DOCKER_MANIFEST, config: { ...config, mediaType: DOCKER_CONFIG } },
      undefined,
      DOCKER_MANIFEST,
    ],
    ['that do not say what they are', { ...image, mediaType: undefined }, undefined, OCI_MANIFEST],
    [
      'that leave it to the Content-Type',
      { ...image, mediaType: undefined },
      `${DOCKER_MANIFEST}; charset=utf-8`,
      DOCKER_MANIFEST,
    ],
    ['whose Content-Type is of no use', image, 'application/json', OCI_MANIFEST],
    ['whose Content-Type is another’s', image, OCI_INDEX, OCI_MANIFEST],
    ['whose type is of another type', { ...image, mediaType: 7 }, undefined, OCI_MANIFEST],
    ['with an empty layer', { ...image, layers: [descriptor('a', { size: 0 })] }, undefined, OCI_MANIFEST],
    ['without a layer', { ...image, layers: [] }, undefined, OCI_MANIFEST],
    ['with null for layers', { ...image, layers: null }, undefined, OCI_MANIFEST],
    ['without layers', { ...image, layers: undefined }, undefined, OCI_MANIFEST],
    ['whose config has no type', { ...image, config: { ...config, mediaType: undefined } }, undefined, OCI_MANIFEST],
    [
      'whose config is an octet-stream',
      { ...image, config: { ...config, mediaType: 'application/octet-stream' } },
      undefined,
      OCI_MANIFEST,
    ],
    [
      'of which a layer has no type',
      { ...image, layers: [descriptor('a', { mediaType: null })] },
      undefined,
      OCI_MANIFEST,
    ],
  ])('%s', (_, value, contentType, mediaType) => {
    expect(parse(value, contentType)).toMatchObject({ kind: 'image', mediaType, config: { digest: digestOf('c') } });
  });

  test('keep their annotations, subject and foreign urls', () => {
    const urls = ['https://example.com/layer'];
    const value = {
      ...image,
      annotations: { a: 'b', n: 7, ['__proto__']: 'x' },
      subject: descriptor('e'),
      layers: [descriptor('a', { urls: [...urls, 7] })],
    };
    const parsed = parse(`${JSON.stringify(value).slice(0, -1)},"annotations":{"a":"b","n":7,"__proto__":"x"}}`);
    expect(Object.entries(parsed.annotations)).toEqual([
      ['a', 'b'],
      ['__proto__', 'x'],
    ]);
    expect(parsed).toMatchObject({ subject: { digest: digestOf('e') }, layers: [{ urls }] });
  });

  test('carry data inline where it is as long as it says', () => {
    const layersOf = (data: unknown) => {
      const parsed = parse({ ...image, layers: [descriptor('a', { size: 2, data })] });
      return parsed.kind === 'image' ? parsed.layers[0]?.data : 'no image';
    };
    expect(layersOf('e30=')).toEqual(bytesOf('{}'));
    expect(layersOf('e30')).toEqual(bytesOf('{}'));
    for (const damaged of ['e30gIA==', '', '%%%%', 7, null]) expect(layersOf(damaged)).toBeUndefined();
  });
});

describe('indexes', () => {
  const attestation = (of: string, digit: string) =>
    child(digit, 'unknown', {
      platform: { os: 'unknown', architecture: 'unknown' },
      annotations: { 'vnd.docker.reference.type': 'attestation-manifest', 'vnd.docker.reference.digest': digestOf(of) },
    });

  test.each([
    [OCI_INDEX, undefined, OCI_INDEX],
    [DOCKER_LIST, undefined, DOCKER_LIST],
    [undefined, DOCKER_LIST, DOCKER_LIST],
    [undefined, undefined, OCI_INDEX],
  ])('%s served as %s', (mediaType, contentType, expected) => {
    const manifests = [child('a', 'amd64'), child('b', 'arm64')];
    expect(parse({ schemaVersion: 2, mediaType, manifests }, contentType)).toMatchObject({
      kind: 'index',
      mediaType: expected,
      manifests: [{ platform: { architecture: 'amd64' } }, { platform: { architecture: 'arm64' } }],
    });
  });

  test('are read with null for a list, and with platforms that are none', () => {
    expect(parseIndex({ mediaType: OCI_INDEX, manifests: null }).manifests).toEqual([]);
    const { manifests } = parseIndex({
      manifests: [
        child('a', 'arm64', { platform: { os: 'linux', architecture: 'arm64', variant: 'v8' } }),
        child('b', '', { platform: {} }),
        child('c', '', { platform: { os: 'linux', architecture: 'a/b' } }),
        child('e', '', { platform: null }),
        child('f', '', {
          platform: { os: 'windows', architecture: 'amd64', 'os.version': '10.0.1', 'os.features': ['win32k'] },
        }),
      ],
    });
    expect(manifests.map(({ platform }) => platform)).toEqual([
      { os: 'linux', architecture: 'arm64', variant: 'v8' },
      undefined,
      undefined,
      undefined,
      { os: 'windows', architecture: 'amd64', osVersion: '10.0.1', osFeatures: ['win32k'] },
    ]);
  });

  test('keep their annotations, subject and artifact type', () => {
    const value = { manifests: [], annotations: { a: 'b' }, subject: descriptor('e'), artifactType: 'x/y' };
    const rest = { annotations: { a: 'b' }, artifactType: 'x/y', subject: { digest: digestOf('e') } };
    expect(parseIndex(value)).toMatchObject(rest);
    expect(parseIndex({ manifests: [] })).toEqual({
      kind: 'index',
      digest: DIGEST,
      mediaType: OCI_INDEX,
      bytes: bytesOf({ manifests: [] }),
      annotations: {},
      manifests: [],
    });
  });

  test('offer the children that are images, and tell their attestations', () => {
    const index = parseIndex({
      manifests: [
        child('a', 'amd64'),
        attestation('a', '1'),
        child('b', 'arm64', { mediaType: DOCKER_MANIFEST }),
        attestation('b', '2'),
        child('3', 'amd64', { mediaType: OCI_INDEX }),
        child('4', 'amd64', { platform: undefined }),
        child('5', 'amd64', { mediaType: undefined }),
        child('6', 'amd64', { artifactType: 'application/spdx+json' }),
        child('7', 'amd64', { mediaType: OCI_ARTIFACT_MANIFEST }),
        child('8', 'amd64', { mediaType: 'application/vnd.example' }),
        child('9', 'unknown', { platform: { os: 'unknown', architecture: 'unknown' } }),
        child('f', 'amd64', { mediaType: DOCKER_SCHEMA1_SIGNED }),
      ],
    });
    const digits = (of: readonly { digest: string }[]) => of.map(({ digest }) => digest.at(-1)).join('');
    expect(digits(platformManifests(index))).toBe('ab345f');
    expect(digits(attestationsOf(index, digestOf('b')))).toBe('2');
    expect(digits(attestationsOf(index, digestOf('c')))).toBe('');
  });
});

describe('what is no image', () => {
  test.each([
    [
      'a chart',
      { ...image, config: { ...config, mediaType: 'application/vnd.cncf.helm.config.v1+json' } },
      'application/vnd.cncf.helm.config.v1+json',
    ],
    [
      'an artifact of OCI 1.1',
      { ...image, artifactType: 'application/spdx+json', config: { ...config, mediaType: EMPTY } },
      'application/spdx+json',
    ],
    [
      'a signature that borrows the config',
      { ...image, layers: [descriptor('a', { mediaType: 'application/vnd.dev.cosign.simplesigning.v1+json' })] },
      'application/vnd.dev.cosign.simplesigning.v1+json',
    ],
    [
      'an attestation of BuildKit',
      { ...image, layers: [descriptor('a', { mediaType: 'application/vnd.in-toto+json' })] },
      'application/vnd.in-toto+json',
    ],
    ['an old artifact', { mediaType: OCI_ARTIFACT_MANIFEST, artifactType: 'x/y', blobs: [descriptor('a')] }, 'x/y'],
    ['an old artifact without a type', { blobs: null }, OCI_ARTIFACT_MANIFEST],
    [
      'a build cache',
      { mediaType: OCI_INDEX, manifests: [descriptor('a'), descriptor('b', { mediaType: BUILDKIT_CACHE_CONFIG })] },
      BUILDKIT_CACHE_CONFIG,
    ],
  ])('%s', (_, value, artifactType) => {
    expect(parse(value)).toMatchObject({ kind: 'artifact', artifactType });
  });
});

describe('schema 1', () => {
  const layer = (digit: string) => ({ blobSum: digestOf(digit) });
  const step = (...words: string[]) => ({ v1Compatibility: JSON.stringify({ container_config: { Cmd: words } }) });
  const schema1 = { schemaVersion: 1, name: 'a', tag: '1', architecture: 'amd64', fsLayers: [layer('b'), layer('a')] };

  test('is read oldest first, with its steps', () => {
    const value = { ...schema1, history: [step('sh', '-c', 'top'), step('base')], signatures: [] };
    expect(parse(value)).toMatchObject({
      kind: 'schema1',
      mediaType: DOCKER_SCHEMA1_SIGNED,
      architecture: 'amd64',
      layers: [
        { digest: digestOf('a'), createdBy: 'base' },
        { digest: digestOf('b'), createdBy: 'sh -c top' },
      ],
    });
  });

  test.each([
    ['no history', undefined],
    ['a history that does not fit', [step('one')]],
    ['a history that is none', 'x'],
    ['steps that are no JSON', [{ v1Compatibility: '{' }, { v1Compatibility: '{}' }]],
  ])('is read with %s', (_, history) => {
    expect(parse({ ...schema1, history })).toMatchObject({
      mediaType: DOCKER_SCHEMA1,
      layers: [{ digest: digestOf('a') }, { digest: digestOf('b') }],
    });
  });
});

describe('refusals', () => {
  const tooMany = Array.from({ length: 10_001 }, () => descriptor('a'));
  test.each([
    ['', 'it is empty'],
    [' \n', 'it is empty'],
    ['<!doctype html><title>Sign in</title>', 'it is a web page, not JSON'],
    ['{"layers":', 'it is not JSON'],
    ['[]', 'it is JSON, but not an object'],
    ['null', 'it is JSON, but not an object'],
    ['"manifests"', 'it is JSON, but not an object'],
    [{}, 'has neither manifests nor layers'],
    [{ errors: [{ code: 'DENIED' }] }, 'it is a registry’s error message'],
    [{ architecture: 'amd64' }, 'it is the config of an image, not a manifest'],
    [{ rootfs: {} }, 'it is the config of an image, not a manifest'],
    [{ architecture: 'amd64', rootfs: {} }, 'it is the config of an image, not a manifest'],
    // CVE-2021-41190: tools disagree on what such a document is.
    [{ ...image, manifests: [] }, 'it is both an index and an image manifest'],
    [{ manifests: [], config }, 'it is both an index and an image manifest'],
    [{ ...image, fsLayers: [] }, 'it is both an image manifest and a manifest of schema 1'],
    [{ blobs: [], manifests: [] }, 'it is both an index and an artifact manifest'],
    [{ ...image, mediaType: OCI_INDEX }, 'it calls itself an index but has the fields of an image manifest'],
    [{ mediaType: DOCKER_MANIFEST, manifests: [] }, 'it calls itself an image manifest but has the fields of an index'],
    [{ layers: [] }, 'its field config is missing'],
    [{ ...image, config: null }, 'its field config is not an object'],
    [{ ...image, layers: {} }, 'its field layers is not a list'],
    [{ ...image, layers: ['x'] }, 'its field layers[0] is not an object'],
    [{ ...image, layers: tooMany }, 'its field layers has more than 10000 entries'],
    [{ ...image, layers: [descriptor('a', { digest: undefined })] }, 'its field layers[0].digest is missing'],
    [
      { ...image, layers: [descriptor('a', { digest: 'sha256:aa' })] },
      'its field layers[0].digest is “sha256:aa”: it has 2',
    ],
    [{ ...image, layers: [descriptor('a', { digest: 7 })] }, 'its field layers[0].digest is not text'],
    [{ ...image, layers: [descriptor('a', { size: undefined })] }, 'its field layers[0].size is missing'],
    [{ ...image, layers: [descriptor('a', { size: -1 })] }, 'its field layers[0].size is negative'],
    [{ ...image, layers: [descriptor('a', { size: 1.5 })] }, 'its field layers[0].size is not a whole number of bytes'],
    [
      { ...image, layers: [descriptor('a', { size: 2 ** 53 })] },
      'its field layers[0].size is not a whole number of bytes',
    ],
    [{ ...image, layers: [descriptor('a', { size: '7' })] }, 'its field layers[0].size is not a number'],
    [{ fsLayers: [{}] }, 'its field fsLayers[0].blobSum is missing'],
  ])('%j', (value, seen) => {
    expect(thrownBy(() => parse(value))).toMatchObject({
      code: 'manifest-invalid',
      attempted: 'read it',
      seen: expect.stringContaining(seen),
    });
  });

  test('bytes that are no UTF-8', () => {
    const bytes = Uint8Array.of(0x7b, 0xff, 0x7d);
    expect(thrownBy(() => parseManifest(bytes, { digest: DIGEST, attempted: 'read it' }))).toMatchObject({
      code: 'manifest-invalid',
      seen: 'it is not text',
    });
  });
});

describe('for every document', () => {
  const options = { digest: DIGEST, attempted: 'read it' };
  const onlyPulltabErrors = (bytes: Uint8Array<ArrayBuffer>, contentType?: string) => {
    try {
      const parsed = parseManifest(bytes, { ...options, contentType });
      expect(parsed.bytes).toBe(bytes);
      if (parsed.kind === 'index') platformManifests(parsed);
    } catch (error) {
      if (!(error instanceof PulltabError)) throw error;
      expect(error.code).toBe('manifest-invalid');
    }
  };

  test('bytes throw nothing but a PulltabError', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => onlyPulltabErrors(new Uint8Array(bytes))));
  });

  test('JSON in a manifest’s fields throws nothing but a PulltabError', () => {
    const fields =
      'schemaVersion mediaType config layers manifests blobs fsLayers history annotations subject artifactType'.split(
        ' ',
      );
    const keys =
      'mediaType digest size platform annotations urls data os architecture variant os.features blobSum'.split(' ');
    const { node } = fc.letrec((tie) => ({
      leaf: fc.oneof(
        fc.constantFrom(
          null,
          true,
          0,
          7,
          -1,
          1e300,
          '',
          'linux',
          'amd64',
          DIGEST,
          OCI_MANIFEST,
          OCI_INDEX,
          OCI_CONFIG,
          '__proto__',
        ),
        fc.jsonValue(),
      ),
      node: fc.oneof(
        { depthSize: 'small' },
        tie('leaf'),
        fc.array(tie('node'), { maxLength: 3 }),
        fc.dictionary(fc.constantFrom(...keys), tie('node'), { maxKeys: 6 }),
      ),
    }));
    fc.assert(
      fc.property(
        fc.dictionary(fc.constantFrom(...fields), node, { maxKeys: 5 }),
        fc.constantFrom(undefined, OCI_INDEX, '\0'),
        (value, type) => onlyPulltabErrors(bytesOf(value), type),
      ),
      { numRuns: 1000 },
    );
  });

  test('a manifest with a byte changed throws nothing but a PulltabError', () => {
    const whole = bytesOf({ ...image, annotations: { a: 'b' }, subject: descriptor('e') });
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.integer({ min: 0, max: 255 }), (at, byte) => {
        const bytes = whole.slice();
        bytes[at] = byte;
        onlyPulltabErrors(bytes);
      }),
      { numRuns: 1000 },
    );
  });
});

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type ComparedImage, compareImages } from '../../src/core/image-comparison.ts';
import { parseImageConfig } from '../../src/core/image-config.ts';
import { bytesOf, digestOf } from './documents.ts';

const LAYER_BYTES = { a: 100, b: 20, c: 3, d: 4000 } as const;
type LayerName = keyof typeof LAYER_BYTES;
const NAMES: readonly LayerName[] = ['a', 'b', 'c', 'd'];

/** An image with these layers, each made by a step of its name; `digit` is of its manifest's and its config's digests. */
function imageOf(layers: readonly LayerName[], run: object = {}, digit = '1', configBytes = 7): ComparedImage {
  const value = {
    os: 'linux',
    architecture: 'amd64',
    ...run,
    history: layers.map((name) => ({ created_by: `COPY ${name}` })),
  };
  return {
    manifest: {
      kind: 'image',
      digest: digestOf(digit),
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      bytes: bytesOf('{}'),
      annotations: {},
      config: { mediaType: '', digest: digestOf(digit), size: configBytes },
      layers: layers.map((name) => ({ mediaType: '', digest: digestOf(name), size: LAYER_BYTES[name] })),
    },
    config: parseImageConfig(bytesOf(value), { attempted: 'read the config' }),
  };
}

/** The layers as "-b +c =a", with the effect where there is one. */
function layersOf(was: readonly LayerName[], is: readonly LayerName[]): string[] {
  const { layers } = compareImages(imageOf(was), imageOf(is, {}, '2'));
  const signs = { shared: '=', added: '+', removed: '-' } as const;
  return layers.map(({ kind, digest, effectBytes }) => `${signs[kind]}${digest.slice(7, 8)} ${effectBytes}`);
}

test('an image is equal to itself', () => {
  const image = imageOf(['a', 'b'], { config: { Env: ['PATH=/bin'], Labels: { one: '1' } } });
  const comparison = compareImages(image, image);
  expect(comparison).toMatchObject({ sameManifest: true, sameConfig: true, fields: [], wasBytes: 127, isBytes: 127 });
  expect(comparison.layers.map(({ kind }) => kind)).toEqual(['shared', 'shared']);
});

test('every field of the config that differs is named, with both values', () => {
  const was = imageOf([], {
    created: '2024-01-01T00:00:00Z',
    author: 'one',
    config: {
      User: '1',
      Env: ['PATH=/bin', 'GONE=1', 'TWICE=1', 'TWICE=2'],
      Entrypoint: ['/a', 'b c'],
      Cmd: ['x'],
      ExposedPorts: { '80/tcp': {} },
      Labels: { kept: 'k', changed: 'old' },
    },
  });
  const is = imageOf([], {
    created: '2025-01-01T00:00:00Z',
    variant: 'v3',
    config: {
      Env: ['TWICE=2', 'PATH=/sbin', 'EMPTY='],
      Entrypoint: ['/a', 'b', 'c'],
      Cmd: ['x'],
      WorkingDir: '/srv',
      ExposedPorts: { '80/tcp': {}, '443/tcp': {} },
      Volumes: { '/data': {} },
      StopSignal: 'SIGQUIT',
      Labels: { changed: 'new', kept: 'k' },
    },
  });
  const fields = compareImages(was, is).fields.map(({ field, key, was, is }) => [field, key, was, is]);
  expect(fields).toEqual([
    ['created', undefined, ['2024-01-01T00:00:00Z'], ['2025-01-01T00:00:00Z']],
    ['author', undefined, ['one'], undefined],
    ['platform', undefined, ['linux/amd64'], ['linux/amd64/v3']],
    ['user', undefined, ['1'], undefined],
    ['entrypoint', undefined, ['/a', 'b c'], ['/a', 'b', 'c']],
    ['workingDir', undefined, undefined, ['/srv']],
    ['exposedPorts', undefined, ['80/tcp'], ['443/tcp', '80/tcp']],
    ['volumes', undefined, undefined, ['/data']],
    ['stopSignal', undefined, undefined, ['SIGQUIT']],
    ['env', 'PATH', ['/bin'], ['/sbin']],
    ['env', 'GONE', ['1'], undefined],
    ['env', 'EMPTY', undefined, ['']],
    ['label', 'changed', ['old'], ['new']],
  ]);
});

test('the order of ports, volumes, variables and labels means nothing, and an empty command is none', () => {
  const was = { ExposedPorts: { 1: {}, 2: {} }, Env: ['A=1', 'B=2'], Labels: { a: '1', b: '2' }, Cmd: [], User: '' };
  const is = { ExposedPorts: { 2: {}, 1: {} }, Env: ['B=2', 'A=1'], Labels: { b: '2', a: '1' } };
  expect(compareImages(imageOf([], { config: was }), imageOf([], { config: is })).fields).toEqual([]);
});

test('layers stand in their order, what was removed before what was added in its place', () => {
  expect(layersOf(['a', 'b'], ['a', 'c', 'd'])).toEqual(['=a 0', '-b -20', '+c 3', '+d 4000']);
  expect(layersOf(['b', 'a'], ['c', 'a'])).toEqual(['-b -20', '+c 3', '=a 0']);
  expect(layersOf(['a'], [])).toEqual(['-a -100']);
  const [layer] = compareImages(imageOf([]), imageOf(['d'])).layers;
  expect(layer).toMatchObject({ kind: 'added', size: 4000, createdBy: 'COPY d' });
});

test('a layer that is listed twice, or has moved, is told and adds no bytes', () => {
  expect(layersOf(['a', 'b', 'c'], ['a', 'b', 'b', 'c'])).toEqual(['=a 0', '=b 0', '+b 0', '=c 0']);
  expect(layersOf(['b', 'b'], ['b'])).toEqual(['=b 0', '-b 0']);
  expect(layersOf([], ['c', 'c'])).toEqual(['+c 3', '+c 0']);
  expect(layersOf(['c', 'c'], [])).toEqual(['-c -3', '-c 0']);
  expect(layersOf(['a', 'b', 'c'], ['c', 'a', 'b'])).toEqual(['+c 0', '=a 0', '=b 0', '-c 0']);
});

test('for any two images the list tells both, in their order, and its effects add up to the difference', () => {
  const layers = fc.array(fc.constantFrom(...NAMES), { maxLength: 12 });
  fc.assert(
    fc.property(layers, layers, (was, is) => {
      const comparison = compareImages(imageOf(was), imageOf(is, {}, '2', 9));
      const digests = (but: string): string[] =>
        comparison.layers.filter(({ kind }) => kind !== but).map(({ digest }) => digest);
      expect(digests('added')).toEqual(was.map(digestOf));
      expect(digests('removed')).toEqual(is.map(digestOf));
      const effect = comparison.layers.reduce((sum, { effectBytes }) => sum + effectBytes, 0);
      expect(comparison.isBytes - comparison.wasBytes).toBe(effect + 2);
    }),
  );
});

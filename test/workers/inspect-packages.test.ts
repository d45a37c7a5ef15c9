/** What is read of an image's packages where there are more than anyone should wait for. */
import { expect, test } from 'vitest';
import { parseDigest } from '../../src/core/digest.ts';
import { createTree } from '../../src/core/layer/merged-tree.ts';
import { PACKAGE_FILES_LIMIT } from '../../src/protocol/inspector.ts';
import { inspectPackages } from '../../src/workers/inspect-packages.ts';
import type { OpenedImage } from '../../src/workers/opened-image.ts';
import { file, makeIndex } from '../core/layer/make-index.ts';

const never = (): never => {
  throw new Error('nothing of these files is to be read');
};

/** Of layers that cannot be read: files that are chosen have to be empty. */
function imageOf(...layers: readonly (readonly [path: string, size: number])[][]): OpenedImage {
  const tree = createTree(layers.map((files) => makeIndex(files.map(([path, size]) => file(path, size)))));
  const events = { onLayer: never, onChanged: never, onRequest: never, onNotice: never };
  return {
    ...{ layers: [], events, done: Promise.resolve(), close: never, tree: () => tree },
    filesOf: (_, files) => ({
      layer: {
        ...{
          digest: parseDigest(`sha256:${'0'.repeat(64)}`),
          size: 0,
          mediaType: '',
          diffId: undefined,
          annotations: {},
        },
        source: { kind: 'file', file: new Blob() },
      },
      uncompressedBytes: 0,
      files,
    }),
  };
}

const options = { signal: new AbortController().signal, onProgress: never, onNotice: never, onRequest: never };

test('files about one package each are read up to a limit, and the others are counted', async () => {
  const paths = Array.from({ length: PACKAGE_FILES_LIMIT + 7 }, (_, at) => `app/node_modules/p${at}/package.json`);
  const found = await inspectPackages(imageOf(paths.map((path) => [path, 0])), options);
  expect(found).toEqual({ packages: [], system: undefined, unread: [], leftOut: 7 });
});

test('what is too large to be a database, or is of a kind that is not read, is named', async () => {
  const image = imageOf(
    [
      ['var/lib/dpkg/status', 2 ** 40],
      ['var/lib/rpm/Packages', 10],
      ['srv/node_modules/a/package.json', 2 ** 30],
    ],
    [['var/lib/dpkg/status', 0]],
  );
  const { unread } = await inspectPackages(image, options);
  expect(unread.map(({ path }) => path).sort()).toEqual([
    'srv/node_modules/a/package.json',
    'var/lib/dpkg/status',
    'var/lib/rpm/Packages',
  ]);
});

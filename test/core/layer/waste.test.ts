import { describe, expect, it } from 'vitest';
import { findWaste } from '../../../src/core/layer/waste.ts';
import { adviseOn, sumAdvice } from '../../../src/core/layer/waste-advice.ts';
import { directory, file, hardlink, makeIndex, opaque, type SomeEntry, symlink, whiteout } from './make-index.ts';

function wasteOf(...layers: readonly (readonly SomeEntry[])[]) {
  return findWaste(layers.map((entries) => makeIndex(entries)));
}

/**
 * An image as many are, of three layers, with every figure worked out by hand from dive's definitions.
 *
 * | path              | layer 0 | layer 1      | layer 2     | all  | smallest | times |
 * | ----------------- | ------- | ------------ | ----------- | ---- | -------- | ----- |
 * | bin/sh            | 1000    |              |             | 1000 | 1000     | 1     |
 * | etc/motd          | 50      | 60           |             | 110  | 50       | 2     |
 * | var/cache/pkg.bin |         | 700          | removed: 0  | 700  | 0        | 2     |
 * | app/run           |         | 300          | chown: 300  | 600  | 300      | 2     |
 * | app/link          |         | symlink: 0   |             | 0    | 0        | 1     |
 * | app/run2          |         | hard link: 0 |             | 0    | 0        | 1     |
 * | src/a.c           |         | 40           |             | 40   | 40       | 1     |
 * | src/b.c           |         | 60           |             | 60   | 60       | 1     |
 * | src               |         | (not a leaf) | removed: 100| 100  | 100      | 1     |
 * | tmp               | empty: 0|              | empty: 0    | 0    | 0        | 2     |
 * | sum               |         |              |             | 2610 | 1550     |       |
 *
 * Efficiency: 1550 / 2610. Wasted: what appears twice, 110 + 700 + 600 + 0 = 1410. In layers 1 and 2 there are
 * 60 + 700 + 300 + 40 + 60 + 300 = 1460 bytes of files, so that the share is 1410 / 1460. The 100 bytes in src are in no
 * figure but the sums, because src appears once: it is told apart.
 */
const IMAGE: readonly (readonly SomeEntry[])[] = [
  [directory('bin'), file('bin/sh', 1000), directory('etc'), file('etc/motd', 50), directory('tmp')],
  [
    ...[directory('etc'), file('etc/motd', 60), directory('var'), file('var/cache/pkg.bin', 700)],
    ...[directory('app'), file('app/run', 300), symlink('app/link', 'run'), hardlink('app/run2', 'app/run')],
    ...[directory('src'), file('src/a.c', 40), file('src/b.c', 60)],
  ],
  [whiteout('var/cache/pkg.bin'), whiteout('src'), file('app/run', 300, { uid: 1000 }), directory('tmp')],
];

describe('advice', () => {
  const adviceFor = (path: string, ...layers: (readonly SomeEntry[])[]): string | undefined => {
    const [wasted] = wasteOf(...layers).paths;
    expect(wasted?.path).toBe(path);
    return wasted && adviseOn(wasted);
  };

  it.each([
    ['var/lib/apt/lists/index', 'package-cache'],
    ['root/.cache/pip/wheel', 'package-cache'],
    ['usr/lib/python3/__pycache__/a.pyc', 'package-cache'],
    ['tmp/download.tar', 'clean-where-made'],
    ['opt/sdk.tar', 'clean-where-made'],
  ])('on %s, which is removed: %s', (path, advice) => {
    expect(adviceFor(path, [], [file(path, 9)], [whiteout(path)])).toBe(advice);
  });

  it.each([
    ['var/lib/dpkg/status', 'package-database'],
    ['lib/apk/db/installed', 'package-database'],
    ['app/bundle.js', 'build-once'],
  ])('on %s, which is written again: %s', (path, advice) => {
    expect(adviceFor(path, [], [file(path, 9)], [file(path, 8)])).toBe(advice);
  });

  it('on what comes with the lowest layer, and on what only changes its owner', () => {
    expect(adviceFor('etc/motd', [file('etc/motd', 5)], [file('etc/motd', 6)])).toBe('smaller-base');
    expect(adviceFor('app', [file('app', 5)], [file('app', 5, { uid: 1 })])).toBe('set-owner-while-copying');
  });

  it('adds up what each advice is about, most bytes first', () => {
    const { paths } = wasteOf(
      [],
      [file('a', 1), file('b', 2), file('tmp/c', 9)],
      [file('a', 1), file('b', 3), whiteout('tmp/c')],
    );
    expect(sumAdvice(paths)).toEqual([
      { advice: 'clean-where-made', paths: 1, bytes: 9 },
      { advice: 'build-once', paths: 2, bytes: 7 },
    ]);
  });
});

describe('waste', () => {
  it('is what was worked out by hand', () => {
    const waste = wasteOf(...IMAGE);
    expect(waste).toMatchObject({
      ...{ efficiency: 1550 / 2610, wastedBytes: 1410, totalBytes: 2510, userBytes: 1460, wastedShare: 1410 / 1460 },
      removedDirectories: [{ path: 'src', layer: 2, bytes: 100 }],
    });
    expect(waste.paths).toEqual([
      {
        ...{ path: 'var/cache/pkg.bin', bytes: 700 },
        appearances: [
          { layer: 1, size: 700, what: 'written' },
          { layer: 2, size: 0, what: 'removed' },
        ],
      },
      {
        ...{ path: 'app/run', bytes: 600 },
        appearances: [
          { layer: 1, size: 300, what: 'written' },
          { layer: 2, size: 300, what: 'metadata' },
        ],
      },
      {
        ...{ path: 'etc/motd', bytes: 110 },
        appearances: [
          { layer: 0, size: 50, what: 'written' },
          { layer: 1, size: 60, what: 'written' },
        ],
      },
    ]);
  });

  it('is none in one layer, and in none', () => {
    expect(wasteOf([file('a', 5), file('b', 6)])).toMatchObject({
      efficiency: 1,
      wastedBytes: 0,
      wastedShare: undefined,
    });
    expect(wasteOf()).toMatchObject({ efficiency: 1, wastedBytes: 0, paths: [] });
  });

  it('counts the last of two entries of a path, and a path that is hidden and written in one layer twice', () => {
    expect(wasteOf([file('a', 5), file('a', 7)])).toMatchObject({ efficiency: 1, wastedBytes: 0 });
    expect(wasteOf([file('a', 5)], [whiteout('a'), file('a', 7)])).toMatchObject({ efficiency: 0, wastedBytes: 12 });
  });

  it('does not count whiteouts of what is not there', () => {
    expect(wasteOf([file('a', 5)], [whiteout('b')], [file('b', 3)])).toMatchObject({ efficiency: 1, wastedBytes: 0 });
  });

  it('measures a removed directory by what is in it then', () => {
    const removed = wasteOf([file('d/a', 5), file('d/b', 6)], [whiteout('d/a'), file('d/b', 7)], [whiteout('d')]);
    expect(removed.removedDirectories).toEqual([{ path: 'd', layer: 2, bytes: 7 }]);
  });

  it('tells apart what an opaque directory hides, which dive does not count', () => {
    const waste = wasteOf([file('d/a', 5)], [directory('d'), opaque('d'), file('d/b', 1)], [whiteout('d')]);
    expect(waste).toMatchObject({ efficiency: 1, wastedBytes: 0 });
    expect(waste.removedDirectories).toEqual([
      { path: 'd', layer: 1, bytes: 5 },
      { path: 'd', layer: 2, bytes: 1 },
    ]);
  });

  it('goes on without a layer that could not be read', () => {
    expect(findWaste([makeIndex([file('a', 5)]), undefined, makeIndex([file('a', 5)])])).toMatchObject({
      ...{ efficiency: 0.5, wastedBytes: 10 },
      paths: [{ appearances: [{ layer: 0 }, { layer: 2 }] }],
    });
  });
});

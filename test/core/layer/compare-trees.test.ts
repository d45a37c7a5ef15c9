/** How two images' files differ, of layers made entry by entry; what umoci and diff say of real ones is an e2e test. */
import { expect, test } from 'vitest';
import { TreePair } from '../../../src/core/layer/compare-trees.ts';
import type { LayerIndex } from '../../../src/core/layer/layer-index.ts';
import { directory, file, hardlink, makeIndex, opaque, symlink, whiteout } from './make-index.ts';

/** Path → change, of every path that either image has. */
function changes(pair: TreePair): Record<string, string> {
  const view = pair.view();
  const found: Record<string, string> = {};
  for (let node = 1; node < view.count; node++) if (view.isPart(node)) found[view.table.path(node)] = view.change(node);
  return found;
}

const layers = (...indexes: LayerIndex[]): readonly LayerIndex[] => indexes;
const BASE = makeIndex([file('etc/base', 10), file('etc/removed', 3), directory('opt'), symlink('link', 'etc')]);

test('paths are added, removed, changed, changed in their rights only, or equal', () => {
  const was = makeIndex([file('a', 1), file('size', 1), file('mode', 0), file('type', 1), symlink('to', 'a')]);
  const is = makeIndex([
    file('b', 1),
    file('size', 2),
    file('mode', 0, { mode: 0o600 }),
    directory('type'),
    symlink('to', 'b'),
  ]);
  expect(changes(new TreePair(layers(was), layers(is)))).toEqual({
    a: 'removed',
    b: 'added',
    size: 'changed',
    mode: 'metadata',
    type: 'changed',
    to: 'changed',
  });
});

test('files of one size are undecided until their bytes were compared; times alone are no difference', () => {
  const was = makeIndex([file('same', 5, { modifiedAtMs: 1000 }), file('other', 5), file('rights', 5)]);
  const is = makeIndex([file('same', 5, { modifiedAtMs: 2000 }), file('other', 5), file('rights', 5, { uid: 7 })]);
  const pair = new TreePair(layers(was), layers(is));
  expect(pair.undecided.map(({ node }) => pair.table.path(node)).sort()).toEqual(['other', 'rights', 'same']);
  expect(changes(pair)).toEqual({ same: 'changed', other: 'unchanged', rights: 'metadata' });
  pair.decide(new Set([pair.table.find('other')]));
  expect(pair.undecided).toEqual([]);
  expect(changes(pair)).toEqual({ same: 'unchanged', other: 'changed', rights: 'metadata' });
});

test('files of a layer that both have are equal wherever it stands, and need no look at their bytes', () => {
  const extra = makeIndex([file('extra', 4)]);
  const pair = new TreePair(layers(BASE, extra), layers(extra, BASE));
  expect(pair.undecided).toEqual([]);
  expect(new Set(Object.values(changes(pair)))).toEqual(new Set(['unchanged']));
});

test('whiteouts, opaque directories and directories that become files remove what was in them', () => {
  const was = makeIndex([file('opt/in/deep', 1), file('srv/x', 1)]);
  const is = makeIndex([whiteout('etc/removed'), opaque('etc'), file('etc/new', 1), file('opt', 1), file('srv/x', 1)]);
  const pair = new TreePair(layers(BASE, was), layers(BASE, is));
  expect(changes(pair)).toMatchObject({
    'etc/removed': 'removed',
    'etc/base': 'removed',
    'etc/new': 'added',
    opt: 'changed',
    'opt/in': 'removed',
    'opt/in/deep': 'removed',
    link: 'unchanged',
  });
  expect(pair.counts().removed).toEqual({ paths: 4, bytes: 14 });
  expect(pair.totalBytes()).toEqual({ was: 15, is: 3 });
});

test('a hard link is what it links to', () => {
  const was = makeIndex([file('a', 5), hardlink('b', 'a')]);
  const is = makeIndex([file('a', 5), file('b', 5)]);
  const pair = new TreePair(layers(was), layers(is));
  pair.decide(new Set());
  expect(changes(pair)).toEqual({ a: 'unchanged', b: 'unchanged' });
});

test('each path names the layer of its own image, and a view may be of some changes only', () => {
  const pair = new TreePair(
    layers(BASE, makeIndex([file('old', 1)])),
    layers(BASE, makeIndex([file('mid', 1)]), makeIndex([file('new/file', 1), whiteout('etc/removed')])),
  );
  const layerOf = (path: string): number => pair.layerOf(pair.table.find(path));
  expect([layerOf('etc/base'), layerOf('old'), layerOf('mid'), layerOf('new/file')]).toEqual([0, 1, 1, 2]);
  const added = pair.view(['added']);
  expect(added.has(pair.table.find('etc'))).toBe(false);
  expect(added.isPart(pair.table.find('new/file'))).toBe(true);
  expect(pair.view(['removed']).has(pair.table.find('new'))).toBe(false);
});

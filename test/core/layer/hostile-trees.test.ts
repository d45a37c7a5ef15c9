/** Layers that were made to keep whoever merges them busy: each of these would take minutes, done plainly. */
import { expect, it } from 'vitest';
import { createTree } from '../../../src/core/layer/merged-tree.ts';
import { directory, file, hardlink, makeIndex, type SomeEntry, symlink, whiteout } from './make-index.ts';

function pathsIn(...layers: readonly (readonly SomeEntry[])[]): number {
  return createTree(layers.map((entries) => makeIndex(entries))).view({ kind: 'merged' }).totalPaths;
}

const many = <T>(count: number, make: (at: number) => T): T[] => Array.from({ length: count }, (_, at) => make(at));

it('fills and empties a directory that had very many files', () => {
  const filled = many(100_000, (at) => file(`d/${at}`));
  const again = many(50_000, () => [file('d'), file('d/0')]).flat();
  expect(pathsIn(filled, again)).toBe(2);
  expect(
    pathsIn(
      filled,
      many(50_000, () => whiteout('d')),
      again,
    ),
  ).toBe(2);
});

it('walks through links whose targets lead about for long', () => {
  const about = '../'.repeat(1300);
  const links = many(39, (at) => symlink(`l${at}`, `${about}l${at + 1}`));
  const through = many(100_000, (at) => file(`l${at % 30}/${at}`));
  expect(pathsIn([...links, directory('l39')], through)).toBeGreaterThan(100_000);
});

it('follows links that double with each link', () => {
  const doubling = many(30, (at) => symlink(`l${at}`, `l${at + 1}/../l${at + 1}`));
  expect(
    pathsIn(
      [...doubling, directory('l30')],
      many(10_000, (at) => file(`l0/${at}`)),
    ),
  ).toBeGreaterThan(10_000);
});

it('sizes very many hard links to one file in a deep directory', () => {
  const deep = many(2000, () => 'd').join('/');
  const links = many(20_000, (at) => hardlink(`${deep}/${at}`, 'f'));
  const tree = createTree([makeIndex([file('f', 7), ...links])]);
  expect(tree.view({ kind: 'merged' }).totalBytes).toBe(7);
});

it('takes names that were chosen to meet in a hash table', () => {
  // Strings of these two meet in every hash that adds up a power of 31 a letter.
  const pairs = many(1 << 16, (at) => many(16, (bit) => ((at >> bit) & 1 ? 'Aa' : 'BB')).join(''));
  expect(pathsIn(pairs.map((name) => file(name)))).toBe(1 << 16);
});

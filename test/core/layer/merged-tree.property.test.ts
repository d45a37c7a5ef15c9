/** The tree of columns against the plainest one that can be: a map of paths, changed as the specification words it. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createListing } from '../../../src/core/layer/listing.ts';
import { createTree } from '../../../src/core/layer/merged-tree.ts';
import { makeIndex, type SomeEntry } from './make-index.ts';

interface ModelFile {
  readonly type: string;
  readonly size: number;
  readonly layer: number;
}
type Model = Map<string, ModelFile>;

function below(model: Model, path: string): string[] {
  return [...model.keys()].filter((other) => path === '' || other.startsWith(`${path}/`));
}

/** Whiteouts first; then entries one after another, each with its parents. */
function applyToModel(model: Model, entries: readonly SomeEntry[], layer: number): void {
  for (const { type, path } of entries) {
    if (type !== 'whiteout' && type !== 'opaque') continue;
    if (type === 'opaque' && model.get(path)?.type !== 'directory') continue;
    for (const hidden of below(model, path)) model.delete(hidden);
    if (type === 'whiteout') model.delete(path);
  }
  for (const { type, path, size = 0 } of entries) {
    if (type === 'whiteout' || type === 'opaque') continue;
    const parts = path.split('/');
    for (let depth = 1; depth < parts.length; depth++) {
      const parent = parts.slice(0, depth).join('/');
      if (model.get(parent)?.type !== 'directory') model.set(parent, { type: 'directory', size: 0, layer });
    }
    if (type !== 'directory') for (const replaced of below(model, path)) model.delete(replaced);
    model.set(path, { type, size, layer });
  }
}

const path = fc
  .array(fc.constantFrom('a', 'b', 'c', 'ab'), { minLength: 1, maxLength: 4 })
  .map((parts) => parts.join('/'));
const entry: fc.Arbitrary<SomeEntry> = fc.record({
  path,
  type: fc.constantFrom('file', 'file', 'file', 'directory', 'fifo', 'whiteout', 'opaque'),
  size: fc.nat(100),
});
const layers = fc.array(fc.array(entry, { maxLength: 12 }), { maxLength: 5 });

it('merges any layers as the model does, and keeps every state in between', () => {
  fc.assert(
    fc.property(layers, (generated) => {
      const sized = generated.map((entries) => entries.map((it) => (it.type === 'file' ? it : { ...it, size: 0 })));
      const tree = createTree(sized.map(makeIndex));
      const model: Model = new Map();
      for (const [layer, entries] of sized.entries()) {
        const before = new Map(model);
        applyToModel(model, entries, layer);
        const view = tree.view({ kind: 'up-to', layer });
        const listing = createListing(view, { unfolded: 'all', order: 'name' });
        const rows = listing.slice(0, listing.rows);
        expect(Object.fromEntries(rows.map((row) => [row.path, [row.type, row.layer, row.size]]))).toEqual(
          Object.fromEntries([...model].map(([at, file]) => [at, [file.type, file.layer, sizeIn(model, at)]])),
        );
        for (const [position, row] of rows.entries()) expect(listing.positionOf(row.path)).toBe(position);
        expect(view.totalPaths).toBe(model.size);
        expectRemoved(tree.changes(layer), before, model, (node) => tree.table.path(node));
      }
    }),
    { seed: 4, numRuns: 2000 },
  );
});

function sizeIn(model: Model, at: string): number {
  return [at, ...below(model, at)].reduce((sum, name) => sum + (model.get(name)?.size ?? 0), 0);
}

function expectRemoved(
  { nodes, entries }: { nodes: Int32Array; entries: Int32Array },
  before: Model,
  after: Model,
  pathOf: (node: number) => string,
): void {
  const removed = [...nodes].filter((_, row) => entries[row] === 0).map(pathOf);
  expect(removed.sort()).toEqual([...before.keys()].filter((name) => !after.has(name)).sort());
}

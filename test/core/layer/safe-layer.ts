/** What must hold of every layer, whatever it was made from: no path leaves the image, and nothing shown of it can throw. */
import { expect } from 'vitest';
import { detailsOf } from '../../../src/core/layer/details.ts';
import { indexEntries, type LayerIndex } from '../../../src/core/layer/layer-index.ts';
import type { LayerLimits } from '../../../src/core/layer/limits.ts';
import { createListing } from '../../../src/core/layer/listing.ts';
import { createTree } from '../../../src/core/layer/merged-tree.ts';
import { findWaste } from '../../../src/core/layer/waste.ts';
import { readLayerStream, streamOf } from './tar-listing.ts';

export function expectSafe(index: LayerIndex): void {
  const wrong = indexEntries(index).filter(
    ({ path, type, mode, uid, gid, size, offsetBytes, modifiedAtMs, linkTarget }) =>
      leavesRoot(path) ||
      (type === 'hardlink' && leavesRoot(linkTarget)) ||
      (mode | 0o7777) !== 0o7777 ||
      [uid, gid, size, offsetBytes].some((number) => !Number.isSafeInteger(number) || number < 0) ||
      Number.isNaN(new Date(modifiedAtMs).getTime()),
  );
  expect(wrong).toEqual([]);
  expect(index.complete || index.problems.length > 0).toBe(true);
  for (const { path, detail } of index.problems) expect(path + detail).not.toMatch(/\p{Cc}/u);
}

function leavesRoot(path: string): boolean {
  return path !== '' && path.split('/').some((name) => name === '' || name === '.' || name === '..');
}

/** Every path that a layer leads to once it is merged upon others, followed and listed. */
export function expectSafeTree(layers: readonly LayerIndex[]): void {
  const tree = createTree(layers);
  findWaste(layers);
  for (const scope of [{ kind: 'merged' }, { kind: 'layer', layer: layers.length - 1 }] as const) {
    const listing = createListing(tree.view(scope), { unfolded: 'all', order: 'size' });
    const rows = listing.slice(0, listing.rows);
    expect(rows.filter(({ path }) => leavesRoot(path))).toEqual([]);
    for (const { path } of rows) {
      const resolved = detailsOf(tree, scope, path)?.resolved ?? '';
      if (leavesRoot(resolved)) throw new Error(`${path} leads to ${resolved}`);
    }
  }
}

/** Reads it, and merges and lists it: nothing of that may throw or leave the image. */
export async function readHostile(tar: Uint8Array, limits?: Partial<LayerLimits>): Promise<LayerIndex> {
  const index = await readLayerStream(streamOf(tar), { limits });
  expectSafe(index);
  expectSafeTree([index]);
  return index;
}

export const pathsOf = (index: LayerIndex): string[] => indexEntries(index).map(({ path }) => path);
export const kindsOf = ({ problems }: LayerIndex): string[] => problems.map(({ kind }) => kind);
export const reasonsOf = ({ problems }: LayerIndex): string => problems.map(({ detail }) => detail).join('\n');

/** The keys of a tree. https://www.w3.org/WAI/ARIA/apg/patterns/treeview/ */
import { JSON_ROOT, type JsonTree } from '../../core/json/json-tree.ts';
import { rowOfKey } from '../row-keys.ts';

export type JsonKeyOutcome =
  | { readonly do: 'go' | 'fold' | 'unfold'; readonly node: number }
  /** Follow where the value leads. */
  | { readonly do: 'open' };

export interface JsonKeyPlace {
  readonly tree: JsonTree;
  readonly rows: Int32Array;
  readonly folded: ReadonlySet<number>;
  /** -1 while no row is active. */
  readonly index: number;
  readonly screenRows: number;
}

export function readJsonKey(key: string, place: JsonKeyPlace): JsonKeyOutcome | undefined {
  const { rows, index, screenRows } = place;
  const to = rowOfKey(key, { index, count: rows.length, screenRows });
  return to === undefined ? readRowKey(key, place) : { do: 'go', node: rows[to] ?? JSON_ROOT };
}

function readRowKey(key: string, { tree, rows, folded, index }: JsonKeyPlace): JsonKeyOutcome | undefined {
  const node = rows[index];
  if (node === undefined) return undefined;
  const canUnfold = tree.childCount(node) > 0;
  if (key === 'Enter' || key === ' ') {
    return canUnfold ? { do: folded.has(node) ? 'unfold' : 'fold', node } : { do: 'open' };
  }
  if (key === 'ArrowRight' && canUnfold) {
    return folded.has(node) ? { do: 'unfold', node } : { do: 'go', node: rows[index + 1] ?? node };
  }
  if (key !== 'ArrowLeft') return undefined;
  if (canUnfold && !folded.has(node)) return { do: 'fold', node };
  const parent = tree.parent(node);
  return parent > JSON_ROOT ? { do: 'go', node: parent } : undefined;
}

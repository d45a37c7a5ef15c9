/** The keys of a tree. https://www.w3.org/WAI/ARIA/apg/patterns/treeview/ */
import { JSON_ROOT, type JsonTree } from '../../core/json/json-tree.ts';

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
  const go = (to: number): JsonKeyOutcome => {
    const at = Math.min(Math.max(to, 0), rows.length - 1);
    return { do: 'go', node: rows[at] ?? JSON_ROOT };
  };
  switch (key) {
    case 'ArrowDown':
      return go(index + 1);
    case 'ArrowUp':
      return go(index - 1);
    case 'PageDown':
      return go(index + screenRows);
    case 'PageUp':
      return go(index - screenRows);
    case 'Home':
      return go(0);
    case 'End':
      return go(rows.length - 1);
    default:
      return readRowKey(key, place, go);
  }
}

function readRowKey(
  key: string,
  { tree, rows, folded, index }: JsonKeyPlace,
  go: (to: number) => JsonKeyOutcome,
): JsonKeyOutcome | undefined {
  const node = rows[index];
  if (node === undefined) return undefined;
  const canUnfold = tree.childCount(node) > 0;
  if (key === 'Enter' || key === ' ') {
    return canUnfold ? { do: folded.has(node) ? 'unfold' : 'fold', node } : { do: 'open' };
  }
  if (key === 'ArrowRight' && canUnfold) return folded.has(node) ? { do: 'unfold', node } : go(index + 1);
  if (key !== 'ArrowLeft') return undefined;
  if (canUnfold && !folded.has(node)) return { do: 'fold', node };
  const parent = tree.parent(node);
  return parent > JSON_ROOT ? { do: 'go', node: parent } : undefined;
}

/** The keys of a tree grid. https://www.w3.org/WAI/ARIA/apg/patterns/treegrid/ */
import type { FileRow } from '../../protocol/inspector.ts';
import { baseName } from './words.ts';

export interface Rows {
  readonly count: number;
  get(index: number): FileRow | undefined;
}

export type KeyOutcome =
  | { readonly do: 'go'; readonly index: number }
  | { readonly do: 'fold' | 'unfold' | 'open'; readonly row: FileRow }
  /** To the row of the directory that this one is in. */
  | { readonly do: 'go-up'; readonly path: string };

const TREE_KEYS = new Set('ArrowDown ArrowUp ArrowLeft ArrowRight PageDown PageUp Home End Enter'.split(' '));

export function isTreeKey(key: string): boolean {
  return TREE_KEYS.has(key);
}

/** What a key means on the row at `index`; undefined for keys that mean nothing there. */
export function readTreeKey(
  key: string,
  rows: Rows,
  { index, screenRows, isFlat }: { readonly index: number; readonly screenRows: number; readonly isFlat: boolean },
): KeyOutcome | undefined {
  const last = rows.count - 1;
  const go = (to: number): KeyOutcome => ({ do: 'go', index: Math.min(Math.max(to, 0), last) });
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
      return go(last);
    default: {
      const row = rows.get(index);
      return row && readRowKey(key, row, { index, isFlat });
    }
  }
}

function readRowKey(
  key: string,
  row: FileRow,
  { index, isFlat }: { readonly index: number; readonly isFlat: boolean },
): KeyOutcome | undefined {
  if (key === 'Enter') return { do: 'open', row };
  if (isFlat) return undefined;
  const canUnfold = row.type === 'directory' && row.children > 0;
  if (key === 'ArrowRight' && canUnfold) {
    return row.unfolded ? { do: 'go', index: index + 1 } : { do: 'unfold', row };
  }
  if (key !== 'ArrowLeft') return undefined;
  if (canUnfold && row.unfolded) return { do: 'fold', row };
  const slash = row.path.lastIndexOf('/');
  return slash < 0 ? undefined : { do: 'go-up', path: row.path.slice(0, slash) };
}

/** The next row from `from` on, round the end, among `count`, whose name begins with what was typed. */
export function findTyped(rows: readonly FileRow[], typed: string): number {
  const wanted = typed.toLowerCase();
  return rows.findIndex(({ path }) => baseName(path).toLowerCase().startsWith(wanted));
}

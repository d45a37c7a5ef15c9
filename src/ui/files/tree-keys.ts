/** The keys of a tree grid. https://www.w3.org/WAI/ARIA/apg/patterns/treegrid/ */
import type { FileRow } from '../../protocol/inspector.ts';
import { rowOfKey } from '../row-keys.ts';
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
  const to = rowOfKey(key, { index, count: rows.count, screenRows });
  if (to !== undefined) return { do: 'go', index: to };
  const row = rows.get(index);
  return row && readRowKey(key, row, { index, isFlat });
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

/** Which values of a document a tree of rows shows: all but those in what is folded. */
import { JSON_ROOT, type JsonTree, NO_NODE } from './json-tree.ts';

/** Documents with more values begin folded below their second level: one looks for something in them. */
const UNFOLDED_VALUES = 2000;
const FOLDED_FROM_DEPTH = 2;

/** @returns the rows' values, in order; the document itself is no row unless it is a single value */
export function visibleRows(tree: JsonTree, folded: ReadonlySet<number>): Int32Array<ArrayBuffer> {
  if (!tree.isContainer(JSON_ROOT)) return Int32Array.of(JSON_ROOT);
  const rows = new Int32Array(tree.count);
  let count = 0;
  for (let node = JSON_ROOT + 1; node < tree.count; ) {
    rows[count++] = node;
    node = folded.has(node) ? tree.after(node) : node + 1;
  }
  return rows.slice(0, count);
}

export function foldedAtFirst(tree: JsonTree): ReadonlySet<number> {
  return tree.count <= UNFOLDED_VALUES ? new Set() : foldable(tree, FOLDED_FROM_DEPTH);
}

/** Every object and list from that depth on that has something in it. */
export function foldable(tree: JsonTree, fromDepth = 1): ReadonlySet<number> {
  const found = new Set<number>();
  for (let node = JSON_ROOT + 1; node < tree.count; node++) {
    if (tree.childCount(node) > 0 && tree.depth(node) >= fromDepth) found.add(node);
  }
  return found;
}

/** Without what is above a value, so that it shows. */
export function revealed(tree: JsonTree, folded: ReadonlySet<number>, node: number): ReadonlySet<number> {
  let open: Set<number> | undefined;
  for (let above = tree.parent(node); above !== NO_NODE; above = tree.parent(above)) {
    if (!folded.has(above)) continue;
    open ??= new Set(folded);
    open.delete(above);
  }
  return open ?? folded;
}

/**
 * The paths of one scope of a tree (the merged image, what a layer did, …) with sizes and order: what listings are made
 * of. A view stays as it is when layers are added to its tree.
 */
import { CHANGES, type Change, type ChangeSet } from './change-set.ts';
import { type LayerEntries, NOTHING } from './layer-entries.ts';
import { NO_PATH, type PathTable, ROOT } from './path-table.ts';
import type { TreeState } from './tree-state.ts';
import { sizesOf } from './view-sizes.ts';

export type Order = 'name' | 'size' | 'modified';

interface ViewedTree {
  readonly table: PathTable;
  readonly entries: LayerEntries;
}

export interface ViewColumns {
  readonly entryOf: Int32Array<ArrayBuffer>;
  readonly contentOf: Int32Array<ArrayBuffer>;
  /** Only of what a layer did. */
  readonly did?: { readonly layer: number; readonly changeOf: Uint8Array<ArrayBuffer> } | undefined;
}

/** In `changeOf`: a directory that the layer did not touch, shown for what is in it. Others are one above `CHANGES`. */
const CONTEXT = 0;
const REMOVED = CHANGES.indexOf('removed') + 1;
const UNCHANGED = CHANGES.indexOf('unchanged') + 1;

export class TreeView {
  readonly table: PathTable;
  readonly entries: LayerEntries;
  /** Paths of the scope, without the root and without directories that only lead to others. */
  readonly totalPaths: number;
  readonly #columns: ViewColumns;
  readonly #sizes: Float64Array;
  readonly #childCounts: Int32Array;
  #changedOnly: TreeView | undefined;
  #order: Order = 'name';
  #sorted = new Map<number, Int32Array>();

  constructor({ table, entries }: ViewedTree, columns: ViewColumns) {
    this.table = table;
    this.entries = entries;
    this.#columns = columns;
    const changeOf = columns.did?.changeOf;
    // What a layer removed is no part of directories that are still there.
    const counts = (node: number, parent: number): boolean =>
      changeOf === undefined || changeOf[node] !== REMOVED || changeOf[parent] === REMOVED;
    this.#sizes = sizesOf({ table, entries, ...columns, counts });
    this.#childCounts = new Int32Array(this.count);
    let paths = 0;
    for (let node = ROOT + 1; node < this.count; node++) {
      if (!this.has(node)) continue;
      const parent = table.parent(node);
      this.#childCounts[parent] = this.childCount(parent) + 1;
      if (this.isPart(node)) paths++;
    }
    this.totalPaths = paths;
  }

  /** Numbers of paths end before. */
  get count(): number {
    return this.#columns.entryOf.length;
  }

  /** Bytes of all files, hard links once, without those that were removed. */
  get totalBytes(): number {
    return this.size(ROOT);
  }

  has(node: number): boolean {
    return this.entry(node) !== NOTHING;
  }

  /** Whether the scope is about this path, which is not only on the way to another. */
  isPart(node: number): boolean {
    return this.has(node) && this.#columns.did?.changeOf[node] !== CONTEXT;
  }

  /** The entry whose rights, owner and time a path has: names of one file share them. */
  inode(node: number): number {
    return this.content(node) || this.entry(node);
  }

  /** Of a path that was removed what it was. */
  entry(node: number): number {
    return this.#columns.entryOf[node] ?? NOTHING;
  }

  content(node: number): number {
    return this.#columns.contentOf[node] ?? NOTHING;
  }

  change(node: number): Change {
    return CHANGES[(this.#columns.did?.changeOf[node] ?? UNCHANGED) - 1] ?? 'unchanged';
  }

  /** The layer that wrote or removed it. */
  layer(node: number): number {
    const { did } = this.#columns;
    return did?.changeOf[node] === REMOVED ? did.layer : this.entries.layer(this.entry(node));
  }

  size(node: number): number {
    return this.#sizes[node] ?? 0;
  }

  childCount(node: number): number {
    return this.#childCounts[node] ?? 0;
  }

  /** What is in a directory. Sorted once for as long as nobody asks for another order. */
  children(node: number, order: Order): Int32Array {
    if (order !== this.#order) {
      this.#order = order;
      this.#sorted = new Map();
    }
    const known = this.#sorted.get(node);
    if (known !== undefined) return known;
    const children = new Int32Array(this.childCount(node));
    let count = 0;
    for (let child = this.table.firstChild(node); child !== NO_PATH; child = this.table.nextSibling(child)) {
      if (this.has(child)) children[count++] = child;
    }
    children.sort(this.#comparing(order));
    this.#sorted.set(node, children);
    return children;
  }

  #comparing(order: Order): (a: number, b: number) => number {
    const byName = (a: number, b: number): number => (this.table.name(a) < this.table.name(b) ? -1 : 1);
    if (order === 'size') return (a, b) => this.size(b) - this.size(a) || byName(a, b);
    if (order === 'modified') return (a, b) => this.modifiedAtMs(b) - this.modifiedAtMs(a) || byName(a, b);
    return (a, b) => this.#rank(a) - this.#rank(b) || byName(a, b);
  }

  modifiedAtMs(node: number): number {
    return this.entries.modifiedAtMs(this.inode(node));
  }

  /** Directories are first. */
  #rank(node: number): number {
    return this.childCount(node) > 0 || this.entries.isDirectory(this.entry(node)) ? 0 : 1;
  }

  /** Only what the layer did change, and the way there. */
  changedOnly(): TreeView {
    const { did, entryOf, contentOf } = this.#columns;
    if (did === undefined) return this;
    this.#changedOnly ??= new TreeView(this, {
      entryOf: changedEntries(this.table, entryOf, did.changeOf),
      contentOf,
      did,
    });
    return this.#changedOnly;
  }
}

function changedEntries(table: PathTable, entryOf: Int32Array, changeOf: Uint8Array): Int32Array<ArrayBuffer> {
  const kept = new Int32Array(entryOf.length);
  for (let node = entryOf.length - 1; node > ROOT; node--) {
    const change = changeOf[node] ?? CONTEXT;
    const changed = entryOf[node] !== NOTHING && change !== CONTEXT && change !== UNCHANGED;
    if (!changed && kept[node] === NOTHING) continue;
    kept[node] = entryOf[node] ?? NOTHING;
    const parent = table.parent(node);
    kept[parent] = entryOf[parent] ?? NOTHING;
  }
  return kept;
}

interface LayerDid {
  readonly layer: number;
  readonly changes: ChangeSet;
  readonly before: TreeState;
}

/** @param did for what that layer did; without it all of `state` */
export function createView(tree: ViewedTree, state: TreeState, did?: LayerDid): TreeView {
  const { count } = tree.table;
  const entryOf = new Int32Array(count);
  const contentOf = new Int32Array(count);
  if (did === undefined) {
    for (let node = 0; node < count; node++) {
      entryOf[node] = state.entry(node);
      contentOf[node] = state.content(node);
    }
    return new TreeView(tree, { entryOf, contentOf });
  }
  const changeOf = new Uint8Array(count);
  const { nodes, changes } = did.changes;
  for (let row = 0; row < nodes.length; row++) {
    const node = nodes[row] ?? ROOT;
    changeOf[node] = (changes[row] ?? 0) + 1;
    const { entry, content } = shownOf(changeOf[node] === REMOVED ? did.before : state, node);
    entryOf[node] = entry;
    contentOf[node] = content;
    for (let above = tree.table.parent(node); above !== NO_PATH && entryOf[above] === NOTHING; ) {
      const way = shownOf(state.entry(above) === NOTHING ? did.before : state, above);
      entryOf[above] = way.entry;
      contentOf[above] = way.content;
      above = tree.table.parent(above);
    }
  }
  return new TreeView(tree, { entryOf, contentOf, did: { layer: did.layer, changeOf } });
}

function shownOf(state: TreeState, node: number): { entry: number; content: number } {
  return { entry: state.entry(node), content: state.content(node) };
}

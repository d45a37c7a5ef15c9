/**
 * What a list of files shows: the rows of a view's tree with its unfolded directories, or flat what a search or a lens
 * finds. A listing holds one number a row; rows are made when they are looked at.
 */
import type { Change } from './change-set.ts';
import type { PathMetadata, PathType } from './entry.ts';
import { type Lens, largestFiles, lensOf, likelySecretsFirst } from './lenses.ts';
import { NO_PATH, ROOT } from './path-table.ts';
import { type NameSearch, searchNames } from './search.ts';
import type { Order, TreeView } from './tree-view.ts';

export interface TreeQuery {
  readonly search?: NameSearch | undefined;
  readonly lens?: Lens | undefined;
  /** Clean paths; searches and lenses list flat and ignore it. */
  readonly unfolded: 'all' | readonly string[];
  /** Where all are unfolded: those that are not. */
  readonly folded?: readonly string[] | undefined;
  readonly order: Order;
  /** For what a layer did. */
  readonly hideUnchanged?: boolean | undefined;
}

export interface TreeRow extends PathMetadata {
  /** Clean path; the name is behind its last slash. */
  readonly path: string;
  /** 0 for what is in the root, and in flat listings. */
  readonly depth: number;
  readonly type: PathType;
  /** Of a file its own, of a directory that of everything below it, hard links counted once (bytes). */
  readonly size: number;
  /** The layer that wrote it last; of a removed path, the one that removed it. */
  readonly layer: number;
  readonly change: Change;
  /** Of a directory: children at hand to unfold. */
  readonly children: number;
  readonly unfolded: boolean;
}

export interface TreeListing {
  readonly rows: number;
  /** Rows `from` to `from + count`, fewer at the end. */
  slice(from: number, count: number): TreeRow[];
  positionOf(path: string): number | undefined;
}

/** @throws PulltabError `pattern-invalid`, `pattern-too-slow` */
export function createListing(whole: TreeView, query: TreeQuery): TreeListing {
  const view = query.hideUnchanged === true ? whole.changedOnly() : whole;
  const flat = query.search !== undefined || query.lens !== undefined;
  const isUnfolded = flat ? () => false : unfolding(view, query);
  const nodes = flat ? findAll(view, query) : unfold(view, query.order, isUnfolded);
  return {
    rows: nodes.length,
    slice(from, count) {
      const rows: TreeRow[] = [];
      for (const node of nodes.subarray(Math.max(0, from), Math.max(0, from + count))) {
        const depth = flat ? 0 : view.table.depth(node) - 1;
        rows.push({ ...rowOf(view, node), depth, unfolded: view.childCount(node) > 0 && isUnfolded(node) });
      }
      return rows;
    },
    positionOf(path) {
      const node = view.table.find(path);
      const at = node === NO_PATH ? -1 : nodes.indexOf(node);
      return at < 0 ? undefined : at;
    },
  };
}

/** What a row says of a path, wherever it is listed. The view has to have the path. */
export function rowOf(view: TreeView, node: number): TreeRow {
  const { entries } = view;
  const entry = view.entry(node);
  const inode = view.inode(node);
  return {
    path: view.table.path(node),
    depth: Math.max(0, view.table.depth(node) - 1),
    type: entries.type(entry),
    mode: entries.mode(inode),
    uid: entries.uid(inode),
    gid: entries.gid(inode),
    size: view.size(node),
    modifiedAtMs: entries.modifiedAtMs(inode),
    linkTarget: entries.linkTarget(entry),
    layer: view.layer(node),
    change: view.change(node),
    children: view.childCount(node),
    unfolded: false,
  };
}

function unfolding(view: TreeView, { unfolded, folded = [] }: TreeQuery): (node: number) => boolean {
  const all = unfolded === 'all';
  const nodes = new Set((all ? folded : unfolded).map((path) => view.table.find(path)));
  return (node) => nodes.has(node) !== all;
}

function unfold(view: TreeView, order: Order, isUnfolded: (node: number) => boolean): Int32Array {
  const rows = new Int32Array(view.count);
  let count = 0;
  walk(view, order, (node) => {
    rows[count++] = node;
    return isUnfolded(node);
  });
  return rows.slice(0, count);
}

/**
 * Depth first, without recursion: a layer may be deeper than a stack.
 * @param visit says whether to go into what it is given
 */
function walk(view: TreeView, order: Order, visit: (node: number) => boolean): void {
  const open = [...view.children(ROOT, order)].reverse();
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (!visit(node) || view.childCount(node) === 0) continue;
    const children = view.children(node, order);
    for (let at = children.length - 1; at >= 0; at--) open.push(children[at] ?? ROOT);
  }
}

function findAll(view: TreeView, { search, lens, order }: TreeQuery): Int32Array {
  const parts: number[] = [];
  const isShown = lens === undefined ? () => true : lensOf(view, lens);
  for (let node = ROOT + 1; node < view.count; node++) {
    if (view.isPart(node) && isShown(node)) parts.push(node);
  }
  const found = search === undefined ? parts : searchNames(view, parts, search);
  if (lens === 'large') return largestFiles(view, found);
  const ordered = inOrder(view, found, order);
  return lens === 'secrets' ? likelySecretsFirst(view, ordered) : ordered;
}

function inOrder(view: TreeView, nodes: readonly number[], order: Order): Int32Array {
  if (order === 'name') return inTreeOrder(view, nodes);
  const pathOf = view.table.reader();
  const found = nodes.map((node) => ({ node, path: pathOf(node) }));
  found.sort((a, b) => before(view, order, a.node, b.node) || (a.path < b.path ? -1 : 1));
  return Int32Array.from(found.map(({ node }) => node));
}

function before(view: TreeView, order: Order, a: number, b: number): number {
  return order === 'size' ? view.size(b) - view.size(a) : view.modifiedAtMs(b) - view.modifiedAtMs(a);
}

/** On the way to what was found, and found itself. */
const WAY = 1;
const FOUND = 2;

/** As the whole tree would list them. Sorts only directories that lead to them, and each of those once for all searches. */
function inTreeOrder(view: TreeView, nodes: readonly number[]): Int32Array {
  const marks = new Uint8Array(view.count);
  for (const node of nodes) {
    for (let above = view.table.parent(node); above > ROOT && !marks[above]; above = view.table.parent(above)) {
      marks[above] = WAY;
    }
    marks[node] = FOUND;
  }
  const sorted = new Int32Array(nodes.length);
  let count = 0;
  walk(view, 'name', (node) => {
    if (marks[node] === FOUND) sorted[count++] = node;
    return (marks[node] ?? 0) !== 0;
  });
  return sorted;
}

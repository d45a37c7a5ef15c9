/**
 * Puts one layer on a tree as the tools that unpack images do, and says what it changed.
 * https://github.com/opencontainers/image-spec/blob/main/layer.md
 *
 * Whiteouts hide what lower layers have and nothing of their own layer, wherever in the tar they are: they come first.
 * Then the entries in the tar's order, so that of a path named twice the last counts. Directories keep what is in them;
 * everything else replaces what was there. A path that leads through a symbolic link is where that link leads, as
 * umoci, containerd and Docker without overlayfs have it.
 */
import { CHANGES, type ChangeSet, classify, type PathState } from './change-set.ts';
import { impliedBy, type LayerEntries, NOTHING } from './layer-entries.ts';
import { indexLinkTarget, indexPath, indexType, type LayerIndex } from './layer-index.ts';
import { NO_PATH, type PathTable, ROOT } from './path-table.ts';
import { followPath } from './resolve-link.ts';
import type { TreeState } from './tree-state.ts';

/** Names that a layer may make us walk by way of links, a second of work; what comes then is taken by its name. */
const MOST_STEPS_BY_LINKS = 10_000_000;

export interface GrowingTree {
  readonly table: PathTable;
  readonly entries: LayerEntries;
  /** Of all layers up to here; is changed. */
  readonly state: TreeState;
}

/** @param first the number of the index's first entry in `tree.entries` */
export function applyLayer(tree: GrowingTree, layer: number, index: LayerIndex, first: number): ChangeSet {
  const applying = new Applying(tree, layer);
  applying.hideLower(index);
  applying.putAll(index, first);
  return applying.changes();
}

class Applying {
  readonly #table: PathTable;
  readonly #entries: LayerEntries;
  readonly #state: TreeState;
  readonly #implied: number;
  readonly #opaque = new Set<number>();
  /** What was before at every path that was touched. */
  readonly #nodes: number[] = [];
  readonly #entriesBefore: number[] = [];
  readonly #contentsBefore: number[] = [];
  #touched: Uint8Array;
  #stepsByLinks = 0;
  /** The directory of the last path, as it was written and where it is. */
  #directory = '';
  #directoryNode: number = ROOT;

  constructor({ table, entries, state }: GrowingTree, layer: number) {
    this.#table = table;
    this.#entries = entries;
    this.#state = state;
    this.#implied = impliedBy(layer);
    this.#touched = new Uint8Array(table.count + 1024);
  }

  hideLower(index: LayerIndex): void {
    for (let i = 0; i < index.count; i++) {
      const type = indexType(index, i);
      if (type !== 'whiteout' && type !== 'opaque') continue;
      const node = this.#locate(indexPath(index, i));
      if (node === NO_PATH) continue;
      if (type === 'whiteout') this.#remove(node);
      else if (this.#entries.isDirectory(this.#state.entry(node))) {
        this.#opaque.add(node);
        this.#removeChildren(node);
      }
    }
    this.#forgetDirectory();
  }

  putAll(index: LayerIndex, first: number): void {
    const early: { node: number; entry: number; target: string }[] = [];
    for (let i = 0; i < index.count; i++) {
      const type = indexType(index, i);
      if (type === 'whiteout' || type === 'opaque') continue;
      const node = this.#locate(indexPath(index, i));
      if (node === NO_PATH) continue;
      const entry = first + i;
      if (type !== 'hardlink') {
        this.#put(node, entry, entry);
        continue;
      }
      const target = indexLinkTarget(index, i);
      const content = this.#linked(target);
      this.#put(node, entry, content);
      if (content === NOTHING) early.push({ node, entry, target });
    }
    // No tool writes a link before its target, but the tree can say what it links to all the same.
    for (const { node, entry, target } of early) {
      if (this.#state.entry(node) === entry) this.#state.set(node, entry, this.#linked(target));
    }
  }

  changes(): ChangeSet {
    const rows: number[] = [];
    const changes: number[] = [];
    for (const [row, node] of this.#nodes.entries()) {
      const before = { entry: this.#entriesBefore[row] ?? NOTHING, content: this.#contentsBefore[row] ?? NOTHING };
      const change = classify(this.#entries, before, this.#now(node));
      if (change === undefined) continue;
      rows.push(node);
      changes.push(CHANGES.indexOf(change));
    }
    const nodes = Int32Array.from(rows);
    return {
      nodes,
      entries: nodes.map((node) => this.#state.entry(node)),
      contents: nodes.map((node) => this.#state.content(node)),
      changes: Uint8Array.from(changes),
      opaque: this.#opaque,
    };
  }

  #now(node: number): PathState {
    return { entry: this.#state.entry(node), content: this.#state.content(node) };
  }

  /** Where a path of the layer is: through the links that lead to it. */
  #locate(path: string): number {
    const slash = path.lastIndexOf('/');
    if (slash < 0) return path === '' ? ROOT : this.#table.addChild(ROOT, path);
    if (slash !== this.#directory.length || !path.startsWith(this.#directory)) {
      this.#directory = path.slice(0, slash);
      this.#directoryNode = this.#follow(this.#directory);
    }
    if (this.#directoryNode === NO_PATH) return NO_PATH;
    return this.#table.addChild(this.#directoryNode, path.slice(slash + 1));
  }

  #follow(directory: string): number {
    if (this.#stepsByLinks > MOST_STEPS_BY_LINKS) return this.#table.add(directory);
    const tree = { table: this.#table, entries: this.#entries, content: (node: number) => this.#state.content(node) };
    const { node, links, steps } = followPath(tree, directory, { last: true, adding: true });
    if (links > 0) this.#stepsByLinks += steps;
    return node === NO_PATH ? this.#table.add(directory) : node;
  }

  #forgetDirectory(): void {
    this.#directory = '';
    this.#directoryNode = ROOT;
  }

  /** Whose bytes a hard link to `target` has. */
  #linked(target: string): number {
    const node = this.#locate(target);
    const entry = node === NO_PATH ? NOTHING : this.#state.entry(node);
    return this.#entries.isDirectory(entry) ? NOTHING : this.#state.content(node);
  }

  #put(node: number, entry: number, content: number): void {
    this.#makeParents(node);
    if (!this.#entries.isDirectory(entry)) this.#removeChildren(node);
    this.#set(node, entry, content);
  }

  /** Directories above it that are not there, or are something else. */
  #makeParents(node: number): void {
    let above = this.#table.parent(node);
    while (above !== NO_PATH && !this.#entries.isDirectory(this.#state.entry(above))) {
      this.#set(above, this.#implied, this.#implied);
      above = this.#table.parent(above);
    }
  }

  #remove(node: number): void {
    if (node === ROOT || this.#state.entry(node) === NOTHING) return;
    this.#removeChildren(node);
    this.#set(node, NOTHING, NOTHING);
  }

  /** Without recursion: a layer may be deeper than a stack. */
  #removeChildren(top: number): void {
    if (!this.#entries.isDirectory(this.#state.entry(top))) return;
    const open = [top];
    for (let directory = open.pop(); directory !== undefined; directory = open.pop()) {
      let left = this.#state.children(directory);
      let child = this.#table.firstChild(directory);
      for (; left > 0 && child !== NO_PATH; child = this.#table.nextSibling(child)) {
        const entry = this.#state.entry(child);
        if (entry === NOTHING) continue;
        left -= 1;
        if (this.#entries.isDirectory(entry)) open.push(child);
        this.#set(child, NOTHING, NOTHING);
      }
    }
  }

  #set(node: number, entry: number, content: number): void {
    this.#touch(node);
    if (this.#isLink(this.#state.content(node)) || this.#isLink(content)) this.#forgetDirectory();
    this.#count(node, entry);
    this.#state.set(node, entry, content);
  }

  /**
   * Keeps what is there before what is not among the children of a directory: a layer that fills and empties a directory
   * again and again pays for what is in it, not for all that ever was.
   */
  #count(node: number, entry: number): void {
    const isThere = entry !== NOTHING;
    if (node === ROOT || isThere === (this.#state.entry(node) !== NOTHING)) return;
    this.#state.addChildren(this.#table.parent(node), isThere ? 1 : -1);
    if (isThere) this.#table.putFirst(node);
  }

  #isLink(entry: number): boolean {
    return entry > NOTHING && this.#entries.type(entry) === 'symlink';
  }

  #touch(node: number): void {
    if (node >= this.#touched.length) {
      const larger = new Uint8Array(node * 2);
      larger.set(this.#touched);
      this.#touched = larger;
    }
    if (this.#touched[node] === 1) return;
    this.#touched[node] = 1;
    this.#nodes.push(node);
    this.#entriesBefore.push(this.#state.entry(node));
    this.#contentsBefore.push(this.#state.content(node));
  }
}

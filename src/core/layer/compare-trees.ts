/**
 * How two images' files differ, path by path, in one numbering of paths: `was` is the image before, `is` the one after.
 * Layers that both have at their bottom are numbered once. What the entries say settles most; files of one size that come
 * from other places are `undecided` until somebody has compared their bytes (`decide`). Times alone are no difference:
 * every build stamps its own.
 */
import { applyLayer } from './apply-layer.ts';
import { CHANGES, type Change, inodeOf, type PathState, sameMetadata } from './change-set.ts';
import { impliedBy, LayerEntries, NOTHING } from './layer-entries.ts';
import type { LayerIndex } from './layer-index.ts';
import { PathTable, ROOT } from './path-table.ts';
import { TreeState } from './tree-state.ts';
import { TreeView } from './tree-view.ts';

export type ComparedLayers = readonly (LayerIndex | undefined)[];

/** Where a file's bytes are: in that layer of its image, at that entry of the layer's index. */
export interface ComparedPlace {
  readonly layer: number;
  readonly index: LayerIndex;
  readonly at: number;
}

export interface UndecidedFile {
  readonly node: number;
  readonly was: ComparedPlace;
  readonly is: ComparedPlace;
  readonly size: number;
}

export interface ChangeCount {
  readonly paths: number;
  /** Of files, after the change; of what was removed before it. */
  readonly bytes: number;
}

const CODE_OF = Object.fromEntries(CHANGES.map((change, at) => [change, at + 1])) as Readonly<Record<Change, number>>;
const ABSENT = 0;

export class TreePair {
  readonly table = new PathTable();
  readonly #entries = new LayerEntries();
  readonly #was = new TreeState();
  readonly #is = new TreeState();
  readonly #wasLayers: number;
  /** Layers at the bottom of both. */
  readonly #common: number;
  readonly #changeOf: Uint8Array<ArrayBuffer>;
  readonly #views = new Map<string, TreeView>();
  #undecided: UndecidedFile[] = [];

  constructor(was: ComparedLayers, is: ComparedLayers) {
    this.#wasLayers = was.length;
    this.#common = commonLayers(was, is);
    for (const state of [this.#was, this.#is]) state.set(ROOT, impliedBy(0), impliedBy(0));
    this.#add(was.slice(0, this.#common), [this.#was, this.#is]);
    this.#add(was.slice(this.#common), [this.#was]);
    this.#add(is.slice(this.#common), [this.#is]);
    this.#changeOf = new Uint8Array(this.table.count);
    for (let node = ROOT + 1; node < this.table.count; node++) this.#compare(node);
  }

  #add(layers: ComparedLayers, states: readonly TreeState[]): void {
    for (const index of layers) {
      const layer = this.#entries.layers;
      const first = this.#entries.add(index);
      if (index === undefined) continue;
      for (const state of states) applyLayer({ table: this.table, entries: this.#entries, state }, layer, index, first);
    }
  }

  /** Files of which only the bytes can tell; until they did they count as rsync has it: changed where their times differ. */
  get undecided(): readonly UndecidedFile[] {
    return this.#undecided;
  }

  /** @param differing the nodes of those undecided files whose bytes differ; the others' are the same */
  decide(differing: ReadonlySet<number>): void {
    for (const { node } of this.#undecided) {
      this.#changeOf[node] = differing.has(node) ? CODE_OF.changed : this.#metadataCode(node);
    }
    this.#undecided = [];
    this.#views.clear();
  }

  /** What the merged images differ in, or only some of it. */
  view(changes: readonly Change[] = CHANGES): TreeView {
    const key = changes.toSorted().join();
    const known = this.#views.get(key);
    if (known !== undefined) return known;
    const view = this.#makeView(new Set(changes.map((change) => CODE_OF[change])));
    this.#views.set(key, view);
    return view;
  }

  counts(): Record<Change, ChangeCount> {
    const view = this.view();
    const counts: Record<Change, { paths: number; bytes: number }> = {
      added: { paths: 0, bytes: 0 },
      changed: { paths: 0, bytes: 0 },
      metadata: { paths: 0, bytes: 0 },
      removed: { paths: 0, bytes: 0 },
      unchanged: { paths: 0, bytes: 0 },
    };
    for (let node = ROOT + 1; node < view.count; node++) {
      if (!view.isPart(node)) continue;
      const count = counts[view.change(node)];
      count.paths += 1;
      if (this.#entries.type(view.entry(node)) === 'file') count.bytes += this.#entries.size(view.entry(node));
    }
    return counts;
  }

  /** Of all files of each image, hard links once. */
  totalBytes(): { readonly was: number; readonly is: number } {
    return { was: this.#bytesOf(this.#was), is: this.#bytesOf(this.#is) };
  }

  #bytesOf(state: TreeState): number {
    let bytes = 0;
    for (let node = ROOT + 1; node < this.table.count; node++) {
      const entry = state.entry(node);
      if (entry > NOTHING && this.#entries.type(entry) === 'file') bytes += this.#entries.size(entry);
    }
    return bytes;
  }

  /** The layer of its own image that wrote a path: of what was removed the image's before. */
  layerOf(node: number): number {
    const is = this.#is.entry(node);
    const layer = this.#entries.layer(is === NOTHING ? this.#was.entry(node) : is);
    return is === NOTHING ? layer : this.#layerOfIs(layer);
  }

  #layerOfIs(layer: number): number {
    return layer < this.#common ? layer : layer - this.#wasLayers + this.#common;
  }

  #compare(node: number): void {
    const was = stateAt(this.#was, node);
    const is = stateAt(this.#is, node);
    if (was.entry === NOTHING && is.entry === NOTHING) return;
    this.#changeOf[node] = this.#codeOf(node, was, is);
  }

  #codeOf(node: number, was: PathState, is: PathState): number {
    if (is.entry === NOTHING) return CODE_OF.removed;
    if (was.entry === NOTHING) return CODE_OF.added;
    const [before, after] = [inodeOf(was), inodeOf(is)];
    const type = this.#entries.type(before);
    if (type !== this.#entries.type(after)) return CODE_OF.changed;
    if (type === 'directory' || before === after) return this.#metadataCode(node);
    if (type === 'symlink' || type === 'hardlink') {
      const isSame = this.#entries.linkTarget(before) === this.#entries.linkTarget(after);
      return isSame ? this.#metadataCode(node) : CODE_OF.changed;
    }
    if (type !== 'file') return this.#sameDevice(before, after) ? this.#metadataCode(node) : CODE_OF.changed;
    return this.#codeOfFiles(node, before, after);
  }

  #codeOfFiles(node: number, before: number, after: number): number {
    const size = this.#entries.size(before);
    if (size !== this.#entries.size(after)) return CODE_OF.changed;
    const [was, is] = [this.#entries.place(before), this.#entries.place(after)];
    // The same layer further up: the same bytes.
    if (size === 0 || (was.index === is.index && was.at === is.at)) return this.#metadataCode(node);
    this.#undecided.push({ node, was, is: { ...is, layer: this.#layerOfIs(is.layer) }, size });
    const sameTime = this.#entries.modifiedAtMs(before) === this.#entries.modifiedAtMs(after);
    return sameTime ? this.#metadataCode(node) : CODE_OF.changed;
  }

  #sameDevice(before: number, after: number): boolean {
    const [was, is] = [this.#entries.extras(before)?.device, this.#entries.extras(after)?.device];
    return was?.major === is?.major && was?.minor === is?.minor;
  }

  #metadataCode(node: number): number {
    const same = sameMetadata(this.#entries, inodeOf(stateAt(this.#was, node)), inodeOf(stateAt(this.#is, node)));
    return same ? CODE_OF.unchanged : CODE_OF.metadata;
  }

  #makeView(codes: ReadonlySet<number>): TreeView {
    const { count } = this.table;
    const columns = {
      entryOf: new Int32Array(count),
      contentOf: new Int32Array(count),
      did: { layer: 0, changeOf: new Uint8Array(count) },
    };
    const put = (node: number): void => {
      const state = this.#is.entry(node) === NOTHING ? this.#was : this.#is;
      columns.entryOf[node] = state.entry(node);
      columns.contentOf[node] = state.content(node);
    };
    put(ROOT);
    for (let node = count - 1; node > ROOT; node--) {
      const code = this.#changeOf[node] ?? ABSENT;
      const isWanted = code !== ABSENT && codes.has(code);
      // Below it is something that is wanted.
      const isWay = columns.entryOf[node] !== NOTHING;
      if (!isWanted && !isWay) continue;
      put(node);
      if (isWanted) columns.did.changeOf[node] = code;
      const parent = this.table.parent(node);
      if (columns.entryOf[parent] === NOTHING) put(parent);
    }
    return new TreeView({ table: this.table, entries: this.#entries }, columns);
  }
}

function stateAt(state: TreeState, node: number): PathState {
  return { entry: state.entry(node), content: state.content(node) };
}

function commonLayers(was: ComparedLayers, is: ComparedLayers): number {
  const least = Math.min(was.length, is.length);
  for (let at = 0; at < least; at++) if (was[at] !== is[at] || was[at] === undefined) return at;
  return least;
}

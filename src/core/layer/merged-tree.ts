/**
 * The file system that an image's layers make one on another, and what each of them did. Layers come one by one, lowest
 * first; the tree can be read after each.
 */
import { applyLayer } from './apply-layer.ts';
import type { ChangeSet } from './change-set.ts';
import { impliedBy, LayerEntries } from './layer-entries.ts';
import type { LayerIndex } from './layer-index.ts';
import { PathTable, ROOT } from './path-table.ts';
import { TreeState } from './tree-state.ts';
import { createView, type TreeView } from './tree-view.ts';

/** Which files: the merged image, what one layer did, or the merged image as it is after that layer. */
export type TreeScope =
  | { readonly kind: 'merged' }
  | { readonly kind: 'layer'; readonly layer: number }
  | { readonly kind: 'up-to'; readonly layer: number };

/** Views take some 30 bytes a path, and are made again in less than a blink. */
const VIEWS_KEPT = 4;

export class MergedTree {
  readonly table = new PathTable();
  readonly entries = new LayerEntries();
  readonly #state = new TreeState();
  readonly #changes: ChangeSet[] = [];
  readonly #views = new Map<string, TreeView>();

  constructor() {
    // The root is there before any layer is.
    this.#state.set(ROOT, impliedBy(0), impliedBy(0));
  }

  get layers(): number {
    return this.entries.layers;
  }

  /** Puts the next layer on top. @param index undefined for a layer that could not be read: it changes nothing */
  add(index: LayerIndex | undefined): void {
    const layer = this.entries.layers;
    const first = this.entries.add(index);
    this.#changes.push(
      index === undefined
        ? NO_CHANGES
        : applyLayer({ table: this.table, entries: this.entries, state: this.#state }, layer, index, first),
    );
    this.#views.clear();
  }

  /** What that layer did. */
  changes(layer: number): ChangeSet {
    return this.#changes[layer] ?? NO_CHANGES;
  }

  /** The paths of a scope with their sizes. A layer that is not there did nothing. */
  view(scope: TreeScope): TreeView {
    const key = scope.kind === 'merged' ? `up-to ${this.layers - 1}` : `${scope.kind} ${scope.layer}`;
    const known = this.#views.get(key);
    if (known !== undefined) return known;
    const layer = scope.kind === 'merged' ? this.layers - 1 : scope.layer;
    const view = createView(this, this.#stateAfter(layer), scope.kind === 'layer' ? this.#ofLayer(layer) : undefined);
    const oldest = this.#views.keys().next();
    if (this.#views.size >= VIEWS_KEPT && oldest.value !== undefined) this.#views.delete(oldest.value);
    this.#views.set(key, view);
    return view;
  }

  #ofLayer(layer: number): { layer: number; changes: ChangeSet; before: TreeState } {
    return { layer, changes: this.changes(layer), before: this.#stateAfter(layer - 1) };
  }

  #stateAfter(layer: number): TreeState {
    if (layer >= this.layers - 1) return this.#state;
    const state = new TreeState(this.table.count);
    state.set(ROOT, impliedBy(0), impliedBy(0));
    for (const changes of this.#changes.slice(0, layer + 1)) state.apply(changes);
    return state;
  }
}

/** @param layers lowest first; undefined for one that could not be read */
export function createTree(layers: readonly (LayerIndex | undefined)[]): MergedTree {
  const tree = new MergedTree();
  for (const layer of layers) tree.add(layer);
  return tree;
}

const NO_CHANGES: ChangeSet = {
  nodes: new Int32Array(),
  entries: new Int32Array(),
  contents: new Int32Array(),
  changes: new Uint8Array(),
  opaque: new Set(),
};

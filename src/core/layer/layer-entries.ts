/**
 * The entries of all layers of an image under one numbering, read from the layers' own columns.
 *
 * What a path is, is one number: an entry's (from 1), `NOTHING`, or for directories that no tar lists but which files are
 * in, a negative one that says which layer needed it (`impliedBy`).
 */
import type { PathType } from './entry.ts';
import { type EntryExtras, indexLinkTarget, indexPath, indexType, type LayerIndex } from './layer-index.ts';

export const NOTHING = 0;

/** As container tools make directories that a layer did not list. */
const IMPLIED_MODE = 0o755;

/** Where an entry is. */
interface Place {
  readonly layer: number;
  readonly index: LayerIndex;
  /** Position in that index. */
  readonly at: number;
}

/** A directory that exists because the layer has something in it. */
export function impliedBy(layer: number): number {
  return -1 - layer;
}

export class LayerEntries {
  readonly #indexes: (LayerIndex | undefined)[] = [];
  /** The number of each layer's first entry. */
  readonly #firsts: number[] = [];
  #next = 1;
  /** The layer that was asked for last, which the next question is mostly about too. */
  #last = 0;

  get layers(): number {
    return this.#indexes.length;
  }

  index(layer: number): LayerIndex | undefined {
    return this.#indexes[layer];
  }

  /** @param index undefined for a layer that could not be read; @returns the number of its first entry */
  add(index: LayerIndex | undefined): number {
    const first = this.#next;
    this.#indexes.push(index);
    this.#firsts.push(first);
    this.#next += index?.count ?? 0;
    return first;
  }

  /** @throws {RangeError} for a number that is no entry's */
  place(entry: number): Place {
    const layer = this.layer(entry);
    const index = this.#indexes[layer];
    if (entry <= 0 || index === undefined) throw new RangeError(`No entry ${entry}`);
    return { layer, index, at: entry - (this.#firsts[layer] ?? 0) };
  }

  /** The layer that wrote it. */
  layer(entry: number): number {
    if (entry < 0) return -1 - entry;
    if (!this.#isIn(this.#last, entry)) this.#last = this.#search(entry);
    return this.#last;
  }

  type(entry: number): PathType {
    if (entry < 0) return 'directory';
    const { index, at } = this.place(entry);
    const type = indexType(index, at);
    return type === 'whiteout' || type === 'opaque' ? 'file' : type;
  }

  isDirectory(entry: number): boolean {
    return entry < 0 || (entry > 0 && this.type(entry) === 'directory');
  }

  path(entry: number): string {
    const { index, at } = this.place(entry);
    return indexPath(index, at);
  }

  mode(entry: number): number {
    return this.#number(entry, 'modes', IMPLIED_MODE);
  }

  uid(entry: number): number {
    return this.#number(entry, 'uids', 0);
  }

  gid(entry: number): number {
    return this.#number(entry, 'gids', 0);
  }

  size(entry: number): number {
    return this.#number(entry, 'sizes', 0);
  }

  modifiedAtMs(entry: number): number {
    return this.#number(entry, 'modifiedAtMs', 0);
  }

  linkTarget(entry: number): string {
    if (entry < 0) return '';
    const { index, at } = this.place(entry);
    return indexLinkTarget(index, at);
  }

  extras(entry: number): EntryExtras | undefined {
    if (entry < 0) return undefined;
    const { index, at } = this.place(entry);
    return index.extras.get(at);
  }

  #number(entry: number, column: 'modes' | 'uids' | 'gids' | 'sizes' | 'modifiedAtMs', implied: number): number {
    if (entry < 0) return implied;
    const layer = this.layer(entry);
    return this.#indexes[layer]?.[column][entry - (this.#firsts[layer] ?? 0)] ?? implied;
  }

  #isIn(layer: number, entry: number): boolean {
    const next = this.#firsts[layer + 1] ?? this.#next;
    return entry >= (this.#firsts[layer] ?? 0) && entry < next;
  }

  #search(entry: number): number {
    let low = 0;
    let high = this.#firsts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#firsts[middle] ?? 0) <= entry) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}

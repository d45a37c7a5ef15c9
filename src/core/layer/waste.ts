/**
 * What an image carries and nobody can see, by the definitions of dive (https://github.com/wagoodman/dive), so that its
 * users find the figures that they know:
 *
 * - Layers are compared by path. What counts in a layer is what has nothing in it there: files, links, empty directories,
 *   and whiteouts, under the path that they hide. Opaque markers do not count.
 * - Each time a path appears counts with its size in that layer: a file's content; 0 for links and for the whiteout of a
 *   file; for the whiteout of a directory all that the layers below have in it.
 * - The efficiency is the sum over all paths of their smallest size, by the sum of all sizes; 1 where that is 0.
 * - Wasted is every path that appears more than once, with all its bytes: also the copy that is seen in the end.
 *
 * By this a directory that was removed as a whole is not among the wasted paths, because it appears once. What is lost in
 * it is told apart (`removedDirectories`) and is in no figure of dive's.
 */
import { indexPath, indexType, type LayerIndex } from './layer-index.ts';
import { NO_PATH, PathTable, ROOT } from './path-table.ts';

/** One time that a path appears. */
export interface Appearance {
  readonly layer: number;
  /** Bytes. */
  readonly size: number;
  readonly what: 'written' | 'removed' | 'metadata';
}

export interface WastedPath {
  readonly path: string;
  /** All its appearances together (bytes). */
  readonly bytes: number;
  readonly appearances: readonly Appearance[];
}

export interface RemovedDirectory {
  readonly path: string;
  /** The layer that removed it. */
  readonly layer: number;
  /** What the layers below have in it (bytes). */
  readonly bytes: number;
}

export interface Waste {
  /** 0 to 1. */
  readonly efficiency: number;
  readonly wastedBytes: number;
  /** Sum of all files in all layers, and in all layers but the lowest (bytes). */
  readonly totalBytes: number;
  readonly userBytes: number;
  /** Wasted by `userBytes`, which dive calls `userWastedPercent`; may be above 1. Undefined where a layer is all. */
  readonly wastedShare: number | undefined;
  /** Most bytes first. */
  readonly paths: readonly WastedPath[];
  readonly removedDirectories: readonly RemovedDirectory[];
}

/** @param layers lowest first; undefined for one that could not be read, which counts as empty */
export function findWaste(layers: readonly (LayerIndex | undefined)[]): Waste {
  const count = new WasteCount();
  for (const [layer, index] of layers.entries()) if (index !== undefined) count.add(index, layer);
  return count.result();
}

const FILE = 1;
const DIRECTORY = 2;

class WasteCount {
  readonly #table = new PathTable();
  /** By path: what the layers so far have there (`FILE`, `DIRECTORY` or 0), its size, and where it was written. */
  readonly #kinds: number[] = [];
  readonly #sizes: number[] = [];
  readonly #written: ({ index: LayerIndex; at: number } | undefined)[] = [];
  /** By path: when it appeared first; more appearances, the first among them, are kept for the few that have them. */
  readonly #first: (Appearance | undefined)[] = [];
  readonly #again = new Map<number, Appearance[]>();
  readonly #removed: RemovedDirectory[] = [];
  #totalBytes = 0;
  #userBytes = 0;

  add(index: LayerIndex, layer: number): void {
    const { written, whiteouts, opaque, above } = this.#sort(index);
    const removals: number[] = [];
    for (const node of whiteouts) {
      // Dive stops reading a layer that hides what is not there; such a whiteout is nothing to count.
      if (!this.#kinds[node]) continue;
      const size = this.#kinds[node] === DIRECTORY ? this.#bytesIn(node) : 0;
      if (size > 0) this.#removed.push({ path: this.#table.path(node), layer, bytes: size });
      this.#appear(node, { layer, size, what: 'removed' });
      removals.push(node);
    }
    for (const node of opaque) {
      const bytes = this.#kinds[node] === DIRECTORY ? this.#bytesIn(node) : 0;
      if (bytes > 0) this.#removed.push({ path: this.#table.path(node), layer, bytes });
    }
    for (const [node, at] of written) {
      if (above.has(node)) continue;
      const size = index.sizes[at] ?? 0;
      this.#appear(node, { layer, size, what: this.#isMetadata(node, index, at) ? 'metadata' : 'written' });
    }
    for (const node of [...removals, ...opaque]) this.#clear(node);
    for (const node of removals) this.#kinds[node] = 0;
    for (const [node, at] of written) this.#put(node, index, at);
    this.#totalBytes += index.contentBytes;
    if (layer > 0) this.#userBytes += index.contentBytes;
  }

  result(): Waste {
    let smallest = 0;
    let all = 0;
    for (const [node, first] of this.#first.entries()) {
      if (first === undefined) continue;
      const appearances = this.#again.get(node) ?? [first];
      smallest += appearances.reduce((least, { size }) => Math.min(least, size), first.size);
      all += bytesOf(appearances);
    }
    const paths = [...this.#again].map(([node, appearances]) => ({
      path: this.#table.path(node),
      bytes: bytesOf(appearances),
      appearances,
    }));
    const wastedBytes = paths.reduce((sum, { bytes }) => sum + bytes, 0);
    return {
      efficiency: all === 0 ? 1 : smallest / all,
      wastedBytes,
      totalBytes: this.#totalBytes,
      userBytes: this.#userBytes,
      wastedShare: this.#userBytes === 0 ? undefined : wastedBytes / this.#userBytes,
      paths: paths.filter(({ bytes }) => bytes > 0).sort(mostFirst),
      removedDirectories: this.#removed.sort(mostFirst),
    };
  }

  /** The layer's paths: the last entry of each that it writes, those it hides, and those that have something in them. */
  #sort(index: LayerIndex) {
    const written = new Map<number, number>();
    const whiteouts = new Set<number>();
    const opaque = new Set<number>();
    const above = new Set<number>();
    for (let at = 0; at < index.count; at++) {
      const type = indexType(index, at);
      const node = this.#table.add(indexPath(index, at));
      if (node === NO_PATH) continue;
      if (type === 'opaque') opaque.add(node);
      else if (type === 'whiteout') whiteouts.add(node);
      else if (node !== ROOT) written.set(node, at);
      if (type === 'opaque') continue;
      for (let up = this.#table.parent(node); up > ROOT && !above.has(up); up = this.#table.parent(up)) above.add(up);
    }
    return { written, whiteouts, opaque, above };
  }

  #appear(node: number, appearance: Appearance): void {
    const first = this.#first[node];
    const before = this.#again.get(node);
    if (first === undefined) this.#first[node] = appearance;
    else if (before === undefined) this.#again.set(node, [first, appearance]);
    else before.push(appearance);
  }

  /** Whether only the owner or the rights of what was there before differ, which costs a whole copy. */
  #isMetadata(node: number, index: LayerIndex, at: number): boolean {
    const before = this.#written[node];
    if (!this.#kinds[node] || before === undefined) return false;
    const same = (column: 'types' | 'sizes' | 'modifiedAtMs' | 'modes' | 'uids' | 'gids'): boolean =>
      before.index[column][before.at] === index[column][at];
    const content = same('types') && same('sizes') && same('modifiedAtMs');
    return content && !(same('modes') && same('uids') && same('gids'));
  }

  #put(node: number, index: LayerIndex, at: number): void {
    const directory = indexType(index, at) === 'directory';
    if (!directory) this.#clear(node);
    this.#kinds[node] = directory ? DIRECTORY : FILE;
    this.#sizes[node] = index.sizes[at] ?? 0;
    this.#written[node] = { index, at };
    for (let up = this.#table.parent(node); up > ROOT && this.#kinds[up] !== DIRECTORY; up = this.#table.parent(up)) {
      this.#kinds[up] = DIRECTORY;
      this.#sizes[up] = 0;
    }
  }

  #bytesIn(directory: number): number {
    let bytes = 0;
    this.#walk(directory, (node) => {
      bytes += this.#sizes[node] ?? 0;
    });
    return bytes;
  }

  #clear(directory: number): void {
    if (this.#kinds[directory] !== DIRECTORY) return;
    this.#walk(directory, (node) => {
      this.#kinds[node] = 0;
    });
  }

  /** What is in a directory, at any depth. */
  #walk(directory: number, visit: (node: number) => void): void {
    const open = [directory];
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      for (let child = this.#table.firstChild(at); child !== NO_PATH; child = this.#table.nextSibling(child)) {
        if (!this.#kinds[child]) continue;
        if (this.#kinds[child] === DIRECTORY) open.push(child);
        visit(child);
      }
    }
  }
}

function bytesOf(appearances: readonly Appearance[]): number {
  return appearances.reduce((sum, { size }) => sum + size, 0);
}

function mostFirst(a: { bytes: number; path: string }, b: { bytes: number; path: string }): number {
  return b.bytes - a.bytes || (a.path < b.path ? -1 : 1);
}

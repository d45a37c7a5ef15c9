/** What every path of an image is at a moment between two layers, by the numbers of its `PathTable`. */
import type { ChangeSet } from './change-set.ts';
import { grown } from './path-table.ts';

export class TreeState {
  #entries: Int32Array<ArrayBuffer>;
  #contents: Int32Array<ArrayBuffer>;
  #children: Int32Array<ArrayBuffer>;

  constructor(paths = 1024) {
    this.#entries = new Int32Array(paths);
    this.#contents = new Int32Array(paths);
    this.#children = new Int32Array(paths);
  }

  /** How many paths are in a directory, as far as `addChildren` was told. */
  children(node: number): number {
    return this.#children[node] ?? 0;
  }

  /** Of a directory that was set before. */
  addChildren(node: number, more: number): void {
    this.#children[node] = this.children(node) + more;
  }

  /** The entry that a path is, or `NOTHING`. */
  entry(node: number): number {
    return this.#entries[node] ?? 0;
  }

  /**
   * The entry whose bytes a path has: of a hard link that of what it was linked to when its layer came, `NOTHING` where
   * that was not there; of others its own.
   */
  content(node: number): number {
    return this.#contents[node] ?? 0;
  }

  set(node: number, entry: number, content: number): void {
    if (node >= this.#entries.length) {
      const length = Math.max(node + 1, this.#entries.length * 2);
      this.#entries = grown(this.#entries, length);
      this.#contents = grown(this.#contents, length);
      this.#children = grown(this.#children, length);
    }
    this.#entries[node] = entry;
    this.#contents[node] = content;
  }

  /** Goes on to the moment after that layer. */
  apply({ nodes, entries, contents }: ChangeSet): void {
    for (let row = 0; row < nodes.length; row++) this.set(nodes[row] ?? 0, entries[row] ?? 0, contents[row] ?? 0);
  }
}

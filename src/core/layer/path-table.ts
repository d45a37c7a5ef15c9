/**
 * Every path of an image once, as a number: a parent, a name, and the first of its children. Columns and one hash table
 * of our own, because a Map of 300,000 path strings takes several times the memory and the time.
 *
 * A parent's number is below those of its children: walking all paths downwards sees children first.
 */

/** The number of the root, whose name is empty. */
export const ROOT = 0;
/** What stands for "no such path". */
export const NO_PATH = -1;

/** Above what real images have (LAYER_LIMITS.entries is 5 million); hostile paths of many short names stop here. */
const MOST_PATHS = 16_000_000;

export class PathTable {
  #count = 0;
  #names: string[] = [];
  #parents = new Int32Array(1024);
  #depths = new Uint16Array(1024);
  #firstChildren = new Int32Array(1024);
  #nextSiblings = new Int32Array(1024);
  #siblingsBefore = new Int32Array(1024);
  #hashes = new Int32Array(1024);
  /** Numbers by hash, one higher than they are; 0 is free. At most half of it is in use. */
  #slots = new Int32Array(4096);
  /** Not the same in any two tables: nobody can make a layer whose names all meet in one slot. */
  readonly #seed = Math.floor(Math.random() * 0x7fffffff);
  /** The directory that was asked for last: layers list directories one after another. */
  #lastDirectory = '';
  #lastNode = ROOT;

  constructor() {
    this.#append(NO_PATH, '', 0);
  }

  /** Numbers in use: 0 to `count - 1`. */
  get count(): number {
    return this.#count;
  }

  parent(node: number): number {
    return this.#parents[node] ?? NO_PATH;
  }

  name(node: number): string {
    return this.#names[node] ?? '';
  }

  /** 0 for the root. */
  depth(node: number): number {
    return this.#depths[node] ?? 0;
  }

  firstChild(node: number): number {
    return this.#firstChildren[node] ?? NO_PATH;
  }

  nextSibling(node: number): number {
    return this.#nextSiblings[node] ?? NO_PATH;
  }

  /** Clean path; the root's is empty. */
  path(node: number): string {
    const names: string[] = [];
    for (let at = node; at > ROOT; at = this.parent(at)) names.push(this.name(at));
    return names.reverse().join('/');
  }

  /** As `path`, for many one after another: those of one directory share its path. */
  reader(): (node: number) => string {
    let directory: number = ROOT;
    let prefix = '';
    return (node) => {
      const parent = this.parent(node);
      if (parent !== directory) {
        directory = parent;
        prefix = parent > ROOT ? `${this.path(parent)}/` : '';
      }
      return prefix + this.name(node);
    };
  }

  /** @param path clean; @returns `NO_PATH` where nothing has that path */
  find(path: string): number {
    return this.#walk(path, false);
  }

  /** Finds or adds. @returns `NO_PATH` when the table is full */
  add(path: string): number {
    return this.#walk(path, true);
  }

  findChild(parent: number, name: string): number {
    return this.#child(parent, name, 0, name.length, false);
  }

  addChild(parent: number, name: string): number {
    return this.#child(parent, name, 0, name.length, true);
  }

  #walk(path: string, adding: boolean): number {
    if (path === '') return ROOT;
    const slash = path.lastIndexOf('/');
    const directory = slash < 0 ? ROOT : this.#directory(path, slash, adding);
    return directory === NO_PATH ? NO_PATH : this.#child(directory, path, slash + 1, path.length, adding);
  }

  /** What of `path` is before `end`. */
  #directory(path: string, end: number, adding: boolean): number {
    if (end === this.#lastDirectory.length && path.startsWith(this.#lastDirectory)) return this.#lastNode;
    let node = ROOT;
    for (let from = 0; from < end; ) {
      const to = path.indexOf('/', from);
      node = this.#child(node, path, from, to, adding);
      if (node === NO_PATH) return NO_PATH;
      from = to + 1;
    }
    this.#lastDirectory = path.slice(0, end);
    this.#lastNode = node;
    return node;
  }

  /** The child whose name is `text` between `from` and `to`. */
  #child(parent: number, text: string, from: number, to: number, adding: boolean): number {
    let hash = this.#seed ^ Math.imul(parent, 0x9e3779b1);
    for (let at = from; at < to; at++) {
      hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
      hash ^= hash >>> 15;
    }
    const length = to - from;
    const mask = this.#slots.length - 1;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const node = (this.#slots[slot] ?? 0) - 1;
      if (node < 0) return adding ? this.#insert(slot, parent, text.slice(from, to), hash) : NO_PATH;
      if (this.#hashes[node] !== hash || this.#parents[node] !== parent) continue;
      const name = this.name(node);
      if (name.length === length && text.startsWith(name, from)) return node;
    }
  }

  #insert(slot: number, parent: number, name: string, hash: number): number {
    if (this.#count >= MOST_PATHS) return NO_PATH;
    const node = this.#append(parent, name, hash);
    this.#linkFirst(node, parent);
    this.#slots[slot] = node + 1;
    if (this.#count * 2 > this.#slots.length) this.#rehash();
    return node;
  }

  /** Makes it the first child of its parent. */
  putFirst(node: number): void {
    const before = this.#siblingsBefore[node] ?? NO_PATH;
    if (before === NO_PATH) return;
    const next = this.nextSibling(node);
    this.#nextSiblings[before] = next;
    if (next !== NO_PATH) this.#siblingsBefore[next] = before;
    this.#linkFirst(node, this.parent(node));
  }

  #linkFirst(node: number, parent: number): void {
    const first = this.firstChild(parent);
    if (first !== NO_PATH) this.#siblingsBefore[first] = node;
    this.#nextSiblings[node] = first;
    this.#siblingsBefore[node] = NO_PATH;
    this.#firstChildren[parent] = node;
  }

  #append(parent: number, name: string, hash: number): number {
    const node = this.#count++;
    if (node >= this.#parents.length) this.#grow();
    this.#names.push(name);
    this.#parents[node] = parent;
    this.#depths[node] = parent < 0 ? 0 : Math.min(this.depth(parent) + 1, 0xffff);
    this.#firstChildren[node] = NO_PATH;
    this.#nextSiblings[node] = NO_PATH;
    this.#hashes[node] = hash;
    return node;
  }

  #grow(): void {
    const length = this.#parents.length * 2;
    this.#parents = grown(this.#parents, length);
    this.#firstChildren = grown(this.#firstChildren, length);
    this.#nextSiblings = grown(this.#nextSiblings, length);
    this.#siblingsBefore = grown(this.#siblingsBefore, length);
    this.#hashes = grown(this.#hashes, length);
    const depths = new Uint16Array(length);
    depths.set(this.#depths);
    this.#depths = depths;
  }

  #rehash(): void {
    const slots = new Int32Array(this.#slots.length * 4);
    const mask = slots.length - 1;
    for (let node = 1; node < this.#count; node++) {
      let slot = (this.#hashes[node] ?? 0) & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = node + 1;
    }
    this.#slots = slots;
  }
}

/** A copy with room for more; what is new is 0. */
export function grown(column: Int32Array, length: number): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(length);
  larger.set(column);
  return larger;
}

/**
 * A JSON document as it was sent, in columns: every value is a number, its text a range of the document. Reading and
 * printing it again would round large numbers, drop repeated keys and rewrite escapes; nothing of that happens here, and
 * nothing recurses, so that neither depth nor size nor a key such as `__proto__` is anything special.
 * https://www.rfc-editor.org/rfc/rfc8259
 */

export type JsonKind = 'object' | 'array' | 'string' | 'number' | 'literal';

const KINDS: readonly JsonKind[] = ['object', 'array', 'string', 'number', 'literal'];
/** Positions in `KINDS`. */
export const OBJECT = 0;
export const ARRAY = 1;
export const STRING = 2;
export const NUMBER = 3;
export const LITERAL = 4;

/** The whole document. */
export const JSON_ROOT = 0;
export const NO_NODE = -1;

/** The values of one document, numbered in the order that they begin in it. */
export class JsonTree {
  readonly text: string;
  readonly #columns: Columns;
  /** Keys that stand before this one in the same object: of these readers take the last. */
  readonly #repeated: ReadonlySet<number>;

  constructor(text: string, columns: Columns, repeated: ReadonlySet<number>) {
    this.text = text;
    this.#columns = columns;
    this.#repeated = repeated;
  }

  get count(): number {
    return this.#columns.count;
  }

  kind(node: number): JsonKind {
    return KINDS[this.#columns.kinds[node] ?? OBJECT] ?? 'literal';
  }

  isContainer(node: number): boolean {
    return (this.#columns.kinds[node] ?? OBJECT) <= ARRAY;
  }

  /** `NO_NODE` for the document. */
  parent(node: number): number {
    return this.#columns.parents[node] ?? NO_NODE;
  }

  depth(node: number): number {
    return this.#columns.depths[node] ?? 0;
  }

  /** Place among the values of its list or object, from 0. */
  position(node: number): number {
    return this.#columns.positions[node] ?? 0;
  }

  childCount(node: number): number {
    return this.#columns.childCounts[node] ?? 0;
  }

  /** The first value behind everything that is in this one. */
  after(node: number): number {
    return this.#columns.afters[node] ?? this.count;
  }

  /** The value as it was sent. */
  source(node: number): string {
    return this.text.slice(this.#columns.starts[node] ?? 0, this.#columns.ends[node] ?? 0);
  }

  /** The key as it was sent, with its quotes; undefined in lists and for the document. */
  keySource(node: number): string | undefined {
    const at = this.#columns.keyStarts[node] ?? NO_NODE;
    return at === NO_NODE ? undefined : this.text.slice(at, this.#columns.keyEnds[node]);
  }

  key(node: number): string | undefined {
    const source = this.keySource(node);
    return source === undefined ? undefined : unquote(source);
  }

  /** What the value says, where it is a text. */
  string(node: number): string | undefined {
    return this.kind(node) === 'string' ? unquote(this.source(node)) : undefined;
  }

  /** Whether the same key comes again in its object: most readers take the last, some the first. */
  isRepeated(node: number): boolean {
    return this.#repeated.has(node);
  }

  *children(node: number): Iterable<number> {
    if (this.childCount(node) === 0) return;
    const end = this.after(node);
    for (let child = node + 1; child < end; child = this.after(child)) yield child;
  }

  /** The last of that name, as most readers have it. */
  child(node: number, key: string): number {
    let found = NO_NODE;
    for (const child of this.children(node)) if (this.key(child) === key) found = child;
    return found;
  }
}

/** What a text of JSON says. */
export function unquote(source: string): string {
  if (!source.includes('\\')) return source.slice(1, -1);
  const value: unknown = JSON.parse(source);
  return typeof value === 'string' ? value : source;
}

/** Grows as values come; `JsonTree` reads it. */
export class Columns {
  count = 0;
  kinds = new Uint8Array(256);
  parents = new Int32Array(256);
  depths = new Int32Array(256);
  positions = new Int32Array(256);
  childCounts = new Int32Array(256);
  afters = new Int32Array(256);
  starts = new Int32Array(256);
  ends = new Int32Array(256);
  keyStarts = new Int32Array(256);
  keyEnds = new Int32Array(256);

  add(kind: number, start: number, parent: number): number {
    const node = this.count++;
    if (node >= this.kinds.length) this.#grow();
    this.kinds[node] = kind;
    this.starts[node] = start;
    this.parents[node] = parent;
    this.keyStarts[node] = NO_NODE;
    if (parent === NO_NODE) return node;
    this.depths[node] = (this.depths[parent] ?? 0) + 1;
    const position = this.childCounts[parent] ?? 0;
    this.positions[node] = position;
    this.childCounts[parent] = position + 1;
    return node;
  }

  #grow(): void {
    const kinds = new Uint8Array(this.kinds.length * 2);
    kinds.set(this.kinds);
    this.kinds = kinds;
    this.parents = twice(this.parents);
    this.depths = twice(this.depths);
    this.positions = twice(this.positions);
    this.childCounts = twice(this.childCounts);
    this.afters = twice(this.afters);
    this.starts = twice(this.starts);
    this.ends = twice(this.ends);
    this.keyStarts = twice(this.keyStarts);
    this.keyEnds = twice(this.keyEnds);
  }
}

function twice(column: Int32Array): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(column.length * 2);
  larger.set(column);
  return larger;
}

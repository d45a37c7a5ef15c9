/** Text to `JsonTree`, strictly as JSON is defined and without recursion: documents of strangers nest as deep as they like. */
import { ARRAY, Columns, JsonTree, LITERAL, NO_NODE, NUMBER, OBJECT, STRING, unquote } from './json-tree.ts';

const NUMBER_TEXT = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const LITERAL_TEXT = /true|false|null/y;
// Runs of plain characters are taken whole: one alternative for each character would be slow and deep in some engines.
// What stands for itself is as the grammar has it: all from the space on but the quote and the backslash (RFC 8259).
const STRING_TEXT = /"[ !#-[\]-\uffff]*(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[ !#-[\]-\uffff]*)*"/y;
const SPACE = /[ \t\n\r]*/y;

/** @returns where the document stops being JSON, as a place in the text, instead of the tree */
export function readJsonTree(text: string): JsonTree | { readonly wrongAt: number } {
  return new Reader(text).read();
}

/** An object or list that has not ended yet. */
interface Open {
  readonly node: number;
  /** Where each key was last; undefined for lists. */
  readonly keys: Map<string, number> | undefined;
}

class Reader {
  readonly #text: string;
  readonly #columns = new Columns();
  readonly #repeated = new Set<number>();
  readonly #open: Open[] = [];
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  read(): JsonTree | { readonly wrongAt: number } {
    this.#skipSpace();
    let goesOn = this.#value();
    while (goesOn && this.#open.length > 0) goesOn = this.#next();
    this.#skipSpace();
    if (!goesOn || this.#at < this.#text.length) return { wrongAt: this.#at };
    return new JsonTree(this.#text, this.#columns, this.#repeated);
  }

  /** What comes next in the innermost list or object: its end, or a value. */
  #next(): boolean {
    const open = this.#open[this.#open.length - 1];
    if (open === undefined) return false;
    this.#skipSpace();
    const isFirst = this.#columns.childCounts[open.node] === 0;
    if (this.#take(open.keys === undefined ? ']' : '}')) {
      this.#end(open.node);
      this.#open.pop();
      return true;
    }
    if (!isFirst && !this.#take(',')) return false;
    this.#skipSpace();
    return open.keys === undefined ? this.#value() : this.#member(open.keys);
  }

  #member(keys: Map<string, number>): boolean {
    const start = this.#at;
    const source = this.#match(STRING_TEXT);
    if (source === undefined) return false;
    const end = this.#at;
    this.#skipSpace();
    if (!this.#take(':')) return false;
    this.#skipSpace();
    const node = this.#columns.count;
    if (!this.#value()) return false;
    this.#columns.keyStarts[node] = start;
    this.#columns.keyEnds[node] = end;
    const key = unquote(source);
    const before = keys.get(key);
    if (before !== undefined) this.#repeated.add(before);
    keys.set(key, node);
    return true;
  }

  #value(): boolean {
    const parent = this.#open[this.#open.length - 1]?.node ?? NO_NODE;
    const start = this.#at;
    const first = this.#text[start];
    if (first === '{' || first === '[') {
      this.#at += 1;
      const node = this.#columns.add(first === '{' ? OBJECT : ARRAY, start, parent);
      this.#open.push({ node, keys: first === '{' ? new Map() : undefined });
      return true;
    }
    const kind = first === '"' ? STRING : isNumberStart(first) ? NUMBER : LITERAL;
    const pattern = kind === STRING ? STRING_TEXT : kind === NUMBER ? NUMBER_TEXT : LITERAL_TEXT;
    if (this.#match(pattern) === undefined) return false;
    this.#end(this.#columns.add(kind, start, parent));
    return true;
  }

  #end(node: number): void {
    this.#columns.ends[node] = this.#at;
    this.#columns.afters[node] = this.#columns.count;
  }

  #take(character: string): boolean {
    if (this.#text[this.#at] !== character) return false;
    this.#at += 1;
    return true;
  }

  #skipSpace(): void {
    SPACE.lastIndex = this.#at;
    SPACE.test(this.#text);
    this.#at = SPACE.lastIndex;
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    if (found !== undefined) this.#at += found.length;
    return found;
  }
}

function isNumberStart(first: string | undefined): boolean {
  return first === '-' || (first !== undefined && first >= '0' && first <= '9');
}

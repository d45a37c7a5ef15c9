/**
 * Sparse files: what of them is in the tar, and where it goes. GNU's old format and its three in PAX.
 * https://www.gnu.org/software/tar/manual/html_node/Sparse-Formats.html
 */
import type { SparsePiece } from './entry.ts';
import { type Extensions, paxNumber } from './tar-extensions.ts';
import { BLOCK_BYTES, readNumber, type TarHeader } from './tar-header.ts';
import { readText } from './tar-path.ts';

const OLD = { at: 386, pieces: 4, more: 482, realSize: 483 };
const OLD_BLOCK = { pieces: 21, more: 504 };
const NUMBER_BYTES = 12;
/** Of one map; far more than any file system splits a file into. */
const MAX_NUMBERS = 200_000;

export class SparseFile {
  readonly realSize: number;
  /** Whether the map goes on in the block that follows. */
  needsBlock: boolean;
  /** What the map takes of the file's data. */
  mapBytes = 0;
  readonly #numbers: number[];
  readonly #lines: LeadingLines | undefined;
  #broken = false;

  private constructor(start: { realSize: number; numbers: number[]; needsBlock: boolean; lines?: LeadingLines }) {
    this.realSize = start.realSize;
    this.#numbers = start.numbers;
    this.#lines = start.lines;
    this.needsBlock = start.needsBlock;
  }

  /** What the header and its records say; undefined for a file that is not sparse. `block` at `at` is the header. */
  static of(header: TarHeader, extensions: Extensions, block: Uint8Array, at: number): SparseFile | undefined {
    if (header.flag === 'S') {
      return new SparseFile({
        realSize: readNumber(block, at + OLD.realSize, NUMBER_BYTES),
        numbers: blockNumbers(block, at + OLD.at, OLD.pieces),
        needsBlock: block[at + OLD.more] === 1,
      });
    }
    const realSize = paxNumber(extensions, 'GNU.sparse.realsize') ?? paxNumber(extensions, 'GNU.sparse.size');
    if (realSize === undefined) return undefined;
    if (paxNumber(extensions, 'GNU.sparse.major') === 1) {
      const lines = new LeadingLines();
      return new SparseFile({ realSize, numbers: lines.numbers, needsBlock: true, lines });
    }
    const numbers = commaNumbers(extensions.pax?.get('GNU.sparse.map')) ?? [...extensions.sparseNumbers];
    return new SparseFile({ realSize, numbers, needsBlock: false });
  }

  push(block: Uint8Array, at: number): void {
    if (this.#lines === undefined) {
      this.#numbers.push(...blockNumbers(block, at, OLD_BLOCK.pieces));
      this.needsBlock = block[at + OLD_BLOCK.more] === 1;
    } else {
      this.mapBytes += BLOCK_BYTES;
      const state = this.#lines.push(block, at);
      this.#broken = state === 'broken';
      this.needsBlock = state === 'more';
    }
    if (this.#numbers.length > MAX_NUMBERS) {
      this.#broken = true;
      this.needsBlock = false;
    }
  }

  /** @returns undefined where the map is broken, or is none of `storedBytes` bytes of a file of `realSize` */
  pieces(storedBytes: number): SparsePiece[] | undefined {
    if (this.#broken || this.#numbers.length % 2 !== 0 || !(this.realSize >= 0)) return undefined;
    const pieces: SparsePiece[] = [];
    let end = 0;
    let stored = 0;
    for (let i = 0; i < this.#numbers.length; i += 2) {
      const at = this.#numbers[i] ?? Number.NaN;
      const bytes = this.#numbers[i + 1] ?? Number.NaN;
      // In order and within the file; NaN is neither.
      if (!(at >= end && bytes >= 0 && at + bytes <= this.realSize)) return undefined;
      end = at + bytes;
      stored += bytes;
      if (bytes > 0) pieces.push({ at, bytes });
    }
    return stored === storedBytes ? pieces : undefined;
  }
}

/** PAX format 1.0: the data begins with lines, in whole blocks: how many pieces, then offset and length of each. */
class LeadingLines {
  readonly numbers: number[] = [];
  #wanted = -1;
  #value = 0;
  #digits = 0;

  push(block: Uint8Array, at: number): 'more' | 'whole' | 'broken' {
    for (let i = at; i < at + BLOCK_BYTES; i += 1) {
      const byte = block[i] ?? 0;
      if (byte >= 48 && byte <= 57 && this.#digits < 15) {
        this.#value = this.#value * 10 + (byte - 48);
        this.#digits += 1;
      } else if (byte !== 10 || this.#digits === 0) return 'broken';
      else {
        if (this.#wanted < 0) this.#wanted = 2 * this.#value;
        else this.numbers.push(this.#value);
        this.#value = 0;
        this.#digits = 0;
        if (this.numbers.length === this.#wanted) return 'whole';
      }
    }
    return 'more';
  }
}

/** PAX format 0.1: `offset,length,…` in one record. */
function commaNumbers(value: Uint8Array | undefined): number[] | undefined {
  if (value === undefined) return undefined;
  if (value.length === 0) return [];
  return readText(value, 0, value.length)
    .split(',')
    .map((digits) => (/^\d{1,15}$/.test(digits) ? Number(digits) : Number.NaN));
}

/** Old GNU format: `count` pairs of numbers; the first that is empty ends them. */
function blockNumbers(block: Uint8Array, from: number, count: number): number[] {
  const numbers: number[] = [];
  for (let i = from; i < from + count * 2 * NUMBER_BYTES && block[i] !== 0; i += 2 * NUMBER_BYTES) {
    numbers.push(readNumber(block, i, NUMBER_BYTES), readNumber(block, i + NUMBER_BYTES, NUMBER_BYTES));
  }
  return numbers;
}

/**
 * One header block of a tar, of any dialect: v7, POSIX ustar, GNU (old and new) and star.
 * https://www.gnu.org/software/tar/manual/html_node/Standard.html
 */
import { readText } from './tar-path.ts';

export const BLOCK_BYTES = 512;

export interface TarHeader {
  /** The type flag, as the character it is. */
  readonly flag: string;
  readonly name: string;
  /** Numbers are NaN where the field holds none. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  readonly modifiedAtS: number;
  readonly linkName: string;
  readonly major: number;
  readonly minor: number;
}

export type BlockKind = 'zero' | 'header' | 'wrong-checksum';

const CHECKSUM_AT = 148;
const CHECKSUM_BYTES = 8;

export function blockKind(bytes: Uint8Array, at: number): BlockKind {
  let sum = 0;
  for (let i = at; i < at + BLOCK_BYTES; i += 1) sum += bytes[i] ?? 0;
  if (sum === 0) return 'zero';
  const from = at + CHECKSUM_AT;
  // Its own field counts as spaces.
  for (let i = from; i < from + CHECKSUM_BYTES; i += 1) sum += 32 - (bytes[i] ?? 0);
  const said = readNumber(bytes, from, CHECKSUM_BYTES);
  return said === sum || said === sum - 256 * highBytes(bytes, at) ? 'header' : 'wrong-checksum';
}

/** Some old tars summed signed bytes. */
function highBytes(bytes: Uint8Array, at: number): number {
  let count = 0;
  for (let i = at; i < at + BLOCK_BYTES; i += 1) {
    if ((bytes[i] ?? 0) > 127 && (i < at + CHECKSUM_AT || i >= at + CHECKSUM_AT + CHECKSUM_BYTES)) count += 1;
  }
  return count;
}

export function readHeader(bytes: Uint8Array, at: number): TarHeader {
  const magic = readText(bytes, at + 257, at + 263);
  const posix = magic === 'ustar';
  const flag = String.fromCharCode(bytes[at + 156] ?? 0);
  const device = magic.startsWith('ustar') && (flag === '3' || flag === '4');
  const name = readText(bytes, at, at + 100);
  // star keeps times behind a shorter prefix, and says so in the last four bytes.
  const prefixEnd = posix && readText(bytes, at + 508, at + 512) === 'tar' ? 476 : 500;
  const prefix = posix ? readText(bytes, at + 345, at + prefixEnd) : '';
  return {
    flag,
    name: prefix === '' ? name : `${prefix}/${name}`,
    mode: readNumber(bytes, at + 100, 8),
    uid: readNumber(bytes, at + 108, 8),
    gid: readNumber(bytes, at + 116, 8),
    size: readNumber(bytes, at + 124, 12),
    modifiedAtS: readNumber(bytes, at + 136, 12),
    linkName: readText(bytes, at + 157, at + 257),
    major: device ? readNumber(bytes, at + 329, 8) : 0,
    minor: device ? readNumber(bytes, at + 337, 8) : 0,
  };
}

/**
 * Octal digits, or base 256 where the first bit is set, two's complement. An empty field is 0.
 * @returns NaN for anything else, and for numbers that are not exact
 */
export function readNumber(bytes: Uint8Array, at: number, length: number): number {
  if ((bytes[at] ?? 0) & 0x80) return readBase256(bytes, at, length);
  const end = at + length;
  let i = at;
  while (i < end && isBlank(bytes[i])) i += 1;
  let value = 0;
  for (; i < end; i += 1) {
    const digit = (bytes[i] ?? 0) - 48;
    if (digit < 0 || digit > 7) break;
    value = value * 8 + digit;
  }
  for (; i < end; i += 1) if (!isBlank(bytes[i])) return Number.NaN;
  return value;
}

function isBlank(byte: number | undefined): boolean {
  return byte === 32 || byte === 0 || byte === undefined;
}

function readBase256(bytes: Uint8Array, at: number, length: number): number {
  const negative = ((bytes[at] ?? 0) & 0x40) !== 0;
  const flip = negative ? 0xff : 0;
  let value = ((bytes[at] ?? 0) ^ flip) & 0x7f;
  for (let i = at + 1; i < at + length; i += 1) value = value * 256 + ((bytes[i] ?? 0) ^ flip);
  if (!Number.isSafeInteger(value)) return Number.NaN;
  return negative ? -value - 1 : value;
}

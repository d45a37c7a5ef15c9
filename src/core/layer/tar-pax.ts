/**
 * PAX records, which extend headers.
 * https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html#tag_20_94_13_03
 */
import { readText } from './tar-path.ts';

export interface PaxRecords {
  /** By keyword; of a repeated one the last. An empty value takes back what a global header says. */
  readonly values: Map<string, Uint8Array>;
  /** `GNU.sparse.offset` and `.numbytes` are repeated, and their order counts. */
  readonly sparseNumbers: number[];
  /** False where a record could not be read; those before it were. */
  readonly whole: boolean;
}

export function readPax(bytes: Uint8Array): PaxRecords {
  const values = new Map<string, Uint8Array>();
  const sparseNumbers: number[] = [];
  for (let at = 0; at < bytes.length; ) {
    const space = bytes.indexOf(32, at);
    const length = space < 0 || space - at > 10 ? Number.NaN : decimal(bytes.subarray(at, space));
    const end = at + length;
    const equals = space < 0 ? -1 : bytes.indexOf(61, space);
    const ordered = equals > space + 1 && equals < end && end <= bytes.length && bytes[end - 1] === 10;
    if (!ordered) return { values, sparseNumbers, whole: isPadding(bytes, at) };
    const key = readText(bytes, space + 1, equals);
    const value = bytes.slice(equals + 1, end - 1);
    if (key === 'GNU.sparse.offset' || key === 'GNU.sparse.numbytes') sparseNumbers.push(decimal(value));
    else values.set(key, value);
    at = end;
  }
  return { values, sparseNumbers, whole: true };
}

/** Some writers fill the header with NULs. */
function isPadding(bytes: Uint8Array, from: number): boolean {
  for (let i = from; i < bytes.length; i += 1) if (bytes[i] !== 0) return false;
  return true;
}

/** Digits only. @returns NaN for anything else and for numbers that are not exact */
export function decimal(bytes: Uint8Array): number {
  if (bytes.length === 0 || bytes.length > 16) return Number.NaN;
  let value = 0;
  for (const byte of bytes) {
    if (byte < 48 || byte > 57) return Number.NaN;
    value = value * 10 + (byte - 48);
  }
  return Number.isSafeInteger(value) ? value : Number.NaN;
}

/** Seconds with a fraction, as PAX writes times. */
export function decimalFraction(bytes: Uint8Array): number {
  const text = readText(bytes, 0, bytes.length);
  return /^-?\d{1,16}(?:\.\d*)?$/.test(text) ? Number(text) : Number.NaN;
}

/** Extended attributes: `SCHILY.xattr.` and a name, the value as it is. */
export function paxXattrs(values: ReadonlyMap<string, Uint8Array>): Record<string, Uint8Array> | undefined {
  const prefix = 'SCHILY.xattr.';
  const found = [...values].filter(([key]) => key.startsWith(prefix) && key.length > prefix.length);
  return found.length === 0 ? undefined : Object.fromEntries(found.map(([key, v]) => [key.slice(prefix.length), v]));
}

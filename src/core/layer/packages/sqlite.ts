/**
 * Reads the rows of a table out of an SQLite file, and nothing else: no indexes, no queries, no journal.
 * https://www.sqlite.org/fileformat2.html
 *
 * The file may be hostile: each page of a table is read once, and rows that are longer than the file, one or all, are none.
 */

export type SqliteValue = number | string | Uint8Array | null;

/** @throws {SqliteBroken} */
export interface SqliteFile {
  readonly pageBytes: number;
  readonly tables: readonly SqliteTable[];
  rows(table: SqliteTable): Iterable<readonly SqliteValue[]>;
}

export interface SqliteTable {
  readonly name: string;
  readonly rootPage: number;
}

export class SqliteBroken extends Error {
  override readonly name = 'SqliteBroken';
}

const MAGIC = 'SQLite format 3\0';
const HEADER_BYTES = 100;
const LEAF_TABLE = 0x0d;
const INTERIOR_TABLE = 0x05;
/** Sizes of integers by serial type. */
const INTEGER_BYTES = [0, 1, 2, 3, 4, 6, 8] as const;

export function isSqlite(bytes: Uint8Array): boolean {
  return bytes.length >= HEADER_BYTES && String.fromCharCode(...bytes.subarray(0, 16)) === MAGIC;
}

/** @throws {SqliteBroken} where the bytes are no SQLite file */
export function openSqlite(bytes: Uint8Array): SqliteFile {
  if (!isSqlite(bytes)) throw new SqliteBroken('It does not begin as an SQLite file does.');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const said = view.getUint16(16);
  const pageBytes = said === 1 ? 65536 : said;
  const isPowerOfTwo = pageBytes >= 512 && (pageBytes & (pageBytes - 1)) === 0;
  const usable = pageBytes - view.getUint8(20);
  if (!isPowerOfTwo || usable < 480) throw new SqliteBroken(`Its pages would have ${pageBytes} bytes.`);
  const decoder = new TextDecoder(['utf-8', 'utf-8', 'utf-16le', 'utf-16be'][view.getUint32(56)] ?? 'utf-8');
  const reader = { bytes, view, pageBytes, usable, decoder, payloadBytes: 0 };
  const tables: SqliteTable[] = [];
  for (const [type, name, , rootPage] of rowsOf(reader, 1)) {
    if (type === 'table' && typeof name === 'string' && typeof rootPage === 'number') tables.push({ name, rootPage });
  }
  return { pageBytes, tables, rows: ({ rootPage }) => rowsOf(reader, rootPage) };
}

interface Reader {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly pageBytes: number;
  readonly usable: number;
  readonly decoder: { decode(bytes: Uint8Array): string };
  /** Of all rows so far: cells may lead to the same row again and again. */
  payloadBytes: number;
}

function* rowsOf(reader: Reader, root: number): Iterable<readonly SqliteValue[]> {
  const { view, pageBytes } = reader;
  const seen = new Set<number>();
  const waiting = [root];
  for (let page = waiting.pop(); page !== undefined; page = waiting.pop()) {
    const start = (page - 1) * pageBytes;
    if (page < 1 || start + pageBytes > view.byteLength || seen.has(page)) {
      throw new SqliteBroken(`It leads to page ${page}, which is not there or was read before.`);
    }
    seen.add(page);
    const head = page === 1 ? start + HEADER_BYTES : start;
    const type = view.getUint8(head);
    const cells = view.getUint16(head + 3);
    if (type !== LEAF_TABLE && type !== INTERIOR_TABLE) throw new SqliteBroken(`Page ${page} is no part of a table.`);
    const pointers = head + (type === LEAF_TABLE ? 8 : 12);
    if (pointers + 2 * cells > start + pageBytes) throw new SqliteBroken(`Page ${page} would have ${cells} cells.`);
    if (type === LEAF_TABLE) {
      for (let cell = 0; cell < cells; cell++) yield recordAt(reader, start, view.getUint16(pointers + 2 * cell));
      continue;
    }
    const children = Array.from({ length: cells }, (_, cell) => {
      const at = view.getUint16(pointers + 2 * cell);
      if (at + 4 > pageBytes) throw new SqliteBroken(`A cell of page ${page} lies outside.`);
      return view.getUint32(start + at);
    });
    waiting.push(view.getUint32(head + 8), ...children.reverse());
  }
}

function recordAt(reader: Reader, page: number, cell: number): SqliteValue[] {
  const { bytes, usable, pageBytes } = reader;
  const end = page + pageBytes;
  const [length, afterLength] = varint(bytes, page + cell, end);
  const [, at] = varint(bytes, afterLength, end);
  reader.payloadBytes += length;
  if (!(reader.payloadBytes <= bytes.length)) throw new SqliteBroken('Its rows would be longer than the file.');
  // How much of a long row is in its own page: section 1.6.
  const most = usable - 35;
  const least = Math.floor(((usable - 12) * 32) / 255) - 23;
  const surplus = least + ((length - least) % (usable - 4));
  const local = length <= most ? length : surplus <= most ? surplus : least;
  if (at + local > end) throw new SqliteBroken('A row goes on behind its page.');
  if (local === length) return parseRecord(reader, bytes.subarray(at, at + length));
  return parseRecord(reader, withOverflow(reader, at, local, length));
}

function withOverflow({ bytes, view, pageBytes, usable }: Reader, at: number, local: number, length: number) {
  const payload = new Uint8Array(length);
  payload.set(bytes.subarray(at, at + local));
  let filled = local;
  let next = at + local + 4 <= bytes.length ? view.getUint32(at + local) : 0;
  while (filled < length) {
    const start = (next - 1) * pageBytes;
    // Each page brings bytes, so that a ring of pages ends with the row.
    if (next < 1 || start + pageBytes > bytes.length) throw new SqliteBroken(`A row goes on in page ${next}.`);
    const part = bytes.subarray(start + 4, start + 4 + Math.min(usable - 4, length - filled));
    payload.set(part, filled);
    filled += part.length;
    next = view.getUint32(start);
  }
  return payload;
}

function parseRecord({ decoder }: Reader, payload: Uint8Array): SqliteValue[] {
  const values: SqliteValue[] = [];
  const [headerBytes, first] = varint(payload, 0, payload.length);
  let at = first;
  let body = headerBytes;
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
  while (at < headerBytes) {
    const [type, next] = varint(payload, at, payload.length);
    at = next;
    const size = type >= 12 ? Math.floor((type - 12) / 2) : type === 7 ? 8 : (INTEGER_BYTES[type] ?? 0);
    if (body + size > payload.length) throw new SqliteBroken('A value goes on behind its row.');
    if (type === 0) values.push(null);
    else if (type === 7) values.push(view.getFloat64(body));
    else if (type === 8 || type === 9) values.push(type - 8);
    else if (type < 12) values.push(integerAt(view, body, size));
    else if (type % 2 === 0) values.push(payload.subarray(body, body + size));
    else values.push(decoder.decode(payload.subarray(body, body + size)));
    body += size;
  }
  return values;
}

function integerAt(view: DataView, at: number, size: number): number {
  let value = size === 0 ? 0 : view.getInt8(at);
  for (let i = 1; i < size; i++) value = value * 256 + view.getUint8(at + i);
  return value;
}

/** Big-endian groups of seven bits, at most nine bytes. @returns the number and where the next thing begins */
function varint(bytes: Uint8Array, from: number, end: number): [value: number, next: number] {
  let value = 0;
  for (let i = 0; i < 9; i++) {
    const byte = bytes[from + i];
    if (byte === undefined || from + i >= end) throw new SqliteBroken('A number goes on behind its page.');
    if (i === 8) return [value * 256 + byte, from + 9];
    value = value * 128 + (byte & 0x7f);
    if (byte < 0x80) return [value, from + i + 1];
  }
  return [value, from + 9];
}

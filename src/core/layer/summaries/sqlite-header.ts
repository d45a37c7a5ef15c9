/** What an SQLite file says in its header, and its tables. https://www.sqlite.org/fileformat2.html#the_database_header */
import { isSqlite, openSqlite } from '../packages/sqlite.ts';
import { viewBytes } from './byte-view.ts';

export interface SqliteFacts {
  readonly pageBytes: number;
  readonly pages: number;
  /** "UTF-8". */
  readonly encoding: string;
  /** The program's own number, `PRAGMA user_version`. */
  readonly userVersion: number;
  /** Of the SQLite that wrote it last: "3.40.1". */
  readonly writtenBy: string;
  /** Undefined where they are not in the bytes that were given. */
  readonly tables: readonly string[] | undefined;
}

const ENCODINGS: Readonly<Record<number, string>> = { 1: 'UTF-8', 2: 'UTF-16, little endian', 3: 'UTF-16, big endian' };

/** @param bytes the file, or its beginning */
export function summarizeSqlite(bytes: Uint8Array): SqliteFacts | undefined {
  if (!isSqlite(bytes)) return undefined;
  const view = viewBytes(bytes, false);
  const version = view.u32(96) ?? 0;
  const pageBytes = view.u16(16) ?? 0;
  return {
    pageBytes: pageBytes === 1 ? 65536 : pageBytes,
    pages: view.u32(28) ?? 0,
    encoding: ENCODINGS[view.u32(56) ?? 0] ?? 'unknown',
    userVersion: view.u32(60) ?? 0,
    writtenBy: `${Math.floor(version / 1_000_000)}.${Math.floor(version / 1000) % 1000}.${version % 1000}`,
    tables: tablesOf(bytes),
  };
}

function tablesOf(bytes: Uint8Array): string[] | undefined {
  try {
    return openSqlite(bytes).tables.map(({ name }) => name);
  } catch {
    // The list may go on behind the beginning that was given; a damaged one is not shown.
    return undefined;
  }
}

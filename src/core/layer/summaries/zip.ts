/**
 * What a zip holds, by its central directory at the end. https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT
 */
import { type ByteView, latin1, viewBytes } from './byte-view.ts';

export interface ArchivedFile {
  readonly path: string;
  /** Uncompressed (bytes). */
  readonly size: number;
  readonly isDirectory: boolean;
  readonly modifiedAtMs: number | undefined;
}

export interface ZipFacts {
  /** At most `FILES_SHOWN`. */
  readonly files: readonly ArchivedFile[];
  /** As its end says. */
  readonly count: number;
  readonly uncompressedBytes: number;
  readonly comment: string;
}

/** Rows that are handed on: a person reads no more, and a jar has some thousand. */
export const FILES_SHOWN = 5000;

const END = 0x06054b50;
const END_BYTES = 22;
const ZIP64_LOCATOR = 0x07064b50;
const ZIP64_END = 0x06064b50;
const ENTRY = 0x02014b50;
const ENTRY_BYTES = 46;
const COMMENT_LIMIT = 65_535;
const ZIP64_EXTRA = 1;
const FULL = 0xffffffff;

/** @param bytes the whole file @returns undefined where they hold no central directory */
export function summarizeZip(bytes: Uint8Array): ZipFacts | undefined {
  const view = viewBytes(bytes, true);
  const end = findEnd(view);
  if (end === undefined) return undefined;
  const zip64 = readZip64End(view, end);
  const count = zip64?.count ?? view.u16(end + 10) ?? 0;
  const size = zip64?.size ?? view.u32(end + 12) ?? 0;
  // Before a zip may stand a program that unpacks it: offsets count from where the zip begins.
  let at = (zip64?.at ?? end) - size;
  const files: ArchivedFile[] = [];
  let uncompressedBytes = 0;
  while (view.u32(at) === ENTRY) {
    const entry = readEntry(view, at);
    if (entry === undefined) break;
    uncompressedBytes += entry.file.size;
    if (files.length < FILES_SHOWN) files.push(entry.file);
    at = entry.next;
  }
  const comment = view.slice(end + END_BYTES, view.u16(end + 20) ?? 0);
  return { files, count, uncompressedBytes, comment: comment === undefined ? '' : latin1(comment.subarray(0, 1000)) };
}

function findEnd(view: ByteView): number | undefined {
  const first = Math.max(0, view.length - END_BYTES - COMMENT_LIMIT);
  for (let at = view.length - END_BYTES; at >= first; at--) {
    if (view.u32(at) === END && at + END_BYTES + (view.u16(at + 20) ?? 0) <= view.length) return at;
  }
  return undefined;
}

function readZip64End(view: ByteView, end: number): { at: number; count: number; size: number } | undefined {
  if (view.u32(end - 20) !== ZIP64_LOCATOR) return undefined;
  // What stands before the zip is not known yet: the end record of 56 bytes mostly is right before its locator.
  const said = view.u64(end - 20 + 8) ?? -1;
  const at = [said, end - 20 - 56].find((place) => view.u32(place) === ZIP64_END);
  if (at === undefined) return undefined;
  return { at, count: view.u64(at + 32) ?? 0, size: view.u64(at + 40) ?? 0 };
}

function readEntry(view: ByteView, at: number): { file: ArchivedFile; next: number } | undefined {
  const [nameBytes, extraBytes, commentBytes] = [view.u16(at + 28), view.u16(at + 30), view.u16(at + 32)];
  if (nameBytes === undefined || extraBytes === undefined || commentBytes === undefined) return undefined;
  const name = view.slice(at + ENTRY_BYTES, nameBytes);
  if (name === undefined) return undefined;
  const path = nameText(name);
  const size = view.u32(at + 24) ?? 0;
  return {
    file: {
      path,
      size: size === FULL ? (zip64Size(view, at + ENTRY_BYTES + nameBytes, extraBytes) ?? size) : size,
      isDirectory: path.endsWith('/'),
      modifiedAtMs: dosTime(view.u16(at + 14) ?? 0, view.u16(at + 12) ?? 0),
    },
    next: at + ENTRY_BYTES + nameBytes + extraBytes + commentBytes,
  };
}

/** A bit says whether it is UTF-8, and common programs leave it out: what is UTF-8 is taken for it. */
function nameText(name: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(name);
  } catch {
    return latin1(name);
  }
}

/** The uncompressed size is the first number of the extra field, where it did not fit. */
function zip64Size(view: ByteView, from: number, length: number): number | undefined {
  for (let at = from; at + 4 <= from + length; at += 4 + (view.u16(at + 2) ?? 0)) {
    if (view.u16(at) === ZIP64_EXTRA) return view.u64(at + 4);
  }
  return undefined;
}

/** Local time of whoever made it, shown as if it were UTC: the zip does not say where that was. */
function dosTime(date: number, time: number): number | undefined {
  if (date === 0) return undefined;
  const at = Date.UTC(
    (date >> 9) + 1980,
    ((date >> 5) & 15) - 1,
    date & 31,
    time >> 11,
    (time >> 5) & 63,
    (time & 31) * 2,
  );
  return Number.isNaN(at) ? undefined : at;
}

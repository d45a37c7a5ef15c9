/**
 * A listing for other programs: JSON as it is, and CSV (RFC 4180) for spreadsheets. Both are given in pieces, because a
 * listing of 300,000 paths is no one string.
 */
import type { PathMetadata, PathType } from './entry.ts';

export interface ListedFile extends PathMetadata {
  /** Clean path. */
  readonly path: string;
  readonly type: PathType;
  readonly layer: number;
  readonly change: string;
}

export interface ListingExport {
  readonly mediaType: string;
  text(files: Iterable<ListedFile>): Iterable<string>;
}

/** Paths are written absolute, modes in octal, times as UTC. */
export const LISTING_EXPORTS: Readonly<Record<'json' | 'csv', ListingExport>> = {
  json: { mediaType: 'application/json', text: jsonOf },
  csv: { mediaType: 'text/csv;charset=utf-8', text: csvOf },
};

const COLUMNS = ['path', 'type', 'mode', 'uid', 'gid', 'size', 'modified', 'linkTarget', 'layer', 'change'] as const;
/** Lines in one piece. */
const PIECE = 1000;

function* jsonOf(files: Iterable<ListedFile>): Iterable<string> {
  let before = '[\n';
  for (const lines of piecesOf(files, (file) => JSON.stringify(fieldsOf(file)))) {
    yield before + lines.join(',\n');
    before = ',\n';
  }
  yield before === '[\n' ? '[]\n' : '\n]\n';
}

function* csvOf(files: Iterable<ListedFile>): Iterable<string> {
  yield `${COLUMNS.join(',')}\r\n`;
  const line = (file: ListedFile): string => {
    const fields = fieldsOf(file);
    return COLUMNS.map((column) => cell(fields[column])).join(',');
  };
  for (const lines of piecesOf(files, line)) yield `${lines.join('\r\n')}\r\n`;
}

function* piecesOf(files: Iterable<ListedFile>, format: (file: ListedFile) => string): Iterable<string[]> {
  let lines: string[] = [];
  for (const file of files) {
    lines.push(format(file));
    if (lines.length < PIECE) continue;
    yield lines;
    lines = [];
  }
  if (lines.length > 0) yield lines;
}

function fieldsOf(file: ListedFile): Record<(typeof COLUMNS)[number], string | number> {
  const { type, uid, gid, size, linkTarget, layer, change } = file;
  return {
    path: `/${file.path}`,
    type,
    mode: file.mode.toString(8).padStart(4, '0'),
    uid,
    gid,
    size,
    modified: isoTime(file.modifiedAtMs),
    linkTarget,
    layer,
    change,
  };
}

/** Empty for times that no date can hold, which only a damaged layer has. */
function isoTime(ms: number): string {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? '' : date.toISOString();
}

/** A link's target is a layer's text: one that a spreadsheet would take for a formula is marked as text. */
export function cell(value: string | number): string {
  if (typeof value === 'number') return String(value);
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

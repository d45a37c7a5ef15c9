/**
 * Packages of an rpmdb.sqlite: its table Packages holds each package's header.
 * https://rpm-software-management.github.io/rpm/manual/format_header.html
 */
import { fieldText, type InstalledPackage, installedPackage } from './installed-package.ts';
import { openSqlite, SqliteBroken } from './sqlite.ts';

/** https://rpm-software-management.github.io/rpm/manual/tags.html */
const TAGS = {
  name: 1000,
  version: 1001,
  release: 1002,
  epoch: 1003,
  size: 1009,
  license: 1014,
  architecture: 1022,
  sourceRpm: 1044,
  longSize: 5009,
} as const;
const INT32 = 4;
const INT64 = 5;
const STRINGS = new Set([6, 8, 9]);
const ENTRY_BYTES = 16;

/** @throws {SqliteBroken} where it is no database of rpm, or a broken one */
export function readRpmSqlite(bytes: Uint8Array, foundIn: string): InstalledPackage[] {
  const database = openSqlite(bytes);
  const table = database.tables.find(({ name }) => name === 'Packages');
  if (table === undefined) throw new SqliteBroken('It has no table Packages.');
  const packages: InstalledPackage[] = [];
  // The first column, hnum, is the row's number and is kept as NULL.
  for (const [, blob] of database.rows(table)) {
    const found = blob instanceof Uint8Array ? readRpmHeader(blob, foundIn) : undefined;
    if (found !== undefined) packages.push(found);
  }
  return packages;
}

function readRpmHeader(blob: Uint8Array, foundIn: string): InstalledPackage | undefined {
  const values = headerValues(blob);
  const text = (tag: number): string | undefined => {
    const value = values.get(tag);
    return typeof value === 'string' ? fieldText(value) : undefined;
  };
  const number = (tag: number): number | undefined => {
    const value = values.get(tag);
    return typeof value === 'number' ? value : undefined;
  };
  const [version, release, epoch] = [text(TAGS.version), text(TAGS.release), number(TAGS.epoch)];
  if (version === undefined) return undefined;
  const upTo = epoch === undefined ? '' : `${epoch}:`;
  return installedPackage({
    kind: 'rpm',
    name: text(TAGS.name),
    version: `${upTo}${version}${release === undefined ? '' : `-${release}`}`,
    architecture: text(TAGS.architecture),
    // "bash-5.2.26-3.fc40.src.rpm"
    source: text(TAGS.sourceRpm)?.replace(/-[^-]+-[^-]+$/, ''),
    license: text(TAGS.license),
    installedBytes: number(TAGS.longSize) ?? number(TAGS.size),
    foundIn,
  });
}

/** First values of the tags above. Headers in the database have no magic: counts, index and store. */
function headerValues(blob: Uint8Array): ReadonlyMap<number, string | number> {
  const values = new Map<number, string | number>();
  if (blob.length < 8) return values;
  const view = new DataView(blob.buffer, blob.byteOffset, blob.byteLength);
  const store = 8 + view.getUint32(0) * ENTRY_BYTES;
  const wanted = new Set<number>(Object.values(TAGS));
  for (let at = 8; at < store && at + ENTRY_BYTES <= blob.length; at += ENTRY_BYTES) {
    const tag = view.getUint32(at);
    const type = view.getUint32(at + 4);
    const value = store + view.getUint32(at + 8);
    if (!wanted.has(tag) || value >= blob.length) continue;
    if (STRINGS.has(type)) {
      const end = blob.indexOf(0, value);
      values.set(tag, new TextDecoder().decode(blob.subarray(value, end < 0 ? blob.length : end)));
    } else if (type === INT32 && value + 4 <= blob.length) values.set(tag, view.getUint32(value));
    else if (type === INT64 && value + 8 <= blob.length) values.set(tag, Number(view.getBigUint64(value)));
  }
  return values;
}

/**
 * A layer's table of contents, which eStargz and zstd:chunked have in common, to an index of its entries and to where
 * their contents are. What it says is as hostile as a tar.
 * https://github.com/containerd/stargz-snapshotter/blob/main/docs/estargz.md#toc-tocentries-and-footer
 */
import { type Digest, isDigest } from '../../digest.ts';
import { parseJsonObject } from '../../json-document.ts';
import { broken } from '../decompress.ts';
import { IndexBuilder } from '../index-builder.ts';
import type { LayerIndex, LayerProblem } from '../layer-index.ts';
import { LAYER_LIMITS } from '../limits.ts';
import { EntryMaker } from '../tar-entry-maker.ts';
import type { TarHeader } from '../tar-header.ts';
import { type Chunk, chunkTable } from './chunk-table.ts';

export interface TocEntry {
  readonly header: TarHeader;
  readonly xattrs: ReadonlyMap<string, Uint8Array> | undefined;
  /** Of a file that is not empty, in their order. */
  readonly chunks: readonly Chunk[];
}

/** A piece is held in memory while it is checked. */
const CHUNK_LIMIT_BYTES = 256 * 1024 * 1024;

const FLAGS: Readonly<Record<string, string>> = {
  reg: '0',
  hardlink: '1',
  symlink: '2',
  char: '3',
  block: '4',
  dir: '5',
  fifo: '6',
};

/**
 * @param endBytes where the contents end in the layer, and the table begins
 * @throws PulltabError `layer-broken` where a file's pieces are not told, are none, or could not be checked
 */
export function readTocEntries(json: Uint8Array<ArrayBuffer>, endBytes: number): TocEntry[] {
  const { entries } = parseJsonObject(json, 'read the table of contents');
  if (!Array.isArray(entries)) throw broken('its table of contents lists no entries');
  const listed: readonly unknown[] = entries;
  const ends = endsOf(listed, endBytes);
  const read: TocEntry[] = [];
  for (let i = 0; i < listed.length; i += 1) {
    const fields = fieldsOf(listed[i]);
    const flag = FLAGS[text(fields.type)];
    if (flag === undefined) throw broken(`its table of contents has an entry of the type “${text(fields.type)}”`);
    const size = flag === '0' ? whole(fields.size) : 0;
    let next = i + 1;
    while (next < listed.length && fieldsOf(listed[next]).type === 'chunk') next += 1;
    const chunks = size === 0 ? [] : chunksOf([fields, ...listed.slice(i + 1, next).map(fieldsOf)], size, ends);
    read.push({ header: headerOf(fields, flag, size), xattrs: xattrsOf(fields.xattrs), chunks });
    i = next - 1;
  }
  return read;
}

/** What a layer's index is when it was made from its table of contents. */
export function tocIndex(entries: readonly TocEntry[], uncompressedBytes: number): LayerIndex {
  const problems: LayerProblem[] = [];
  const builder = new IndexBuilder();
  const maker = new EntryMaker((kind, path, detail) => {
    if (problems.length < LAYER_LIMITS.problems) problems.push({ kind, path, detail });
  }, LAYER_LIMITS);
  const rows: Chunk[] = [];
  for (const { header, xattrs, chunks } of entries) {
    // The row of its first piece stands where other indexes say where a content is in the tar.
    const content = { size: header.size, offsetBytes: rows.length, sparse: undefined };
    const entry = maker.make(header, { ...NO_EXTENSIONS, pax: xattrs }, content);
    if (entry === undefined) continue;
    builder.add(entry);
    if (entry.type === 'file') rows.push(...chunks);
  }
  return {
    ...builder.columns(),
    compression: 'table-of-contents',
    compressedBytes: 0,
    uncompressedBytes,
    diffId: undefined,
    complete: true,
    problems,
    chunks: chunkTable(rows),
  };
}

const NO_EXTENSIONS = { sparseNumbers: [], longName: undefined, longLink: undefined, unread: undefined } as const;

type Fields = Readonly<Record<string, unknown>>;

function fieldsOf(entry: unknown): Fields {
  if (typeof entry !== 'object' || entry === null) throw broken('its table of contents has an entry that is none');
  return { ...entry };
}

/** Compressed pieces end where others begin; several may begin at one place. */
function endsOf(entries: readonly unknown[], endBytes: number): (from: number) => number {
  const froms = new Set([endBytes]);
  for (const entry of entries) {
    const { type, offset } = fieldsOf(entry);
    if ((type === 'reg' || type === 'chunk') && offset !== undefined) froms.add(whole(offset));
  }
  const sorted = Float64Array.from(froms).sort();
  const nexts = new Map<number, number>();
  for (const [i, from] of sorted.entries()) nexts.set(from, sorted[i + 1] ?? from);
  return (from) => nexts.get(from) ?? from;
}

/** The pieces of a file: without a gap, and each with a digest. */
function chunksOf(parts: readonly Fields[], size: number, ends: (from: number) => number): Chunk[] {
  let end = 0;
  const chunks = parts.map((part): Chunk => {
    const at = whole(part.chunkOffset);
    const from = whole(part.offset);
    const to = ends(from);
    // The last one says 0: what is left.
    const chunkSize = whole(part.chunkSize) || size - at;
    const digest = part.chunkDigest ?? (parts.length === 1 ? part.digest : undefined);
    if (at !== end || chunkSize <= 0 || at + chunkSize > size || to <= from || chunkSize > CHUNK_LIMIT_BYTES) {
      throw broken('its table of contents has files whose pieces do not fit together');
    }
    if (!isSha256(digest)) throw broken('its table of contents has files without digests of their pieces');
    end = at + chunkSize;
    return { from, to, inner: whole(part.innerOffset), at, size: chunkSize, digest };
  });
  if (end !== size) throw broken('its table of contents has files that are not all there');
  return chunks;
}

function headerOf(fields: Fields, flag: string, size: number): TarHeader {
  const time = Date.parse(text(fields.modtime));
  return {
    flag,
    name: text(fields.name),
    linkName: text(fields.linkName),
    size,
    mode: whole(fields.mode),
    uid: whole(fields.uid),
    gid: whole(fields.gid),
    major: whole(fields.devMajor),
    minor: whole(fields.devMinor),
    modifiedAtS: Number.isNaN(time) ? 0 : time / 1000,
  };
}

/** As PAX names them, values in base64. */
function xattrsOf(value: unknown): Map<string, Uint8Array> | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const pairs = Object.entries(value).flatMap(([name, base64]): [string, Uint8Array][] =>
    typeof base64 === 'string' ? [[`SCHILY.xattr.${name}`, bytesOf(base64)]] : [],
  );
  return new Map(pairs);
}

function bytesOf(base64: string): Uint8Array {
  try {
    return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  } catch (cause) {
    throw broken('its table of contents has an attribute that is not base64', cause);
  }
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function whole(value: unknown): number {
  if (value === undefined) return 0;
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
  throw broken('its table of contents has a number that is none');
}

function isSha256(value: unknown): value is Digest {
  return typeof value === 'string' && value.startsWith('sha256:') && isDigest(value);
}

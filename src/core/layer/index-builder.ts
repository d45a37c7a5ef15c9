/** Columns of entries while they are being read: they grow by doubling, and are cut to length at the end. */
import type { EntryType, LayerEntry } from './entry.ts';
import { ENTRY_TYPES, type EntryExtras, type LayerIndex } from './layer-index.ts';

const FIRST_ROOM = 1024;
/** Names that are joined at once: one text costs less than many. */
const JOINED = 1024;
const SLASH = 47;

type Columns = Pick<
  LayerIndex,
  'pathEnds' | 'linkEnds' | 'types' | 'modes' | 'uids' | 'gids' | 'sizes' | 'offsets' | 'modifiedAtMs'
>;
/** The part of an index that comes from its entries. */
export type EntryColumns = Columns & Pick<LayerIndex, 'count' | 'paths' | 'links' | 'extras' | 'contentBytes'>;

const TYPE_CODES: ReadonlyMap<EntryType, number> = new Map(ENTRY_TYPES.map((type, code) => [type, code]));

export class IndexBuilder {
  count = 0;
  contentBytes = 0;
  /** Of all paths and link targets (characters). */
  namesLength = 0;
  /** Parts of paths that the path before has not. */
  names = 0;
  #lastPath = '';
  /** Of all extended attributes. */
  xattrBytes = 0;
  readonly #paths = new Names();
  readonly #links = new Names();
  readonly #extras = new Map<number, EntryExtras>();
  #columns = columnsOf(FIRST_ROOM, undefined);

  add(entry: LayerEntry): void {
    const i = this.count;
    if (i === this.#columns.types.length) this.#columns = columnsOf(i * 2, this.#columns);
    const columns = this.#columns;
    this.count += 1;
    this.contentBytes += entry.size;
    this.namesLength += entry.path.length + entry.linkTarget.length;
    this.names += newNames(this.#lastPath, entry.path);
    this.#lastPath = entry.path;
    columns.pathEnds[i] = this.#paths.add(entry.path);
    columns.linkEnds[i] = this.#links.add(entry.linkTarget);
    columns.types[i] = TYPE_CODES.get(entry.type) ?? 0;
    columns.modes[i] = entry.mode;
    columns.uids[i] = entry.uid;
    columns.gids[i] = entry.gid;
    columns.sizes[i] = entry.size;
    columns.offsets[i] = entry.offsetBytes;
    columns.modifiedAtMs[i] = entry.modifiedAtMs;
    const { xattrs, device, sparse } = entry;
    if (xattrs === undefined && device === undefined && sparse === undefined) return;
    if (xattrs) for (const [name, value] of Object.entries(xattrs)) this.xattrBytes += name.length + value.length;
    this.#extras.set(i, { ...(xattrs && { xattrs }), ...(device && { device }), ...(sparse && { sparse }) });
  }

  /** A copy, so that more may be added. */
  columns(): EntryColumns {
    const { count } = this;
    return {
      count,
      contentBytes: this.contentBytes,
      paths: this.#paths.text(),
      links: this.#links.text(),
      extras: new Map(this.#extras),
      ...columnsOf(count, this.#columns),
    };
  }
}

class Names {
  #joined: string[] = [];
  #waiting: string[] = [];
  #length = 0;

  /** @returns where the name ends */
  add(name: string): number {
    if (name !== '') {
      this.#waiting.push(name);
      this.#length += name.length;
      if (this.#waiting.length === JOINED) this.#join();
    }
    return this.#length;
  }

  text(): string {
    this.#join();
    const text = this.#joined.join('');
    this.#joined = [text];
    return text;
  }

  #join(): void {
    this.#joined.push(this.#waiting.join(''));
    this.#waiting = [];
  }
}

/** How many parts `path` has below the directories that it shares with `last`. */
function newNames(last: string, path: string): number {
  const most = Math.min(last.length, path.length);
  let at = 0;
  while (at < most && last.charCodeAt(at) === path.charCodeAt(at)) at += 1;
  let names = 1;
  for (; at < path.length; at += 1) if (path.charCodeAt(at) === SLASH) names += 1;
  return names;
}

/** New columns of `length` entries, with as much of `from` as fits. */
function columnsOf(length: number, from: Columns | undefined): Columns {
  const columns = {
    pathEnds: new Uint32Array(length),
    linkEnds: new Uint32Array(length),
    types: new Uint8Array(length),
    modes: new Uint16Array(length),
    uids: new Uint32Array(length),
    gids: new Uint32Array(length),
    sizes: new Float64Array(length),
    offsets: new Float64Array(length),
    modifiedAtMs: new Float64Array(length),
  };
  if (from === undefined) return columns;
  columns.pathEnds.set(from.pathEnds.subarray(0, length));
  columns.linkEnds.set(from.linkEnds.subarray(0, length));
  columns.types.set(from.types.subarray(0, length));
  columns.modes.set(from.modes.subarray(0, length));
  columns.uids.set(from.uids.subarray(0, length));
  columns.gids.set(from.gids.subarray(0, length));
  columns.sizes.set(from.sizes.subarray(0, length));
  columns.offsets.set(from.offsets.subarray(0, length));
  columns.modifiedAtMs.set(from.modifiedAtMs.subarray(0, length));
  return columns;
}

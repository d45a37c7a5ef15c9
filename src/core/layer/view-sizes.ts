/**
 * Sizes of all paths of a view: of a file its own, of a directory that of everything below it. A file with several names
 * (hard links) counts once in every directory that has one of them or more somewhere below.
 */
import { type LayerEntries, NOTHING } from './layer-entries.ts';
import { NO_PATH, type PathTable, ROOT } from './path-table.ts';

export interface SizedPaths {
  readonly table: PathTable;
  readonly entries: LayerEntries;
  /** By path: see `TreeState`. */
  readonly entryOf: Int32Array;
  readonly contentOf: Int32Array;
  /** Whether what is at the path counts for the directory that it is in. */
  counts(node: number, parent: number): boolean;
}

/** @returns bytes by path */
export function sizesOf(paths: SizedPaths): Float64Array<ArrayBuffer> {
  const { table, entries, entryOf, contentOf, counts } = paths;
  const sizes = new Float64Array(entryOf.length);
  const shared = sharedContents(paths);
  for (let node = entryOf.length - 1; node > ROOT; node--) {
    if (entryOf[node] === NOTHING) continue;
    const content = contentOf[node] ?? NOTHING;
    const parent = table.parent(node);
    // What is below it is in there already.
    const total = (sizes[node] ?? 0) + (content > NOTHING ? entries.size(content) : 0);
    sizes[node] = total;
    const names = shared.get(content);
    if (names !== undefined) names.push(node);
    else if (counts(node, parent)) sizes[parent] = (sizes[parent] ?? 0) + total;
  }
  const met = new Int32Array(entryOf.length);
  let group = 0;
  for (const [content, names] of shared) addOnce(paths, { sizes, met, names, group: ++group }, entries.size(content));
  return sizes;
}

/** The contents that hard links lead to, each with an empty list of its names. */
function sharedContents({ entries, entryOf, contentOf }: SizedPaths): Map<number, number[]> {
  const shared = new Map<number, number[]>();
  for (let node = 0; node < entryOf.length; node++) {
    const content = entryOf[node] === NOTHING ? NOTHING : (contentOf[node] ?? NOTHING);
    if (content > NOTHING && content !== entryOf[node] && entries.size(content) > 0) shared.set(content, []);
  }
  return shared;
}

interface Group {
  readonly sizes: Float64Array;
  /** The group that a directory was met for last. */
  readonly met: Int32Array;
  readonly names: readonly number[];
  readonly group: number;
}

/** Adds the bytes of one file to all directories above any of its names. */
function addOnce({ table, counts }: SizedPaths, { sizes, met, names, group }: Group, bytes: number): void {
  for (const name of names) {
    let node = name;
    for (let above = table.parent(node); above !== NO_PATH; above = table.parent(above)) {
      if (!counts(node, above) || met[above] === group) break;
      met[above] = group;
      sizes[above] = (sizes[above] ?? 0) + bytes;
      node = above;
    }
  }
}

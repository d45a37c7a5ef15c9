/**
 * The `rootfs` format: the file system that the layers make, as one tar, as `docker export` gives it of a container that
 * never ran: whiteouts are applied, and no layer is left to be seen.
 *
 * Its headers are part of the plan, and each layer is read once: what has no content is first, then the files layer by
 * layer in the order in which the layer has them, then further names of files (hard links).
 */
import type { Digest } from '../digest.ts';
import type { LayerEntry } from '../layer/entry.ts';
import { NOTHING } from '../layer/layer-entries.ts';
import { indexEntry } from '../layer/layer-index.ts';
import type { MergedTree } from '../layer/merged-tree.ts';
import { ROOT } from '../layer/path-table.ts';
import type { TreeView } from '../layer/tree-view.ts';
import { BLOCK_BYTES, type PlanEntry, type WovenEntry } from './plan.ts';
import { joined, type TarEntry, tarHeader } from './tar-header.ts';

export interface LayerBlob {
  readonly digest: Digest;
  /** As it is served (bytes). */
  readonly size: number;
}

/** A file's header, and where its layer has its content. */
interface FilePart {
  readonly header: Uint8Array<ArrayBuffer>;
  readonly entry: LayerEntry;
}

/** Two empty blocks end a tar. */
const END = new Uint8Array(2 * BLOCK_BYTES);

/**
 * The entries of a bare plan.
 * @param layers one for each of the tree's, bottom first, each read to its end
 */
export function rootfsEntries(tree: MergedTree, layers: readonly LayerBlob[]): PlanEntry[] {
  const { before, files, after } = partsOf(tree.view({ kind: 'merged' }));
  const woven = layers.flatMap((layer, at) => {
    const ofThis = files.get(at);
    return ofThis === undefined ? [] : [weaving(layer, ofThis)];
  });
  return [
    { kind: 'bytes', name: 'directories and links', bytes: joined(before, 0) },
    ...woven,
    { kind: 'bytes', name: 'hard links', bytes: joined([...after, END], 0) },
  ];
}

interface Parts {
  readonly before: readonly Uint8Array[];
  /** By layer. */
  readonly files: ReadonlyMap<number, readonly FilePart[]>;
  readonly after: readonly Uint8Array[];
}

function partsOf(view: TreeView): Parts {
  const before: Uint8Array[] = [];
  const after: Uint8Array[] = [];
  const files = new Map<number, FilePart[]>();
  /** The name that a file was given first, by whose bytes it has. */
  const names = new Map<number, string>();
  for (const { node, path } of walk(view)) {
    const content = view.content(node);
    const first = content > NOTHING ? names.get(content) : undefined;
    if (isDirectory(view, node)) before.push(tarHeader(entryOf(view, node, { path, type: 'directory' })));
    else if (first !== undefined) {
      after.push(tarHeader({ ...entryOf(view, node, { path, type: 'hardlink' }), linkTarget: first, xattrs: {} }));
    } else if (content > NOTHING) {
      names.set(content, path);
      const { layer, index, at } = view.entries.place(content);
      const entry = indexEntry(index, at);
      const type = view.entries.type(content);
      // A hard link to what no layer has leads nowhere, and no tool makes it.
      if (type === 'hardlink') continue;
      const header = tarHeader({
        ...entryOf(view, node, { path, type }),
        size: entry.size,
        linkTarget: entry.linkTarget,
      });
      if (type === 'file' && entry.size > 0) filesOf(files, layer).push({ header, entry });
      else before.push(header);
    }
  }
  for (const ofLayer of files.values()) ofLayer.sort((a, b) => a.entry.offsetBytes - b.entry.offsetBytes);
  return { before, files, after };
}

/** Every path but the root, directories before what is in them, by name. */
function* walk(view: TreeView): Generator<{ node: number; path: string }> {
  const open = [{ node: ROOT, path: '' }];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    const { node, path } = at;
    if (node !== ROOT) yield at;
    const children = Array.from(view.children(node, 'name'), (child) => ({
      node: child,
      name: view.table.name(child),
    }));
    // The view has directories first; of a file with two names the first by name counts, as in `docker export`.
    children.sort((a, b) => (a.name < b.name ? 1 : -1));
    for (const child of children) {
      open.push({ node: child.node, path: path === '' ? child.name : `${path}/${child.name}` });
    }
  }
}

function isDirectory(view: TreeView, node: number): boolean {
  return view.childCount(node) > 0 || view.entries.isDirectory(view.entry(node));
}

function entryOf(view: TreeView, node: number, given: Pick<TarEntry, 'path' | 'type'>): TarEntry {
  const { entries } = view;
  const inode = view.inode(node);
  const { xattrs, device } = entries.extras(inode) ?? {};
  return {
    ...given,
    mode: entries.mode(inode),
    uid: entries.uid(inode),
    gid: entries.gid(inode),
    size: 0,
    modifiedAtMs: entries.modifiedAtMs(inode),
    linkTarget: '',
    xattrs,
    device,
  };
}

function filesOf(files: Map<number, FilePart[]>, layer: number): FilePart[] {
  const known = files.get(layer) ?? [];
  files.set(layer, known);
  return known;
}

interface Row {
  readonly lead: readonly Uint8Array[];
  readonly zeros: number;
  readonly offset: number;
  readonly length: number;
}

function weaving({ digest, size }: LayerBlob, files: readonly FilePart[]): WovenEntry {
  const rows = rowsOf(files);
  let end = 0;
  const leadEnds = rows.map(({ lead }) => (end += lead.reduce((sum, part) => sum + part.length, 0)));
  return {
    kind: 'woven',
    name: `files of ${digest}`,
    digest,
    size,
    leads: joined(
      rows.flatMap(({ lead }) => lead),
      0,
    ),
    leadEnds: Float64Array.from(leadEnds),
    zeros: Float64Array.from(rows, ({ zeros }) => zeros),
    offsets: Float64Array.from(rows, ({ offset }) => offset),
    lengths: Float64Array.from(rows, ({ length }) => length),
  };
}

/** One row for each piece that the layer has of a file, and one behind a sparse file's last and behind the last file. */
function rowsOf(files: readonly FilePart[]): Row[] {
  const rows: Row[] = [];
  let padding = new Uint8Array(0);
  for (const { header, entry } of files) {
    const { size, offsetBytes, sparse } = entry;
    let lead = [padding, header];
    let at = 0;
    let offset = offsetBytes;
    for (const piece of sparse ?? [{ at: 0, bytes: size }]) {
      if (piece.bytes === 0) continue;
      rows.push({ lead, zeros: piece.at - at, offset, length: piece.bytes });
      lead = [];
      at = piece.at + piece.bytes;
      offset += piece.bytes;
    }
    if (at < size || lead.length > 0) rows.push({ lead, zeros: size - at, offset, length: 0 });
    padding = new Uint8Array((BLOCK_BYTES - (size % BLOCK_BYTES)) % BLOCK_BYTES);
  }
  rows.push({ lead: [padding], zeros: 0, offset: 0, length: 0 });
  return rows;
}

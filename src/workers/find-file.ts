/** What a path of an image is about: where the bytes are that it leads to. */
import { PulltabError } from '../core/errors.ts';
import type { LayerEntry } from '../core/layer/entry.ts';
import { NOTHING } from '../core/layer/layer-entries.ts';
import { indexEntry } from '../core/layer/layer-index.ts';
import type { MergedTree, TreeScope } from '../core/layer/merged-tree.ts';
import { NO_PATH } from '../core/layer/path-table.ts';
import { followPath } from '../core/layer/resolve-link.ts';
import type { TreeView } from '../core/layer/tree-view.ts';
import type { FilePlace } from '../protocol/inspector.ts';

/** A path in a view. */
export interface FoundPath {
  readonly view: TreeView;
  readonly node: number;
}

/** A file's entry, and the layer that holds its bytes. */
export interface FoundFile {
  readonly layer: number;
  readonly entry: LayerEntry;
}

/**
 * What is at a place: links on the way and at its end are followed within the image.
 * @throws PulltabError `file-missing`
 */
export function findPath(tree: MergedTree, { path, layer }: FilePlace): FoundPath {
  if (layer !== undefined) {
    // What the layer wrote or removed, which for a link is what it leads to once the layer is on the others.
    const view = tree.view({ kind: 'layer', layer });
    const node = tree.table.find(path);
    if (node !== NO_PATH && view.has(node) && view.entries.type(contentOf(view, node)) !== 'symlink')
      return { view, node };
  }
  const scope: TreeScope = layer === undefined ? { kind: 'merged' } : { kind: 'up-to', layer };
  const view = tree.view(scope);
  const node = followInView(view, path);
  if (node !== undefined) return { view, node };
  const link = tree.table.find(path);
  const isLink = link !== NO_PATH && view.has(link);
  const seen = isLink ? 'it links to something that is not in the image' : 'the image has no such file';
  throw new PulltabError('file-missing', { attempted: `open /${path}`, seen });
}

/** The path that this one leads to, if it leads to any. */
export function followInView(view: TreeView, path: string): number | undefined {
  const { node } = followPath(view, path, { last: true, adding: false });
  return node !== NO_PATH && view.has(node) ? node : undefined;
}

/** @throws PulltabError `file-missing` where the path is no file */
export function fileAt({ view, node }: FoundPath): FoundFile {
  const found = contentAt(view, node);
  if (found?.entry.type === 'file') return found;
  const attempted = `open /${view.table.path(node)}`;
  throw new PulltabError('file-missing', {
    attempted,
    seen: `it is no file but a ${view.entries.type(view.entry(node))}`,
  });
}

/** Whose bytes a path has; undefined for a directory that no layer lists, and for a hard link that leads nowhere. */
export function contentAt(view: TreeView, node: number): FoundFile | undefined {
  const content = view.content(node);
  if (content <= NOTHING) return undefined;
  const { layer, index, at } = view.entries.place(content);
  return { layer, entry: indexEntry(index, at) };
}

function contentOf(view: TreeView, node: number): number {
  return view.content(node) === NOTHING ? view.entry(node) : view.content(node);
}

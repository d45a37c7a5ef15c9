/** All that is known of one path. */
import { toHex } from '../hex.ts';
import { CHANGES, type Change } from './change-set.ts';
import { NOTHING } from './layer-entries.ts';
import { rowOf, type TreeRow } from './listing.ts';
import type { MergedTree, TreeScope } from './merged-tree.ts';
import { NO_PATH, ROOT } from './path-table.ts';
import { followPath } from './resolve-link.ts';
import type { TreeView } from './tree-view.ts';

export interface TreeDetails extends TreeRow {
  readonly device?: { readonly major: number; readonly minor: number };
  /** As text where they are text, else `0x` and hexadecimal. */
  readonly xattrs: Readonly<Record<string, string>>;
  /** Every layer that wrote or removed this path, lowest first. */
  readonly writtenBy: readonly WrittenBy[];
  /** Where a symbolic link ends up within the image, if anywhere. */
  readonly resolved: string | undefined;
}

export interface WrittenBy {
  readonly layer: number;
  readonly change: Change;
  /** Of a file (bytes); 0 where it was removed. */
  readonly size: number;
  /** Of a directory: whether the layer hides all that the layers below have in it. */
  readonly opaque: boolean;
}

/** @returns undefined where the scope has no such path */
export function detailsOf(tree: MergedTree, scope: TreeScope, path: string): TreeDetails | undefined {
  const view = tree.view(scope);
  const node = tree.table.find(path);
  if (node === NO_PATH || !view.has(node)) return undefined;
  const row = rowOf(view, node);
  const extras = tree.entries.extras(view.inode(node));
  const resolved = row.type === 'symlink' ? follow(wholeOf(tree, scope), path) : NO_PATH;
  return {
    ...row,
    ...(extras?.device === undefined ? {} : { device: extras.device }),
    xattrs: Object.fromEntries(Object.entries(extras?.xattrs ?? {}).map(([name, value]) => [name, asText(value)])),
    writtenBy: writtenBy(tree, node),
    resolved: resolved === NO_PATH ? undefined : tree.table.path(resolved),
  };
}

/** The file system in which the scope's links lead somewhere. */
function wholeOf(tree: MergedTree, scope: TreeScope): TreeView {
  return tree.view(scope.kind === 'layer' ? { kind: 'up-to', layer: scope.layer } : scope);
}

function follow(view: TreeView, path: string): number {
  const { node } = followPath(view, path, { last: true, adding: false });
  return node !== NO_PATH && view.has(node) ? node : NO_PATH;
}

function writtenBy(tree: MergedTree, node: number): WrittenBy[] {
  const found: WrittenBy[] = [];
  for (let layer = 0; layer < tree.layers; layer++) {
    const { nodes, changes, contents, opaque } = tree.changes(layer);
    const row = nodes.indexOf(node);
    const change = CHANGES[changes[row] ?? CHANGES.length];
    if (row < 0 || change === undefined || node === ROOT) continue;
    const content = contents[row] ?? NOTHING;
    const size = content > NOTHING ? tree.entries.size(content) : 0;
    found.push({ layer, change, size, opaque: opaque.has(node) });
  }
  return found;
}

/** Most are text, some with a NUL at their end. */
function asText(value: Uint8Array): string {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(value).replace(/\0$/, '');
    if (!Array.from(text).some(isControl)) return text;
  } catch {
    // No text: shown as bytes below.
  }
  return `0x${toHex(value)}`;
}

function isControl(character: string): boolean {
  return character < ' ' || character === '\u007f';
}

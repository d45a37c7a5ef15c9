/**
 * Follows symbolic links inside an image as a kernel would whose root is the image: an absolute target begins at the
 * root, `..` ends there, and too many links are a loop. Nothing leads out of the tree.
 */
import { type LayerEntries, NOTHING } from './layer-entries.ts';
import { NO_PATH, type PathTable, ROOT } from './path-table.ts';

/** As Linux (MAXSYMLINKS). */
const MOST_LINKS = 40;
/** As Linux (PATH_MAX): no system can have a link with a longer target. */
const LONGEST_TARGET = 4096;

/** A tree at a moment. */
export interface LinkedTree {
  readonly table: PathTable;
  readonly entries: LayerEntries;
  /** Whose bytes a path has: a symbolic link's own entry, or that of the one it is a hard link to. */
  content(node: number): number;
}

export interface FollowOptions {
  /** Whether the path itself is followed too where it is a link, or only what leads to it. */
  readonly last: boolean;
  /** Adds to the table what is not in it. */
  readonly adding: boolean;
}

export interface Followed {
  /** `NO_PATH` where it loops, or is not in the table. Being in the table does not say that something is there. */
  readonly node: number;
  readonly links: number;
  /** Names that were walked: few links with long targets are as much work as many. */
  readonly steps: number;
}

export function followPath(tree: LinkedTree, path: string, { last, adding }: FollowOptions): Followed {
  const { table } = tree;
  // What is still to be walked, next part last.
  const parts = partsOf(path);
  let node: number = ROOT;
  let links = 0;
  let steps = 0;
  for (let part = parts.pop(); part !== undefined; part = parts.pop()) {
    steps += 1;
    if (part === '..') {
      node = Math.max(table.parent(node), ROOT);
      continue;
    }
    const child = adding ? table.addChild(node, part) : table.findChild(node, part);
    if (child === NO_PATH) return { node: NO_PATH, links, steps };
    const target = parts.length > 0 || last ? linkAt(tree, child) : undefined;
    if (target === undefined) {
      node = child;
      continue;
    }
    if (++links > MOST_LINKS || target.length > LONGEST_TARGET) return { node: NO_PATH, links, steps };
    if (target.startsWith('/')) node = ROOT;
    for (const more of partsOf(target)) parts.push(more);
  }
  return { node, links, steps };
}

/** The target of the symbolic link at `node`, if that is one. */
function linkAt(tree: LinkedTree, node: number): string | undefined {
  const entry = tree.content(node);
  return entry > NOTHING && tree.entries.type(entry) === 'symlink' ? tree.entries.linkTarget(entry) : undefined;
}

/** In reverse. */
function partsOf(path: string): string[] {
  return path
    .split('/')
    .filter((part) => part !== '' && part !== '.')
    .reverse();
}

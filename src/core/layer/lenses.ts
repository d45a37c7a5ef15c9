/** Files that deserve a look: those with more rights than most, the largest, and those that look like secrets. */
import type { TreeView } from './tree-view.ts';

export type Lens = 'set-uid' | 'world-writable' | 'large' | 'secrets';

/** Set-user-id and set-group-id. */
const SET_ID = 0o6000;
const STICKY = 0o1000;
const OTHERS_WRITE = 0o002;
const LARGEST_SHOWN = 1000;

export function inLens(view: TreeView, node: number, lens: Lens): boolean {
  const inode = view.inode(node);
  const type = view.entries.type(inode);
  const mode = view.entries.mode(inode);
  switch (lens) {
    case 'set-uid':
      // On directories set-group-id only hands on the group.
      return type === 'file' && (mode & SET_ID) !== 0;
    case 'world-writable':
      if ((mode & OTHERS_WRITE) === 0 || type === 'symlink') return false;
      // In a sticky directory, as /tmp is, nobody can replace what others own.
      return type !== 'directory' || (mode & STICKY) === 0;
    case 'large':
      return type === 'file' && view.size(node) > 0;
    case 'secrets':
      return false;
  }
}

/** The largest first; a file with several names under the first of them only. */
export function largestFiles(view: TreeView, files: readonly number[]): Int32Array {
  const seen = new Set<number>();
  const once = files.filter((node) => {
    const content = view.content(node);
    return !seen.has(content) && seen.add(content) !== undefined;
  });
  once.sort((a, b) => view.size(b) - view.size(a) || a - b);
  return Int32Array.from(once.slice(0, LARGEST_SHOWN));
}

/** Files that deserve a look: those with more rights than most, the largest, and those that look like secrets. */
import type { PathType } from './entry.ts';
import { looksSecret } from './secrets.ts';
import type { TreeView } from './tree-view.ts';

export type Lens = 'set-uid' | 'world-writable' | 'large' | 'secrets';

/** Set-user-id and set-group-id. */
const SET_ID = 0o6000;
const STICKY = 0o1000;
const OTHERS_WRITE = 0o002;
const LARGEST_SHOWN = 1000;

/** @returns what says of a path of the view whether the lens shows it */
export function lensOf(view: TreeView, lens: Lens): (node: number) => boolean {
  const { entries } = view;
  const pathOf = view.table.reader();
  const isFile = (node: number): boolean => entries.type(view.inode(node)) === 'file';
  switch (lens) {
    case 'set-uid':
      // On directories set-group-id only hands on the group.
      return (node) => (entries.mode(view.inode(node)) & SET_ID) !== 0 && isFile(node);
    case 'world-writable':
      return (node) => isWorldWritable(entries.type(view.inode(node)), entries.mode(view.inode(node)));
    case 'large':
      return (node) => view.size(node) > 0 && isFile(node);
    case 'secrets':
      return (node) => isFile(node) && looksSecret(pathOf(node)) !== undefined;
  }
}

function isWorldWritable(type: PathType, mode: number): boolean {
  if ((mode & OTHERS_WRITE) === 0 || type === 'symlink') return false;
  // In a sticky directory, as /tmp is, nobody can replace what others own.
  return type !== 'directory' || (mode & STICKY) === 0;
}

/** In their order, with those that are likely test data or examples behind the others. */
export function likelySecretsFirst(view: TreeView, files: Int32Array): Int32Array {
  const pathOf = view.table.reader();
  const isHarmless = (node: number): boolean => looksSecret(pathOf(node))?.isLikelyHarmless === true;
  return Int32Array.from([...files.filter((node) => !isHarmless(node)), ...files.filter(isHarmless)]);
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

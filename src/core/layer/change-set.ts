/**
 * What a layer did to the layers below it, path by path. Change sets one on another are the image: what a path is after a
 * layer is what the last change set up to there says of it.
 */
import { type LayerEntries, NOTHING } from './layer-entries.ts';

/**
 * `unchanged`: written again as it was. Layers have no hashes of files: one of the same size and time counts as the same
 * content, as rsync has it. A directory's time alone is no change, because it follows what is in it.
 */
export type Change = 'added' | 'changed' | 'metadata' | 'removed' | 'unchanged';

/** What `ChangeSet.changes` counts. */
export const CHANGES: readonly Change[] = ['added', 'changed', 'metadata', 'removed', 'unchanged'];

/** Columns of one length: a row for each path that the layer wrote or removed, in no order. */
export interface ChangeSet {
  readonly nodes: Int32Array<ArrayBuffer>;
  /** What the path is afterwards; `NOTHING` where it was removed. */
  readonly entries: Int32Array<ArrayBuffer>;
  /** Whose bytes it has afterwards: see `TreeState`. */
  readonly contents: Int32Array<ArrayBuffer>;
  /** Positions in `CHANGES`. */
  readonly changes: Uint8Array<ArrayBuffer>;
  /** Directories of which the layer hides all that the layers below have in them. */
  readonly opaque: ReadonlySet<number>;
}

/** A path at a moment: its entry, and the entry whose bytes it has. */
export interface PathState {
  readonly entry: number;
  readonly content: number;
}

/** @returns undefined where nothing was and nothing is */
export function classify(entries: LayerEntries, before: PathState, after: PathState): Change | undefined {
  if (after.entry === NOTHING) return before.entry === NOTHING ? undefined : 'removed';
  if (before.entry === NOTHING) return 'added';
  if (isOther(entries, before, after)) return 'changed';
  return sameMetadata(entries, inodeOf(before), inodeOf(after)) ? 'unchanged' : 'metadata';
}

function isOther(entries: LayerEntries, before: PathState, after: PathState): boolean {
  const type = entries.type(inodeOf(before));
  if (type !== entries.type(inodeOf(after))) return true;
  // The same inode under its other name, or a directory, has nothing else to differ in.
  if (type === 'directory' || (before.content === after.content && before.content !== NOTHING)) return false;
  const [was, is] = [inodeOf(before), inodeOf(after)];
  switch (type) {
    case 'file':
      return entries.size(was) !== entries.size(is) || entries.modifiedAtMs(was) !== entries.modifiedAtMs(is);
    case 'symlink':
    case 'hardlink':
      return entries.linkTarget(was) !== entries.linkTarget(is);
    default: {
      const [wasDevice, isDevice] = [entries.extras(was)?.device, entries.extras(is)?.device];
      return wasDevice?.major !== isDevice?.major || wasDevice?.minor !== isDevice?.minor;
    }
  }
}

/** A hard link is what it links to; one that leads nowhere stays a hard link. */
export function inodeOf({ entry, content }: PathState): number {
  return content === NOTHING ? entry : content;
}

export function sameMetadata(entries: LayerEntries, before: number, after: number): boolean {
  return (
    entries.mode(before) === entries.mode(after) &&
    entries.uid(before) === entries.uid(after) &&
    entries.gid(before) === entries.gid(after) &&
    sameXattrs(entries.extras(before)?.xattrs, entries.extras(after)?.xattrs)
  );
}

type Xattrs = Readonly<Record<string, Uint8Array>>;

function sameXattrs(before: Xattrs = {}, after: Xattrs = {}): boolean {
  const names = Object.keys(before);
  return names.length === Object.keys(after).length && names.every((name) => sameBytes(before[name], after[name]));
}

function sameBytes(before: Uint8Array | undefined, after: Uint8Array | undefined): boolean {
  if (before === undefined || after === undefined) return before === after;
  return before.length === after.length && before.every((byte, at) => byte === after[at]);
}

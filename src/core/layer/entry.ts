/**
 * One entry of a layer's tar, as every reader of layers speaks of it.
 * https://github.com/opencontainers/image-spec/blob/main/layer.md
 */

export type EntryType =
  | 'file'
  | 'directory'
  | 'symlink'
  | 'hardlink'
  | 'character-device'
  | 'block-device'
  | 'fifo'
  /** `.wh.<name>`: hides `path` of the layers below. */
  | 'whiteout'
  /** `.wh..wh..opq`: hides what the layers below have in the directory `path`. */
  | 'opaque';

/** What is in a file system, once whiteouts have done their work. */
export type PathType = Exclude<EntryType, 'whiteout' | 'opaque'>;

/** What every path has, whoever speaks of it. */
export interface PathMetadata {
  /** Permission bits with set-uid, set-gid and sticky: at most 0o7777. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Content (bytes); 0 for everything but files. */
  readonly size: number;
  readonly modifiedAtMs: number;
  /** As written in the tar for symbolic links; a clean path for hard links. Empty for others. */
  readonly linkTarget: string;
}

export interface LayerEntry extends PathMetadata {
  /** Clean: no leading slash, no `.` or `..`, no slash at the end; the root is empty. For whiteouts what they hide. */
  readonly path: string;
  readonly type: EntryType;
  /** Where the content begins in the uncompressed layer (bytes). */
  readonly offsetBytes: number;
  /** Extended attributes by name, security.capability among them. */
  readonly xattrs?: Readonly<Record<string, Uint8Array>>;
  /** Of device files. */
  readonly device?: { readonly major: number; readonly minor: number };
  /** Of sparse files: what of the file is in the tar, one piece after another from `offsetBytes`; the rest is zeros. */
  readonly sparse?: readonly SparsePiece[];
}

/** Bytes of a sparse file that are in the tar. */
export interface SparsePiece {
  /** Within the file. */
  readonly at: number;
  readonly bytes: number;
}

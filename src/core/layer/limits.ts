/**
 * Where reading a layer stops, so that a hostile one costs a bounded time and memory. Far above what real layers need: the
 * largest known to us have some 20 GiB and 700,000 entries. gzip can make 1032 bytes of one at most, which is what a large
 * file of zeros gives; layers of programs stay below 1:20, and of text below 1:100.
 */
export interface LayerLimits {
  /** Of the tar (bytes). */
  readonly uncompressedBytes: number;
  /** Uncompressed to compressed, looked at once `ratioFreeBytes` are out: files of zeros are no bombs yet. */
  readonly ratio: number;
  readonly ratioFreeBytes: number;
  readonly entries: number;
  /** Of one path or link target (characters). Linux takes 4096 bytes, Windows 32,767 characters. */
  readonly nameLength: number;
  /** Of directories in one path; 4096 bytes hold no more. */
  readonly depth: number;
  /**
   * Of directories that paths imply, counted as what each path has that the one before has not: a tree has a node for each,
   * and a layer of a few megabytes could name billions. Layers with entries for their directories need one a path.
   */
  readonly names: number;
  /** Of all paths and link targets together (characters): one string has to hold them. */
  readonly allNamesLength: number;
  /** Of one PAX header, GNU long name or sparse map (bytes); larger ones are skipped unread. */
  readonly extensionBytes: number;
  /** Of the extended attributes kept of one layer (bytes). */
  readonly xattrBytes: number;
  readonly problems: number;
}

const KIB = 1024;
const MIB = 1024 * KIB;
const GIB = 1024 * MIB;

export const LAYER_LIMITS: LayerLimits = {
  uncompressedBytes: 64 * GIB,
  ratio: 500,
  ratioFreeBytes: GIB,
  entries: 5_000_000,
  nameLength: 32 * KIB,
  depth: 2048,
  names: 10_000_000,
  allNamesLength: 256 * MIB,
  extensionBytes: MIB,
  xattrBytes: 32 * MIB,
  problems: 1000,
};

/**
 * Where reading a layer stops, so that a hostile one costs a bounded time and memory. Far above what real layers need: the
 * largest known to us have 20 GiB and some 700,000 entries, and text of zeros or one repeated line compresses up to 1:1032
 * in gzip (deflate can do no more), where real layers stay below 1:100 as a whole.
 */
export interface LayerLimits {
  /** Of the tar (bytes). */
  readonly uncompressedBytes: number;
  /** Uncompressed to compressed, checked once `ratioFreeBytes` are out: small files of zeros are no bombs. */
  readonly ratio: number;
  readonly ratioFreeBytes: number;
  readonly entries: number;
  /** Of one path or link target (bytes as in the tar). Linux takes 4096. */
  readonly nameBytes: number;
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
  ratioFreeBytes: 256 * MIB,
  entries: 5_000_000,
  nameBytes: 64 * KIB,
  allNamesLength: 256 * MIB,
  extensionBytes: MIB,
  xattrBytes: 32 * MIB,
  problems: 1000,
};

/**
 * Where the contents of a layer's files are in the layer as it is sent: compressed pieces, each of which can be fetched,
 * decompressed and checked without the others. In columns, because layers have hundreds of thousands of them.
 */
import type { Digest } from '../../digest.ts';
import { parseDigest } from '../../digest.ts';
import { toHex } from '../../hex.ts';

/** Pieces of one file follow each other; that of the next begins where `at` is 0 again. */
export interface ChunkTable {
  readonly count: number;
  /** Where a piece's compressed bytes begin and end in the layer. */
  readonly froms: Float64Array<ArrayBuffer>;
  readonly tos: Float64Array<ArrayBuffer>;
  /** What comes before the piece when its bytes are decompressed. */
  readonly inners: Float64Array<ArrayBuffer>;
  /** Where it is in its file. */
  readonly ats: Float64Array<ArrayBuffer>;
  readonly sizes: Float64Array<ArrayBuffer>;
  /** sha256, 32 bytes each. */
  readonly hashes: Uint8Array<ArrayBuffer>;
}

export interface Chunk {
  readonly from: number;
  readonly to: number;
  readonly inner: number;
  readonly at: number;
  readonly size: number;
  readonly digest: Digest;
}

const HASH_BYTES = 32;

export function chunkAt({ count, froms, tos, inners, ats, sizes, hashes }: ChunkTable, row: number): Chunk | undefined {
  if (!(row >= 0 && row < count)) return undefined;
  return {
    from: froms[row] ?? 0,
    to: tos[row] ?? 0,
    inner: inners[row] ?? 0,
    at: ats[row] ?? 0,
    size: sizes[row] ?? 0,
    digest: parseDigest(`sha256:${toHex(hashes.subarray(row * HASH_BYTES, (row + 1) * HASH_BYTES))}`),
  };
}

export function chunkTable(chunks: readonly Chunk[]): ChunkTable {
  const column = (of: (chunk: Chunk) => number) => Float64Array.from(chunks, of);
  const hashes = new Uint8Array(chunks.length * HASH_BYTES);
  for (const [row, { digest }] of chunks.entries()) {
    for (let i = 0; i < HASH_BYTES; i += 1) {
      hashes[row * HASH_BYTES + i] = Number.parseInt(digest.slice(7 + i * 2, 9 + i * 2), 16);
    }
  }
  return {
    count: chunks.length,
    froms: column(({ from }) => from),
    tos: column(({ to }) => to),
    inners: column(({ inner }) => inner),
    ats: column(({ at }) => at),
    sizes: column(({ size }) => size),
    hashes,
  };
}

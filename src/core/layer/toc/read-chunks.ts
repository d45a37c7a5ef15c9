/** Contents of files of a layer that has a table of contents, by ranges; each piece is checked before it is given on. */
import { PulltabError } from '../../errors.ts';
import { digestOf } from '../../hash/digest-of.ts';
import type { ByteSource } from '../byte-source.ts';
import { decompressInto, joined } from '../decompress.ts';
import type { FileInLayer, TakeBytes } from '../file-bytes.ts';
import { type Chunk, type ChunkTable, chunkAt } from './chunk-table.ts';

export interface ReadChunksOptions {
  readonly signal: AbortSignal;
  /** Compressed bytes, of those that all of it takes. */
  readonly onProgress: (doneBytes: number, totalBytes: number) => void;
}

/** Pieces that lie close are asked for together: a request costs more than this much of what nobody wants. */
const GAP_BYTES = 64 * 1024;
const RANGE_BYTES = 8 * 1024 * 1024;

interface Wanted<File> {
  readonly file: File;
  readonly chunk: Chunk;
}

interface Range<File> {
  readonly from: number;
  to: number;
  readonly wanted: Wanted<File>[];
}

/**
 * @param files `offsetBytes` of each is the row of its first piece, as in an index that was made from the table
 * @param take given files one after another, and not called for empty files
 * @throws PulltabError `digest-mismatch` for a piece that is not what the table says; `layer-broken`; what the source throws
 */
export async function readChunks<File extends FileInLayer>(
  source: ByteSource,
  table: ChunkTable,
  wanted: { readonly files: readonly File[]; readonly take: TakeBytes<File> },
  { signal, onProgress }: ReadChunksOptions,
): Promise<void> {
  const ranges = rangesOf(table, wanted.files);
  const totalBytes = ranges.reduce((sum, { from, to }) => sum + to - from, 0);
  let doneBytes = 0;
  for (const { from, to, wanted: chunks } of ranges) {
    signal.throwIfAborted();
    const bytes = await source.read(from, to);
    for (const { file, chunk } of chunks) {
      const piece = await readChunk(bytes.subarray(chunk.from - from, chunk.to - from), { chunk, file, signal });
      // Of a file whose beginning is wanted the last piece may hold more.
      await wanted.take(file, piece.subarray(0, file.size - chunk.at));
    }
    doneBytes += to - from;
    onProgress(doneBytes, totalBytes);
  }
}

function rangesOf<File extends FileInLayer>(table: ChunkTable, files: readonly File[]): Range<File>[] {
  const ranges: Range<File>[] = [];
  for (const file of files.filter(({ size }) => size > 0).sort((a, b) => a.offsetBytes - b.offsetBytes)) {
    for (const chunk of chunksOf(table, file)) {
      const last = ranges.at(-1);
      const isNear = last !== undefined && chunk.from >= last.from && chunk.from <= last.to + GAP_BYTES;
      if (isNear && chunk.to - last.from <= RANGE_BYTES) {
        last.to = Math.max(last.to, chunk.to);
        last.wanted.push({ file, chunk });
      } else ranges.push({ from: chunk.from, to: chunk.to, wanted: [{ file, chunk }] });
    }
  }
  return ranges;
}

function* chunksOf(table: ChunkTable, { offsetBytes, size }: FileInLayer): Generator<Chunk> {
  for (let row = offsetBytes, at = 0; at < size; row += 1) {
    const chunk = chunkAt(table, row);
    if (chunk === undefined || chunk.at !== at) throw new RangeError(`No piece at ${at} in row ${row}`);
    yield chunk;
    at += chunk.size;
  }
}

async function readChunk(
  compressed: Uint8Array<ArrayBuffer>,
  { chunk, file, signal }: { chunk: Chunk; file: FileInLayer; signal: AbortSignal },
): Promise<Uint8Array<ArrayBuffer>> {
  const { inner, size, digest } = chunk;
  const needed = inner + size;
  let bytes = new Uint8Array(0);
  const sink = (more: Uint8Array<ArrayBuffer>): boolean => {
    bytes = bytes.length === 0 ? more : joined(bytes, more);
    return bytes.length < needed;
  };
  await decompressInto(new Blob([compressed]).stream(), sink, { signal });
  const piece = bytes.slice(inner, needed);
  const arrived = await digestOf(piece);
  if (arrived === digest) return piece;
  throw new PulltabError('digest-mismatch', {
    attempted: `read /${file.path}`,
    seen: `expected ${digest} for a piece of it, but the ${piece.length} bytes that arrived are ${arrived}`,
  });
}

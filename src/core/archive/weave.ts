/** What a woven entry stands for, made from the unpacked layer in one pass over it. */
import { PulltabError } from '../errors.ts';
import type { WovenEntry } from './plan.ts';

const ZEROS = new Uint8Array(64 * 1024);

/**
 * The layer is read to its end, where it is checked, even where nothing more of it is wanted.
 * @throws PulltabError `file-broken` where the layer ends before a part does, and whatever `tar` throws
 */
export async function* weave(entry: WovenEntry, tar: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const rows = entry.lengths.length;
  let row = 0;
  let left = entry.lengths[0] ?? 0;
  /** Of the piece at hand, in the layer. */
  let fromBytes = 0;
  yield* leadOf(entry, 0);
  for await (const piece of tar) {
    while (row < rows) {
      const wanted = (entry.offsets[row] ?? 0) + (entry.lengths[row] ?? 0) - left;
      const part = piece.subarray(Math.max(0, wanted - fromBytes), Math.max(0, wanted - fromBytes + left));
      if (part.byteLength > 0) yield part;
      left -= part.byteLength;
      if (left > 0) break;
      row += 1;
      left = entry.lengths[row] ?? 0;
      yield* leadOf(entry, row);
    }
    fromBytes += piece.byteLength;
  }
  // Rows without a part need no more of the layer.
  for (; row < rows && left === 0; row += 1) {
    left = entry.lengths[row + 1] ?? 0;
    yield* leadOf(entry, row + 1);
  }
  if (left > 0) {
    const seen = `its layer ends after ${fromBytes} bytes, before the file does`;
    throw new PulltabError('file-broken', { attempted: `read the files of ${entry.digest}`, seen });
  }
}

function* leadOf({ leads, leadEnds, zeros }: WovenEntry, row: number): Generator<Uint8Array> {
  const lead = leads.subarray(leadEnds[row - 1] ?? 0, leadEnds[row] ?? 0);
  if (lead.byteLength > 0) yield lead;
  for (let left = zeros[row] ?? 0; left > 0; left -= ZEROS.byteLength) yield ZEROS.subarray(0, left);
}

const GATHERED_BYTES = 256 * 1024;

/** The same bytes in pieces of a fair size: each piece costs its reader the same, however small. */
export async function* gathered(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let buffer = new Uint8Array(GATHERED_BYTES);
  let filled = 0;
  for await (let rest of pieces) {
    while (rest.byteLength > 0) {
      const part = rest.subarray(0, GATHERED_BYTES - filled);
      buffer.set(part, filled);
      filled += part.byteLength;
      rest = rest.subarray(part.byteLength);
      if (filled < GATHERED_BYTES) continue;
      yield buffer;
      buffer = new Uint8Array(GATHERED_BYTES);
      filled = 0;
    }
  }
  if (filled > 0) yield buffer.subarray(0, filled);
}

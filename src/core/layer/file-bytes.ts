/** Contents of files out of an uncompressed layer, in one pass over it. */
import { PulltabError } from '../errors.ts';
import type { SparsePiece } from './entry.ts';

/** A file's place in its layer; a `LayerEntry` is one. */
export interface FileInLayer {
  readonly path: string;
  readonly offsetBytes: number;
  /** Content (bytes). */
  readonly size: number;
  readonly sparse?: readonly SparsePiece[];
}

/** Gets a file's content piece by piece; the piece may be a part of something larger, and is not changed afterwards. */
export type TakeBytes<File> = (file: File, piece: Uint8Array) => void | Promise<void>;

/** Zeros of sparse files are given in pieces of this size. */
const ZEROS = new Uint8Array(64 * 1024);

export interface FilePicker {
  /** Takes the layer's tar piece by piece, and gives the files' contents on. @returns false when it has them all */
  push(piece: Uint8Array): Promise<boolean>;
  /** @throws PulltabError `file-broken` where the layer has ended before a file did */
  end(): void;
}

/**
 * @param files in any order
 * @param take not called for empty files
 */
export function createFilePicker<File extends FileInLayer>(files: readonly File[], take: TakeBytes<File>): FilePicker {
  const waiting = files.filter(({ size }) => size > 0).sort((a, b) => a.offsetBytes - b.offsetBytes);
  let next = 0;
  let fromBytes = 0;
  let cursor = waiting[0] && createCursor(waiting[0], take);
  return {
    async push(piece) {
      const toBytes = fromBytes + piece.byteLength;
      // Several small files may be in one piece.
      while (cursor !== undefined && cursor.fromBytes < toBytes) {
        await cursor.give(piece.subarray(Math.max(0, cursor.fromBytes - fromBytes), cursor.toBytes - fromBytes));
        if (cursor.toBytes > toBytes) break;
        await cursor.end();
        const file = waiting[++next];
        cursor = file && createCursor(file, take);
      }
      fromBytes = toBytes;
      return cursor !== undefined;
    },
    end() {
      if (cursor === undefined) return;
      const attempted = `read /${waiting[next]?.path}`;
      const seen = `its layer ends after ${fromBytes} bytes, before the file does`;
      throw new PulltabError('file-broken', { attempted, seen });
    },
  };
}

interface Cursor {
  /** What the layer holds of the file. */
  readonly fromBytes: number;
  readonly toBytes: number;
  give(part: Uint8Array): Promise<void>;
  end(): Promise<void>;
}

function createCursor<File extends FileInLayer>(file: File, take: TakeBytes<File>): Cursor {
  const { offsetBytes: fromBytes, size, sparse } = file;
  if (sparse === undefined) {
    return {
      fromBytes,
      toBytes: fromBytes + size,
      give: async (part) => take(file, part),
      end: async () => undefined,
    };
  }
  const heldBytes = sparse.reduce((sum, { bytes }) => sum + bytes, 0);
  const filler = createFiller(sparse, size, async (part) => take(file, part));
  return { fromBytes, toBytes: fromBytes + heldBytes, ...filler };
}

/** Puts the zeros between the pieces of a sparse file. */
function createFiller(
  sparse: readonly SparsePiece[],
  size: number,
  take: (part: Uint8Array) => Promise<void>,
): Pick<Cursor, 'give' | 'end'> {
  const pieces = sparse.filter(({ bytes }) => bytes > 0);
  /** Position within the file. */
  let at = 0;
  let current = 0;

  async function zerosUntil(to: number): Promise<void> {
    while (at < to) {
      const zeros = ZEROS.subarray(0, to - at);
      await take(zeros);
      at += zeros.byteLength;
    }
  }

  return {
    async give(part) {
      let rest = part;
      for (let piece = pieces[current]; piece !== undefined && rest.byteLength > 0; piece = pieces[current]) {
        await zerosUntil(Math.min(piece.at, size));
        const held = rest.subarray(0, piece.at + piece.bytes - at);
        await take(held);
        at += held.byteLength;
        rest = rest.subarray(held.byteLength);
        if (at >= piece.at + piece.bytes) current += 1;
      }
    },
    end: () => zerosUntil(size),
  };
}

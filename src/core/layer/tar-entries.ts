/**
 * The tar of a layer, piece by piece as it arrives, to its entries; what is in the files passes unread.
 *
 * modern-tar, which writes Pulltab's tars, does not do for reading layers: it buffers a name or PAX header of any size,
 * ends at the first odd number, gives a stream for every file (300,000 of them), decodes names so that two that are no
 * UTF-8 become one, and knows neither where contents begin nor sparse files. So this is Pulltab's own, after what GNU tar
 * and Go's archive/tar (which docker, containerd, podman and umoci use) do.
 * https://www.gnu.org/software/tar/manual/html_node/Standard.html
 */
import type { LayerEntry } from './entry.ts';
import type { LayerProblem } from './layer-index.ts';
import type { LayerLimits } from './limits.ts';
import { EntryMaker, entryName } from './tar-entry-maker.ts';
import { ExtensionReader, type Extensions, isExtension, paxNumber } from './tar-extensions.ts';
import { BLOCK_BYTES, blockKind, readHeader, type TarHeader } from './tar-header.ts';
import { readableName } from './tar-path.ts';
import { SparseFile } from './tar-sparse.ts';

export interface TarSink {
  entry(entry: LayerEntry): void;
  problem(problem: LayerProblem): void;
}

/** Links, devices, directories and fifos: whatever their size field says, nothing follows them. */
const WITHOUT_DATA = '123456';

/** An entry whose sparse map takes more blocks. */
interface PendingSparse {
  readonly header: TarHeader;
  readonly extensions: Extensions;
  readonly storedBytes: number;
  readonly file: SparseFile;
}

export class TarReader {
  readonly #sink: TarSink;
  readonly #maker: EntryMaker;
  readonly #extensions: ExtensionReader;
  readonly #block = new Uint8Array(BLOCK_BYTES);
  #filled = 0;
  #position = 0;
  #skip = 0;
  #sparse: PendingSparse | undefined;
  #state: 'reading' | 'one-zero-block' | 'ended' | 'broken' = 'reading';
  #saidTrailing = false;

  constructor(sink: TarSink, limits: LayerLimits) {
    this.#sink = sink;
    const problem = this.#problem.bind(this);
    this.#maker = new EntryMaker(problem, limits);
    this.#extensions = new ExtensionReader(limits.extensionBytes, problem);
  }

  /** Whether the tar could not be followed to its end, so that there may be more entries than were found. */
  get isBroken(): boolean {
    return this.#state === 'broken';
  }

  /** Does not keep `bytes`. */
  push(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; ) {
      if (this.#state === 'broken') return;
      if (this.#state === 'ended') {
        this.#afterEnd(bytes, at);
        return;
      }
      const taken = this.#take(bytes, at);
      at += taken;
      this.#position += taken;
    }
  }

  /** To be called after the last byte. */
  end(): void {
    if (this.#state === 'ended' || this.#state === 'broken') return;
    // Half of the mark of the end is an end to GNU tar and Go, too.
    if (this.#state === 'one-zero-block') return;
    const inside = this.#skip > 0 || this.#filled > 0 || this.#extensions.isPending || this.#sparse !== undefined;
    if (inside) this.#break('The tar is cut off: it ends within an entry');
  }

  /** @returns how many bytes it took, at least one */
  #take(bytes: Uint8Array, at: number): number {
    const there = bytes.length - at;
    if (this.#extensions.isGathering) {
      const taken = this.#extensions.gather(bytes, at);
      if (!this.#extensions.isGathering) this.#skip = padding(this.#position + taken);
      return taken;
    }
    if (this.#skip > 0) {
      const taken = Math.min(this.#skip, there);
      this.#skip -= taken;
      return taken;
    }
    if (this.#filled === 0 && there >= BLOCK_BYTES) {
      this.#onBlock(bytes, at, this.#position + BLOCK_BYTES);
      return BLOCK_BYTES;
    }
    const taken = Math.min(BLOCK_BYTES - this.#filled, there);
    this.#block.set(bytes.subarray(at, at + taken), this.#filled);
    this.#filled += taken;
    if (this.#filled === BLOCK_BYTES) {
      this.#filled = 0;
      this.#onBlock(this.#block, 0, this.#position + taken);
    }
    return taken;
  }

  /** @param end where the block ends in the tar */
  #onBlock(bytes: Uint8Array, at: number, end: number): void {
    if (this.#sparse !== undefined) {
      this.#onSparseBlock(this.#sparse, bytes, at, end);
      return;
    }
    const kind = blockKind(bytes, at);
    if (kind === 'zero') {
      this.#state = this.#state === 'one-zero-block' ? 'ended' : 'one-zero-block';
    } else if (this.#state === 'one-zero-block') {
      this.#break('Only half of the mark of its end is there, and something that no tool reads follows');
    } else if (kind === 'wrong-checksum') {
      const where = end - BLOCK_BYTES;
      this.#break(where === 0 ? 'This is no tar' : `At byte ${where} of the tar there is no header of an entry`);
    } else {
      this.#onHeader(bytes, at, end);
    }
  }

  #onHeader(bytes: Uint8Array, at: number, end: number): void {
    const header = readHeader(bytes, at);
    const { flag } = header;
    if (isExtension(flag)) {
      if (!(header.size >= 0)) {
        this.#break('A header that extends another has no readable size');
        return;
      }
      if (!this.#extensions.begin(header, flag)) this.#skip = padded(header.size);
      return;
    }
    const extensions = this.#extensions.take();
    const storedBytes = WITHOUT_DATA.includes(flag) ? 0 : (paxNumber(extensions, 'size') ?? header.size);
    if (!(storedBytes >= 0)) {
      this.#problem('broken', entryName(header, extensions), 'has no readable size');
      this.#break('What follows an entry without a readable size cannot be found');
      return;
    }
    if (extensions.unread !== undefined) {
      this.#problem(extensions.unread.kind, header.name, extensions.unread.detail);
      this.#skip = padded(storedBytes);
      return;
    }
    const file = SparseFile.of(header, extensions, bytes, at);
    if (file === undefined) {
      this.#onEntry(header, extensions, { offsetBytes: end, storedBytes });
      return;
    }
    const pending = { header, extensions, storedBytes, file };
    if (file.needsBlock) this.#sparse = pending;
    else this.#onSparseFile(pending, end);
  }

  #onEntry(header: TarHeader, extensions: Extensions, data: { offsetBytes: number; storedBytes: number }): void {
    const { offsetBytes, storedBytes } = data;
    const entry = this.#maker.make(header, extensions, { size: storedBytes, offsetBytes, sparse: undefined });
    if (entry !== undefined) this.#sink.entry(entry);
    this.#skip = padded(storedBytes);
  }

  #onSparseBlock(pending: PendingSparse, bytes: Uint8Array, at: number, end: number): void {
    pending.file.push(bytes, at);
    if (pending.file.needsBlock) return;
    this.#sparse = undefined;
    this.#onSparseFile(pending, end);
  }

  #onSparseFile({ header, extensions, storedBytes, file }: PendingSparse, offsetBytes: number): void {
    const dataBytes = storedBytes - file.mapBytes;
    if (dataBytes < 0) {
      this.#break('The map of a sparse file is larger than the file');
      return;
    }
    const pieces = file.pieces(dataBytes);
    if (pieces === undefined) {
      this.#problem('broken', entryName(header, extensions), 'is a sparse file whose map is broken, and is left out');
    } else {
      const entry = this.#maker.make(header, extensions, { size: file.realSize, offsetBytes, sparse: pieces });
      if (entry !== undefined) this.#sink.entry(entry);
    }
    this.#skip = padded(dataBytes);
  }

  #afterEnd(bytes: Uint8Array, from: number): void {
    if (this.#saidTrailing || bytes.subarray(from).every((byte) => byte === 0)) return;
    this.#saidTrailing = true;
    this.#problem('broken', '', 'Something follows the end of the tar, which no tool reads');
  }

  #break(detail: string): void {
    this.#state = 'broken';
    this.#problem('broken', '', detail);
  }

  #problem(kind: LayerProblem['kind'], path: string, detail: string): void {
    this.#sink.problem({ kind, path: readableName(path), detail });
  }
}

function padded(bytes: number): number {
  return bytes + padding(bytes);
}

/** Every entry begins at a whole block. */
function padding(bytes: number): number {
  const over = bytes % BLOCK_BYTES;
  return over === 0 ? 0 : BLOCK_BYTES - over;
}

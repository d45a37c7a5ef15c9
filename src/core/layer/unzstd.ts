/**
 * zstd, frame by frame. RFC 8878. fzstd decodes the blocks; frames are walked here, because fzstd allocates whatever window
 * a header asks for, and recurses once for every frame, of which zstd:chunked makes one for every file.
 */
import { Decompress } from 'fzstd';
import { type ByteSink, broken, type Decompressor, joined } from './decompress.ts';

/** What the zstd command and Go's decoder take, too. */
const MAX_WINDOW_BYTES = 128 * 1024 * 1024;
const MAX_BLOCK_BYTES = 128 * 1024;
/** fzstd begins a frame once it has so many bytes: a shorter one it would never decode. */
const FZSTD_LEAST_BYTES = 18;
/** Some tenths of a second. */
const BREATH_BYTES = 16 * 1024 * 1024;
const NOTHING = new Uint8Array(0);

type Next = 'frame' | 'block' | 'checksum' | 'skip';

export function createUnzstd(sink: ByteSink): Decompressor {
  return new FrameReader(sink);
}

class FrameReader implements Decompressor {
  readonly #sink: ByteSink;
  /** What came and could not be used yet: less than one block. */
  #held: Uint8Array<ArrayBuffer> = NOTHING;
  #next: Next = 'frame';
  #skip = 0;
  #hasChecksum = false;
  #frame: Decompress | undefined;
  #frameBytes = 0;
  #out: Uint8Array[] = [];
  /** Since others could work. */
  #givenBytes = 0;

  constructor(sink: ByteSink) {
    this.#sink = sink;
  }

  async push(bytes: Uint8Array<ArrayBuffer>): Promise<boolean> {
    const there = this.#held.length > 0 ? joined(this.#held, bytes) : bytes;
    let at = 0;
    for (let taken = this.#take(there, at); taken > 0; taken = this.#take(there, at)) {
      at += taken;
      if (!(await this.#give())) return false;
    }
    this.#held = there.slice(at);
    return true;
  }

  /** Lets other work in now and then: a few bytes may be gigabytes. */
  async #give(): Promise<boolean> {
    for (const out of this.#out) {
      if (!(await this.#sink(new Uint8Array(out)))) return false;
      this.#givenBytes += out.length;
    }
    this.#out = [];
    if (this.#givenBytes < BREATH_BYTES) return true;
    this.#givenBytes = 0;
    await new Promise((resolve) => setTimeout(resolve));
    return true;
  }

  async end(): Promise<void> {
    if (this.#held.length > 0 || this.#next !== 'frame') throw broken('its zstd data is cut off');
  }

  close(): void {
    this.#frame = undefined;
  }

  /** One part of a frame. @returns how many bytes it took; 0 where it needs more of them */
  #take(bytes: Uint8Array, at: number): number {
    const there = bytes.length - at;
    switch (this.#next) {
      case 'frame':
        return this.#takeHeader(bytes, at);
      case 'block':
        return this.#takeBlock(bytes, at);
      case 'checksum':
        if (there < 4) return 0;
        this.#next = 'frame';
        return 4;
      case 'skip': {
        const taken = Math.min(this.#skip, there);
        this.#skip -= taken;
        if (this.#skip === 0) this.#next = 'frame';
        return taken;
      }
    }
  }

  #takeHeader(bytes: Uint8Array, at: number): number {
    const there = bytes.length - at;
    if (there < 8) return 0;
    const magic = littleEndian(bytes, at, 4);
    if (magic >= 0x184d2a50 && magic <= 0x184d2a5f) {
      this.#skip = littleEndian(bytes, at + 4, 4);
      this.#next = this.#skip > 0 ? 'skip' : 'frame';
      return 8;
    }
    if (magic !== 0xfd2fb528) throw broken('its zstd data is damaged: there is no frame where one has to begin');
    const header = readFrameHeader(bytes, at + 4);
    if (there < 4 + header.bytes) return 0;
    if (header.windowBytes > MAX_WINDOW_BYTES) {
      throw broken(`its zstd data wants a window of ${header.windowBytes} bytes, more than ${MAX_WINDOW_BYTES}`);
    }
    if (header.hasDictionary) throw broken('its zstd data wants a dictionary, which layers do not have');
    this.#hasChecksum = header.hasChecksum;
    this.#frame = new Decompress((out) => {
      if (out.length > 0) this.#out.push(out);
    });
    this.#frameBytes = 0;
    this.#decode(bytes.subarray(at, at + 4 + header.bytes));
    this.#next = 'block';
    return 4 + header.bytes;
  }

  #takeBlock(bytes: Uint8Array, at: number): number {
    const there = bytes.length - at;
    if (there < 3) return 0;
    const header = littleEndian(bytes, at, 3);
    const type = (header >> 1) & 3;
    const size = header >> 3;
    if (size > MAX_BLOCK_BYTES || type === 3) throw broken('its zstd data is damaged: a block is none');
    // Of a run only the byte that is repeated.
    const length = 3 + (type === 1 ? 1 : size);
    if (there < length) return 0;
    this.#decode(bytes.subarray(at, at + length));
    // What follows a frame's last block it takes for the beginning of another one, and keeps until there is more.
    if (header & 1 && this.#frameBytes < FZSTD_LEAST_BYTES) {
      this.#decode(new Uint8Array(FZSTD_LEAST_BYTES - this.#frameBytes));
    }
    if (header & 1) this.#next = this.#hasChecksum ? 'checksum' : 'frame';
    return length;
  }

  #decode(bytes: Uint8Array): void {
    this.#frameBytes += bytes.length;
    try {
      this.#frame?.push(bytes.slice());
    } catch (error) {
      throw broken('its zstd data is damaged', error);
    }
  }
}

interface FrameHeader {
  /** Without the magic number. */
  readonly bytes: number;
  readonly windowBytes: number;
  readonly hasChecksum: boolean;
  readonly hasDictionary: boolean;
}

/** Of a header that is cut off only `bytes` counts. */
function readFrameHeader(bytes: Uint8Array, at: number): FrameHeader {
  const flags = bytes[at] ?? 0;
  if (flags & 8) throw broken('its zstd data is damaged: a frame has an unknown flag');
  const isSingle = (flags & 32) !== 0;
  const dictionaryBytes = [0, 1, 2, 4][flags & 3] ?? 0;
  const sizeCode = flags >> 6;
  const sizeBytes = sizeCode === 0 ? Number(isSingle) : 2 ** sizeCode;
  const dictionaryAt = at + 1 + Number(!isSingle);
  const sizeAt = dictionaryAt + dictionaryBytes;
  const contentBytes = littleEndian(bytes, sizeAt, sizeBytes) + (sizeCode === 1 ? 256 : 0);
  const window = bytes[at + 1] ?? 0;
  const base = 2 ** (10 + (window >> 3));
  return {
    bytes: sizeAt + sizeBytes - at,
    windowBytes: isSingle ? contentBytes : base + (base / 8) * (window & 7),
    hasChecksum: (flags & 4) !== 0,
    hasDictionary: littleEndian(bytes, dictionaryAt, dictionaryBytes) !== 0,
  };
}

/** Not by bits: up to eight bytes. */
function littleEndian(bytes: Uint8Array, at: number, length: number): number {
  let value = 0;
  for (let i = length - 1; i >= 0; i -= 1) value = value * 256 + (bytes[at + i] ?? 0);
  return value;
}

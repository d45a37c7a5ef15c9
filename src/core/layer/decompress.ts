/**
 * A layer's bytes to its tar. What they are is seen at their beginning: media types are wrong too often, and may be absent.
 */
import { PulltabError } from '../errors.ts';
import { createGunzip } from './gunzip.ts';
import type { LayerCompression } from './layer-index.ts';
import { createUnzstd } from './unzstd.ts';

/** Takes bytes in their order; false when it wants no more. It may keep them, and may not change them. */
export type ByteSink = (bytes: Uint8Array<ArrayBuffer>) => boolean | Promise<boolean>;

/** One way to decompress. All of it throws `layer-broken` for bytes that are not what they should be. */
export interface Decompressor {
  /** @returns false when the sink wants no more */
  push(bytes: Uint8Array<ArrayBuffer>): Promise<boolean>;
  /** After the last byte. */
  end(): Promise<void>;
  /** Frees what it holds; to be called in any case. */
  close(): void;
}

export interface DecompressOptions {
  readonly signal: AbortSignal;
  /** Compressed bytes so far, before each piece of them is decompressed. */
  onBytes?(compressedBytes: number): void;
  /** At the beginning. */
  onCompression?(compression: Compression): void;
}

type Compression = Exclude<LayerCompression, 'table-of-contents'>;

/** Of compressed bytes, at a time: at most some 66 MB come of them at once by gzip, and an abort is seen in between. */
const SLICE_BYTES = 64 * 1024;
const MAGIC_BYTES = 6;

/**
 * @returns false where the sink wanted no more
 * @throws PulltabError `layer-broken` for bytes that cannot be decompressed; AbortError; whatever the stream or the sink
 *   throw. The stream is cancelled whenever it is not read to its end.
 */
export async function decompressInto(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  sink: ByteSink,
  { signal, onBytes, onCompression }: DecompressOptions,
): Promise<boolean> {
  const reader = stream.getReader();
  let decompressor: Decompressor | undefined;
  try {
    let { bytes, done } = await readBeginning(reader);
    const compression = compressionOf(bytes);
    onCompression?.(compression);
    decompressor = createDecompressor(compression, sink);
    let compressedBytes = 0;
    while (true) {
      for (let at = 0; at < bytes.length; at += SLICE_BYTES) {
        signal.throwIfAborted();
        const slice = bytes.subarray(at, at + SLICE_BYTES);
        compressedBytes += slice.length;
        onBytes?.(compressedBytes);
        if (!(await decompressor.push(slice))) return false;
      }
      if (done) break;
      const next = await reader.read();
      signal.throwIfAborted();
      done = next.done;
      bytes = next.value ?? new Uint8Array(0);
    }
    await decompressor.end();
    return true;
  } finally {
    decompressor?.close();
    // Of a stream that was read to its end this does nothing; one that failed has said so already.
    reader.cancel().catch(() => undefined);
  }
}

/** Decompressed bytes that wait for the one who reads them. */
const WAITING_BYTES = 1024 * 1024;

/**
 * The same for whoever would rather ask for bytes than be given them. Leaving the loop ends the reading.
 * @throws as `decompressInto`
 */
export async function* decompress(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  options: DecompressOptions,
): AsyncGenerator<Uint8Array<ArrayBuffer>, void, undefined> {
  let waiting: Uint8Array<ArrayBuffer>[] = [];
  let waitingBytes = 0;
  let hasLeft = false;
  let isDone = false;
  let wakeReader = (): void => undefined;
  let wakeSink = (): void => undefined;
  const sink = async (bytes: Uint8Array<ArrayBuffer>): Promise<boolean> => {
    waiting.push(bytes);
    waitingBytes += bytes.length;
    wakeReader();
    while (waitingBytes > WAITING_BYTES && !hasLeft) await new Promise<void>((wake) => (wakeSink = wake));
    return !hasLeft;
  };
  const whole = decompressInto(stream, sink, options).finally(() => {
    isDone = true;
    wakeReader();
  });
  whole.catch(() => undefined);
  try {
    while (!isDone || waiting.length > 0) {
      if (waiting.length === 0) await new Promise<void>((wake) => (wakeReader = wake));
      const pieces = waiting;
      waiting = [];
      waitingBytes = 0;
      yield* pieces;
      wakeSink();
    }
    await whole;
  } finally {
    hasLeft = true;
    wakeSink();
  }
}

/** As much as tells what it is. */
async function readBeginning(
  reader: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>,
): Promise<{ bytes: Uint8Array<ArrayBuffer>; done: boolean }> {
  let bytes = new Uint8Array(0);
  while (bytes.length < MAGIC_BYTES) {
    const { done, value } = await reader.read();
    if (done) return { bytes, done };
    bytes = bytes.length === 0 ? value : joined(bytes, value);
  }
  return { bytes, done: false };
}

/** @throws PulltabError `layer-broken` for a compression that layers do not have */
function compressionOf(bytes: Uint8Array): Compression {
  const begins = (...magic: number[]) => magic.every((byte, i) => bytes[i] === byte);
  if (begins(0x1f, 0x8b)) return 'gzip';
  if (begins(0x28, 0xb5, 0x2f, 0xfd)) return 'zstd';
  // Frames that decoders skip may come first; 0x184d2a50 to 0x184d2a5f.
  if (((bytes[0] ?? 0) & 0xf0) === 0x50 && bytes[1] === 0x2a && bytes[2] === 0x4d && bytes[3] === 0x18) return 'zstd';
  if (begins(0xfd, 0x37, 0x7a, 0x58, 0x5a, 0)) throw broken('it is compressed by xz, which layers may not be');
  if (begins(0x42, 0x5a, 0x68)) throw broken('it is compressed by bzip2, which layers may not be');
  return 'none';
}

function createDecompressor(compression: Compression, sink: ByteSink): Decompressor {
  if (compression === 'gzip') return createGunzip(sink);
  if (compression === 'zstd') return createUnzstd(sink);
  return { push: async (bytes) => sink(bytes), end: async () => undefined, close: () => undefined };
}

export function broken(seen: string, cause?: unknown): PulltabError {
  return new PulltabError('layer-broken', { attempted: 'read the layer', seen, cause });
}

export function joined(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}

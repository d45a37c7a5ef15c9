/**
 * Fills one blob: network → hash → cache behind, and hand-over to whoever drains the archive.
 *
 * Memory is a few chunks: the one being filled, and those whose commit is awaited.
 */

import { isAbort, PulltabError } from '../core/errors.ts';
import { type BlobVerifier, createBlobVerifier } from '../core/hash/verify.ts';
import {
  type BlobWriter,
  blobLockName,
  CHUNK_BYTES,
  createBlobWriter,
  findCompleteBlobs,
  findPartialBlob,
  type PartialBlob,
  readChunks,
} from '../store/blobs.ts';
import { readBlobBody, type Waiting } from './blob-body.ts';
import type { BlobSource, FetchBlobOptions } from './fetch-blob.ts';
import type { Flow } from './flow.ts';
import { createHandOver, type HandOver } from './hand-over.ts';
import { createKeeper, type Keeper, UNCOMMITTED } from './keeper.ts';
import type { Pace } from './pace.ts';

export interface PullBlobRequest extends BlobSource {
  readonly size: number;
  /** Whether the cache may be used. */
  readonly store: boolean;
  readonly port: MessagePort;
}

export interface PullBlobOptions {
  readonly signal: AbortSignal;
  /** Whether, once `signal` says so, what is not whole stays in the cache. */
  readonly keeps: () => boolean;
  readonly pace: Pace;
  readonly flow: Flow;
  readonly onFetched: (bytes: number) => void;
  readonly onNotice: (text: string) => void;
  readonly onRequest: FetchBlobOptions['onRequest'];
  readonly onWaiting: (waiting: Waiting) => void;
  /** Milliseconds from any moment on. */
  readonly now?: () => number;
  /** See `BlobBodyOptions`. */
  readonly sleep?: (ms: number, signal: AbortSignal) => Promise<void>;
}

const STORAGE_FULL =
  'The browser’s storage is full: some layers pass through without being kept, and would be fetched again next time.';

/**
 * Resolves when the blob is whole and verified; a failure has reached the reader by then as well.
 * @throws PulltabError; AbortError when `signal` says so.
 */
export async function pullBlob(request: PullBlobRequest, options: PullBlobOptions): Promise<void> {
  const { digest, size, store } = request;
  const handOver = createHandOver(request.port, { stored: store });
  try {
    if (!store) {
      await fill(request, options, { handOver, writer: undefined, from: undefined });
      handOver.complete(size);
      return;
    }
    await navigator.locks.request(blobLockName(digest), { signal: options.signal }, async () => {
      // Another tab or job may have fetched it while this one waited for the lock.
      if (!(await findCompleteBlobs([digest])).has(digest)) await fillStored(request, options, handOver);
    });
    options.onFetched(size);
    handOver.complete(size);
  } catch (error) {
    if (!isAbort(error)) handOver.fail(error);
    throw error;
  }
}

/** From where an earlier job was interrupted, if it was; both readers and hash go on from the same byte. */
async function fillStored(request: PullBlobRequest, options: PullBlobOptions, handOver: HandOver): Promise<void> {
  const from = await findPartialBlob(request.digest, request.size);
  const writer = await createBlobWriter(request.digest, request.size, from);
  try {
    if (from) handOver.begin(from.storedBytes);
    if (await fill(request, options, { handOver, writer, from })) await writer.complete();
  } catch (error) {
    // What is wrong must go; what is only not whole stays as long as somebody may go on with it.
    if (isWrong(error) || (options.signal.aborted && !options.keeps())) await writer.abandon();
    throw error;
  }
}

function isWrong(error: unknown): boolean {
  return error instanceof PulltabError && (error.code === 'digest-mismatch' || error.code === 'size-mismatch');
}

interface Filling {
  readonly handOver: HandOver;
  readonly writer: BlobWriter | undefined;
  readonly from: PartialBlob | undefined;
}

/** @returns whether all of it is in the cache */
async function fill(
  request: PullBlobRequest,
  options: PullBlobOptions,
  { handOver, writer, from }: Filling,
): Promise<boolean> {
  const { digest, size } = request;
  const attempted = `fetch ${digest} of ${request.repository}`;
  const storedBytes = from?.storedBytes ?? 0;
  const stored = (toBytes: number) => readChunks(digest, { fromBytes: 0, toBytes });
  const verifier = await createBlobVerifier(
    { digest, size },
    writer ? { attempted, stored, from: from && { bytes: storedBytes, state: from.hashState } } : { attempted },
  );
  let keeper = writer && createKeeper(writer, (toBytes) => handOver.committed(toBytes));
  let fromBytes = storedBytes;
  options.onFetched(fromBytes);
  for await (const { bytes, hashState } of chunksOf(request, { ...options, fromBytes, verifier })) {
    options.signal.throwIfAborted();
    const toBytes = fromBytes + bytes.byteLength;
    keeper?.keep({ fromBytes, bytes: new Blob([bytes]) }, hashState);
    await abortable(handOver.offer(fromBytes, bytes), options.signal);
    fromBytes = toBytes;
    if (keeper && !(await roomIn(keeper, UNCOMMITTED))) keeper = undefined;
  }
  if (keeper && !(await roomIn(keeper, 0))) keeper = undefined;
  // Hashing a whole layer natively holds it in memory: one at a time, over all workers.
  if (verifier.method === 'native') await navigator.locks.request('pulltab-native-hash', () => verifier.finish());
  else await verifier.finish();
  return keeper !== undefined;

  /** False once the storage is full: from there on the bytes only pass through. */
  async function roomIn(kept: Keeper, uncommitted: number): Promise<boolean> {
    const dropped = await kept.room(uncommitted);
    if (dropped === undefined) return true;
    if (verifier.method === 'native') throw kept.failure();
    options.onNotice(STORAGE_FULL);
    await abortable(handOver.passOn(dropped), options.signal);
    // The reader has passed what is kept, and behind a gap it is of no use to anybody.
    await writer?.abandon();
    return false;
  }
}

interface ChunkOptions extends PullBlobOptions {
  readonly fromBytes: number;
  readonly verifier: BlobVerifier;
}

/** A line that does not fill a chunk in so long fills smaller ones (ms): what is lost with a tab is fetched again. */
const CHUNK_MS = 300;
/** No chunk is smaller for that reason (bytes): each is a file of the browser's. */
const SMALL_CHUNK_BYTES = 1024 * 1024;

/**
 * The blob from `fromBytes` on in chunks of at most `CHUNK_BYTES`, hashed. A buffer that the consumer has not transferred
 * takes later bytes as well.
 */
async function* chunksOf(request: PullBlobRequest, options: ChunkOptions): AsyncGenerator<Chunk> {
  const { fromBytes, verifier, now = () => performance.now() } = options;
  let chunk = new Uint8Array(CHUNK_BYTES);
  let filled = 0;
  let begunMs = now();
  let position = fromBytes;
  for await (const bytes of readBlobBody(request, options)) {
    position += bytes.byteLength;
    for (let rest = bytes; rest.byteLength > 0; ) {
      const part = rest.subarray(0, CHUNK_BYTES - filled);
      rest = rest.subarray(part.byteLength);
      verifier.update(part);
      if (filled === 0) begunMs = now();
      chunk.set(part, filled);
      filled += part.byteLength;
      const isFull = filled === CHUNK_BYTES;
      if (!isFull && (filled < SMALL_CHUNK_BYTES || now() - begunMs < CHUNK_MS)) continue;
      yield { bytes: isFull ? chunk.buffer : chunk.buffer.slice(0, filled), hashState: verifier.state() };
      // Handed over, the buffer is gone; otherwise the cache has its copy, and it takes the next bytes.
      if (chunk.byteLength === 0) chunk = new Uint8Array(CHUNK_BYTES);
      filled = 0;
    }
    options.onFetched(position);
  }
  if (filled > 0) yield { bytes: chunk.buffer.slice(0, filled), hashState: verifier.state() };
}

interface Chunk {
  readonly bytes: ArrayBuffer;
  /** Of the hash right behind it. */
  readonly hashState: Uint8Array<ArrayBuffer> | undefined;
}

/** `work`, or the abort if that comes first: a reader that is gone never makes room. */
async function abortable<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  let onAbort: (() => void) | undefined;
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    if (onAbort) signal.removeEventListener('abort', onAbort);
  }
}

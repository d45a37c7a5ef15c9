/**
 * Fills one blob: network → hash → cache behind, and hand-over to whoever drains the archive.
 *
 * Memory is a few chunks: the one being filled, and those whose commit is awaited.
 */

import { isAbort, PulltabError } from '../core/errors.ts';
import { createBlobVerifier } from '../core/hash/verify.ts';
import {
  type BlobWriter,
  blobLockName,
  CHUNK_BYTES,
  createBlobWriter,
  findCompleteBlobs,
  readChunks,
} from '../store/blobs.ts';
import { createBodyReader } from './body-reader.ts';
import { type BlobSource, type FetchBlobOptions, fetchBlob } from './fetch-blob.ts';
import { createHandOver, type HandOver } from './hand-over.ts';
import type { Pace } from './pace.ts';

export interface PullBlobRequest extends BlobSource {
  readonly size: number;
  /** Whether the cache may be used. */
  readonly store: boolean;
  readonly port: MessagePort;
}

export interface PullBlobOptions {
  readonly signal: AbortSignal;
  readonly pace: Pace;
  readonly onFetched: (bytes: number) => void;
  readonly onNotice: (text: string) => void;
  readonly onRequest: FetchBlobOptions['onRequest'];
}

/** Chunks whose commit is awaited at once. */
const UNCOMMITTED = 2;

/**
 * Resolves when the blob is whole and verified; a failure has reached the reader by then as well.
 * @throws PulltabError; AbortError when `signal` says so.
 */
export async function pullBlob(request: PullBlobRequest, options: PullBlobOptions): Promise<void> {
  const { digest, size, store } = request;
  const handOver = createHandOver(request.port, { stored: store });
  try {
    if (!store) {
      await fill(request, options, handOver, undefined);
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

async function fillStored(request: PullBlobRequest, options: PullBlobOptions, handOver: HandOver): Promise<void> {
  const writer = await createBlobWriter(request.digest, request.size);
  try {
    await fill(request, options, handOver, writer);
    await writer.complete();
  } catch (error) {
    await writer.abandon();
    throw error;
  }
}

async function fill(
  request: PullBlobRequest,
  options: PullBlobOptions,
  handOver: HandOver,
  writer: BlobWriter | undefined,
): Promise<void> {
  const { digest, size } = request;
  const attempted = `fetch ${digest} of ${request.repository}`;
  const verifier = await createBlobVerifier(
    { digest, size },
    writer ? { attempted, stored: () => readChunks(digest, { fromBytes: 0, toBytes: size }) } : { attempted },
  );
  const response = await options.pace.waiting(fetchBlob(request, options));
  const commits: Promise<void>[] = [];
  let fromBytes = 0;
  for await (const bytes of chunksOf(response, attempted, options.pace)) {
    options.signal.throwIfAborted();
    verifier.update(new Uint8Array(bytes));
    const toBytes = fromBytes + bytes.byteLength;
    if (writer) {
      const commit = writer.append(bytes).then(() => handOver.committed(toBytes));
      // Its failure is met below, after the next chunks; it must not count as unhandled until then.
      commit.catch(() => undefined);
      commits.push(commit);
    }
    await abortable(handOver.offer(fromBytes, bytes), options.signal);
    fromBytes = toBytes;
    options.onFetched(fromBytes);
    if (commits.length > UNCOMMITTED) await commits.shift();
  }
  await Promise.all(commits);
  // Hashing a whole layer natively holds it in memory: one at a time, over all workers.
  if (verifier.method === 'native') await navigator.locks.request('pulltab-native-hash', () => verifier.finish());
  else await verifier.finish();
}

/** The body in chunks of `CHUNK_BYTES`. A buffer that the consumer has not transferred takes later bytes as well. */
async function* chunksOf(response: Response, attempted: string, pace: Pace): AsyncGenerator<ArrayBuffer> {
  if (!response.body) return;
  const reader = createBodyReader(response.body);
  let chunk = { buffer: new ArrayBuffer(CHUNK_BYTES), filled: 0, done: false };
  try {
    while (!chunk.done) {
      chunk = await pace.waiting(reader.read(chunk.buffer, chunk.filled)).catch((error: unknown) => {
        throw isAbort(error) ? error : cutOff(error, attempted);
      });
      if (chunk.filled < CHUNK_BYTES) continue;
      yield chunk.buffer;
      // Handed over, the buffer is gone; otherwise the cache has its copy, and it takes the next bytes.
      const free = chunk.buffer.byteLength > 0 ? chunk.buffer : new ArrayBuffer(CHUNK_BYTES);
      chunk = { buffer: free, filled: 0, done: chunk.done };
    }
    if (chunk.filled > 0) yield chunk.buffer.slice(0, chunk.filled);
  } finally {
    // Leaving early has to stop the network; after the end this does nothing.
    await reader.cancel().catch(() => undefined);
  }
}

function cutOff(error: unknown, attempted: string): PulltabError {
  return new PulltabError('size-mismatch', {
    attempted,
    seen: 'the connection was cut before every byte had arrived',
    cause: error,
  });
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

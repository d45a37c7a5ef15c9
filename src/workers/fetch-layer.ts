/**
 * Fetches a layer: to a reader as its bytes arrive, checked against its digest, and into the layer cache behind. Goes on
 * where an earlier fetch of it was interrupted.
 */
import { PulltabError } from '../core/errors.ts';
import { type BlobVerifier, createBlobVerifier, type HashElsewhere } from '../core/hash/verify.ts';
import { HashedPieces } from '../core/layer/hashed-pieces.ts';
import type { InspectedLayer } from '../protocol/inspector.ts';
import {
  type BlobWriter,
  CHUNK_BYTES,
  createBlobWriter,
  findPartialBlob,
  type PartialBlob,
  readChunks,
} from '../store/blobs.ts';
import { readBlobBody } from './blob-body.ts';
import type { FetchBlobOptions } from './fetch-blob.ts';
import { createFlow } from './flow.ts';
import { createKeeper, UNCOMMITTED } from './keeper.ts';
import type { LayerStream } from './layer-stream.ts';
import { createPace } from './pace.ts';
import { createTarHash } from './tar-hash.ts';

export interface FetchLayerOptions extends FetchBlobOptions {
  readonly out: LayerStream;
  readonly onBytes: (bytes: number) => void;
  /** Whether to keep it; the caller holds the blob's lock then. */
  readonly store: boolean;
}

const STORAGE_FULL =
  'Not every layer is kept, because the browser’s storage is full: a file of such a one is fetched again.';

/**
 * Resolves when all of it was given to `out` and matched its digest.
 * @throws PulltabError; AbortError when `signal` says so.
 */
export async function fetchLayer(
  layer: InspectedLayer,
  source: Extract<InspectedLayer['source'], { kind: 'registry' }>,
  options: FetchLayerOptions,
): Promise<void> {
  const { digest, size } = layer;
  const attempted = `fetch ${digest} of ${source.repository}`;
  const from = options.store ? await findPartialBlob(digest, size) : undefined;
  const writer = options.store ? await createBlobWriter(digest, size, from) : undefined;
  try {
    const stored = (toBytes: number) => readChunks(digest, { fromBytes: 0, toBytes });
    const elsewhere = hashElsewhere(options.signal);
    const verifier = await createBlobVerifier(
      { digest, size },
      writer
        ? { attempted, stored, elsewhere, from: from && { bytes: from.storedBytes, state: from.hashState } }
        : { attempted, elsewhere },
    );
    if (from) await giveStored(stored(from.storedBytes), options);
    const isKept = await pass({ digest, size, ...source }, { verifier, writer, from, ...options });
    await verifier.finish();
    if (isKept) await writer?.complete();
  } catch (error) {
    // What is wrong must go; what is only not whole stays for whoever goes on with it.
    if (isWrong(error)) await writer?.abandon();
    throw error;
  }
}

/** This thread has enough to do with decompressing. */
function hashElsewhere(signal: AbortSignal): HashElsewhere | undefined {
  const hash = createTarHash(signal);
  if (hash === undefined) return undefined;
  const pieces = new HashedPieces(hash);
  return { update: (bytes) => pieces.add(bytes), hex: async () => pieces.hex() };
}

function isWrong(error: unknown): boolean {
  return error instanceof PulltabError && (error.code === 'digest-mismatch' || error.code === 'size-mismatch');
}

async function giveStored(chunks: AsyncIterable<Uint8Array<ArrayBuffer>>, options: FetchLayerOptions): Promise<void> {
  let readBytes = 0;
  for await (const chunk of chunks) {
    options.signal.throwIfAborted();
    readBytes += chunk.byteLength;
    options.onBytes(readBytes);
    await options.out.give(chunk);
  }
}

interface Passing extends FetchLayerOptions {
  readonly verifier: BlobVerifier;
  readonly writer: BlobWriter | undefined;
  readonly from: PartialBlob | undefined;
}

/**
 * What is not there yet, from the network to the reader, and in chunks to the cache.
 * @returns whether all of it is in the cache
 */
async function pass(blob: Parameters<typeof readBlobBody>[0], passing: Passing): Promise<boolean> {
  const { verifier, writer, from, out, onBytes, onNotice, signal } = passing;
  let keeper = writer && createKeeper(writer);
  const chunk = new Uint8Array(keeper ? CHUNK_BYTES : 0);
  let filled = 0;
  let keptBytes = from?.storedBytes ?? 0;
  let readBytes = from?.storedBytes ?? 0;
  const body = readBlobBody(blob, {
    ...passing,
    fromBytes: readBytes,
    pace: createPace(() => undefined),
    flow: createFlow(),
    onWaiting: ({ why }) =>
      onNotice(`A layer did not come at once (${why}): what is missing of it is asked for again.`),
  });
  for await (const piece of body) {
    signal.throwIfAborted();
    for (let rest = piece; rest.byteLength > 0; ) {
      const part = keeper ? rest.subarray(0, CHUNK_BYTES - filled) : rest;
      rest = rest.subarray(part.byteLength);
      await verifier.update(part);
      if (!keeper) continue;
      chunk.set(part, filled);
      filled += part.byteLength;
      if (filled < CHUNK_BYTES) continue;
      await keep(CHUNK_BYTES);
    }
    readBytes += piece.byteLength;
    onBytes(readBytes);
    // A copy: the piece's buffer goes back to the network for more.
    await out.give(piece.slice());
  }
  if (filled > 0) await keep(filled);
  await room(0);
  return keeper !== undefined;

  async function keep(bytes: number): Promise<void> {
    filled = 0;
    keeper?.keep({ fromBytes: keptBytes, bytes: new Blob([chunk.subarray(0, bytes)]) }, verifier.state());
    keptBytes += bytes;
    await room(UNCOMMITTED);
  }

  /** Once the storage is full the rest only passes, which is said. */
  async function room(uncommitted: number): Promise<void> {
    if (keeper === undefined || (await keeper.room(uncommitted)) === undefined) return;
    await writer?.abandon();
    // It would be hashed from the cache.
    if (verifier.method === 'native') throw keeper.failure();
    onNotice(STORAGE_FULL);
    keeper = undefined;
  }
}

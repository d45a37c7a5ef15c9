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
import type { LayerStream } from './layer-stream.ts';
import { createPace } from './pace.ts';
import { createTarHash } from './tar-hash.ts';

export interface FetchLayerOptions extends FetchBlobOptions {
  readonly out: LayerStream;
  readonly onBytes: (bytes: number) => void;
  /** Whether to keep it; the caller holds the blob's lock then. */
  readonly store: boolean;
}

/** Chunks whose commit is awaited at once. */
const UNCOMMITTED = 2;
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
  const keeper = options.store ? createKeeper(await createBlobWriter(digest, size, from), options) : undefined;
  try {
    const stored = (toBytes: number) => readChunks(digest, { fromBytes: 0, toBytes });
    const elsewhere = hashElsewhere(options.signal);
    const verifier = await createBlobVerifier(
      { digest, size },
      keeper
        ? { attempted, stored, elsewhere, from: from && { bytes: from.storedBytes, state: from.hashState } }
        : { attempted, elsewhere },
    );
    if (from) await giveStored(stored(from.storedBytes), options);
    await pass({ digest, size, ...source }, { verifier, keeper, from, ...options });
    await keeper?.settled();
    await verifier.finish();
    await keeper?.complete();
  } catch (error) {
    // What is wrong must go; what is only not whole stays for whoever goes on with it.
    if (isWrong(error) || keeper?.hasFailed()) await keeper?.abandon();
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
  readonly keeper: Keeper | undefined;
  readonly from: PartialBlob | undefined;
}

/** What is not there yet, from the network to the reader, and in chunks to the cache. */
async function pass(blob: Parameters<typeof readBlobBody>[0], passing: Passing): Promise<void> {
  const { verifier, keeper, from, out, onBytes, onNotice, signal } = passing;
  const chunk = new Uint8Array(keeper ? CHUNK_BYTES : 0);
  let filled = 0;
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
      await keeper.keep(chunk.buffer, verifier.state());
      filled = 0;
    }
    readBytes += piece.byteLength;
    onBytes(readBytes);
    // A copy: the piece's buffer goes back to the network for more.
    await out.give(piece.slice());
  }
  if (filled > 0) await keeper?.keep(chunk.buffer.slice(0, filled), verifier.state());
}

interface Keeper {
  keep(chunk: ArrayBuffer, hashState: Uint8Array<ArrayBuffer> | undefined): Promise<void>;
  settled(): Promise<void>;
  /** Whether a chunk could not be kept: those after it are of no use. */
  hasFailed(): boolean;
  complete(): Promise<void>;
  abandon(): Promise<void>;
}

/** Writes chunks behind; where the storage is full it says so once and lets the rest pass. */
function createKeeper(writer: BlobWriter, { onNotice }: FetchLayerOptions): Keeper {
  const commits: Promise<void>[] = [];
  let keeping = true;

  async function met(commit: Promise<void> | undefined): Promise<void> {
    try {
      await commit;
    } catch (error) {
      if (!(error instanceof PulltabError) || error.code !== 'storage-full') throw error;
      if (keeping) onNotice(STORAGE_FULL);
      keeping = false;
    }
  }

  return {
    async keep(chunk, hashState) {
      if (!keeping) return;
      const commit = writer.append(chunk, hashState);
      // Its failure is met below, after the next chunks; it must not count as unhandled until then.
      commit.catch(() => undefined);
      commits.push(commit);
      if (commits.length > UNCOMMITTED) await met(commits.shift());
    },
    async settled() {
      for (const commit of commits.splice(0)) await met(commit);
    },
    hasFailed: () => !keeping,
    complete: () => (keeping ? writer.complete() : writer.abandon()),
    abandon: () => writer.abandon(),
  };
}

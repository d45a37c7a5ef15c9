/** Fetches a layer: to a reader as its bytes arrive, checked against its digest, and into the layer cache behind. */
import { isAbort, PulltabError } from '../core/errors.ts';
import { type BlobVerifier, createBlobVerifier } from '../core/hash/verify.ts';
import type { InspectedLayer } from '../protocol/inspector.ts';
import { type BlobWriter, CHUNK_BYTES, createBlobWriter, readChunks } from '../store/blobs.ts';
import { createBodyReader } from './body-reader.ts';
import { type FetchBlobOptions, fetchBlob } from './fetch-blob.ts';
import type { LayerStream } from './layer-stream.ts';

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
  const keeper = options.store ? createKeeper(await createBlobWriter(digest, size), options) : undefined;
  try {
    const stored = () => readChunks(digest, { fromBytes: 0, toBytes: size });
    const verifier = await createBlobVerifier({ digest, size }, keeper ? { attempted, stored } : { attempted });
    const response = await fetchBlob({ digest, ...source }, options);
    if (response.body) await pass(response.body, { attempted, verifier, keeper, ...options });
    await keeper?.settled();
    options.signal.throwIfAborted();
    await verifier.finish();
    await keeper?.complete();
  } catch (error) {
    await keeper?.abandon();
    throw error;
  }
}

interface Passing extends FetchLayerOptions {
  readonly attempted: string;
  readonly verifier: BlobVerifier;
  readonly keeper: Keeper | undefined;
}

async function pass(body: ReadableStream<Uint8Array<ArrayBuffer>>, passing: Passing): Promise<void> {
  const { attempted, verifier, keeper, out, onBytes, signal } = passing;
  const reader = createBodyReader(body);
  let chunk = { buffer: new ArrayBuffer(CHUNK_BYTES), filled: 0, done: false };
  let readBytes = 0;
  try {
    while (!chunk.done) {
      const before = chunk.filled;
      chunk = await reader.read(chunk.buffer, before).catch((error: unknown) => {
        throw isAbort(error) ? error : cutOff(error, attempted);
      });
      signal.throwIfAborted();
      // A copy: the chunk's buffer goes back to the network for more.
      const fresh = new Uint8Array(chunk.buffer.slice(before, chunk.filled));
      verifier.update(fresh);
      readBytes += fresh.byteLength;
      onBytes(readBytes);
      await out.give(fresh);
      if (chunk.filled < CHUNK_BYTES) continue;
      await keeper?.keep(chunk.buffer);
      chunk = { ...chunk, filled: 0 };
    }
    if (chunk.filled > 0) await keeper?.keep(chunk.buffer.slice(0, chunk.filled));
  } finally {
    // Leaving early has to stop the network; after the end this does nothing.
    await reader.cancel().catch(() => undefined);
  }
}

function cutOff(error: unknown, attempted: string): PulltabError {
  const seen = 'the connection was cut before every byte had arrived';
  return new PulltabError('size-mismatch', { attempted, seen, cause: error });
}

interface Keeper {
  keep(chunk: ArrayBuffer): Promise<void>;
  settled(): Promise<void>;
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
    async keep(chunk) {
      if (!keeping) return;
      const commit = writer.append(chunk);
      // Its failure is met below, after the next chunks; it must not count as unhandled until then.
      commit.catch(() => undefined);
      commits.push(commit);
      if (commits.length > UNCOMMITTED) await met(commits.shift());
    },
    async settled() {
      for (const commit of commits.splice(0)) await met(commit);
    },
    complete: () => (keeping ? writer.complete() : writer.abandon()),
    abandon: () => writer.abandon(),
  };
}

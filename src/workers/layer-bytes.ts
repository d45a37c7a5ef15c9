/**
 * A layer's bytes for whoever reads it: from the layer cache, from a file on this machine, or from the registry, checked
 * against the digest as they pass and kept in the cache behind. The blob's lock is held meanwhile, so that a pull and an
 * inspection never fetch the same blob twice.
 */
import { PulltabError } from '../core/errors.ts';
import { createBlobVerifier } from '../core/hash/verify.ts';
import type { RequestRecord } from '../core/report/request-record.ts';
import type { InspectedLayer } from '../protocol/inspector.ts';
import { blobLockName, findCompleteBlobs, readChunks } from '../store/blobs.ts';
import { fetchLayer } from './fetch-layer.ts';
import { createLayerStream, type LayerStream } from './layer-stream.ts';

export interface LayerBytesOptions {
  /** Ends the fetch and frees the blob's lock. */
  readonly signal: AbortSignal;
  readonly onNotice: (text: string) => void;
  readonly onRequest: (record: RequestRecord) => void;
  /** Told how many bytes of the layer have arrived. */
  readonly onBytes: (bytes: number) => void;
}

export interface LayerBytes {
  /** Leaving it early stops the reading of bytes that were checked before, not a fetch: what it fetches is kept. */
  readonly stream: ReadableStream<Uint8Array<ArrayBuffer>>;
  /** Whether these bytes were checked before: then a reader may stop, and believe what it has. */
  readonly checked: boolean;
  /**
   * Resolves when all bytes have arrived and match the digest.
   * @throws PulltabError; AbortError when `signal` says so.
   */
  readonly whole: Promise<void>;
}

const NOT_KEPT =
  'Layers are not kept, because the browser refuses to store data: a file that is opened is fetched again.';

/** @param known whether these bytes were read and checked earlier, which counts for a file on this machine */
export async function openLayerBytes(
  layer: InspectedLayer,
  known: boolean,
  options: LayerBytesOptions,
): Promise<LayerBytes> {
  const { source, digest, size } = layer;
  const out = createLayerStream();
  const pass = { ...options, out };
  if (source.kind === 'file') {
    return opened(known, known && source.file ? copy(source.file.stream(), pass) : checkFile(layer, source.file, pass));
  }
  const stored = () => copy(readChunks(digest, { fromBytes: 0, toBytes: size }), pass);
  const kept = await isKept(layer);
  if (kept === undefined) {
    options.onNotice(NOT_KEPT);
    return opened(false, fetchLayer(layer, source, { ...pass, store: false }));
  }
  const underLock = () =>
    navigator.locks.request(blobLockName(digest), { signal: options.signal }, async () => {
      // A pull, or another tab, may have fetched it while this one waited.
      if (await isKept(layer)) await stored();
      else await fetchLayer(layer, source, { ...pass, store: true });
    });
  return kept ? opened(true, stored()) : opened(false, underLock());

  function opened(checked: boolean, whole: Promise<void>): LayerBytes {
    // Whoever waits for `whole` meets its failure; it must not count as unhandled before.
    whole.then(out.end, out.fail);
    return { stream: out.readable, checked, whole };
  }
}

/** Undefined where the browser refuses to store anything. */
async function isKept({ digest }: InspectedLayer): Promise<boolean | undefined> {
  try {
    return (await findCompleteBlobs([digest])).has(digest);
  } catch (error) {
    if (error instanceof PulltabError && error.code === 'storage-refused') return undefined;
    throw error;
  }
}

type Pass = LayerBytesOptions & { readonly out: LayerStream };

async function copy(chunks: AsyncIterable<Uint8Array<ArrayBuffer>>, { signal, out, onBytes }: Pass): Promise<void> {
  let bytes = 0;
  for await (const chunk of chunks) {
    signal.throwIfAborted();
    if (out.hasLeft()) return;
    bytes += chunk.byteLength;
    onBytes(bytes);
    await out.give(chunk);
  }
}

/** A file on this machine is not copied into the cache; whether it is what its archive says is checked all the same. */
async function checkFile(
  { digest, size }: InspectedLayer,
  file: Blob | undefined,
  { signal, out, onBytes }: Pass,
): Promise<void> {
  const attempted = `read ${digest} from the archive`;
  if (file === undefined)
    throw new PulltabError('archive-invalid', { attempted, seen: 'the archive does not hold it' });
  const verifier = await createBlobVerifier({ digest, size }, { attempted });
  let read = 0;
  try {
    for await (const bytes of file.stream()) {
      signal.throwIfAborted();
      verifier.update(bytes);
      read += bytes.byteLength;
      onBytes(read);
      await out.give(bytes);
    }
    await verifier.finish();
  } catch (error) {
    if (!(error instanceof PulltabError)) throw error;
    // The same words, and another thing to do about it: no connection has changed these bytes.
    throw new PulltabError('archive-invalid', { attempted, seen: error.seen, cause: error });
  }
}

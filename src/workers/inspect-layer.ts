/** One layer of an open image: what is known of it, or else read from its bytes, and kept for the next time. */
import { PulltabError } from '../core/errors.ts';
import type { LayerIndex } from '../core/layer/layer-index.ts';
import { type EntriesSoFar, readLayer } from '../core/layer/read-layer.ts';
import type { InspectedLayer } from '../protocol/inspector.ts';
import { findLayerIndex, keepLayerIndex } from '../store/layer-indexes.ts';
import { isHashedLater } from './check-diff-id.ts';
import { type LayerBytesOptions, openLayerBytes } from './layer-bytes.ts';
import { inspectToc } from './layer-toc.ts';
import { createTarHash } from './tar-hash.ts';

export interface InspectLayerOptions extends LayerBytesOptions {
  readonly onEntries: (soFar: EntriesSoFar) => void;
}

/**
 * @throws PulltabError of whatever kept the bytes from coming, or `digest-mismatch`; AbortError when `signal` says so. A
 * layer that is broken in itself does not throw: its index says so. A large one has no diffId yet: see check-diff-id.ts.
 */
export async function inspectLayer(layer: InspectedLayer, options: InspectLayerOptions): Promise<LayerIndex> {
  // Whether an archive's bytes are what it says they are is not known from other bytes of that digest.
  const isFile = layer.source.kind === 'file';
  const known = isFile ? undefined : await storage(() => findLayerIndex(layer.digest, Date.now()));
  if (known !== undefined) return known;
  const { signal, onEntries, onNotice } = options;
  const listed = await inspectToc(layer, options);
  if (listed !== undefined) {
    await storage(() => keepLayerIndex(layer.digest, listed, Date.now()));
    return listed;
  }
  const { stream, whole } = await openLayerBytes(layer, false, options);
  const hash = (await isHashedLater(layer)) ? undefined : createTarHash(signal);
  const [read, checked] = await Promise.allSettled([readLayer(stream, { signal, hash, onEntries }), whole]);
  // Bytes that are not the layer explain whatever else went wrong with them.
  if (checked.status === 'rejected') throw checked.reason;
  if (read.status === 'rejected') throw read.reason;
  await storage(() => keepLayerIndex(layer.digest, read.value, Date.now()));
  return read.value;

  /** What is kept of layers is a comfort: without it they are read again. */
  async function storage<T>(work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      if (isFull(error)) onNotice('What was read of this image is not kept: the browser’s storage is full.');
      else if (!(error instanceof PulltabError && error.code === 'storage-refused')) throw error;
      return undefined;
    }
  }
}

function isFull(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'QuotaExceededError';
}

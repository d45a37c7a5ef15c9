/**
 * A layer read to its end: what is known of it, where it was read so before, or else its bytes. What a table of contents
 * says is not enough here: it does not say how long the tar is, nor what it hashes to.
 */
import type { ReadLayer } from '../core/archive/docker.ts';
import { isDigest } from '../core/digest.ts';
import { PulltabError } from '../core/errors.ts';
import { createScriptHasher } from '../core/hash/hasher.ts';
import { isReadToEnd, type LayerIndex } from '../core/layer/layer-index.ts';
import { readLayer } from '../core/layer/read-layer.ts';
import type { InspectedLayer } from '../protocol/inspector.ts';
import { findLayerIndex, keepLayerIndex } from '../store/layer-indexes.ts';
import { type LayerBytesOptions, openLayerBytes } from './layer-bytes.ts';
import { createTarHash } from './tar-hash.ts';

/** @throws PulltabError of whatever kept the bytes from coming, or `digest-mismatch`; AbortError when `signal` says so */
export async function readWholeLayer(layer: InspectedLayer, options: LayerBytesOptions): Promise<LayerIndex> {
  const { digest } = layer;
  const known = await findLayerIndex(digest, Date.now()).catch(() => undefined);
  if (known !== undefined && isReadToEnd(known)) return known;
  const { stream, whole } = await openLayerBytes(layer, false, options);
  const { signal } = options;
  const hash = createTarHash(signal) ?? (await createScriptHasher('sha256'));
  const [read, checked] = await Promise.allSettled([readLayer(stream, { signal, hash }), whole]);
  // Bytes that are not the layer explain whatever else went wrong with them.
  if (checked.status === 'rejected') throw checked.reason;
  if (read.status === 'rejected') throw read.reason;
  // Without it the layer is read again the next time.
  await keepLayerIndex(digest, read.value, Date.now()).catch(() => undefined);
  return read.value;
}

/** @throws PulltabError `layer-broken` for a layer that ends early, or that is not what the config says */
export function checkedLayer({ digest, size, diffId }: InspectedLayer, index: LayerIndex | undefined): ReadLayer {
  const attempted = `unpack ${digest}`;
  const read = index?.diffId;
  if (index === undefined || !isReadToEnd(index) || read === undefined || !isDigest(read)) {
    const problem = index?.problems.find(({ kind }) => /^(?:broken|too-|ratio)/.test(kind));
    throw new PulltabError('layer-broken', { attempted, seen: problem?.detail ?? 'it could not be read to its end' });
  }
  if (read !== diffId) {
    const seen = `it unpacks to ${read}, and the config says ${diffId ?? 'nothing of it'}: no loader would take it`;
    throw new PulltabError('layer-broken', { attempted, seen });
  }
  return { digest, size, diffId, unpackedBytes: index.uncompressedBytes, plain: index.compression === 'none' };
}

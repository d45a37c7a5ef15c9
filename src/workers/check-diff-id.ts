/**
 * What a large layer unpacks to, hashed after its files are listed: on two cores hashing costs more than all the rest, and
 * who waits for a list should not wait for that. The bytes come from where they are kept; nothing is fetched for it.
 */
import { decompressInto } from '../core/layer/decompress.ts';
import { HashedPieces } from '../core/layer/hashed-pieces.ts';
import type { LayerIndex } from '../core/layer/layer-index.ts';
import type { InspectedLayer } from '../protocol/inspector.ts';
import { findCompleteBlobs } from '../store/blobs.ts';
import { keepLayerIndex } from '../store/layer-indexes.ts';
import { openLayerBytes } from './layer-bytes.ts';
import { createTarHash } from './tar-hash.ts';

/** From here on (compressed bytes) a layer is hashed after it is listed. */
const LATER_BYTES = 8 * 1024 * 1024;

/** Whether the layer's diffId is left to `checkDiffId`. */
export async function isHashedLater({ size, source }: InspectedLayer): Promise<boolean> {
  if (size < LATER_BYTES) return false;
  if (source.kind === 'file') return true;
  // Where nothing is kept the bytes pass only once.
  return findCompleteBlobs([]).then(
    () => true,
    () => false,
  );
}

/**
 * The index with its diffId; undefined where that cannot be told: the bytes are not kept, or no fast hash is to be had.
 * @throws AbortError when `signal` says so, and what reading the kept bytes throws
 */
export async function checkDiffId(
  layer: InspectedLayer,
  index: LayerIndex,
  signal: AbortSignal,
): Promise<LayerIndex | undefined> {
  const isKept = layer.source.kind === 'file' || (await findCompleteBlobs([layer.digest])).has(layer.digest);
  const hash = isKept ? createTarHash(signal) : undefined;
  if (hash === undefined) return undefined;
  const nobody = { onNotice: () => undefined, onRequest: () => undefined, onBytes: () => undefined };
  const { stream, whole } = await openLayerBytes(layer, true, { signal, ...nobody });
  const pieces = new HashedPieces(hash);
  const take = (bytes: Uint8Array): true | Promise<true> => pieces.add(bytes)?.then(() => true) ?? true;
  const [read] = await Promise.all([decompressInto(stream, take, { signal }), whole]);
  const hex = read ? await pieces.hex() : undefined;
  if (hex === undefined) return undefined;
  const checked: LayerIndex = { ...index, diffId: `sha256:${hex}` };
  // A comfort: without it the layer is hashed again the next time.
  await keepLayerIndex(layer.digest, checked, Date.now()).catch(() => undefined);
  return checked;
}

/** How large layers are when unpacked, as far as this browser has read them before. Nothing is fetched for it. */
import type { Digest } from '../core/digest.ts';
import { findLayerIndex } from '../store/layer-indexes.ts';

/** Bytes of the files in each layer; undefined where it was not read, or the browser keeps nothing. */
export async function unpackedSizes(digests: readonly Digest[]): Promise<readonly (number | undefined)[]> {
  const sizes: (number | undefined)[] = [];
  // One after the other: an index may take megabytes, of which only a number is wanted.
  for (const digest of digests) {
    const index = await findLayerIndex(digest, Date.now()).catch(() => undefined);
    sizes.push(index?.contentBytes);
  }
  return sizes;
}

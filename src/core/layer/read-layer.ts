/**
 * A layer's bytes, as a registry or an archive has them, to the index of its entries.
 */
import type { LayerIndex } from './layer-index.ts';
import type { LayerLimits } from './limits.ts';

/** Takes the uncompressed tar, piece by piece, and says its sha256. May live on another thread. */
export interface TarHash {
  /** The bytes are not changed afterwards, and may be kept. */
  update(bytes: Uint8Array<ArrayBuffer>): void | Promise<void>;
  /** Lower-case hexadecimal. */
  hex(): string | Promise<string>;
}

/** What has been read of a layer so far. */
export interface EntriesSoFar {
  readonly count: number;
  readonly compressedBytes: number;
  readonly uncompressedBytes: number;
  /** An index of these entries, not `complete`. Costs a copy of the columns. */
  snapshot(): LayerIndex;
}

export interface ReadLayerOptions {
  readonly signal: AbortSignal;
  readonly limits?: Partial<LayerLimits> | undefined;
  /** Without it the index has no `diffId`. */
  readonly hash?: TarHash | undefined;
  /** At the first entries, then whenever `ENTRIES_EVERY_MS` have passed and there are more, while bytes arrive. */
  onEntries?(soFar: EntriesSoFar): void;
  /** Compressed bytes read so far, with every chunk of the stream. */
  onBytes?(compressedBytes: number): void;
}

export const ENTRIES_EVERY_MS = 250;

/**
 * Reads a whole layer, whatever its media type says it is. A broken or hostile layer does not throw: its index has what
 * could be read, `complete: false` and the reason among its problems.
 * @throws AbortError when `signal` is aborted, and whatever the stream throws
 */
export async function readLayer(_stream: ReadableStream<Uint8Array>, _options: ReadLayerOptions): Promise<LayerIndex> {
  throw new Error('Being written');
}

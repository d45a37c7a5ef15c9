/**
 * A layer's bytes, as a registry or an archive has them, to the index of its entries, in one pass.
 *
 * Its sha256 is left to `hash`, which may live on another thread: on this one it would take longer than decompressing.
 */
import { PulltabError } from '../errors.ts';
import { decompressInto } from './decompress.ts';
import type { LayerEntry } from './entry.ts';
import { HashedPieces } from './hashed-pieces.ts';
import { IndexBuilder } from './index-builder.ts';
import type { LayerCompression, LayerIndex, LayerProblem } from './layer-index.ts';
import { LAYER_LIMITS, type LayerLimits } from './limits.ts';
import { TarReader } from './tar-entries.ts';

/** Takes the uncompressed tar, piece by piece, and says its sha256. `Hasher` is one; another may be on another thread. */
export interface TarHash {
  /**
   * Reading waits for what it returns. The bytes are its own: it may transfer them. They come in pieces of a megabyte,
   * because decompressors give many small ones, and each costs another thread a message.
   */
  update(bytes: Uint8Array<ArrayBuffer>): void | Promise<void>;
  /** Lower-case hexadecimal; undefined where it turned out that it cannot be told. */
  hex(): string | undefined | Promise<string | undefined>;
}

/** What has been read of a layer so far. */
export interface EntriesSoFar {
  readonly count: number;
  readonly uncompressedBytes: number;
  /** An index of these entries, not `complete`. Costs a copy of the columns. */
  snapshot(): LayerIndex;
}

export interface ReadLayerOptions {
  readonly signal: AbortSignal;
  readonly limits?: Partial<LayerLimits> | undefined;
  /** Without it the index has no `diffId`. */
  readonly hash?: TarHash | undefined;
  /** At the first entries, then at most four times a second while there are more. */
  onEntries?(soFar: EntriesSoFar): void;
  /** Compressed bytes so far. */
  onBytes?(compressedBytes: number): void;
}

const ENTRIES_EVERY_MS = 250;

/**
 * Reads a whole layer, whatever its media type says it is. A broken or hostile layer does not throw: its index has what
 * could be read, is not `complete`, and has the reason among its problems.
 * @throws AbortError when `signal` is aborted, and whatever the stream or the hash throw
 */
export async function readLayer(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  options: ReadLayerOptions,
): Promise<LayerIndex> {
  const reading = new Reading(options);
  const { signal } = options;
  try {
    const toEnd = await decompressInto(stream, (bytes) => reading.take(bytes), { signal, ...reading.listeners });
    if (toEnd) reading.end();
  } catch (error) {
    if (!(error instanceof PulltabError) || error.code !== 'layer-broken') throw error;
    reading.onBroken(error);
  }
  return reading.index();
}

class Reading {
  readonly #options: ReadLayerOptions;
  readonly #limits: LayerLimits;
  readonly #builder = new IndexBuilder();
  readonly #problems: LayerProblem[] = [];
  readonly #tar: TarReader;
  readonly #gathered: HashedPieces | undefined;
  #compression: LayerCompression = 'none';
  #compressedBytes = 0;
  #uncompressedBytes = 0;
  /** How it ended; `reading` where the stream has not. */
  #state: 'reading' | 'whole' | 'stopped' = 'reading';
  #toldCount = 0;
  #toldAtMs = Number.NEGATIVE_INFINITY;
  #saidXattrs = false;

  constructor(options: ReadLayerOptions) {
    this.#options = options;
    this.#limits = { ...LAYER_LIMITS, ...options.limits };
    const sink = { entry: this.#onEntry.bind(this), problem: this.#onProblem.bind(this) };
    this.#tar = new TarReader(sink, this.#limits);
    this.#gathered = options.hash && new HashedPieces(options.hash);
  }

  readonly listeners = {
    onBytes: (compressedBytes: number): void => {
      this.#compressedBytes = compressedBytes;
      this.#options.onBytes?.(compressedBytes);
    },
    onCompression: (compression: LayerCompression): void => {
      this.#compression = compression;
    },
  };

  /** @returns false where a limit is reached */
  take(bytes: Uint8Array<ArrayBuffer>): boolean | Promise<boolean> {
    this.#uncompressedBytes += bytes.length;
    this.#checkSize();
    if (this.#state === 'stopped') return false;
    this.#tar.push(bytes);
    if (this.#builder.count > this.#toldCount) this.#tell();
    const hashing = this.#gathered?.add(bytes);
    const goesOn = this.#goesOn();
    // A promise only where there is something to wait for: there are tens of thousands of pieces.
    return hashing === undefined ? goesOn : hashing.then(() => goesOn);
  }

  end(): void {
    this.#tar.end();
    this.#state = 'whole';
  }

  onBroken(error: PulltabError): void {
    this.#onProblem({ kind: 'broken', path: '', detail: `The layer cannot be read to its end: ${error.seen}` });
    this.#state = 'stopped';
  }

  async index(): Promise<LayerIndex> {
    const hash = this.#state === 'whole' ? await this.#gathered?.hex() : undefined;
    const complete = this.#state === 'whole' && !this.#tar.isBroken;
    return this.#index({ complete, diffId: hash === undefined ? undefined : `sha256:${hash}` });
  }

  #index(end: Pick<LayerIndex, 'complete' | 'diffId'>): LayerIndex {
    return {
      ...this.#builder.columns(),
      ...end,
      compression: this.#compression,
      compressedBytes: this.#compressedBytes,
      uncompressedBytes: this.#uncompressedBytes,
      problems: [...this.#problems],
    };
  }

  #tell(): void {
    const nowMs = performance.now();
    if (nowMs - this.#toldAtMs < ENTRIES_EVERY_MS) return;
    this.#toldAtMs = nowMs;
    this.#toldCount = this.#builder.count;
    this.#options.onEntries?.({
      count: this.#builder.count,
      uncompressedBytes: this.#uncompressedBytes,
      snapshot: () => this.#index({ complete: false, diffId: undefined }),
    });
  }

  #onEntry(entry: LayerEntry): void {
    if (this.#state === 'stopped') return;
    const { entries, names, allNamesLength, xattrBytes } = this.#limits;
    const builder = this.#builder;
    const namesLength = builder.namesLength + entry.path.length + entry.linkTarget.length;
    if (builder.count >= entries) return void this.#stop('too-many-entries', `It has more than ${entries} entries`);
    if (builder.names > names) return void this.#stop('too-many-entries', `Its paths have more than ${names} names`);
    if (namesLength > allNamesLength) return void this.#stop('too-many-entries', 'Its names are too long to be held');
    const { xattrs, ...rest } = entry;
    const isKept = xattrs === undefined || builder.xattrBytes <= xattrBytes;
    builder.add(isKept ? entry : rest);
    if (isKept) return;
    if (!this.#saidXattrs) this.#onProblem({ kind: 'too-large', path: rest.path, detail: XATTRS_LEFT_OUT });
    this.#saidXattrs = true;
  }

  #checkSize(): void {
    const { uncompressedBytes, ratio, ratioFreeBytes } = this.#limits;
    const out = this.#uncompressedBytes;
    if (out > uncompressedBytes) this.#stop('too-large', `It is larger than ${uncompressedBytes} bytes uncompressed`);
    else if (out > ratioFreeBytes && out > ratio * this.#compressedBytes) {
      const sizes = `${this.#compressedBytes} bytes have become ${out}`;
      this.#stop('ratio', `It is compressed as no real layer is: ${sizes}, more than ${ratio} times as many`);
    }
  }

  #stop(kind: LayerProblem['kind'], detail: string): void {
    this.#state = 'stopped';
    this.#problems.unshift({ kind, path: '', detail: `${detail}. Reading was stopped here.` });
  }

  #goesOn(): boolean {
    return this.#state !== 'stopped';
  }

  #onProblem(problem: LayerProblem): void {
    if (this.#problems.length < this.#limits.problems) this.#problems.push(problem);
  }
}

const XATTRS_LEFT_OUT = 'and what follows have more extended attributes than are kept; they are shown without';

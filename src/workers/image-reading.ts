/** Reads an image's layers, lowest first and a few at once, and tells how it goes. */
import type { Digest } from '../core/digest.ts';
import { isAbort, toWire } from '../core/errors.ts';
import type { LayerIndex } from '../core/layer/layer-index.ts';
import type { EntriesSoFar } from '../core/layer/read-layer.ts';
import type { InspectedLayer, LayerProgress, ReadingEvents } from '../protocol/inspector.ts';
import { checkDiffId } from './check-diff-id.ts';
import { inspectLayer } from './inspect-layer.ts';
import { spaced } from './spaced.ts';

export interface ImageReading {
  readonly layers: readonly InspectedLayer[];
  /** Lowest first: what was read, of a layer that is being read what came so far, and undefined for all others. */
  indexes(): (LayerIndex | undefined)[];
  /** Of what was read of the layer so far. */
  uncompressedBytes(layer: number): number;
  /** Goes up with every change of `indexes`. */
  version(): number;
  /** Resolves when every layer was read or has failed. @throws AbortError when it was stopped */
  readonly done: Promise<void>;
  stop(): void;
}

/** One thread reads them all; more only helps while it waits for the network. */
const PARALLEL = 3;
/** Progress is for people: more often than this nobody sees it. */
const PROGRESS_MS = 100;

export interface ReadingOptions {
  /** What was read of layers, by digest, which this adds to. */
  readonly known: Map<Digest, LayerIndex>;
  readonly events: ReadingEvents;
  /** How long nobody needs to hear of changes after the last one: as long as it takes to look at them. */
  readonly changesEveryMs: () => number;
}

export function startReading(
  layers: readonly InspectedLayer[],
  { known, events, changesEveryMs }: ReadingOptions,
): ImageReading {
  const stopped = new AbortController();
  const { signal } = stopped;
  const arriving = new Map<Digest, EntriesSoFar>();
  const distinct = layers.filter(({ digest }, at) => layers.findIndex((layer) => layer.digest === digest) === at);
  const waiting = [...distinct];
  const tellChange = spaced(() => events.onChanged(), changesEveryMs);
  let version = 0;

  /** The same layer may be in an image twice. */
  function tell(digest: Digest, news: Omit<LayerProgress, 'layer'>): void {
    for (const [layer, { digest: other }] of layers.entries()) if (other === digest) events.onLayer({ layer, ...news });
  }

  function changed(): void {
    version += 1;
    tellChange();
  }

  async function read(layer: InspectedLayer): Promise<void> {
    const { digest } = layer;
    let readBytes = 0;
    let toldAtMs = Number.NEGATIVE_INFINITY;
    const progress = (): void => {
      const nowMs = performance.now();
      if (nowMs - toldAtMs < PROGRESS_MS) return;
      toldAtMs = nowMs;
      tell(digest, { phase: 'reading', readBytes, entries: arriving.get(digest)?.count ?? 0 });
    };
    progress();
    try {
      const index =
        known.get(digest) ??
        (await inspectLayer(layer, {
          signal,
          onBytes(bytes) {
            readBytes = bytes;
            progress();
          },
          onEntries(soFar) {
            arriving.set(digest, soFar);
            progress();
            changed();
          },
          onNotice: events.onNotice,
          onRequest: events.onRequest,
        }));
      signal.throwIfAborted();
      known.set(digest, index);
      tell(digest, readProgress(layer, index));
    } catch (error) {
      if (isAbort(error)) throw error;
      tell(digest, { phase: 'failed', readBytes, entries: 0, error: toWire(error) });
    } finally {
      arriving.delete(digest);
    }
    changed();
  }

  async function readInTurn(): Promise<void> {
    for (let layer = waiting.shift(); layer !== undefined; layer = waiting.shift()) await read(layer);
  }

  /** One after the other, and after everything that somebody waits for. */
  async function checkDiffIds(): Promise<void> {
    for (const layer of distinct) {
      const index = known.get(layer.digest);
      if (index === undefined || !isUnhashed(index)) continue;
      try {
        const checked = await checkDiffId(layer, index, signal);
        if (checked === undefined || known.get(layer.digest) !== index) continue;
        known.set(layer.digest, checked);
        tell(layer.digest, readProgress(layer, checked));
      } catch (error) {
        if (isAbort(error)) return;
        // Nothing is known of its diffId then, which the missing `diffIdMatches` says; the list is right all the same.
      }
    }
  }

  const done = Promise.all(Array.from({ length: PARALLEL }, readInTurn)).then(tellChange.flush);
  // Whoever waits for `done` meets its failure.
  void done.then(checkDiffIds, () => undefined);
  return {
    layers,
    indexes: () => layers.map(({ digest }) => known.get(digest) ?? arriving.get(digest)?.snapshot()),
    uncompressedBytes(layer) {
      const digest = layers[layer]?.digest;
      if (digest === undefined) return 0;
      return (known.get(digest) ?? arriving.get(digest))?.uncompressedBytes ?? 0;
    },
    version: () => version,
    done,
    stop() {
      stopped.abort();
      tellChange.cancel();
    },
  };
}

/** A table of contents says nothing that could be hashed, and a broken layer is none. */
function isUnhashed(index: LayerIndex): boolean {
  return index.complete && index.diffId === undefined && index.compression !== 'table-of-contents';
}

function readProgress({ size, diffId }: InspectedLayer, index: LayerIndex): Omit<LayerProgress, 'layer'> {
  const { count, uncompressedBytes, contentBytes, compression, problems } = index;
  const comparable = diffId !== undefined && index.diffId !== undefined;
  return {
    phase: 'read',
    readBytes: size,
    entries: count,
    // A table of contents does not say it.
    ...(uncompressedBytes > 0 ? { uncompressedBytes } : {}),
    contentBytes,
    compression,
    problems,
    ...(comparable ? { diffIdMatches: diffId === index.diffId } : {}),
  };
}

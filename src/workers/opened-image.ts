/** An image that the worker holds: its layers as they are read, and the tree that they make. */
import type { Digest } from '../core/digest.ts';
import type { FileInLayer } from '../core/layer/file-bytes.ts';
import type { LayerIndex } from '../core/layer/layer-index.ts';
import { createTree, type MergedTree } from '../core/layer/merged-tree.ts';
import type { InspectedLayer, ReadingEvents } from '../protocol/inspector.ts';
import { startReading } from './image-reading.ts';
import type { FilesToRead } from './layer-files.ts';

export interface OpenedImage {
  readonly layers: readonly InspectedLayer[];
  readonly events: ReadingEvents;
  /** Of what has been read by now; a layer that is not there yet, or failed, changes nothing in it. */
  tree(): MergedTree;
  filesOf<File extends FileInLayer>(layer: number, files: readonly File[]): FilesToRead<File>;
  /** Resolves when every layer was read or has failed. @throws AbortError when it was closed */
  readonly done: Promise<void>;
  close(): void;
}

/** Nobody is told of more that was read before so long (ms), … */
const CHANGES_MS = 300;
/** … and before so many times as long as the tree took: making it again must not be what the reading waits for. */
const CHANGES_PACE = 8;

/** @param known what was read of layers, by digest, which this adds to */
export function openImage(
  layers: readonly InspectedLayer[],
  known: Map<Digest, LayerIndex>,
  events: ReadingEvents,
): OpenedImage {
  let treeMs = 0;
  let tree: MergedTree | undefined;
  let version = -1;
  const changesEveryMs = (): number => Math.max(CHANGES_MS, CHANGES_PACE * treeMs);
  const reading = startReading(layers, { known, events, changesEveryMs });
  return {
    layers,
    events,
    done: reading.done,
    close: reading.stop,
    tree() {
      if (tree !== undefined && version === reading.version()) return tree;
      const startedAtMs = performance.now();
      version = reading.version();
      tree = createTree(reading.indexes());
      treeMs = performance.now() - startedAtMs;
      return tree;
    },
    filesOf(layer, files) {
      const read = layers[layer];
      if (read === undefined) throw new RangeError(`No layer ${layer}`);
      const { chunks } = known.get(read.digest) ?? {};
      return { layer: read, uncompressedBytes: reading.uncompressedBytes(layer), files, chunks };
    },
  };
}

/** How the files of the two images that the worker holds differ: by their entries at once, by their bytes where only those can tell. */
import { createScriptHasher, createWasmHasher, type Hasher } from '../core/hash/hasher.ts';
import { type ComparedLayers, type ComparedPlace, TreePair, type UndecidedFile } from '../core/layer/compare-trees.ts';
import type { LayerEntry } from '../core/layer/entry.ts';
import { indexEntry } from '../core/layer/layer-index.ts';
import type { TreeListing } from '../core/layer/listing.ts';
import type { MergedTree } from '../core/layer/merged-tree.ts';
import { NO_PATH } from '../core/layer/path-table.ts';
import type { FilesCompared } from '../protocol/inspector.ts';
import { type FilesToRead, type ReadFilesOptions, readLayerFiles } from './layer-files.ts';
import type { OpenedImage } from './opened-image.ts';

export interface ComparedImages {
  /** Of what has been read of both by now. */
  pair(was: OpenedImage, is: OpenedImage): TreePair;
}

export function createComparedImages(): ComparedImages {
  let known: { readonly was: MergedTree; readonly is: MergedTree; readonly pair: TreePair } | undefined;
  return {
    pair(was, is) {
      const trees = { was: was.tree(), is: is.tree() };
      if (known?.was === trees.was && known.is === trees.is) return known.pair;
      known = { ...trees, pair: new TreePair(indexesOf(trees.was), indexesOf(trees.is)) };
      return known.pair;
    },
  };
}

export function summaryOf(pair: TreePair): FilesCompared {
  const { undecided } = pair;
  const bytes = undecided.reduce((sum, { size }) => sum + size, 0);
  return {
    counts: pair.counts(),
    totalBytes: pair.totalBytes(),
    undecidedFiles: undecided.length,
    undecidedBytes: bytes,
  };
}

/** Rows that name the layer of the image that each path is of. */
export function withOwnLayers(pair: TreePair, listing: TreeListing): TreeListing {
  return {
    ...listing,
    slice: (from, count) =>
      listing.slice(from, count).map((row) => {
        const node = pair.table.find(row.path);
        return node === NO_PATH ? row : { ...row, layer: pair.layerOf(node) };
      }),
  };
}

/**
 * Reads the undecided files of both images once and compares their digests.
 * @throws PulltabError of whatever keeps a layer from being read; AbortError when stopped, which decides nothing
 */
export async function compareContents(
  pair: TreePair,
  images: { readonly was: OpenedImage; readonly is: OpenedImage },
  options: ReadFilesOptions,
): Promise<void> {
  const { undecided } = pair;
  const reading = (at: 0 | 1) => ({
    ...options,
    // Half the way each; how much there is to read is known only when the reading of the second begins.
    onProgress: (read: number, total: number) => options.onProgress(at * total + read, 2 * total),
  });
  const was = await digestsOf(images.was, undecided, ({ was: place }) => place, reading(0));
  const is = await digestsOf(images.is, undecided, ({ is: place }) => place, reading(1));
  options.signal.throwIfAborted();
  pair.decide(new Set(undecided.filter(({ node }) => was.get(node) !== is.get(node)).map(({ node }) => node)));
}

interface HashedFile extends LayerEntry {
  readonly node: number;
}

async function digestsOf(
  image: OpenedImage,
  files: readonly UndecidedFile[],
  placeOf: (file: UndecidedFile) => ComparedPlace,
  options: ReadFilesOptions,
): Promise<ReadonlyMap<number, string>> {
  const digests = new Map<number, string>();
  const byLayer = new Map<number, HashedFile[]>();
  for (const file of files) {
    const { layer, index, at } = placeOf(file);
    const inLayer = byLayer.get(layer) ?? [];
    inLayer.push({ ...indexEntry(index, at), node: file.node });
    byLayer.set(layer, inLayer);
  }
  const hashers = createHasherPool();
  const hashing = new Map<number, { readonly hasher: Hasher; leftBytes: number }>();
  const wanted: FilesToRead<HashedFile>[] = [...byLayer].map(([layer, inLayer]) => image.filesOf(layer, inLayer));
  await readLayerFiles(
    wanted,
    async ({ node, size }, piece) => {
      const file = hashing.get(node) ?? { hasher: await hashers.take(), leftBytes: size };
      file.hasher.update(piece);
      file.leftBytes -= piece.byteLength;
      if (file.leftBytes > 0) hashing.set(node, file);
      else {
        hashing.delete(node);
        digests.set(node, file.hasher.hex());
        hashers.giveBack(file.hasher);
      }
    },
    options,
  );
  return digests;
}

/** A hasher for each of 50,000 small files would take longer to make than they take to hash. */
function createHasherPool() {
  const free: Hasher[] = [];
  let fresh: Uint8Array | undefined;
  return {
    async take(): Promise<Hasher> {
      const known = free.pop();
      if (known !== undefined) return known;
      const made = (await createWasmHasher('sha256')) ?? (await createScriptHasher('sha256'));
      fresh ??= made.save();
      return made;
    },
    giveBack(hasher: Hasher): void {
      if (fresh !== undefined && hasher.load(fresh)) free.push(hasher);
    },
  };
}

function indexesOf(tree: MergedTree): ComparedLayers {
  return Array.from({ length: tree.layers }, (_, layer) => tree.entries.index(layer));
}

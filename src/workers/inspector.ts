/** Answers what the page asks of the files of the images that it has open: the shown one, and one to compare it with. */
import type { Digest } from '../core/digest.ts';
import { isAbort, PulltabError, toWire } from '../core/errors.ts';
import type { TreePair } from '../core/layer/compare-trees.ts';
import { detailsOf } from '../core/layer/details.ts';
import type { LayerIndex } from '../core/layer/layer-index.ts';
import { createListing, rowOf, type TreeListing } from '../core/layer/listing.ts';
import { LISTING_EXPORTS, type ListedFile } from '../core/layer/listing-export.ts';
import type { MergedTree, TreeScope } from '../core/layer/merged-tree.ts';
import { ROOT } from '../core/layer/path-table.ts';
import type { TreeView } from '../core/layer/tree-view.ts';
import { findWaste, type Waste } from '../core/layer/waste.ts';
import { sumAdvice } from '../core/layer/waste-advice.ts';
import { WASTE_EXPORTS } from '../core/layer/waste-export.ts';
import {
  type FileDetails,
  type FilePlace,
  type Inspector,
  type LayerProgress,
  LISTINGS_HELD,
  type ListingScope,
  type OnProgress,
  WASTED_PATHS_SHOWN,
  type Which,
} from '../protocol/inspector.ts';
import { compareContents, createComparedImages, summaryOf, withOwnLayers } from './compare-images.ts';
import { fileAt, findPath, followInView } from './find-file.ts';
import { inOrder } from './in-order.ts';
import { inspectPackages } from './inspect-packages.ts';
import type { ReadFilesOptions } from './layer-files.ts';
import { type OpenedImage, openImage } from './opened-image.ts';
import { readBeginning } from './read-beginning.ts';
import { save } from './save.ts';
import { searchText } from './search-text.ts';
import { summarizeFile } from './summarize-file.ts';

export function createInspector(): Inspector {
  const images = new Map<Which, OpenedImage>();
  const known = new Map<Digest, LayerIndex>();
  const listings = new Map<number, TreeListing>();
  const tasks = new Map<number, AbortController>();
  const compared = createComparedImages();
  let nextListing = 1;

  function imageOf(which: Which = 'shown'): OpenedImage {
    const image = images.get(which);
    if (image !== undefined) return image;
    throw new PulltabError('internal', { attempted: 'look into an image', seen: `no ${which} image is open` });
  }

  async function run<T>(task: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const stop = new AbortController();
    tasks.set(task, stop);
    try {
      return await work(stop.signal);
    } finally {
      tasks.delete(task);
    }
  }

  const optionsFor = (image: OpenedImage, signal: AbortSignal, onProgress: OnProgress): ReadFilesOptions => ({
    signal,
    onProgress,
    onNotice: (text) => image.events.onNotice(text),
    onRequest: (record) => image.events.onRequest(record),
  });

  /** What no open image has is forgotten: a layer's index may be 30 MB. */
  function forgetLayers(): void {
    const used = new Set([...images.values()].flatMap(({ layers }) => layers.map(({ digest }) => digest)));
    for (const digest of known.keys()) if (!used.has(digest)) known.delete(digest);
  }

  const pair = (): TreePair => compared.pair(imageOf('other'), imageOf('shown'));

  function viewOf(scope: ListingScope): TreeView {
    return scope.kind === 'compared' ? pair().view(scope.changes) : imageOf(scope.of).tree().view(scope);
  }

  return answering({
    async open(which, layers, events) {
      images.get(which)?.close();
      const progress = inOrder((news: LayerProgress) => events.onLayer(news));
      const image = openImage(layers, known, {
        onLayer: progress.tell,
        onChanged: () => events.onChanged(),
        onRequest: (record) => events.onRequest(record),
        onNotice: (text) => events.onNotice(text),
      });
      images.set(which, image);
      forgetLayers();
      await image.done;
      // By these the page knows whether any has failed.
      await progress.taken();
    },
    async list({ scope, ...query }) {
      const view = viewOf(scope);
      const made = createListing(view, query);
      const listing = scope.kind === 'compared' ? withOwnLayers(pair(), made) : made;
      const id = nextListing++;
      listings.set(id, listing);
      listings.delete(id - LISTINGS_HELD);
      return { id, rows: listing.rows, totalPaths: view.totalPaths, totalBytes: view.totalBytes };
    },
    rows: async (listing, from, count) => listings.get(listing)?.slice(from, count) ?? [],
    positionOf: async (listing, path) => listings.get(listing)?.positionOf(path),
    details: async (place) => detailsAt(imageOf(place.of).tree(), place),
    read: (task, place, limitBytes, onProgress) =>
      run(task, async (signal) => {
        const image = imageOf(place.of);
        const file = fileAt(findPath(image.tree(), place));
        return readBeginning(image, file, limitBytes, optionsFor(image, signal, onProgress));
      }),
    save: (task, place, onProgress) =>
      run(task, async (signal) => {
        const image = imageOf(place.of);
        return save(image, findPath(image.tree(), place), optionsFor(image, signal, onProgress));
      }),
    async exportListing(scope, format) {
      const { mediaType, text } = LISTING_EXPORTS[format];
      const view = viewOf(scope);
      return new Blob([...text(filesOf(view))], { type: mediaType });
    },
    async waste(of) {
      const waste = wasteOf(imageOf(of).tree());
      const { paths } = waste;
      const worst = paths.slice(0, WASTED_PATHS_SHOWN);
      return { ...waste, paths: worst, pathCount: paths.length, advice: sumAdvice(paths) };
    },
    async exportWaste(of, format) {
      const { mediaType, text } = WASTE_EXPORTS[format];
      return new Blob([text(wasteOf(imageOf(of).tree()))], { type: mediaType });
    },
    searchText: (task, query, onProgress) =>
      run(task, async (signal) => {
        const image = imageOf(query.scope.of);
        // The hits are among what it is told.
        const { tell, taken } = inOrder(onProgress);
        const result = await searchText(image, query, {
          ...optionsFor(image, signal, () => undefined),
          onProgress: tell,
        });
        await taken();
        return result;
      }),
    summarize: (task, place, onProgress) =>
      run(task, async (signal) => {
        const image = imageOf(place.of);
        return summarizeFile(image, place, optionsFor(image, signal, onProgress));
      }),
    packages: (task, of, onProgress) =>
      run(task, async (signal) => {
        const image = imageOf(of);
        return inspectPackages(image, optionsFor(image, signal, onProgress));
      }),
    compareFiles: async () => summaryOf(pair()),
    compareContents: (task, onProgress) =>
      run(task, async (signal) => {
        const [was, is] = [imageOf('other'), imageOf('shown')];
        const trees = compared.pair(was, is);
        await compareContents(trees, { was, is }, optionsFor(is, signal, onProgress));
        return summaryOf(trees);
      }),
    stop: async (task) => tasks.get(task)?.abort(),
  });
}

function wasteOf({ layers, entries }: MergedTree): Waste {
  return findWaste(Array.from({ length: layers }, (_, layer) => entries.index(layer)));
}

function detailsAt(tree: MergedTree, { path, layer }: FilePlace): FileDetails | undefined {
  const whole: TreeScope = layer === undefined ? { kind: 'merged' } : { kind: 'up-to', layer };
  // What the layer did to it, or how it found it.
  const did = layer === undefined ? undefined : detailsOf(tree, { kind: 'layer', layer }, path);
  const own = did ?? detailsOf(tree, whole, path);
  if (own !== undefined) return own;
  // A path through a linked directory: /bin/sh where /bin is a link.
  const node = followInView(tree.view(whole), path);
  return node === undefined ? undefined : detailsOf(tree, whole, tree.table.path(node));
}

/** Everything that is in a scope, sorted like a listing by name. */
function* filesOf(view: TreeView): Iterable<ListedFile> {
  const open = [...view.children(ROOT, 'name')].reverse();
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (view.isPart(node)) yield rowOf(view, node);
    for (const child of view.children(node, 'name').toReversed()) open.push(child);
  }
}

/** Errors cross to the page as values: comlink keeps nothing of an Error but its name and message. */
function answering(inspector: Inspector): Inspector {
  const guard =
    <Given extends readonly unknown[], T>(method: (...given: Given) => Promise<T>) =>
    async (...given: Given): Promise<T> => {
      try {
        return await method(...given);
      } catch (error) {
        throw isAbort(error) ? error : toWire(error);
      }
    };
  return {
    open: guard(inspector.open),
    list: guard(inspector.list),
    rows: guard(inspector.rows),
    positionOf: guard(inspector.positionOf),
    details: guard(inspector.details),
    read: guard(inspector.read),
    save: guard(inspector.save),
    exportListing: guard(inspector.exportListing),
    waste: guard(inspector.waste),
    exportWaste: guard(inspector.exportWaste),
    searchText: guard(inspector.searchText),
    summarize: guard(inspector.summarize),
    packages: guard(inspector.packages),
    compareFiles: guard(inspector.compareFiles),
    compareContents: guard(inspector.compareContents),
    stop: guard(inspector.stop),
  };
}

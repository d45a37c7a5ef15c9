/** The unpack worker: reads the layers of one image to their end, for formats that are made of what is in them. */
import { expose } from 'comlink';
import { rootfsEntries } from '../core/archive/rootfs.ts';
import type { Digest } from '../core/digest.ts';
import { toWire } from '../core/errors.ts';
import type { LayerIndex } from '../core/layer/layer-index.ts';
import { createTree } from '../core/layer/merged-tree.ts';
import type { InspectedLayer } from '../protocol/inspector.ts';
import type { Unpacker, UnpackingEvents } from '../protocol/unpacking.ts';
import { checkedLayer, readWholeLayer } from './read-whole-layer.ts';

const { signal } = new AbortController();

/** One after the other: a core is what reading a layer takes, and a second one hashes what comes of it. */
async function indexesOf(layers: readonly InspectedLayer[], events: UnpackingEvents): Promise<LayerIndex[]> {
  const indexes = new Map<Digest, LayerIndex>();
  let doneBytes = 0;
  for (const layer of layers) {
    if (indexes.has(layer.digest)) continue;
    const onBytes = (bytes: number): void => events.onBytes(doneBytes + bytes);
    indexes.set(layer.digest, await readWholeLayer(layer, { ...forward(events), signal, onBytes }));
    doneBytes += layer.size;
    events.onBytes(doneBytes);
  }
  return layers.flatMap(({ digest }) => indexes.get(digest) ?? []);
}

function forward(events: UnpackingEvents): Pick<UnpackingEvents, 'onNotice' | 'onRequest'> {
  return { onNotice: (text) => events.onNotice(text), onRequest: (record) => events.onRequest(record) };
}

async function orWire<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    return Promise.reject(toWire(error));
  }
}

const unpacker: Unpacker = {
  read: (layers, events) =>
    orWire(async () => {
      const indexes = await indexesOf(layers, events);
      return indexes.flatMap((index, at) => {
        const layer = layers[at];
        return layer === undefined ? [] : [checkedLayer(layer, index)];
      });
    }),
  rootfs: (layers, events) =>
    orWire(async () => {
      const indexes = await indexesOf(layers, events);
      for (const [at, layer] of layers.entries()) checkedLayer(layer, indexes[at]);
      return rootfsEntries(createTree(indexes), layers);
    }),
};

expose(unpacker);

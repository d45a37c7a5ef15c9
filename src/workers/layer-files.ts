/** Contents of files of an open image: each layer that holds some is read once more, up to the last of them. */
import { decompressInto } from '../core/layer/decompress.ts';
import { createFilePicker, type FileInLayer, type TakeBytes } from '../core/layer/file-bytes.ts';
import type { ChunkTable } from '../core/layer/toc/chunk-table.ts';
import { readChunks } from '../core/layer/toc/read-chunks.ts';
import type { InspectedLayer, OnProgress } from '../protocol/inspector.ts';
import { type LayerBytesOptions, openLayerBytes } from './layer-bytes.ts';
import { layerParts } from './layer-parts.ts';

export interface FilesToRead<File extends FileInLayer> {
  readonly layer: InspectedLayer;
  /** Bytes of the whole tar; what has to be read of the layer is estimated from it. */
  readonly uncompressedBytes: number;
  readonly files: readonly File[];
  /** Where the files' contents are, of a layer whose table of contents was read. */
  readonly chunks?: ChunkTable | undefined;
}

export type ReadFilesOptions = Omit<LayerBytesOptions, 'onBytes'> & { readonly onProgress: OnProgress };

/**
 * Layer by layer. What was given to `take` counts only once this has resolved: a layer that is not in the cache is checked
 * at its end.
 * @throws PulltabError; AbortError when `signal` says so
 */
export async function readLayerFiles<File extends FileInLayer>(
  wanted: readonly FilesToRead<File>[],
  take: TakeBytes<File>,
  options: ReadFilesOptions,
): Promise<void> {
  const needed = wanted.filter(({ files }) => files.some(({ size }) => size > 0));
  const totalBytes = needed.reduce((sum, layer) => sum + neededBytes(layer), 0);
  let doneBytes = 0;
  for (const one of needed) {
    const ofThis = neededBytes(one);
    if (one.chunks !== undefined) {
      const progress = (bytes: number, ofAll: number): void =>
        options.onProgress(doneBytes + (ofThis * bytes) / Math.max(1, ofAll), totalBytes);
      const how = { signal: options.signal, onProgress: progress };
      await readChunks(layerParts(one.layer, options), one.chunks, { files: one.files, take }, how);
      doneBytes += ofThis;
      continue;
    }
    const onBytes = (bytes: number): void => options.onProgress(doneBytes + Math.min(bytes, ofThis), totalBytes);
    const { stream, checked, whole } = await openLayerBytes(one.layer, true, { ...options, onBytes });
    const picker = createFilePicker(one.files, take);
    const [picked, arrived] = await Promise.allSettled([
      decompressInto(stream, picker.push, { signal: options.signal }).then(picker.end),
      checked ? undefined : whole,
    ]);
    // Bytes that are not the layer explain whatever else went wrong with them.
    if (arrived.status === 'rejected') throw arrived.reason;
    if (picked.status === 'rejected') throw picked.reason;
    doneBytes += ofThis;
    options.onProgress(doneBytes, totalBytes);
  }
}

/** Compressed bytes up to the end of the last file, as far as that can be told. */
function neededBytes({ layer, uncompressedBytes, files, chunks }: FilesToRead<FileInLayer>): number {
  if (chunks !== undefined) return files.reduce((sum, { size }) => sum + size, 0);
  const end = files.reduce((last, { offsetBytes, size }) => Math.max(last, offsetBytes + size), 0);
  return Math.ceil(layer.size * Math.min(1, end / Math.max(1, uncompressedBytes)));
}

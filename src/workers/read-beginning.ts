/** A file's first bytes, out of the layer that holds them. */
import type { FoundFile } from './find-file.ts';
import { type ReadFilesOptions, readLayerFiles } from './layer-files.ts';
import type { OpenedImage } from './opened-image.ts';

/** @throws PulltabError; AbortError when `options.signal` says so */
export async function readBeginning(
  image: OpenedImage,
  { layer, entry }: FoundFile,
  limitBytes: number,
  options: ReadFilesOptions,
): Promise<{ bytes: Uint8Array<ArrayBuffer>; size: number }> {
  const { size } = entry;
  const bytes = new Uint8Array(Math.min(size, limitBytes));
  let filled = 0;
  const beginning = { ...entry, size: bytes.byteLength };
  await readLayerFiles(
    [image.filesOf(layer, [beginning])],
    (_, piece) => {
      const wanted = piece.subarray(0, bytes.byteLength - filled);
      bytes.set(wanted, filled);
      filled += wanted.byteLength;
    },
    options,
  );
  return { bytes, size };
}

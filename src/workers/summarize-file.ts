/** What can be said of a file of an image beyond its bytes: as much of it is read as that needs. */
import { PulltabError } from '../core/errors.ts';
import { fileKind, needsWholeFile } from '../core/layer/file-kind.ts';
import { type FileSummary, summarize } from '../core/layer/summaries/summarize.ts';
import type { FilePlace } from '../protocol/inspector.ts';
import { fileAt, findPath } from './find-file.ts';
import type { ReadFilesOptions } from './layer-files.ts';
import type { OpenedImage } from './opened-image.ts';
import { readBeginning } from './read-beginning.ts';

const MIB = 1024 * 1024;
/** Enough to tell what a file is, and to sum up most. */
const FIRST_BYTES = MIB;
/** Of larger files the beginning has to do: their end may be gigabytes away. */
const MOST_BYTES = 128 * MIB;

/** @returns undefined where nothing more can be said @throws PulltabError; AbortError when `options.signal` says so */
export async function summarizeFile(
  image: OpenedImage,
  place: FilePlace,
  options: ReadFilesOptions,
): Promise<FileSummary | undefined> {
  const found = findPath(image.tree(), place);
  const file = fileAt(found);
  const path = found.view.table.path(found.node);
  const first = await readBeginning(image, file, FIRST_BYTES, options);
  const kind = fileKind(path, first.bytes);
  if (kind === undefined) return undefined;
  const isEnough = first.bytes.length === first.size || !needsWholeFile(kind);
  const { bytes } = isEnough ? first : await readBeginning(image, file, MOST_BYTES, options);
  try {
    return await summarize({ path, kind, bytes }, options.signal);
  } catch (error) {
    options.signal.throwIfAborted();
    if (error instanceof PulltabError) throw error;
    const seen = error instanceof Error ? error.message : String(error);
    throw new PulltabError('file-broken', { attempted: `sum up /${path}`, seen, cause: error });
  }
}

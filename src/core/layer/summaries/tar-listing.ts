/** What an archive of tar holds, compressed or not: read as a layer is, within much lower limits. */
import { indexPath, indexType } from '../layer-index.ts';
import { readLayer } from '../read-layer.ts';
import { type ArchivedFile, FILES_SHOWN } from './zip.ts';

export interface TarFacts {
  /** At most `FILES_SHOWN`. */
  readonly files: readonly ArchivedFile[];
  readonly count: number;
  readonly uncompressedBytes: number;
  /** False where it is damaged, or holds more than is read here. */
  readonly isComplete: boolean;
}

/** An archive within a layer is looked into, not unpacked. */
const LIMITS = { uncompressedBytes: 1024 ** 3, entries: 200_000, problems: 1 };

/** @param bytes the whole file @returns undefined where no tar is in it @throws AbortError when `signal` is aborted */
export async function summarizeTar(bytes: Uint8Array<ArrayBuffer>, signal: AbortSignal): Promise<TarFacts | undefined> {
  const index = await readLayer(new Blob([bytes]).stream(), { signal, limits: LIMITS });
  if (index.count === 0) return undefined;
  const files = Array.from({ length: Math.min(index.count, FILES_SHOWN) }, (_, i) => ({
    path: indexPath(index, i),
    size: index.sizes[i] ?? 0,
    isDirectory: indexType(index, i) === 'directory',
    modifiedAtMs: index.modifiedAtMs[i],
  }));
  return { files, count: index.count, uncompressedBytes: index.uncompressedBytes, isComplete: index.complete };
}

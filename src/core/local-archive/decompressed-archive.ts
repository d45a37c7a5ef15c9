/** The tar within a compressed archive, with limits on what comes out of it. */
import { PulltabError } from '../errors.ts';
import { decompress } from '../layer/decompress.ts';
import { LAYER_LIMITS } from '../layer/limits.ts';

export interface DecompressedOptions {
  /** For errors: "open image.tar.gz". */
  readonly attempted: string;
  /** How much of the file was read. */
  readonly onBytes: (bytes: number) => void;
}

/** @throws PulltabError `archive-invalid` for a broken stream, and for one that makes far more of itself than it is */
export async function* decompressedArchive(file: Blob, options: DecompressedOptions): AsyncGenerator<Uint8Array> {
  const { attempted, onBytes } = options;
  const { uncompressedBytes, ratio, ratioFreeBytes } = LAYER_LIMITS;
  // Whoever reads it ends its realm to stop it.
  const { signal } = new AbortController();
  let written = 0;
  try {
    for await (const bytes of decompress(file.stream(), { signal, onBytes })) {
      written += bytes.byteLength;
      if (written > uncompressedBytes || (written > ratioFreeBytes && written > file.size * ratio)) {
        throw invalid(`more than ${ratio} times its size comes out of it: it was made to fill memory`);
      }
      yield bytes;
    }
  } catch (error) {
    // What is said of layers is said of the archive here.
    if (error instanceof PulltabError && error.code === 'layer-broken') throw invalid(error.seen, error);
    throw error;
  }

  function invalid(seen: string, cause?: unknown): PulltabError {
    return new PulltabError('archive-invalid', { attempted, seen, cause });
  }
}

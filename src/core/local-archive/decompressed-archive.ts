/** The tar within a compressed archive, with limits on what comes out of it. */
import { PulltabError } from '../errors.ts';
import { LAYER_LIMITS } from '../layer/limits.ts';

export interface DecompressOptions {
  /** For errors: "open image.tar.gz". */
  readonly attempted: string;
  /** How much of the file was read. */
  readonly onBytes: (bytes: number) => void;
}

/** @throws PulltabError `archive-invalid` for a broken stream, and for one that makes far more of itself than it is */
export async function* decompressedArchive(file: Blob, options: DecompressOptions): AsyncGenerator<Uint8Array> {
  const { attempted } = options;
  const { uncompressedBytes, ratio, ratioFreeBytes } = LAYER_LIMITS;
  let written = 0;
  for await (const bytes of decompressing(file, options)) {
    written += bytes.byteLength;
    if (written > uncompressedBytes || (written > ratioFreeBytes && written > file.size * ratio)) {
      const seen = `more than ${ratio} times its size comes out of it: it is made to fill disks, or not an archive`;
      throw new PulltabError('archive-invalid', { attempted, seen });
    }
    yield bytes;
  }
}

async function* decompressing(file: Blob, { attempted, onBytes }: DecompressOptions): AsyncGenerator<Uint8Array> {
  let read = 0;
  const counted = file.stream().pipeThrough(
    new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
      transform(bytes, controller) {
        read += bytes.byteLength;
        onBytes(read);
        controller.enqueue(bytes);
      },
    }),
  );
  const reader = counted.pipeThrough(new DecompressionStream('gzip')).getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } catch (cause) {
    const seen = 'its compressed data is broken, or ends too early: it is damaged or not whole';
    throw new PulltabError('archive-invalid', { attempted, seen, cause });
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

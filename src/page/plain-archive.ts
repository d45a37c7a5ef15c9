/** The tar that an archive is, decompressed by a worker where it came compressed; and what else of it costs time. */
import { proxy, wrap } from 'comlink';
import type { Digest } from '../core/digest.ts';
import { asPulltabError, fromWire, isAbort, PulltabError } from '../core/errors.ts';
import { compressionOf, MAGIC_BYTES } from '../core/local-archive/compression.ts';
import type { ArchiveWorker } from '../protocol/archive-worker.ts';
import { isWireError } from '../protocol/inspector.ts';

export interface PlainArchive {
  /** The file itself where it was not compressed. */
  readonly blob: Blob;
  /** The sha256 of a part of it. */
  hash(part: Blob): Promise<Digest>;
}

interface PlainArchiveOptions {
  readonly signal: AbortSignal;
  readonly onProgress: (doneBytes: number) => void;
  /** For errors: "open image.tar.gz". */
  readonly attempted: string;
}

/** @throws PulltabError `archive-invalid` for what cannot be decompressed; an abort when `signal` says so */
export async function plainArchive(file: File, options: PlainArchiveOptions): Promise<PlainArchive> {
  const { signal, attempted, onProgress } = options;
  const hash = (part: Blob): Promise<Digest> => inWorker(options, (worker) => worker.hash(part));
  const compression = compressionOf(new Uint8Array(await readHead(file, attempted)));
  signal.throwIfAborted();
  if (compression === 'none') return { blob: file, hash };
  if (compression !== 'gzip' && compression !== 'zstd') {
    const seen = `it is compressed with ${compression}, of which browsers know nothing: decompress it first`;
    throw new PulltabError('archive-invalid', { attempted, seen });
  }
  const blob = await inWorker(options, (worker, ended) => {
    // It has a port of its own, and may arrive after the answer.
    const progress = (doneBytes: number): void => {
      if (!ended.aborted) onProgress(doneBytes);
    };
    return worker.unpack(file, attempted, proxy(progress));
  });
  return { blob, hash };
}

/** The first thing that is read of a file that somebody chose: where it cannot be read at all, that shows here. */
async function readHead(file: File, attempted: string): Promise<ArrayBuffer> {
  try {
    return await file.slice(0, MAGIC_BYTES).arrayBuffer();
  } catch (cause) {
    const seen = 'the browser cannot read it: it is a folder, it was moved, or it may not be read';
    throw new PulltabError('archive-invalid', { attempted, seen, cause });
  }
}

/** A worker for one thing: it ends with it, or with whoever waits for it. */
async function inWorker<T>(
  { signal, attempted }: PlainArchiveOptions,
  ask: (worker: ArchiveWorker, ended: AbortSignal) => Promise<T>,
): Promise<T> {
  signal.throwIfAborted();
  const worker = new Worker(new URL('../workers/archive.ts', import.meta.url), {
    type: 'module',
    name: 'pulltab-archive',
  });
  const ended = new AbortController();
  try {
    const broken = new Promise<never>((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason), { signal: ended.signal });
      worker.addEventListener('error', (event) =>
        reject(new Error(event.message || 'its worker could not be started')),
      );
    });
    return await Promise.race([ask(wrap<ArchiveWorker>(worker), ended.signal), broken]);
  } catch (error) {
    if (isWireError(error)) throw fromWire(error);
    throw isAbort(error) ? error : asPulltabError(error, attempted);
  } finally {
    ended.abort();
    worker.terminate();
  }
}

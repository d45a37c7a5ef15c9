/** The digest of an uncompressed layer, on another thread: it takes longer than all the rest of reading a layer. */
import { type Remote, transfer, wrap } from 'comlink';
import type { TarHash } from '../core/layer/read-layer.ts';
import type { HashWorker } from './hash.ts';

/** Bytes that are on their way to be hashed, at most, before the reading has to wait. */
const AHEAD_BYTES = 16 * 1024 * 1024;

interface Hashing {
  readonly worker: Remote<HashWorker>;
  /** Resolves when the worker could not be started. */
  readonly broken: Promise<void>;
}

let hashing: Hashing | undefined;
let count = 0;

/** Undefined where no fast hash is to be had: then nobody says whether a layer is what its config says. */
export function createTarHash(signal: AbortSignal): TarHash | undefined {
  // Some browsers have no workers within workers.
  if (typeof Worker === 'undefined' || typeof WebAssembly === 'undefined') return undefined;
  hashing ??= startWorker();
  const { worker, broken } = hashing;
  const id = count++;
  // Nobody waits for the worker to start: entries show while it does.
  void worker.begin(id);
  signal.addEventListener('abort', () => void worker.forget(id), { once: true });
  let isBroken = false;
  let aheadBytes = 0;
  let makeRoom: (() => void) | undefined;
  void broken.then(() => {
    isBroken = true;
    makeRoom?.();
  });
  return {
    async update(bytes) {
      if (isBroken) return;
      const { byteLength } = bytes;
      aheadBytes += byteLength;
      void worker.update(id, transfer(bytes, [bytes.buffer])).then(() => {
        aheadBytes -= byteLength;
        if (aheadBytes < AHEAD_BYTES) makeRoom?.();
      });
      if (aheadBytes < AHEAD_BYTES) return;
      await new Promise<void>((resolve) => {
        makeRoom = resolve;
      });
    },
    hex: () => Promise.race([worker.hex(id), broken.then(() => undefined)]),
  };
}

function startWorker(): Hashing {
  const worker = new Worker(new URL('hash.ts', import.meta.url), { type: 'module', name: 'pulltab-hash' });
  const broken = new Promise<void>((resolve) => {
    worker.addEventListener('error', () => resolve(), { once: true });
  });
  return { worker: wrap<HashWorker>(worker), broken };
}

/** The digest of an uncompressed layer, on another thread: it takes longer than all the rest of reading a layer. */
import { type Remote, transfer, wrap } from 'comlink';
import type { TarHash } from '../core/layer/read-layer.ts';
import type { HashWorker } from './hash.ts';

/** Bytes that are on their way to be hashed, at most, before the reading has to wait. */
const AHEAD_BYTES = 16 * 1024 * 1024;

let hashing: { readonly worker: Remote<HashWorker>; readonly broken: Promise<boolean> } | undefined;
let count = 0;

/** Undefined where no fast hash is to be had: then nobody says whether a layer is what its config says. */
export async function createTarHash(signal: AbortSignal): Promise<TarHash | undefined> {
  // Some browsers have no workers within workers.
  if (typeof Worker === 'undefined') return undefined;
  hashing ??= startWorker();
  const { worker: hash, broken } = hashing;
  const id = count++;
  if (!(await Promise.race([hash.begin(id), broken]))) return undefined;
  signal.addEventListener('abort', () => void hash.forget(id), { once: true });
  let aheadBytes = 0;
  let makeRoom: (() => void) | undefined;
  return {
    async update(bytes) {
      const copy = bytes.slice();
      aheadBytes += copy.byteLength;
      void hash.update(id, transfer(copy, [copy.buffer])).then(() => {
        aheadBytes -= bytes.byteLength;
        if (aheadBytes < AHEAD_BYTES) makeRoom?.();
      });
      if (aheadBytes < AHEAD_BYTES) return;
      await new Promise<void>((resolve) => {
        makeRoom = resolve;
      });
    },
    hex: () => hash.hex(id),
  };
}

function startWorker(): NonNullable<typeof hashing> {
  const worker = new Worker(new URL('hash.ts', import.meta.url), { type: 'module', name: 'pulltab-hash' });
  const broken = new Promise<boolean>((resolve) => {
    worker.addEventListener('error', () => resolve(false), { once: true });
  });
  return { worker: wrap<HashWorker>(worker), broken };
}

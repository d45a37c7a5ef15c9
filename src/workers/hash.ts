/** The hash worker: several digests side by side, each of what it is sent. Started by the inspect worker only. */
import { expose } from 'comlink';
import { createWasmHasher, type Hasher } from '../core/hash/hasher.ts';

export interface HashWorker {
  /** False where WebAssembly does not run: script would take minutes. */
  begin(id: number): Promise<boolean>;
  update(id: number, bytes: Uint8Array): void;
  /** Ends it. */
  hex(id: number): string;
  forget(id: number): void;
}

const hashers = new Map<number, Hasher>();

const worker: HashWorker = {
  async begin(id) {
    const hasher = await createWasmHasher('sha256');
    if (hasher) hashers.set(id, hasher);
    return hasher !== undefined;
  },
  update: (id, bytes) => hashers.get(id)?.update(bytes),
  hex(id) {
    const hex = hashers.get(id)?.hex() ?? '';
    hashers.delete(id);
    return hex;
  },
  forget: (id) => void hashers.delete(id),
};

expose(worker);

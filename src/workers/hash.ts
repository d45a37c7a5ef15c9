/** The hash worker: several digests side by side, each of what it is sent. Started by the inspect worker only. */
import { expose } from 'comlink';
import { createWasmHasher, type Hasher } from '../core/hash/hasher.ts';

export interface HashWorker {
  begin(id: number): void;
  update(id: number, bytes: Uint8Array): Promise<void>;
  /** Ends it. Undefined where WebAssembly does not run: script would take minutes. */
  hex(id: number): Promise<string | undefined>;
  forget(id: number): void;
}

const hashers = new Map<number, Promise<Hasher | undefined>>();

const worker: HashWorker = {
  begin: (id) => void hashers.set(id, createWasmHasher('sha256')),
  // Those who wait for the same promise go on in the order in which they came.
  update: async (id, bytes) => (await hashers.get(id))?.update(bytes),
  async hex(id) {
    const hex = (await hashers.get(id))?.hex();
    hashers.delete(id);
    return hex;
  },
  forget: (id) => void hashers.delete(id),
};

expose(worker);

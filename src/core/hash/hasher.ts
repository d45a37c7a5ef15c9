/**
 * Incremental sha256 and sha512: hash-wasm where WebAssembly runs, @noble/hashes where it does not (a browser started
 * without it, or a policy that refuses to compile it). The only file that knows hash-wasm.
 */
import { createSHA256, createSHA512 } from 'hash-wasm';
import type { DigestAlgorithm } from '../digest.ts';
import { toHex } from '../hex.ts';

export interface Hasher {
  readonly kind: 'wasm' | 'script';
  update(bytes: Uint8Array): void;
  /** What `load` of another hasher of this kind and algorithm goes on from; undefined where this kind cannot say. */
  save(): Uint8Array<ArrayBuffer> | undefined;
  /** Goes on from there. @returns whether it could: a state of another version, or of another kind, is refused. */
  load(state: Uint8Array): boolean;
  /** Lower-case hexadecimal of everything given so far; ends the hasher. */
  hex(): string;
}

/** The fast hasher, or undefined where WebAssembly does not run. */
export async function createWasmHasher(algorithm: DigestAlgorithm): Promise<Hasher | undefined> {
  if (typeof WebAssembly !== 'object') return undefined;
  try {
    const wasm = await (algorithm === 'sha512' ? createSHA512() : createSHA256());
    wasm.init();
    return {
      kind: 'wasm',
      update: (bytes) => void wasm.update(bytes),
      // A copy: what hash-wasm gives is a view of its memory.
      save: () => new Uint8Array(wasm.save()),
      load(state) {
        try {
          wasm.load(state);
          return true;
        } catch {
          wasm.init();
          return false;
        }
      },
      hex: () => wasm.digest('hex'),
    };
  } catch {
    // A policy may leave the object and refuse to compile: that is "no WebAssembly" as well.
    return undefined;
  }
}

/** Works everywhere; 3 to 200 times slower than WebAssembly, so it is loaded only when it is needed. */
export async function createScriptHasher(algorithm: DigestAlgorithm): Promise<Hasher> {
  const { sha256, sha512 } = await import('@noble/hashes/sha2.js');
  const script = algorithm === 'sha512' ? sha512.create() : sha256.create();
  return {
    kind: 'script',
    update: (bytes) => void script.update(bytes),
    save: () => undefined,
    load: () => false,
    hex: () => toHex(script.digest()),
  };
}

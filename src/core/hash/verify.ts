/**
 * Checks a blob against its descriptor while its bytes pass: length first, then digest.
 * https://github.com/opencontainers/image-spec/blob/main/descriptor.md
 *
 * Three ways to the same answer. `wasm` hashes as bytes pass. Without WebAssembly a script hasher may be 200 times
 * slower (a browser without WebAssembly often interprets its scripts too), while Web Crypto stays fast but takes
 * everything at once: `native` therefore hashes the stored chunks again in one call, one layer in memory at a time.
 * `script` is left for what is too large for that.
 */
import { type Digest, digestAlgorithm, digestHex } from '../digest.ts';
import { PulltabError } from '../errors.ts';
import { digestOf } from './digest-of.ts';
import { createScriptHasher, createWasmHasher, type Hasher } from './hasher.ts';

/** Largest blob that is hashed in one native call from the store (bytes). */
const NATIVE_STORED_LIMIT = 1024 * 1024 * 1024;
/** The same where nothing is stored and the bytes have to wait in memory, perhaps of several blobs at once. */
const NATIVE_MEMORY_LIMIT = 256 * 1024 * 1024;

/** The first so many bytes, as they were stored. */
export type Stored = (toBytes: number) => AsyncIterable<Uint8Array>;

export interface BlobVerifier {
  readonly method: 'wasm' | 'native' | 'script' | 'elsewhere';
  /** What `VerifyOptions.from` goes on from; undefined where the stored bytes have to be read again for that. */
  state(): Uint8Array<ArrayBuffer> | undefined;
  /**
   * What it returns, if anything, is to be waited for: the hash is behind.
   * @throws PulltabError `size-mismatch` as soon as more bytes arrive than the descriptor states.
   */
  update(bytes: Uint8Array): void | Promise<void>;
  /** @throws PulltabError `size-mismatch` or `digest-mismatch`. */
  finish(): Promise<void>;
}

export interface HashElsewhere {
  update(bytes: Uint8Array): void | Promise<void>;
  /** Lower-case hexadecimal; undefined where it turned out that it cannot be told. */
  hex(): Promise<string | undefined>;
}

export interface VerifyOptions {
  /** Clause for errors: "fetch layer sha256:…". */
  readonly attempted: string;
  /** Reads the bytes given so far back, where something stored them. */
  readonly stored?: Stored;
  /** A sha256 that is done elsewhere, on another thread: used where the digest is one. */
  readonly elsewhere?: HashElsewhere | undefined;
  /** Bytes that an earlier verifier was given, all of them stored, and its state after them. */
  readonly from?: { readonly bytes: number; readonly state: Uint8Array | undefined } | undefined;
}

export async function createBlobVerifier(
  descriptor: { readonly digest: Digest; readonly size: number },
  options: VerifyOptions,
): Promise<BlobVerifier> {
  const { digest, size } = descriptor;
  const sink = await createSink(descriptor, options);
  let received = options.from?.bytes ?? 0;
  if (options.from && !sink.goesOn(options.from.state)) {
    for await (const bytes of options.stored?.(options.from.bytes) ?? []) await sink.update(bytes);
  }
  const mismatch = (seen: string) => new PulltabError('size-mismatch', { attempted: options.attempted, seen });
  return {
    method: sink.method,
    state: sink.state,
    update(bytes) {
      received += bytes.byteLength;
      if (received > size) {
        throw mismatch(`more than the ${size} bytes arrived that its manifest states for ${digest}`);
      }
      return sink.update(bytes);
    },
    async finish() {
      if (received !== size) throw mismatch(`${received} of the ${size} bytes of ${digest} arrived`);
      const hex = await sink.hex();
      if (hex !== digestHex(digest)) {
        throw new PulltabError('digest-mismatch', {
          attempted: options.attempted,
          seen: `expected ${digest}, but the ${size} bytes that arrived are ${digestAlgorithm(digest)}:${hex}`,
        });
      }
    },
  };
}

interface Sink {
  readonly method: BlobVerifier['method'];
  update(bytes: Uint8Array): void | Promise<void>;
  state(): Uint8Array<ArrayBuffer> | undefined;
  /** Whether it can go on without being given the earlier bytes again. */
  goesOn(state: Uint8Array | undefined): boolean;
  hex(): Promise<string>;
}

async function createSink(
  descriptor: { readonly digest: Digest; readonly size: number },
  { stored, elsewhere, attempted }: VerifyOptions,
): Promise<Sink> {
  const { digest, size } = descriptor;
  const algorithm = digestAlgorithm(digest);
  if (elsewhere && algorithm === 'sha256') {
    return {
      method: 'elsewhere',
      update: (bytes) => elsewhere.update(bytes),
      state: () => undefined,
      goesOn: () => false,
      hex: async () => (await elsewhere.hex()) ?? (await hashStored(descriptor, { stored, attempted })),
    };
  }
  const wasm = await createWasmHasher(algorithm);
  if (wasm) return { ...streaming(wasm), method: 'wasm' };
  const native = globalThis.crypto?.subtle;
  if (native && size <= (stored ? NATIVE_STORED_LIMIT : NATIVE_MEMORY_LIMIT)) {
    const kept: Uint8Array[] = [];
    return {
      method: 'native',
      // The caller goes on to use its buffer, so what has to wait in memory is copied.
      update: (bytes) => void (stored || kept.push(bytes.slice())),
      state: () => undefined,
      goesOn: () => stored !== undefined,
      async hex() {
        const whole = new Uint8Array(size);
        let offset = 0;
        for await (const bytes of stored ? stored(size) : kept) {
          whole.set(bytes, offset);
          offset += bytes.byteLength;
        }
        return digestHex(await digestOf(whole, algorithm));
      },
    };
  }
  return { ...streaming(await createScriptHasher(algorithm)), method: 'script' };
}

/** Where the other thread was lost: what is stored is hashed here; nothing counts as right that was not hashed. */
async function hashStored(
  descriptor: { readonly digest: Digest; readonly size: number },
  { stored, attempted }: { stored: Stored | undefined; attempted: string },
): Promise<string> {
  if (!stored) throw new PulltabError('internal', { attempted, seen: 'the thread that hashes it has stopped' });
  const sink = await createSink(descriptor, { stored, attempted });
  for await (const bytes of stored(descriptor.size)) await sink.update(bytes);
  return sink.hex();
}

function streaming(hasher: Hasher): Omit<Sink, 'method'> {
  return {
    update: hasher.update,
    state: hasher.save,
    goesOn: (state) => state !== undefined && hasher.load(state),
    hex: async () => hasher.hex(),
  };
}

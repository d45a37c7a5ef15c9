import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { type Digest, type DigestAlgorithm, parseDigest } from '../../../src/core/digest.ts';
import { createScriptHasher, createWasmHasher } from '../../../src/core/hash/hasher.ts';
import { createBlobVerifier, type VerifyOptions } from '../../../src/core/hash/verify.ts';
import { toHex } from '../../../src/core/hex.ts';

// The examples of NIST (https://csrc.nist.gov/projects/cryptographic-standards-and-guidelines/example-values), and
// `head -c 1000000 /dev/zero | tr '\0' a | sha256sum` (sha512sum).
const VECTORS: readonly (readonly [string, DigestAlgorithm, string])[] = [
  ['', 'sha256', 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
  ['abc', 'sha256', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
  [
    'abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq',
    'sha256',
    '248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1',
  ],
  ['a'.repeat(1_000_000), 'sha256', 'cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0'],
  [
    '',
    'sha512',
    'cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e',
  ],
  [
    'abc',
    'sha512',
    'ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f',
  ],
  [
    'a'.repeat(1_000_000),
    'sha512',
    'e718483d0ce769644e2e42c7bc15b4638e1f98b13b2044285632a803afa973ebde0ff244877ea60a4cb0432ce577c31beb009c5c2c49aa2e4eadb217ad8cc09b',
  ],
];

const bytesOf = (text: string) => new TextEncoder().encode(text);

/** Cut at the places, which need not be in order. */
function pieces(bytes: Uint8Array<ArrayBuffer>, cuts: readonly number[]): Uint8Array<ArrayBuffer>[] {
  const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].sort((a, b) => a - b);
  return places.slice(1).map((end, index) => bytes.subarray(places[index], end));
}

type Method = 'wasm' | 'native' | 'script';
const METHODS: readonly Method[] = ['wasm', 'native', 'script'];

/** Takes away what a browser may lack, until `afterEach`. */
function leaveOnly(method: Method): void {
  if (method !== 'wasm') vi.stubGlobal('WebAssembly', undefined);
  if (method === 'script') vi.stubGlobal('crypto', undefined);
}
afterEach(() => vi.unstubAllGlobals());

describe.each([
  ['wasm', createWasmHasher],
  ['script', createScriptHasher],
])('the %s hasher', (kind, create) => {
  test.each(VECTORS)('%.20s by %s', async (text, algorithm, hex) => {
    const hasher = await create(algorithm);
    expect(hasher?.kind).toBe(kind);
    for (const piece of pieces(bytesOf(text), [1, 63, 64, 65, 127, 500_000])) hasher?.update(piece);
    expect(hasher?.hex()).toBe(hex);
  });
});

test('several hashers at once do not mix', async () => {
  const [one, two] = [await createWasmHasher('sha256'), await createWasmHasher('sha256')];
  one?.update(bytesOf('a'));
  two?.update(bytesOf(''));
  one?.update(bytesOf('bc'));
  expect([one?.hex(), two?.hex()]).toEqual([VECTORS[1]?.[2], VECTORS[0]?.[2]]);
});

describe('without WebAssembly there is no such hasher', () => {
  test('because it is missing', async () => {
    leaveOnly('native');
    expect(await createWasmHasher('sha256')).toBeUndefined();
  });

  test('because a policy refuses to compile', async () => {
    const refuse = () => Promise.reject(new Error('refused by policy'));
    vi.stubGlobal('WebAssembly', { compile: refuse, instantiate: refuse });
    expect(await createWasmHasher('sha256')).toBeUndefined();
  });
});

test('hexadecimal keeps its zeros', () => {
  expect(toHex(Uint8Array.of(0, 1, 15, 16, 255))).toBe('00010f10ff');
});

interface Blob {
  readonly digest: Digest;
  readonly size: number;
}

async function verify(blob: Blob, given: readonly Uint8Array[], stored?: VerifyOptions['stored']) {
  const verifier = await createBlobVerifier(blob, { attempted: 'fetch it', ...(stored ? { stored } : {}) });
  for (const piece of given) {
    // The caller uses its buffer again.
    const lent = piece.slice();
    verifier.update(lent);
    lent.fill(0);
  }
  await verifier.finish();
  return verifier.method;
}

function blobOf(bytes: Uint8Array, algorithm: DigestAlgorithm = 'sha256'): Blob {
  return {
    digest: parseDigest(`${algorithm}:${createHash(algorithm).update(bytes).digest('hex')}`),
    size: bytes.length,
  };
}

describe.each(METHODS)('a blob checked by %s', (method) => {
  test.each(VECTORS)('%.20s by %s is accepted', async (text, algorithm, hex) => {
    leaveOnly(method);
    const bytes = bytesOf(text);
    const blob = { digest: parseDigest(`${algorithm}:${hex}`), size: bytes.length };
    expect(await verify(blob, pieces(bytes, [1, 64, 500_000]))).toBe(method);
  });

  test('is accepted in whatever pieces, and refused with any byte changed', async () => {
    leaveOnly(method);
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ minLength: 1, maxLength: 300 }),
        fc.array(fc.nat(), { maxLength: 5 }),
        fc.nat(),
        fc.constantFrom<DigestAlgorithm>('sha256', 'sha512'),
        async (data, cuts, at, algorithm) => {
          const bytes = new Uint8Array(data);
          const blob = blobOf(bytes, algorithm);
          await verify(blob, pieces(bytes, cuts));
          const index = at % bytes.length;
          const changed = bytes.with(index, (bytes[index] ?? 0) ^ 1);
          await expect(verify(blob, pieces(changed, cuts))).rejects.toMatchObject({
            code: 'digest-mismatch',
            attempted: 'fetch it',
            seen: `expected ${blob.digest}, but the ${blob.size} bytes that arrived are ${blobOf(changed, algorithm).digest}`,
          });
        },
      ),
      { numRuns: 50 },
    );
  });

  test('is refused when it is shorter', async () => {
    leaveOnly(method);
    const bytes = bytesOf('abcdef');
    const blob = blobOf(bytes);
    await expect(verify(blob, [bytes.subarray(0, 5)])).rejects.toMatchObject({
      code: 'size-mismatch',
      seen: `5 of the 6 bytes of ${blob.digest} arrived`,
    });
    await expect(verify(blob, [])).rejects.toMatchObject({ code: 'size-mismatch' });
  });

  test('is refused at the first byte too many', async () => {
    leaveOnly(method);
    const verifier = await createBlobVerifier(blobOf(bytesOf('abc')), { attempted: 'fetch it' });
    verifier.update(bytesOf('ab'));
    expect(() => verifier.update(bytesOf('cd'))).toThrow(
      expect.objectContaining({ code: 'size-mismatch', seen: expect.stringContaining('more than the 3 bytes') }),
    );
    await expect(verifier.finish()).rejects.toMatchObject({ code: 'size-mismatch' });
  });
});

describe('without WebAssembly', () => {
  const GIB = 1024 ** 3;
  const digest = blobOf(bytesOf('')).digest;
  const methodFor = async (size: number, stored: boolean) => {
    leaveOnly('native');
    const options = stored ? { attempted: 'a', stored: async function* () {} } : { attempted: 'a' };
    return (await createBlobVerifier({ digest, size }, options)).method;
  };

  test.each([
    [GIB, true, 'native'],
    [GIB + 1, true, 'script'],
    [GIB / 4, false, 'native'],
    [GIB / 4 + 1, false, 'script'],
  ])('%i bytes, stored: %s, are hashed by %s', async (size, stored, method) => {
    expect(await methodFor(size, stored)).toBe(method);
  });

  test('what was stored is what is hashed', async () => {
    leaveOnly('native');
    const bytes = bytesOf('abcdef');
    const stored = async function* () {
      yield bytes.subarray(0, 2);
      yield bytes.subarray(2);
    };
    await expect(verify(blobOf(bytes), [bytes], stored)).resolves.toBe('native');
    const damaged = async function* () {
      yield bytesOf('abcdeF');
    };
    await expect(verify(blobOf(bytes), [bytes], damaged)).rejects.toMatchObject({ code: 'digest-mismatch' });
  });

  test('a store that fails or holds too much fails the check', async () => {
    leaveOnly('native');
    const bytes = bytesOf('abcdef');
    const lost = new Error('gone');
    const failing = async function* () {
      yield bytes.subarray(0, 2);
      throw lost;
    };
    await expect(verify(blobOf(bytes), [bytes], failing)).rejects.toBe(lost);
    const longer = async function* () {
      yield bytes;
      yield bytes;
    };
    await expect(verify(blobOf(bytes), [bytes], longer)).rejects.toThrow();
  });
});

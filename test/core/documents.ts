/** Pieces of manifests and configs for the tests of their readers. */
import { type Digest, parseDigest } from '../../src/core/digest.ts';

/** A digest that is easy to tell apart: `digestOf('a')` is sha256:aaaa…. */
export function digestOf(digit: string): Digest {
  return parseDigest(`sha256:${digit.repeat(64)}`);
}

export function bytesOf(value: unknown): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(typeof value === 'string' ? value : JSON.stringify(value));
}

/** The error that this ends with. */
export function thrownBy(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}

/** The digest of bytes that are in memory, by the browser's own hash. */
import { type Digest, type DigestAlgorithm, parseDigest } from '../digest.ts';
import { toHex } from '../hex.ts';

export async function digestOf(bytes: Uint8Array<ArrayBuffer>, algorithm: DigestAlgorithm = 'sha256'): Promise<Digest> {
  const hash = await crypto.subtle.digest(algorithm === 'sha512' ? 'SHA-512' : 'SHA-256', bytes);
  return parseDigest(`${algorithm}:${toHex(new Uint8Array(hash))}`);
}

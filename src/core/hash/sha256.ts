/** The digest of bytes that are in memory. */
import { type Digest, parseDigest } from '../digest.ts';
import { toHex } from './hasher.ts';

export async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<Digest> {
  return parseDigest(`sha256:${toHex(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)))}`);
}

/** Hashes a blob of the layer cache again: a disk may have lost what was right once. */
import type { Digest } from '../core/digest.ts';
import { createBlobVerifier } from '../core/hash/verify.ts';
import { readChunks } from '../store/blobs.ts';

/**
 * @param onBytes told how many bytes were read
 * @throws PulltabError `digest-mismatch`, or `storage-refused` where chunks are gone.
 */
export async function verifyStored(digest: Digest, size: number, onBytes: (bytes: number) => void): Promise<void> {
  const stored = (toBytes: number) => readChunks(digest, { fromBytes: 0, toBytes });
  const verifier = await createBlobVerifier(
    { digest, size },
    { attempted: `check ${digest} in the layer cache`, stored },
  );
  let bytes = 0;
  for await (const chunk of stored(size)) {
    verifier.update(chunk);
    bytes += chunk.byteLength;
    onBytes(bytes);
  }
  await verifier.finish();
}

/**
 * Whether the first bytes of a blob are those that its manifest promises. A server that labels a stored .tar.gz with
 * Content-Encoding makes the browser unpack it on the way; the page then sees a tar where gzip was announced.
 */
import type { Descriptor } from '../../core/manifest.ts';
import { isGzipLayer } from '../../core/media-types.ts';
import { discard } from '../../core/registry/response.ts';
import type { Cause } from './causes.ts';
import { StepFailure } from './failure.ts';

/** Enough to hold a tar's first header; the whole of a blob that is no longer. */
const READ_BYTES = 256 * 1024;

/**
 * A sentence about what came.
 * @throws StepFailure `mislabelled-encoding` or `damaged`; what the body's stream throws.
 */
export async function checkFirstBytes(response: Response, blob: Descriptor, host: string): Promise<string> {
  const fail = (cause: Cause, mayBe: readonly Cause[], ...evidence: string[]): StepFailure =>
    new StepFailure({ cause, host, mayBe, evidence });
  const coding = response.headers.get('Content-Encoding');
  const { bytes, ended } = await firstBytes(response);
  const announced = Number(response.headers.get('Content-Length') ?? blob.size);
  if (isGzipLayer(blob.mediaType) && bytes.length > 1 && !startsLikeArchive(bytes)) {
    const seen = 'The manifest announces gzip, and what arrives in the page is not packed any more.';
    if (coding !== null) throw fail('mislabelled-encoding', [], seen, `The answer has Content-Encoding: ${coding}.`);
    throw fail('mislabelled-encoding', ['damaged'], seen, 'The page may not see whether Content-Encoding was sent.');
  }
  if (ended && bytes.length !== blob.size) {
    const cause = bytes.length > blob.size ? 'mislabelled-encoding' : 'damaged';
    const other = bytes.length > blob.size ? 'damaged' : 'mislabelled-encoding';
    throw fail(cause, [other], `The manifest says ${blob.size} bytes, and ${bytes.length} arrived.`);
  }
  if (coding === null && announced !== blob.size) {
    throw fail(
      'damaged',
      ['mislabelled-encoding'],
      `The manifest says ${blob.size} bytes, and the answer ${announced}.`,
    );
  }
  return ended ? `all of its ${blob.size} bytes arrived` : `the first ${bytes.length} of ${blob.size} bytes arrived`;
}

async function firstBytes(response: Response): Promise<{ bytes: Uint8Array; ended: boolean }> {
  const bytes = new Uint8Array(READ_BYTES);
  let length = 0;
  const reader = response.body?.getReader();
  while (reader !== undefined && length < READ_BYTES) {
    const { done, value } = await reader.read();
    if (done) return { bytes: bytes.subarray(0, length), ended: true };
    const part = value.subarray(0, READ_BYTES - length);
    bytes.set(part, length);
    length += part.length;
  }
  reader?.releaseLock();
  await discard(response);
  return { bytes: bytes.subarray(0, length), ended: reader === undefined };
}

/** gzip or zstd: labels lie about which of the two. */
function startsLikeArchive(bytes: Uint8Array): boolean {
  return (bytes[0] === 0x1f && bytes[1] === 0x8b) || (bytes[0] === 0x28 && bytes[1] === 0xb5);
}

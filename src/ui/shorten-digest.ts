/** A digest cut in three, so that its middle can be hidden while the text stays whole for copying and for tests. */
import { type Digest, digestHex } from '../core/digest.ts';

const HEAD_DIGITS = 8;
const TAIL_DIGITS = 4;

export interface DigestParts {
  /** "sha256:4b62a1c0" */
  readonly head: string;
  readonly middle: string;
  /** "f071" */
  readonly tail: string;
}

/** `head + middle + tail` is the digest. */
export function shortenDigest(digest: Digest): DigestParts {
  const headLength = digest.length - digestHex(digest).length + HEAD_DIGITS;
  return {
    head: digest.slice(0, headLength),
    middle: digest.slice(headLength, -TAIL_DIGITS),
    tail: digest.slice(-TAIL_DIGITS),
  };
}

/**
 * Digests: `algorithm:encoded`, the only names that bytes have.
 * https://github.com/opencontainers/image-spec/blob/main/descriptor.md#digests
 */
import { PulltabError } from './errors.ts';

declare const digestBrand: unique symbol;

/** A digest in its only spelling: lower-case `sha256:<64 hex>` or `sha512:<128 hex>`. Made by `parseDigest` alone. */
export type Digest = string & { readonly [digestBrand]: true };

export type DigestAlgorithm = 'sha256' | 'sha512';

const HEX_LENGTH: Record<DigestAlgorithm, number> = { sha256: 64, sha512: 128 };

export function isDigest(text: string): text is Digest {
  const match = /^(sha256|sha512):([0-9a-f]+)$/.exec(text);
  return match !== null && match[2]?.length === HEX_LENGTH[match[1] as DigestAlgorithm];
}

/**
 * @throws PulltabError `reference-invalid` for an unknown algorithm, a truncated digest or characters that are not
 * lower-case hexadecimal; each is named.
 */
export function parseDigest(text: string): Digest {
  if (isDigest(text)) return text;
  throw new PulltabError('reference-invalid', { attempted: `read the digest “${text}”`, seen: whyNotDigest(text) });
}

/** Completes "it is not a digest: …". */
export function whyNotDigest(text: string): string {
  const colon = text.indexOf(':');
  if (colon <= 0) return 'it has no algorithm; a digest starts with sha256: or sha512:';
  const algorithm = text.slice(0, colon);
  const encoded = text.slice(colon + 1);
  if (algorithm !== 'sha256' && algorithm !== 'sha512') return `the algorithm ${algorithm} is not sha256 or sha512`;
  if (/[^0-9a-f]/.test(encoded)) return 'it holds characters other than 0–9 and lower-case a–f';
  return `it has ${encoded.length} hexadecimal digits where ${algorithm} has ${HEX_LENGTH[algorithm]}`;
}

export function digestAlgorithm(digest: Digest): DigestAlgorithm {
  return digest.startsWith('sha512:') ? 'sha512' : 'sha256';
}

/** The part after the colon. */
export function digestHex(digest: Digest): string {
  return digest.slice(digest.indexOf(':') + 1);
}

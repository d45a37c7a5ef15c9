import fc from 'fast-check';
import { expect, test } from 'vitest';
import { digestAlgorithm, digestHex, isDigest, parseDigest } from '../../src/core/digest.ts';
import { digestText } from './reference-arbitraries.ts';

const HEX = '2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824';

test('both algorithms are read', () => {
  fc.assert(
    fc.property(digestText(), (text) => {
      const digest = parseDigest(text);
      expect(isDigest(text)).toBe(true);
      expect(`${digestAlgorithm(digest)}:${digestHex(digest)}`).toBe(text);
    }),
  );
});

test.each([
  ['', 'it has no algorithm'],
  [HEX, 'it has no algorithm'],
  [`:${HEX}`, 'it has no algorithm'],
  [`sha1:${HEX}`, 'the algorithm sha1 is not sha256 or sha512'],
  [`SHA256:${HEX}`, 'the algorithm SHA256 is not sha256 or sha512'],
  [`sha256:${HEX.toUpperCase()}`, 'it holds characters other than 0–9 and lower-case a–f'],
  [`sha256:${HEX} `, 'it holds characters other than'],
  [`sha256:${HEX}\n`, 'it holds characters other than'],
  ['sha256:', 'it has 0 hexadecimal digits where sha256 has 64'],
  [`sha256:${HEX}${HEX}`, 'it has 128 hexadecimal digits where sha256 has 64'],
  [`sha512:${HEX}`, 'it has 64 hexadecimal digits where sha512 has 128'],
  [`sha256:../${HEX}`, 'it holds characters other than'],
])('%j is refused: %s', (text, why) => {
  expect(isDigest(text)).toBe(false);
  expect(() => parseDigest(text)).toThrow(
    expect.objectContaining({ code: 'reference-invalid', seen: expect.stringContaining(why) }),
  );
});

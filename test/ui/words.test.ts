/** What numbers, spans and commands look like to a person. */

import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseDigest } from '../../src/core/digest.ts';
import { formatAge } from '../../src/ui/format-age.ts';
import { formatDuration } from '../../src/ui/format-duration.ts';
import { formatExactBytes, formatSize } from '../../src/ui/format-size.ts';
import { formatCreatedBy } from '../../src/ui/image/created-by.ts';
import { formatShellLine } from '../../src/ui/image/shell-line.ts';
import { shortenDigest } from '../../src/ui/shorten-digest.ts';

test.each([
  [0, '0 B'],
  [999, '999 B'],
  [1000, '1.00 kB'],
  [9_994, '9.99 kB'],
  [9_996, '10.0 kB'],
  [99_949, '99.9 kB'],
  [99_951, '100 kB'],
  [999_499, '999 kB'],
  [999_500, '1.00 MB'],
  [182_412_345, '182 MB'],
  [5_368_709_120, '5.37 GB'],
  [2 ** 53, '9.01 PB'],
])('%d bytes are %s', (bytes, text) => {
  expect(formatSize(bytes)).toBe(text);
});

test('the exact count stands beside the size', () => {
  expect(formatExactBytes(182_412_345)).toBe('182,412,345 bytes');
  expect(formatExactBytes(1)).toBe('1 byte');
});

test.each([
  [0, 'under 1 s'],
  [999, 'under 1 s'],
  [1000, '1 s'],
  [59_600, '1 min'],
  [185_000, '3 min 5 s'],
  [3_600_000, '1 h'],
  [7_800_000, '2 h 10 min'],
  [100_800_000, '1 d 4 h'],
])('%d ms are %s', (ms, text) => {
  expect(formatDuration(ms)).toBe(text);
});

test.each([
  [-5000, 'under a minute'],
  [60_000, '1 minute'],
  [7_200_000, '2 hours'],
  [3 * 86_400_000, '3 days'],
  [62 * 86_400_000, '2 months'],
  [800 * 86_400_000, '2 years'],
])('an age of %d ms is %s', (ms, text) => {
  expect(formatAge(ms)).toBe(text);
});

test('a digest is shortened in the middle and stays whole', () => {
  const digest = parseDigest('sha256:b5bb9d8014a0f9b1d61e21e796d78dccdf1352f23cd32812f4850b878ae4944c');
  const { head, middle, tail } = shortenDigest(digest);
  expect([head, tail]).toEqual(['sha256:b5bb9d80', '944c']);
  expect(head + middle + tail).toBe(digest);
});

test.each([
  ['/bin/sh -c #(nop)  CMD ["bash"]', 'CMD ["bash"]'],
  ['/bin/sh -c apt-get update', 'RUN apt-get update'],
  ['RUN /bin/sh -c make # buildkit', 'RUN make'],
  ['COPY a /b # buildkit', 'COPY a /b'],
])('the step %s reads %s', (createdBy, instruction) => {
  expect(formatCreatedBy(createdBy)).toBe(instruction);
});

test('a command line is read back by a shell to the same arguments', () => {
  const argument = fc.string({ unit: 'grapheme', minLength: 1 }).filter((text) => !text.includes('\0'));
  fc.assert(
    fc.property(fc.array(argument, { minLength: 1, maxLength: 4 }), (args) => {
      const script = `printf '%s\\0' ${formatShellLine(args)}`;
      expect(execFileSync('/bin/sh', ['-c', script]).toString().split('\0').slice(0, -1)).toEqual(args);
    }),
    { numRuns: 50 },
  );
});

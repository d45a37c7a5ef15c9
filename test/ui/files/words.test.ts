/** Modes, names and paths as the files view shows them; modes against what `ls -l` writes. */

import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatLines, parseLines, through } from '../../../src/ui/files/line-range.ts';
import { safeFileName } from '../../../src/ui/files/save-blob.ts';
import {
  ancestorsOf,
  baseName,
  cleanPath,
  countOf,
  formatDay,
  formatMode,
  formatOctal,
  showLine,
  showName,
} from '../../../src/ui/files/words.ts';
import { formatMoment } from '../../../src/ui/format-moment.ts';
import { removeFolder, temporaryFolder } from '../../lab/process.ts';

test('a mode reads as ls writes it', () => {
  const folder = temporaryFolder('modes');
  const modes = [0o644, 0o755, 0o000, 0o777, 0o4755, 0o4644, 0o2755, 0o2644, 0o1777, 0o1666, 0o7777, 0o7000, 0o421];
  try {
    for (const mode of modes) {
      const file = join(folder, `file-${mode}`);
      const directory = join(folder, `directory-${mode}`);
      writeFileSync(file, '');
      mkdirSync(directory);
      for (const path of [file, directory]) chmodSync(path, mode);
      const listed = execFileSync('ls', ['-ld', file, directory], { encoding: 'utf8' }).split('\n');
      expect(listed.map((line) => line.slice(0, 10)).filter(Boolean)).toEqual(
        [formatMode('directory', mode), formatMode('file', mode)].sort((a, b) => (a < b ? 1 : -1)),
      );
      expect(formatOctal(mode)).toBe(execFileSync('stat', ['-c', '%04a', file], { encoding: 'utf8' }).trim());
    }
  } finally {
    removeFolder(folder);
  }
});

test.each([
  ['a\u001b[31mred', 'a\\u{1b}[31mred'],
  ['new\nline\tand tab', 'new\\u{a}line\\tand tab'],
  ['gpj.\u202eexe', 'gpj.\\u{202e}exe'],
  ['zero\u200bwidth', 'zero\\u{200b}width'],
  ['plain name – ünïcode 文件', 'plain name – ünïcode 文件'],
])('the name %j is shown as %s', (name, shown) => {
  expect(showName(name)).toBe(shown);
});

test('a line keeps its tabs and loses its controls', () => {
  expect(showLine('\ta\u0000b\r')).toBe('\ta\\u{0}b\\u{d}');
});

test('no path leads above the root', () => {
  expect(cleanPath('/etc/os-release')).toBe('etc/os-release');
  expect(cleanPath('/')).toBe('');
  expect(cleanPath('../../etc/./passwd/')).toBe('etc/passwd');
  const part = fc.constantFrom('..', '.', '', 'a', '...', 'b c');
  fc.assert(
    fc.property(fc.array(part), (parts) => {
      const path = parts.join('/');
      expect(cleanPath(path)).toBe(posix.normalize(`/${path}`).replace(/^\/|\/$/g, ''));
    }),
  );
});

test('a path has a name and directories above it', () => {
  expect([baseName('usr/bin/env'), baseName('etc'), baseName('')]).toEqual(['env', 'etc', '/']);
  expect(ancestorsOf('usr/bin/env')).toEqual(['usr', 'usr/bin']);
  expect(ancestorsOf('etc')).toEqual([]);
});

test('times and counts read as people write them', () => {
  expect(formatDay(Date.UTC(2024, 1, 3, 23, 59))).toBe('2024-02-03');
  expect(formatMoment(Date.UTC(2024, 1, 3, 4, 5, 6))).toBe('2024-02-03 04:05:06 UTC');
  expect([formatDay(9e15), formatMoment(Number.NaN)]).toEqual(['', '']);
  expect([countOf(1, 'path'), countOf(12300, 'path'), countOf(2, 'entry', 'entries')]).toEqual([
    '1 path',
    '12,300 paths',
    '2 entries',
  ]);
});

test.each([
  ['12', 100, { first: 12, last: 12 }],
  ['12-20', 100, { first: 12, last: 20 }],
  ['20-12', 100, { first: 12, last: 20 }],
  ['12-2000', 100, { first: 12, last: 100 }],
  ['500', 100, { first: 100, last: 100 }],
  ['0', 100, undefined],
  ['1', 0, undefined],
  ['x', 100, undefined],
  ['1-', 100, undefined],
  [undefined, 100, undefined],
])('line=%s of %d lines is %j', (text, count, range) => {
  expect(parseLines(text, count)).toEqual(range);
  if (range !== undefined) expect(parseLines(formatLines(range), count)).toEqual(range);
});

test('a click with shift makes a range in either direction', () => {
  expect(through({ first: 12, last: 12 }, 20)).toEqual({ first: 12, last: 20 });
  expect(through({ first: 12, last: 20 }, 3)).toEqual({ first: 3, last: 12 });
});

test.each([
  ['os-release', 'os-release'],
  ['../../etc/passwd', '__.._etc_passwd'],
  ['.bashrc', '_bashrc'],
  ['a\u0000b\u202ec:d', 'a_b_c_d'],
  ['', 'file'],
])('%j is saved as %s', (name, saved) => {
  expect(safeFileName(name)).toBe(saved);
});

/** Against what `grep -n` finds in the same text. */
import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { createLineSearch, looksLikeText } from '../../../src/core/layer/search-lines.ts';

const TEXT = [
  'root:x:0:0:root:/root:/bin/bash',
  '',
  'Root of all [evil]',
  'tab\there',
  'a.b*c',
  'windows line\r',
  'ünïcödé',
  'root root',
  'last line without a newline, root',
].join('\n');

function grep(text: string, ...options: readonly string[]): { line: number; text: string }[] {
  const { stdout } = spawnSync('grep', ['-n', ...options], {
    input: text,
    encoding: 'utf8',
    env: { LC_ALL: 'C.UTF-8' },
  });
  return stdout
    .split('\n')
    .filter((found) => found !== '')
    .map((found) => {
      const colon = found.indexOf(':');
      return { line: Number(found.slice(0, colon)), text: found.slice(colon + 1).replace(/\r$/, '') };
    });
}

describe('lines are those that grep finds', () => {
  const texts = { whole: TEXT, 'with a newline at its end': `${TEXT}\n`, empty: '', 'only newlines': '\n\n' };
  for (const [name, text] of Object.entries(texts)) {
    test.each(['root', '[evil]', 'a.b*c', 'ünï', '\t', 'nothing of it'])(
      `in a text, ${name}, for the word %j`,
      (pattern) => {
        const found = createLineSearch({ pattern, regex: false, ignoreCase: false })(text, 100);
        expect(found).toEqual(grep(text, '-F', '--', pattern));
      },
    );

    test.each(['ROOT', 'ÜNÏ'])(`in a text, ${name}, for the word %j in any case`, (pattern) => {
      const found = createLineSearch({ pattern, regex: false, ignoreCase: true })(text, 100);
      expect(found).toEqual(grep(text, '-F', '-i', '--', pattern));
    });

    test.each(['^root', 'root$', '^$', 'o+t', '[[]', '(a|l)l'])(
      `in a text, ${name}, for the expression %j`,
      (pattern) => {
        const found = createLineSearch({ pattern, regex: true, ignoreCase: false })(text, 100);
        expect(found).toEqual(grep(text, '-E', '--', pattern));
      },
    );
  }
});

test('no more hits than asked for are given', () => {
  const search = createLineSearch({ pattern: 'x', regex: false, ignoreCase: false });
  expect(search('x\n'.repeat(50), 3).map(({ line }) => line)).toEqual([1, 2, 3]);
});

test('a long line is cut around what was found', () => {
  const search = createLineSearch({ pattern: 'needle', regex: false, ignoreCase: false });
  const [hit] = search(`${'a'.repeat(5000)}needle${'b'.repeat(5000)}`, 10);
  expect(hit?.text).toMatch(/^…a+needleb+…$/);
  expect(hit?.text.length).toBe(242);
});

test('an expression that is none is named', () => {
  expect(() => createLineSearch({ pattern: '(', regex: true, ignoreCase: false })).toThrow(
    expect.objectContaining({ code: 'pattern-invalid' }),
  );
});

test('text is what has no NUL in its first 8000 bytes', () => {
  const bytes = new Uint8Array(9000).fill(65);
  expect(looksLikeText(bytes)).toBe(true);
  expect(looksLikeText(new Uint8Array())).toBe(true);
  expect(looksLikeText(bytes.with(8500, 0))).toBe(true);
  expect(looksLikeText(bytes.with(7999, 0))).toBe(false);
});

import { matchesGlob } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseGlob } from '../../../src/core/layer/glob.ts';

function matches(pattern: string, path: string): boolean {
  const { of, expression } = parseGlob(pattern);
  return expression.test(of === 'path' ? path : path.slice(path.lastIndexOf('/') + 1));
}

describe('globs', () => {
  it.each([
    ['*.conf', '/etc/nginx/nginx.conf', true],
    ['*.conf', '/etc/conf.d/default', false],
    ['.env', '/app/.env', true],
    ['*', '/app/.env', true],
    ['/etc/*', '/etc/passwd', true],
    ['/etc/*', '/etc/ssl/certs', false],
    ['/etc/**', '/etc/ssl/certs', true],
    ['/etc/**', '/etc', false],
    ['**/*.so', '/lib.so', true],
    ['**/*.so', '/usr/lib/x/y.so', true],
    ['**/*.so', '/usr/lib/x/y.so.1', false],
    ['etc/passwd', '/etc/passwd', true],
    ['etc/passwd', '/usr/etc/passwd', false],
    ['/usr/**/bin/*', '/usr/bin/env', true],
    ['/usr/**/bin/*', '/usr/local/a/bin/env', true],
    ['*.{js,ts}', '/a/b.ts', true],
    ['*.{js,ts}', '/a/b.tsx', false],
    ['{a,b}/{c,d{e,f}}', '/b/df', true],
    ['lib?.so', '/libc.so', true],
    ['lib?.so', '/lib/.so', false],
    ['[a-c]x', '/bx', true],
    ['[!a-c]x', '/bx', false],
    ['[]]x', '/]x', true],
    ['\\*', '/*', true],
    ['\\*', '/x', false],
    ['a.b', '/aXb', false],
    ['a,b}', '/a,b}', true],
    ['x', '/x\ny', false],
    ['*y', '/x\ny', true],
  ])('%s and %s: %s', (pattern, path, expected) => {
    expect(matches(pattern, path)).toBe(expected);
  });

  it.each(['[a', '{a,b', '[z-a]', '{'.repeat(50)])('says what is wrong with %s', (pattern) => {
    expect(() => parseGlob(pattern)).toThrow(SyntaxError);
  });

  it('takes no longer for many stars', () => {
    expect(matches(`/${'*'.repeat(5000)}x`, `/${'a'.repeat(4000)}`)).toBe(false);
  });

  // node:path's matchesGlob is minimatch.
  it('agrees with minimatch', () => {
    const text = (parts: readonly string[]): fc.Arbitrary<string> =>
      fc.array(fc.constantFrom(...parts), { minLength: 1, maxLength: 5 }).map((all) => all.join(''));
    const pattern = fc
      .array(text(['a', 'b', '.c', '*', '?', '[ab]', '[!a]', '{a,b}', '{a,*.c}']), { minLength: 1, maxLength: 3 })
      .map((parts) => `/${parts.map((part) => (part.startsWith('**') ? `a${part}` : part)).join('/')}`);
    const deep = fc.tuple(fc.constantFrom('/**', '', '/a/**'), pattern).map((parts) => parts.join(''));
    const path = fc
      .array(text(['a', 'b', 'x', 'b.c']), { minLength: 1, maxLength: 4 })
      .map((all) => `/${all.join('/')}`);
    fc.assert(
      fc.property(deep, path, (glob, file) => {
        expect(matches(glob, file), `${glob} ${file}`).toBe(matchesGlob(file, glob));
      }),
      { seed: 4, numRuns: 5000 },
    );
  });
});

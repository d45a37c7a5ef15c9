/** What bytes are shown as, and that colours leave every character where it is. Pictures are ImageMagick's. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { colourLines, languageOf } from '../../../src/ui/files/colours.ts';
import { decodeText, imageTypeOf } from '../../../src/ui/files/content-kind.ts';

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

test.each([
  ['png', 'image/png'],
  ['jpeg', 'image/jpeg'],
  ['gif', 'image/gif'],
  ['webp', 'image/webp'],
])('a picture in %s is one by its first bytes, whatever its name', (format, type) => {
  const picture = execFileSync('convert', ['-size', '3x2', 'xc:red', `${format}:-`]);
  expect(imageTypeOf(new Uint8Array(picture), 'notes.txt')).toBe(type);
});

test('an SVG is one by name and content, a text that is named so is not', () => {
  expect(imageTypeOf(bytesOf('<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"/>'), 'a.svg')).toBe(
    'image/svg+xml',
  );
  expect(imageTypeOf(bytesOf('no picture'), 'a.svg')).toBeUndefined();
  expect(imageTypeOf(bytesOf('<svg/>'), 'a.html')).toBeUndefined();
});

test('texts are decoded, programs are not', () => {
  expect(decodeText(bytesOf('grüße\n'), true)).toBe('grüße\n');
  expect(decodeText(new Uint8Array(Buffer.from('\ufeffwide\n', 'utf16le')), true)).toBe('wide\n');
  expect(decodeText(new Uint8Array(Buffer.from('grüße\n', 'latin1')), true)).toBe('grüße\n');
  expect(decodeText(new Uint8Array(readFileSync('/bin/ls')), true)).toBeUndefined();
});

test('a beginning may end within a character, a whole file may not', () => {
  const cut = bytesOf('grüße').subarray(0, 3);
  expect(decodeText(cut, false)).toBe('gr');
  expect(decodeText(cut, true)).toBe('grÃ');
});

test.each([
  ['Dockerfile', '', 'dockerfile'],
  ['app.py', '', 'python'],
  ['postinst', '#!/bin/sh\nset -e\n', 'bash'],
  ['tool', '#!/usr/bin/env python3\n', 'python'],
  ['tool', '#!/usr/bin/perl -w\n', 'perl'],
  ['constructor', 'no language of this name\n', undefined],
  ['README', 'words\n', undefined],
])('%s that begins with %j is %s', (name, text, language) => {
  expect(languageOf(name, text)).toBe(language);
});

test('a comment, a string and a keyword have scopes', async () => {
  const lines = await colourLines('a.sh', '# why\nif true; then\n  echo "x"\nfi\n');
  const scopes = lines?.flat().map(({ text, scope }) => [text, scope]);
  expect(scopes).toContainEqual(['# why', 'comment']);
  expect(scopes).toContainEqual(['if', 'keyword']);
  expect(scopes).toContainEqual(['"x"', 'string']);
});

test('colours change no character, of markup and of scripts within it neither', async () => {
  const part = fc.constantFrom(
    '<script>',
    '</script>',
    '<b a="1">',
    '&lt;',
    '"',
    "'",
    '\n',
    '// x',
    '`',
    '$',
    '{a}',
    '<!--',
    'if (a) {',
    '\u2028',
  );
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom('a.html', 'a.js', 'a.py', 'a.md', 'a.yaml'),
      fc.array(part),
      async (name, parts) => {
        const text = parts.join('');
        const lines = await colourLines(name, text);
        expect(lines?.map((line) => line.map((token) => token.text).join('')).join('\n')).toBe(text);
      },
    ),
    { numRuns: 200 },
  );
});

test('texts that would take long are left without colours', async () => {
  expect(await colourLines('a.js', 'x'.repeat(5000))).toBeUndefined();
  expect(await colourLines('a.js', 'x;\n'.repeat(200_000))).toBeUndefined();
});

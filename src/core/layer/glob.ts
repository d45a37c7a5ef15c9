/**
 * Patterns as shells and .gitignore files have them, to regular expressions: `*`, `?` and `[a-z]` within a name, `**` over
 * directories, `{a,b}`, `\` before what is meant as it is. A pattern without a slash is one of names, any with a slash one
 * of whole paths. Names that begin with a dot are names as all others: nothing is hidden in an image.
 */

/** How many `{` may be open: they nest. */
const DEEPEST = 20;
const SPECIAL = /[.*+?^${}()|[\]\\/]/g;

export interface Glob {
  /** Of names, or of paths that begin with a slash. */
  readonly of: 'name' | 'path';
  readonly expression: RegExp;
}

/** @throws {SyntaxError} where a `[` or `{` is not closed */
export function parseGlob(text: string): Glob {
  const of = text.includes('/') ? 'path' : 'name';
  const anchored = of === 'path' && !text.startsWith('/') ? `/${text}` : text;
  return { of, expression: new RegExp(`^${translate(anchored)}$`, 's') };
}

function translate(text: string): string {
  let out = '';
  let open = 0;
  for (let at = 0; at < text.length; ) {
    const [piece, length] = pieceAt(text, at, open > 0);
    if (piece === '(?:') open++;
    if (piece === ')') open--;
    if (open > DEEPEST) throw new SyntaxError('Too many { in one another');
    // Stars one after another say nothing more, and would take a regular expression a long time to say no.
    if (piece !== ANY_NAME || !out.endsWith(ANY_NAME)) out += piece;
    at += length;
  }
  if (open > 0) throw new SyntaxError('A { is not closed');
  return out;
}

const ANY_NAME = '[^/]*';

/** The expression for what begins at `at`, and how much of the pattern that is. */
function pieceAt(text: string, at: number, inBraces: boolean): [string, number] {
  const rest = text.slice(at, at + 4);
  if (rest.startsWith('/**/')) return ['/(?:[^/]+/)*', 4];
  if (rest === '/**') return ['/.*', 3];
  switch (text[at]) {
    case '*':
      return [ANY_NAME, 1];
    case '?':
      return ['[^/]', 1];
    case '[':
      return bracketAt(text, at);
    case '{':
      return ['(?:', 1];
    case '}':
      return inBraces ? [')', 1] : ['\\}', 1];
    case ',':
      return inBraces ? ['|', 1] : [',', 1];
    case '\\':
      return [escaped(text[at + 1] ?? '\\'), 2];
    default:
      return [escaped(text[at] ?? ''), 1];
  }
}

/** `[abc]`, `[a-z]`, `[!a]`; a `]` right after the beginning is one of them. */
function bracketAt(text: string, at: number): [string, number] {
  const negated = text[at + 1] === '!' || text[at + 1] === '^';
  const from = at + (negated ? 2 : 1);
  const end = text.indexOf(']', from + 1);
  if (end < 0) throw new SyntaxError('A [ is not closed');
  const members = text.slice(from, end).replaceAll(/[\\\]^[]/g, '\\$&');
  return [`(?!/)[${negated ? '^' : ''}${members}]`, end + 1 - at];
}

function escaped(character: string): string {
  return character.replace(SPECIAL, '\\$&');
}

/** Searches the text of files line by line, as grep does. */
import { PulltabError } from '../errors.ts';

export interface LineQuery {
  readonly pattern: string;
  readonly regex: boolean;
  readonly ignoreCase: boolean;
}

export interface LineHit {
  /** From 1. */
  readonly line: number;
  /** The line, cut to `SHOWN_CHARACTERS` around what was found. */
  readonly text: string;
}

/** Gives the hits of a text, at most `limit`. */
export type LineSearch = (text: string, limit: number) => LineHit[];

/** What is shown of a line. */
const SHOWN_CHARACTERS = 240;
/** What is shown of a line before what was found in it, where it has to be cut. */
const SHOWN_BEFORE = 60;
/** A longer line (minified scripts) is searched by a regular expression up to here: longer ones can take it forever. */
const LINE_CHARACTERS = 10_000;
/** Git's rule: a file with a NUL among its first bytes is no text. */
const LOOKED_AT_BYTES = 8000;

/** @param beginning of a file; at least `LOOKED_AT_BYTES` of it where it has so many */
export function looksLikeText(beginning: Uint8Array): boolean {
  return !beginning.subarray(0, LOOKED_AT_BYTES).includes(0);
}

/** @throws PulltabError `pattern-invalid` */
export function createLineSearch({ pattern, regex, ignoreCase }: LineQuery): LineSearch {
  const flags = ignoreCase ? 'i' : '';
  const expression = regex ? compile(pattern, flags) : new RegExp(escapeExpression(pattern), flags);
  return (text, limit) => {
    const hits: LineHit[] = [];
    // What is nowhere in the text is in none of its lines; regular expressions may see line ends and have to look.
    if (!regex && !expression.test(text)) return hits;
    let line = 1;
    for (let from = 0; from < text.length && hits.length < limit; line++) {
      const newline = text.indexOf('\n', from);
      const to = newline < 0 ? text.length : newline;
      const at = text.slice(from, Math.min(to, regex ? from + LINE_CHARACTERS : to)).search(expression);
      if (at >= 0) hits.push({ line, text: shown(text.slice(from, to), at) });
      from = to + 1;
    }
    return hits;
  };
}

function compile(pattern: string, flags: string): RegExp {
  try {
    return new RegExp(pattern, flags);
  } catch (error) {
    const seen = error instanceof Error ? error.message : String(error);
    throw new PulltabError('pattern-invalid', { attempted: `search for ${pattern.slice(0, 80)}`, seen, cause: error });
  }
}

function escapeExpression(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');
}

function shown(line: string, at: number): string {
  const text = line.endsWith('\r') ? line.slice(0, -1) : line;
  if (text.length <= SHOWN_CHARACTERS) return text;
  const from = Math.max(0, Math.min(at - SHOWN_BEFORE, text.length - SHOWN_CHARACTERS));
  const to = from + SHOWN_CHARACTERS;
  return `${from > 0 ? '…' : ''}${text.slice(from, to)}${to < text.length ? '…' : ''}`;
}

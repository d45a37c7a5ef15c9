/** The `line=` of an address: `12` or `12-20`. */

export interface LineRange {
  /** From 1. */
  readonly first: number;
  readonly last: number;
}

/** Undefined for what is no range; one beyond the text's `count` lines ends with it. */
export function parseLines(text: string | undefined, count: number): LineRange | undefined {
  const [, from, to] = /^(\d{1,9})(?:-(\d{1,9}))?$/.exec(text ?? '') ?? [];
  if (from === undefined || count === 0) return undefined;
  const [first, last] = [Number(from), Number(to ?? from)].sort((a, b) => a - b);
  if (first === undefined || last === undefined || first < 1) return undefined;
  return { first: Math.min(first, count), last: Math.min(last, count) };
}

export function formatLines({ first, last }: LineRange): string {
  return first === last ? String(first) : `${first}-${last}`;
}

/** The range from where one began to the line that was clicked with shift. */
export function through({ first }: LineRange, line: number): LineRange {
  return { first: Math.min(first, line), last: Math.max(first, line) };
}

/** Texts as Go's `%q` prints them in lists: `["a" "b\x00"]`. https://go.dev/ref/spec#String_literals */
const TEXT = /"(?:[^"\\]|\\[\s\S])*"/g;
const ESCAPE = /\\(?:x([0-9a-f]{2})|u([0-9a-f]{4})|U([0-9a-f]{8})|([0-7]{3})|([\s\S]))/gi;
const NAMED: Readonly<Record<string, string>> = {
  a: '\u0007',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};

/** The texts in it, without their quotes. */
export function readGoStrings(text: string): string[] {
  return (text.match(TEXT) ?? []).map((quoted) => quoted.slice(1, -1).replace(ESCAPE, unescapeOne));
}

function unescapeOne(_: string, x?: string, u?: string, long?: string, octal?: string, other = ''): string {
  const hex = x ?? u ?? long;
  const code =
    hex !== undefined ? Number.parseInt(hex, 16) : octal !== undefined ? Number.parseInt(octal, 8) : undefined;
  if (code === undefined) return NAMED[other] ?? other;
  return code <= 0x10ffff ? String.fromCodePoint(code) : '\uFFFD';
}

/** As Dockerfiles quote: JSON, in which every control character is escaped. */
export function quoteJson(text: string): string {
  return JSON.stringify(text);
}

/** Orders of tags for people: numbers by their value, and what looks newest first. Both are total. */

/** Digits as one token by value, everything else by code unit; equal only for equal texts. "1.9" before "1.10". */
export function compareNatural(a: string, b: string): number {
  const left = tokens(a);
  const right = tokens(b);
  for (let at = 0; at < left.length && at < right.length; at++) {
    const order = compareTokens(left[at] ?? '', right[at] ?? '');
    if (order !== 0) return order;
  }
  return left.length - right.length || compareText(a, b);
}

/**
 * `latest`, then versions from the highest down ("1.27" before the "1.27.3" that it stands for, releases before their
 * variants, those before pre-releases), then all other tags in natural order.
 */
export function compareNewestFirst(a: string, b: string): number {
  return compareRanks(rankOf(a), rankOf(b)) || compareNatural(a, b);
}

interface Rank {
  /** 0 for `latest`, 1 for versions, 2 for the rest. */
  readonly kind: number;
  readonly numbers: readonly string[];
  /** 0 for a release, 1 for a variant of one, 2 for a pre-release. */
  readonly stage: number;
}

const VERSION = /^v?([0-9]+(?:\.[0-9]+)*)(?:[-_.+](.*))?$/i;
const PRE_RELEASE = /(?:^|[-_.])(?:alpha|beta|rc|dev|pre|preview|snapshot|nightly|canary|[ab][0-9]+)(?:[-_.0-9]|$)/i;

function rankOf(tag: string): Rank {
  if (tag === 'latest') return { kind: 0, numbers: [], stage: 0 };
  const [, version, rest] = VERSION.exec(tag) ?? [];
  if (version === undefined) return { kind: 2, numbers: [], stage: 0 };
  const stage = rest === undefined ? 0 : PRE_RELEASE.test(rest) ? 2 : 1;
  return { kind: 1, numbers: version.split('.'), stage };
}

function compareRanks(a: Rank, b: Rank): number {
  if (a.kind !== b.kind) return a.kind - b.kind;
  for (let at = 0; at < a.numbers.length && at < b.numbers.length; at++) {
    const order = compareDigits(b.numbers[at] ?? '', a.numbers[at] ?? '');
    if (order !== 0) return order;
  }
  return a.numbers.length - b.numbers.length || a.stage - b.stage;
}

function tokens(text: string): string[] {
  return text.match(/[0-9]+|[^0-9]+/g) ?? [];
}

/** Numbers before words. */
function compareTokens(a: string, b: string): number {
  const numbers = [a, b].map((token) => /^[0-9]/.test(token));
  if (numbers[0] !== numbers[1]) return numbers[0] === true ? -1 : 1;
  return numbers[0] === true ? compareDigits(a, b) : compareText(a, b);
}

/** By value, however long: the longer of two numbers without leading zeros is the greater. */
function compareDigits(a: string, b: string): number {
  const left = a.replace(/^0+/, '');
  const right = b.replace(/^0+/, '');
  return left.length - right.length || compareText(left, right);
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

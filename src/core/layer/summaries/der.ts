/**
 * Reads DER, as far as certificates need it. https://www.itu.int/rec/T-REC-X.690
 *
 * What is read may be hostile: lengths stay within what is around them, and nothing is followed that is not asked for.
 */

export interface Der {
  /** The whole identifier byte: 0x30 is a SEQUENCE. */
  readonly tag: number;
  /** With tag and length. */
  readonly whole: Uint8Array;
  readonly content: Uint8Array;
}

export class DerBroken extends Error {
  override readonly name = 'DerBroken';
}

/** A certificate has a dozen extensions, and may have thousands of names. */
const CHILDREN_LIMIT = 100_000;

/** @throws {DerBroken} */
export function readDer(bytes: Uint8Array): Der {
  const tag = bytes[0];
  const first = bytes[1];
  if (tag === undefined || first === undefined) throw new DerBroken('It ends where a value should begin.');
  if ((tag & 0x1f) === 0x1f) throw new DerBroken('It has a tag of more than one byte.');
  let length = first;
  let start = 2;
  if (first >= 0x80) {
    const count = first & 0x7f;
    // 0x80, of a length that is found at the end only, is BER.
    if (count === 0 || count > 4) throw new DerBroken('It has a length that DER has not.');
    length = 0;
    for (let i = 0; i < count; i++) length = length * 256 + (bytes[start + i] ?? Number.NaN);
    start += count;
  }
  if (!(start + length <= bytes.length)) throw new DerBroken('A value goes on behind its end.');
  return { tag, whole: bytes.subarray(0, start + length), content: bytes.subarray(start, start + length) };
}

/** What a constructed value holds. @throws {DerBroken} */
export function derChildren({ content }: Der): Der[] {
  const children: Der[] = [];
  for (let at = 0; at < content.length; ) {
    const child = readDer(content.subarray(at));
    children.push(child);
    at += child.whole.length;
    if (children.length > CHILDREN_LIMIT) throw new DerBroken('It has too many values.');
  }
  return children;
}

/** "2.5.4.3"; empty for what is none. */
export function derOid({ tag, content }: Der): string {
  if (tag !== 6 || content.length > 64) return '';
  const parts: number[] = [];
  let value = 0;
  for (const byte of content) {
    value = value * 128 + (byte & 0x7f);
    if (byte >= 0x80) continue;
    if (parts.length > 0) parts.push(value);
    else if (value < 80) parts.push(Math.floor(value / 40), value % 40);
    else parts.push(2, value - 80);
    value = 0;
  }
  return parts.join('.');
}

const UTF16_BE = 30;
const UTF32_BE = 28;
const LATIN_TAGS = new Set([20, 22, 26]);

/** A string of any of the forms that names come in. */
export function derText({ tag, content }: Der): string {
  if (tag === UTF16_BE) return new TextDecoder('utf-16be').decode(content);
  if (tag === UTF32_BE) return new TextDecoder('utf-16be').decode(content.filter((_, at) => at % 4 > 1));
  return new TextDecoder(LATIN_TAGS.has(tag) ? 'windows-1252' : 'utf-8').decode(content);
}

/** UTCTime or GeneralizedTime in UTC, as RFC 5280 wants them: ms; undefined for any other. */
export function derTime({ tag, content }: Der): number | undefined {
  const text = new TextDecoder().decode(content);
  const digits = /^(\d{2})?(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})Z$/.exec(text);
  if (digits === null || (tag !== 23 && tag !== 24) || (tag === 24) !== (digits[1] !== undefined)) return undefined;
  const [century, year = 0, month = 0, ...rest] = digits.slice(1).map((part) => (part ? Number(part) : undefined));
  const [day = 0, hour = 0, minute = 0, second = 0] = rest;
  const full = (century ?? (year < 50 ? 20 : 19)) * 100 + year;
  const time = Date.UTC(full, month - 1, day, hour, minute, second);
  return Number.isNaN(time) ? undefined : time;
}

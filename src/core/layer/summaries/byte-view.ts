/** Numbers and texts of a file of which only a part may be there: what lies outside is undefined, never an error. */

export interface ByteView {
  readonly bytes: Uint8Array;
  readonly length: number;
  u8(at: number): number | undefined;
  u16(at: number): number | undefined;
  u32(at: number): number | undefined;
  /** Above 2^53 not exact, which no offset or size of a real file is. */
  u64(at: number): number | undefined;
  /** @returns undefined where a part of it is not there */
  slice(at: number, length: number): Uint8Array | undefined;
  /** Up to the next NUL, at most `limit` bytes, each a character. */
  cString(at: number, limit?: number): string | undefined;
}

/** Names in real files are shorter. */
const LONGEST_STRING = 4096;

export function viewBytes(bytes: Uint8Array, littleEndian: boolean): ByteView {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const { length } = bytes;
  const holds = (at: number, count: number): boolean => at >= 0 && at + count <= length;
  return {
    bytes,
    length,
    u8: (at) => bytes[at],
    u16: (at) => (holds(at, 2) ? view.getUint16(at, littleEndian) : undefined),
    u32: (at) => (holds(at, 4) ? view.getUint32(at, littleEndian) : undefined),
    u64: (at) => (holds(at, 8) ? Number(view.getBigUint64(at, littleEndian)) : undefined),
    slice: (at, count) => (count >= 0 && holds(at, count) ? bytes.subarray(at, at + count) : undefined),
    cString(at, limit = LONGEST_STRING) {
      if (at < 0 || at >= length) return undefined;
      const within = bytes.subarray(at, at + limit);
      const end = within.indexOf(0);
      return latin1(end < 0 ? within : within.subarray(0, end));
    },
  };
}

/** Each byte a character. */
export function latin1(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return text;
}

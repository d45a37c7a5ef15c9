/** What bytes can be shown as. By their content first: names lie. */

const SNIFFED_BYTES = 8192;

/** Type of a picture that browsers draw; undefined for everything else. https://mimesniff.spec.whatwg.org/#image-type-pattern-matching-algorithm */
export function imageTypeOf(bytes: Uint8Array, name: string): string | undefined {
  const text = (from: number, to: number): string => String.fromCharCode(...bytes.subarray(from, to));
  if (text(0, 8) === '\x89PNG\r\n\x1a\n') return 'image/png';
  if (text(0, 3) === '\xff\xd8\xff') return 'image/jpeg';
  if (/^GIF8[79]a$/.test(text(0, 6))) return 'image/gif';
  if (text(0, 4) === 'RIFF' && text(8, 12) === 'WEBP') return 'image/webp';
  if (text(4, 8) === 'ftyp' && /^avi[fs]$/.test(text(8, 12))) return 'image/avif';
  if (text(0, 4) === '\0\0\x01\0' && /\.ico$/i.test(name)) return 'image/x-icon';
  if (/\.svg$/i.test(name) && /<svg[\s>]/i.test(text(0, SNIFFED_BYTES))) return 'image/svg+xml';
  return undefined;
}

/** The bytes as text: UTF-8, UTF-16 with its mark, or else Latin-1 without controls. Undefined where they are none of it. */
export function decodeText(bytes: Uint8Array, isWhole: boolean): string | undefined {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return decode(bytes, 'utf-16le', isWhole);
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return decode(bytes, 'utf-16be', isWhole);
  if (hasControls(bytes.subarray(0, SNIFFED_BYTES))) return undefined;
  return decode(bytes, 'utf-8', isWhole) ?? decode(bytes, 'windows-1252', isWhole);
}

function decode(bytes: Uint8Array, encoding: string, isWhole: boolean): string | undefined {
  try {
    // Of a beginning the last character may be cut off.
    return new TextDecoder(encoding, { fatal: true }).decode(bytes, { stream: !isWhole });
  } catch {
    return undefined;
  }
}

/** Tab, line feed, form feed, carriage return and escape are in texts; NUL and the others are not. */
function hasControls(bytes: Uint8Array): boolean {
  return bytes.some((byte) => byte < 9 || (byte > 13 && byte < 32 && byte !== 27) || byte === 11);
}

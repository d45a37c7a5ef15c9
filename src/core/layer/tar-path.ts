/**
 * Names of a tar: bytes to text, and text to a path that cannot leave the image.
 * Whiteouts: https://github.com/opencontainers/image-spec/blob/main/layer.md#whiteouts
 */

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const WHITEOUT = '.wh.';
const OPAQUE = '.wh..wh..opq';
/** AUFS's own files, which are about how it kept a layer and not part of it. */
const WHITEOUT_META = '.wh..wh.';
/** More arguments than this would not fit a call's stack everywhere. */
const DIRECT_LENGTH = 4096;

/** Text from `from` to the first NUL before `to`. */
export function readText(bytes: Uint8Array, from: number, to: number): string {
  let end = from;
  let high = 0;
  while (end < to) {
    const byte = bytes[end] ?? 0;
    if (byte === 0) break;
    high |= byte;
    end += 1;
  }
  if (end === from) return '';
  const text = bytes.subarray(from, end);
  // Names are short and nearly always ASCII: a decoder's call costs more than the name.
  if (high < 0x80 && text.length <= DIRECT_LENGTH) return String.fromCharCode.apply(null, Array.from(text));
  try {
    return strictUtf8.decode(text);
  } catch {
    return decodeLoosely(text);
  }
}

/**
 * Bytes that are no UTF-8 become U+F780 to U+F7FF, one each, as WSL and others do: two names that differ stay different,
 * and unlike lone surrogates they can stand in an address.
 */
function decodeLoosely(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; ) {
    const length = sequenceLength(bytes[at] ?? 0);
    try {
      text += strictUtf8.decode(bytes.subarray(at, at + length));
      at += length;
    } catch {
      text += String.fromCharCode(0xf700 + (bytes[at] ?? 0));
      at += 1;
    }
  }
  return text;
}

function sequenceLength(first: number): number {
  if (first < 0xc0) return 1;
  if (first < 0xe0) return 2;
  return first < 0xf0 ? 3 : 4;
}

const ODD_COMPONENT = /(?:^|\/)\.{0,2}(?:\/|$)/;

/** Without slashes at its ends, `.` and `..`; undefined where `..` would leave the root. */
export function cleanPath(name: string): string | undefined {
  const from = name.startsWith('./') ? 2 : 0;
  const to = name.endsWith('/') ? name.length - 1 : name.length;
  const simple = to > from ? name.slice(from, to) : '';
  if (!ODD_COMPONENT.test(simple)) return simple;
  const kept: string[] = [];
  for (const component of name.split('/')) {
    if (component === '..') {
      if (kept.pop() === undefined) return undefined;
    } else if (component !== '' && component !== '.') kept.push(component);
  }
  return kept.join('/');
}

export type WhiteoutMark =
  | { readonly kind: 'whiteout' | 'opaque'; readonly path: string }
  | { readonly kind: 'ignored' };

/**
 * What a clean path says about the layers below, if it is no ordinary path.
 * @returns 'invalid' for a whiteout that would hide the directory it is in, or its parent
 */
export function whiteoutMark(path: string): WhiteoutMark | 'invalid' | undefined {
  if (!path.includes(WHITEOUT)) return undefined;
  const slash = path.lastIndexOf('/');
  const name = path.slice(slash + 1);
  const folder = slash < 0 ? '' : path.slice(0, slash);
  // Before the general prefix, which it has too.
  if (name === OPAQUE) return { kind: 'opaque', path: folder };
  if (path.startsWith(WHITEOUT_META) || path.includes(`/${WHITEOUT_META}`)) return { kind: 'ignored' };
  if (!name.startsWith(WHITEOUT)) return undefined;
  const hidden = name.slice(WHITEOUT.length);
  if (hidden === '' || hidden === '.' || hidden === '..') return 'invalid';
  return { kind: 'whiteout', path: folder === '' ? hidden : `${folder}/${hidden}` };
}

const SHOWN_LENGTH = 200;

/** A name as it may stand in a sentence: cut, and without characters that do something. */
export function readableName(name: string): string {
  const cut = name.length > SHOWN_LENGTH ? `${name.slice(0, SHOWN_LENGTH)}…` : name;
  return cut.replace(/\p{Cc}/gu, (control) => `\\x${(control.codePointAt(0) ?? 0).toString(16).padStart(2, '0')}`);
}

/**
 * Headers of tars whose entries are those of a file system: every type of file, any name, any attribute.
 * https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html#tag_20_94_13
 *
 * What the ustar header cannot hold is in PAX records before it. modern-tar, which writes the archives of images, takes
 * attributes as text only, and capabilities are not text.
 */
import type { PathMetadata, PathType } from '../layer/entry.ts';
import { BLOCK_BYTES } from './plan.ts';

export interface TarEntry extends PathMetadata {
  /** Clean, relative; bytes that are no UTF-8 as `LayerIndex` has them. */
  readonly path: string;
  readonly type: PathType;
  readonly xattrs?: Readonly<Record<string, Uint8Array>> | undefined;
  readonly device?: { readonly major: number; readonly minor: number } | undefined;
}

const FLAGS = {
  file: '0',
  hardlink: '1',
  symlink: '2',
  'character-device': '3',
  'block-device': '4',
  directory: '5',
  fifo: '6',
} as const satisfies Record<TarEntry['type'], string>;

/** What fields of 8 and of 12 bytes hold, in octal digits before a NUL. */
const SMALL_LIMIT = 0o7777777;
const LARGE_LIMIT = 0o77777777777;
const NAME_BYTES = 100;

/** The entry's header, with what goes before it; whole blocks. Times are whole seconds, as in `docker export`. */
export function tarHeader(entry: TarEntry): Uint8Array<ArrayBuffer> {
  const name = nameBytes(entry.type === 'directory' ? `${entry.path}/` : entry.path);
  const link = nameBytes(entry.linkTarget);
  const seconds = Math.floor(entry.modifiedAtMs / 1000);
  const records = [
    ...(name.length > NAME_BYTES ? [record('path', name)] : []),
    ...(link.length > NAME_BYTES ? [record('linkpath', link)] : []),
    ...numberRecord('size', entry.size, LARGE_LIMIT),
    ...numberRecord('uid', entry.uid, SMALL_LIMIT),
    ...numberRecord('gid', entry.gid, SMALL_LIMIT),
    ...numberRecord('mtime', seconds, LARGE_LIMIT),
    ...Object.entries(entry.xattrs ?? {})
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, value]) => record(`SCHILY.xattr.${key}`, value)),
  ];
  const header = ustar(entry, { name, link, seconds, flag: FLAGS[entry.type] });
  if (records.length === 0) return header;
  const extension = padded(records);
  const size = records.reduce((sum, { length }) => sum + length, 0);
  const about = { ...entry, mode: 0o644, uid: 0, gid: 0, size, device: undefined };
  const none = new Uint8Array(0);
  const before = ustar(about, { name: nameBytes('PaxHeaders/entry'), link: none, seconds: 0, flag: 'x' });
  return padded([before, extension, header]);
}

interface Fields {
  readonly name: Uint8Array;
  readonly link: Uint8Array;
  readonly seconds: number;
  readonly flag: string;
}

function ustar(entry: TarEntry, { name, link, seconds, flag }: Fields): Uint8Array<ArrayBuffer> {
  const header = new Uint8Array(BLOCK_BYTES);
  header.set(name.subarray(0, NAME_BYTES));
  octal(header, 100, 8, entry.mode);
  octal(header, 108, 8, fitting(entry.uid, SMALL_LIMIT));
  octal(header, 116, 8, fitting(entry.gid, SMALL_LIMIT));
  octal(header, 124, 12, fitting(entry.size, LARGE_LIMIT));
  octal(header, 136, 12, fitting(seconds, LARGE_LIMIT));
  // While the sum is made, its own field counts as spaces.
  header.fill(0x20, 148, 156);
  text(header, 156, flag);
  header.set(link.subarray(0, NAME_BYTES), 157);
  text(header, 257, 'ustar\0' + '00');
  octal(header, 329, 8, entry.device?.major ?? 0);
  octal(header, 337, 8, entry.device?.minor ?? 0);
  octal(
    header,
    148,
    7,
    header.reduce((sum, byte) => sum + byte, 0),
  );
  return header;
}

function fitting(number: number, limit: number): number {
  return number >= 0 && number <= limit ? number : 0;
}

function octal(header: Uint8Array, at: number, length: number, number: number): void {
  text(header, at, `${number.toString(8).padStart(length - 1, '0')}\0`);
}

function text(header: Uint8Array, at: number, ascii: string): void {
  for (let i = 0; i < ascii.length; i++) header[at + i] = ascii.charCodeAt(i);
}

function numberRecord(key: string, number: number, limit: number): Uint8Array[] {
  return fitting(number, limit) === number ? [] : [record(key, nameBytes(String(number)))];
}

/** `<length> <key>=<value>\n`; the length counts its own digits. */
function record(key: string, value: Uint8Array): Uint8Array {
  const rest = nameBytes(` ${key}=`);
  const others = rest.length + value.length + 1;
  let length = others + String(others).length;
  length = others + String(length).length;
  const bytes = new Uint8Array(length);
  const digits = nameBytes(String(length));
  bytes.set(digits);
  bytes.set(rest, digits.length);
  bytes.set(value, digits.length + rest.length);
  bytes[length - 1] = 0x0a;
  return bytes;
}

const encoder = new TextEncoder();

/** Names that were no UTF-8 get their own bytes back: U+F780 to U+F7FF stand for one each. See layer/tar-path.ts. */
function nameBytes(name: string): Uint8Array<ArrayBuffer> {
  if (!/[\uf780-\uf7ff]/.test(name)) return encoder.encode(name);
  const parts = [...name].map((character) => {
    const code = character.charCodeAt(0);
    return code >= 0xf780 && code <= 0xf7ff ? Uint8Array.of(code - 0xf700) : encoder.encode(character);
  });
  return joined(parts, 0);
}

function padded(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  return joined(parts, BLOCK_BYTES);
}

/** @param block what the whole is filled up to a multiple of; 0 for none */
export function joined(parts: readonly Uint8Array[], block: number): Uint8Array<ArrayBuffer> {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const bytes = new Uint8Array(block === 0 ? length : Math.ceil(length / block) * block);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

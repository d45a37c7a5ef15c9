/**
 * What is in a tar and where, by its headers alone: of an archive of 5 GB some kilobytes are read. Links are followed
 * within the archive only.
 */
import { PulltabError } from '../errors.ts';
import type { ByteSource } from '../layer/byte-source.ts';
import { BLOCK_BYTES, blockKind, readHeader, type TarHeader } from '../layer/tar-header.ts';
import { cleanPath, readableName, readText } from '../layer/tar-path.ts';
import { decimal, readPax } from '../layer/tar-pax.ts';
import { EXTENSION_LIMIT_BYTES, IGNORED_TOLD, LINKS_LIMIT, MEMBERS_LIMIT } from './limits.ts';

export type TarMember =
  /** Where its bytes are in the tar. */
  | { readonly kind: 'file'; readonly from: number; readonly size: number }
  /** A clean path. */
  | { readonly kind: 'link'; readonly target: string };

export interface TarMembers {
  /** By clean path. */
  readonly members: ReadonlyMap<string, TarMember>;
  /** Names and links that lead out of the archive, which are not followed. As text to show. */
  readonly ignored: readonly string[];
}

export interface ReadMembersOptions {
  readonly signal: AbortSignal;
  /** For errors: "open image.tar". */
  readonly attempted: string;
}

/** Headers that stand close together are read at once; between large files only this much is read. */
const WINDOW_BYTES = 16 * 1024;

/** @throws PulltabError `archive-invalid` for what is no tar, or a tar that is not whole; an abort */
export async function readTarMembers(source: ByteSource, options: ReadMembersOptions): Promise<TarMembers> {
  const members = new Map<string, TarMember>();
  const ignored: string[] = [];
  let count = 0;
  for await (const entry of entriesOf(source, options)) {
    if (++count > MEMBERS_LIMIT) throw invalid(options, `it has more than ${MEMBERS_LIMIT} entries`);
    const path = cleanPath(entry.name);
    const member = path === undefined ? 'outside' : memberOf(path, entry);
    if (path === undefined || member === 'outside') {
      if (ignored.length < IGNORED_TOLD) ignored.push(readableName(path === undefined ? entry.name : linkText(entry)));
    } else if (member !== undefined && path !== '') members.set(path, member);
  }
  if (members.size === 0) throw invalid(options, 'nothing is in it');
  return { members, ignored };
}

/**
 * The file at a path, links followed.
 * @returns undefined where there is none, and where links lead in a circle
 */
export function findFile({ members }: TarMembers, path: string): Extract<TarMember, { kind: 'file' }> | undefined {
  let member = members.get(path);
  for (let links = 0; member?.kind === 'link' && links < LINKS_LIMIT; links++) member = members.get(member.target);
  return member?.kind === 'file' ? member : undefined;
}

interface Entry extends TarHeader {
  /** Where its data begins. */
  readonly from: number;
}

function memberOf(path: string, { flag, from, size, linkName }: Entry): TarMember | 'outside' | undefined {
  if (flag === '0' || flag === '\0' || flag === '7') return { kind: 'file', from, size };
  if (flag !== '1' && flag !== '2') return undefined;
  // Of a hard link the target counts from the root, of a symbolic one from the folder that it is in.
  const folder = flag === '1' ? '' : path.slice(0, path.lastIndexOf('/') + 1);
  const target = flag === '2' && linkName.startsWith('/') ? undefined : cleanPath(folder + linkName);
  return target === undefined ? 'outside' : { kind: 'link', target };
}

function linkText({ name, linkName }: Entry): string {
  return `${name} → ${linkName}`;
}

/** What extensions say of the entry after them. */
interface Said {
  readonly name?: string;
  readonly linkName?: string;
  readonly size?: number;
}

async function* entriesOf(source: ByteSource, options: ReadMembersOptions): AsyncGenerator<Entry> {
  const read = windowed(source);
  let said: Said = {};
  let before = '';
  let at = 0;
  for (; at + BLOCK_BYTES <= source.size; ) {
    options.signal.throwIfAborted();
    const block = await read(at, BLOCK_BYTES);
    const kind = blockKind(block, 0);
    if (kind === 'zero' && at > 0) return;
    const header = readHeader(block, 0);
    if (kind !== 'header' || !(header.size >= 0)) throw invalid(options, noHeader(at, before));
    const from = at + BLOCK_BYTES;
    const isExtension = /[xgLK]/.test(header.flag);
    const entry = { ...header, ...(isExtension ? {} : said), from };
    if (from + entry.size > source.size) throw invalid(options, endsEarly(source.size, entry.name));
    at = from + Math.ceil(entry.size / BLOCK_BYTES) * BLOCK_BYTES;
    if (isExtension) {
      if (entry.size > EXTENSION_LIMIT_BYTES) throw invalid(options, `a name in it is ${entry.size} bytes long`);
      said = { ...said, ...readExtension(entry.flag, await read(from, entry.size)) };
    } else {
      before = entry.name;
      said = {};
      yield entry;
    }
  }
  if (at === 0) throw invalid(options, noHeader(0, ''));
}

function readExtension(flag: string, bytes: Uint8Array): Said {
  if (flag === 'L') return { name: readText(bytes, 0, bytes.length) };
  if (flag === 'K') return { linkName: readText(bytes, 0, bytes.length) };
  if (flag === 'g') return {};
  const { values } = readPax(bytes);
  const text = (value: Uint8Array): string => readText(value, 0, value.length);
  const [name, linkName, size] = ['path', 'linkpath', 'size'].map((key) => values.get(key));
  return {
    ...(name === undefined ? {} : { name: text(name) }),
    ...(linkName === undefined ? {} : { linkName: text(linkName) }),
    ...(size === undefined ? {} : { size: decimal(size) }),
  };
}

/** Headers follow each other closely where files are small: one read serves several of them. */
function windowed(source: ByteSource): (from: number, length: number) => Promise<Uint8Array> {
  let window = new Uint8Array(0);
  let windowFrom = 0;
  return async (from, length) => {
    if (from < windowFrom || from + length > windowFrom + window.length) {
      window = await source.read(from, Math.min(source.size, from + Math.max(length, WINDOW_BYTES)));
      windowFrom = from;
    }
    return window.subarray(from - windowFrom, from - windowFrom + length);
  };
}

function noHeader(at: number, before: string): string {
  if (at === 0) return 'it is not a tar';
  return `what follows ${readableName(before)} in it, at byte ${at}, does not belong to a tar: it is damaged`;
}

function endsEarly(size: number, name: string): string {
  return `it ends after ${size} bytes, within ${readableName(name)}: it is not whole`;
}

function invalid({ attempted }: ReadMembersOptions, seen: string): PulltabError {
  return new PulltabError('archive-invalid', { attempted, seen });
}

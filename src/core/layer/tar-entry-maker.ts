/**
 * A header, and what extends it, to an entry: which of the several names and numbers counts, and what is left out because
 * it would leave the image or cannot be what it says.
 */
import type { EntryType, LayerEntry, SparsePiece } from './entry.ts';
import type { LayerProblem } from './layer-index.ts';
import type { LayerLimits } from './limits.ts';
import { type Extensions, paxNumber, paxText } from './tar-extensions.ts';
import type { TarHeader } from './tar-header.ts';
import { cleanPath, readableName, whiteoutMark } from './tar-path.ts';
import { decimalFraction, paxXattrs } from './tar-pax.ts';

/** Where an entry's content is. */
export interface Content {
  readonly size: number;
  readonly offsetBytes: number;
  readonly sparse: readonly SparsePiece[] | undefined;
}

const TYPES: Readonly<Record<string, EntryType>> = {
  '\0': 'file',
  '0': 'file',
  '1': 'hardlink',
  '2': 'symlink',
  '3': 'character-device',
  '4': 'block-device',
  '5': 'directory',
  '6': 'fifo',
  /** Contiguous, which no system is any more. */
  '7': 'file',
  /** GNU: a directory with a list of what was in it. */
  D: 'directory',
  S: 'file',
};
const MODE_BITS = 0o7777;
const UNKNOWN_ID = 0xffffffff;
/** What a Date can hold; other times would throw wherever one is shown. */
const DATE_LIMIT_MS = 8.64e15;

export class EntryMaker {
  #saidAbsolute = false;

  constructor(
    readonly problem: (kind: LayerProblem['kind'], path: string, detail: string) => void,
    readonly limits: LayerLimits,
  ) {}

  /** @returns undefined for what is left out, after saying why */
  make(header: TarHeader, extensions: Extensions, content: Content): LayerEntry | undefined {
    const name = entryName(header, extensions);
    const known = TYPES[header.flag];
    if (known === undefined) {
      return this.#leaveOut('unknown-type', name, `is of the type “${readableName(header.flag)}”, which is left out`);
    }
    const type = known === 'file' && name.endsWith('/') ? 'directory' : known;
    const path = this.#path(name, type);
    if (path === undefined) return undefined;
    const mark = whiteoutMark(path);
    if (mark === 'invalid') return this.#leaveOut('escapes-root', path, 'would hide more than a name beside it');
    if (mark?.kind === 'ignored') return undefined;
    if (mark !== undefined) return this.#entry(header, extensions, { path: mark.path, type: mark.kind }, content);
    const linkTarget = this.#linkTarget(header, extensions, { path, type });
    if (linkTarget === undefined) return undefined;
    return this.#entry(header, extensions, { path, type, linkTarget }, content);
  }

  #path(name: string, type: EntryType): string | undefined {
    if (name.length > this.limits.nameLength) {
      return this.#leaveOut('name-too-long', name, `has a name of ${name.length} characters`);
    }
    const path = cleanPath(name);
    if (path === undefined) return this.#leaveOut('escapes-root', name, 'leaves the root by “..” and is left out');
    if (path.length > this.limits.depth && path.split('/').length > this.limits.depth) {
      return this.#leaveOut('name-too-long', name, `is more than ${this.limits.depth} directories deep`);
    }
    if (path === '' && type !== 'directory') return this.#leaveOut('broken', name, 'has no name, or that of the root');
    if (name.startsWith('/') && path !== '' && !this.#saidAbsolute) {
      this.#saidAbsolute = true;
      this.problem(
        'escapes-root',
        name,
        'is named from the root of the machine, as others may be; it is in the image’s',
      );
    }
    return path;
  }

  #linkTarget(header: TarHeader, extensions: Extensions, link: { path: string; type: EntryType }): string | undefined {
    const { path, type } = link;
    if (type !== 'symlink' && type !== 'hardlink') return '';
    const target = extensions.longLink ?? paxText(extensions, 'linkpath') ?? header.linkName;
    if (target.length > this.limits.nameLength) {
      return this.#leaveOut('name-too-long', path, `links to a name of ${target.length} characters`);
    }
    if (type === 'symlink') return target;
    const clean = cleanPath(target);
    if (clean === undefined) return this.#leaveOut('escapes-root', path, 'is a hard link to outside of the image');
    if (clean === '') return this.#leaveOut('broken', path, 'is a hard link to nothing, or to the root');
    return clean;
  }

  #entry(
    header: TarHeader,
    extensions: Extensions,
    { path, type, linkTarget = '' }: { path: string; type: EntryType; linkTarget?: string },
    { size, offsetBytes, sparse }: Content,
  ): LayerEntry {
    const number = (value: number, what: string) => {
      if (!Number.isNaN(value)) return value;
      this.problem('broken', path, `has no readable ${what}`);
      return 0;
    };
    const { pax } = extensions;
    const xattrs = pax && paxXattrs(pax);
    const device = type === 'character-device' || type === 'block-device';
    return {
      path,
      type,
      mode: number(header.mode, 'mode') & MODE_BITS,
      uid: systemId(number(paxNumber(extensions, 'uid') ?? header.uid, 'owner')),
      gid: systemId(number(paxNumber(extensions, 'gid') ?? header.gid, 'group')),
      size: type === 'file' ? size : 0,
      modifiedAtMs: timeMs(number(paxTime(extensions) ?? header.modifiedAtS, 'time')),
      linkTarget,
      offsetBytes,
      ...(xattrs && { xattrs }),
      ...(device && { device: { major: number(header.major, 'device'), minor: number(header.minor, 'device') } }),
      ...(sparse && type === 'file' && { sparse }),
    };
  }

  #leaveOut(kind: LayerProblem['kind'], path: string, detail: string): undefined {
    this.problem(kind, path, detail);
  }
}

/** The name before it is cleaned. */
export function entryName(header: TarHeader, extensions: Extensions): string {
  const { longName } = extensions;
  return paxText(extensions, 'GNU.sparse.name') ?? longName ?? paxText(extensions, 'path') ?? header.name;
}

function paxTime({ pax }: Extensions): number | undefined {
  const value = pax?.get('mtime');
  return value === undefined || value.length === 0 ? undefined : decimalFraction(value);
}

/** Owners are 32 bits without a sign wherever layers run. */
function systemId(value: number): number {
  return value < 0 ? value >>> 0 : Math.min(value, UNKNOWN_ID);
}

function timeMs(seconds: number): number {
  return Math.min(Math.max(seconds * 1000, -DATE_LIMIT_MS), DATE_LIMIT_MS);
}

/** Where the parts of an ELF file are: its header, segments and sections. */
import type { ByteView } from './byte-view.ts';

export interface ElfSegment {
  readonly type: number;
  readonly flags: number;
  readonly offset: number;
  /** In memory. */
  readonly address: number;
  readonly fileSize: number;
}

export interface ElfSection {
  readonly name: string;
  readonly type: number;
  readonly offset: number;
  readonly size: number;
}

export interface ElfLayout {
  readonly is64: boolean;
  readonly type: number;
  readonly machine: number;
  readonly segments: readonly ElfSegment[];
  /** Undefined where they are not in the bytes: they stand at the end of the file. */
  readonly sections: readonly ElfSection[] | undefined;
}

/** Real files have dozens. */
const SEGMENTS_LIMIT = 1000;
const SECTIONS_LIMIT = 20_000;

export function readElfLayout(view: ByteView, is64: boolean): ElfLayout {
  return {
    is64,
    type: view.u16(16) ?? 0,
    machine: view.u16(18) ?? 0,
    segments: readSegments(view, is64),
    sections: readSections(view, is64),
  };
}

function readSegments(view: ByteView, is64: boolean): ElfSegment[] {
  const word = is64 ? view.u64 : view.u32;
  const start = word(is64 ? 32 : 28) ?? 0;
  const size = view.u16(is64 ? 54 : 42) ?? 0;
  const count = Math.min(view.u16(is64 ? 56 : 44) ?? 0, SEGMENTS_LIMIT);
  const segments: ElfSegment[] = [];
  for (let i = 0; i < count; i++) {
    const at = start + i * size;
    const type = view.u32(at);
    const flags = view.u32(at + (is64 ? 4 : 24));
    const offset = word(at + (is64 ? 8 : 4));
    const address = word(at + (is64 ? 16 : 8));
    const fileSize = word(at + (is64 ? 32 : 16));
    if (type === undefined || flags === undefined || offset === undefined || address === undefined) break;
    segments.push({ type, flags, offset, address, fileSize: fileSize ?? 0 });
  }
  return segments;
}

function readSections(view: ByteView, is64: boolean): ElfSection[] | undefined {
  const word = is64 ? view.u64 : view.u32;
  const start = word(is64 ? 40 : 32) ?? 0;
  const size = view.u16(is64 ? 58 : 46) ?? 0;
  const count = view.u16(is64 ? 60 : 48) ?? 0;
  const namesAt = view.u16(is64 ? 62 : 50) ?? 0;
  if (start === 0 || count === 0) return [];
  if (count > SECTIONS_LIMIT) return undefined;
  const raw: { nameAt: number; type: number; offset: number; size: number }[] = [];
  for (let i = 0; i < count; i++) {
    const at = start + i * size;
    const [nameAt, type] = [view.u32(at), view.u32(at + 4)];
    const offset = word(at + (is64 ? 24 : 16));
    const length = word(at + (is64 ? 32 : 20));
    if (nameAt === undefined || type === undefined || offset === undefined || length === undefined) return undefined;
    raw.push({ nameAt, type, offset, size: length });
  }
  const names = raw[namesAt];
  return raw.map(({ nameAt, ...section }) => ({
    ...section,
    name: (names && nameAt < names.size ? view.cString(names.offset + nameAt, 256) : undefined) ?? '',
  }));
}

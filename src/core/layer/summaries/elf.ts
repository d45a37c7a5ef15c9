/**
 * What an ELF file is: program, library, object; for which machine; what it needs to start.
 * https://refspecs.linuxfoundation.org/elf/gabi4+/contents.html
 */
import { toHex } from '../../hex.ts';
import { type ByteView, latin1, viewBytes } from './byte-view.ts';
import { type ElfLayout, type ElfSection, type ElfSegment, readElfLayout } from './elf-layout.ts';
import { machineName, osAbiName } from './elf-names.ts';
import { goVersion } from './go-build-info.ts';

export interface ElfFacts {
  /** Word size. */
  readonly bits: 32 | 64;
  readonly littleEndian: boolean;
  readonly osAbi: string;
  readonly type: 'executable' | 'position-independent executable' | 'shared library' | 'object' | 'core dump' | 'other';
  readonly machine: string;
  /** The program that starts it: /lib64/ld-linux-x86-64.so.2. */
  readonly interpreter: string | undefined;
  /** False for programs that need no library and no interpreter; undefined where it starts nothing. */
  readonly isDynamic: boolean | undefined;
  readonly needed: readonly string[];
  readonly soname: string | undefined;
  readonly rpath: string | undefined;
  readonly runpath: string | undefined;
  /** Lower-case hexadecimal. */
  readonly buildId: string | undefined;
  /** "go1.22.1". */
  readonly goVersion: string | undefined;
  /** Undefined where the part of the file that says it is not there. */
  readonly isStripped: boolean | undefined;
  readonly hasDebugInfo: boolean | undefined;
  readonly hardening: {
    readonly stackNotExecutable: boolean;
    readonly relro: 'full' | 'partial' | 'none';
  };
  /** False where the facts need bytes of the file that were not given. */
  readonly isComplete: boolean;
}

const PT = { dynamic: 2, interp: 3, note: 4, gnuStack: 0x6474e551, gnuRelro: 0x6474e552 } as const;
const SHT = { symtab: 2, note: 7 } as const;
const DT = { needed: 1, strtab: 5, strsz: 10, soname: 14, rpath: 15, bindNow: 24, runpath: 29, flags: 30 } as const;
const DT_FLAGS_1 = 0x6ffffffb;
const DF_BIND_NOW = 8;
const DF_1_NOW = 1;
const DF_1_PIE = 0x08000000;
const NT_GNU_BUILD_ID = 3;
/** More than any real program needs. */
const NEEDED_LIMIT = 1000;

export function isElf(bytes: Uint8Array): boolean {
  return bytes.length >= 20 && latin1(bytes.subarray(0, 4)) === '\x7fELF';
}

/** @param bytes the file, or its beginning @returns undefined where it is no ELF file */
export function summarizeElf(bytes: Uint8Array): ElfFacts | undefined {
  const [wordClass, data] = [bytes[4], bytes[5]];
  if (!isElf(bytes) || (wordClass !== 1 && wordClass !== 2) || (data !== 1 && data !== 2)) return undefined;
  const view = viewBytes(bytes, data === 1);
  const layout = readElfLayout(view, wordClass === 2);
  const { segments, sections } = layout;
  const interp = segments.find(({ type }) => type === PT.interp);
  const interpreter = interp && view.cString(interp.offset);
  const dynamic = readDynamic(view, layout);
  const stack = segments.find(({ type }) => type === PT.gnuStack);
  const type = typeOf(layout.type, dynamic, interp !== undefined);
  const runs = type === 'executable' || type === 'position-independent executable';
  return {
    bits: layout.is64 ? 64 : 32,
    littleEndian: data === 1,
    osAbi: osAbiName(bytes[7] ?? 0),
    type,
    machine: machineName(layout.machine),
    interpreter,
    isDynamic: runs ? interp !== undefined || dynamic.needed.length > 0 : undefined,
    ...{ needed: dynamic.needed, soname: dynamic.soname, rpath: dynamic.rpath, runpath: dynamic.runpath },
    buildId: buildIdOf(view, segments, sections),
    goVersion: goVersion(view, sections),
    isStripped: sections && !sections.some((section) => section.type === SHT.symtab),
    hasDebugInfo: sections?.some(({ name }) => name === '.debug_info' || name === '.zdebug_info'),
    hardening: {
      stackNotExecutable: stack !== undefined && (stack.flags & 1) === 0,
      relro: !segments.some((segment) => segment.type === PT.gnuRelro) ? 'none' : dynamic.bindNow ? 'full' : 'partial',
    },
    isComplete: sections !== undefined && dynamic.isComplete && (interp === undefined || interpreter !== undefined),
  };
}

interface Dynamic {
  readonly needed: readonly string[];
  readonly soname: string | undefined;
  readonly rpath: string | undefined;
  readonly runpath: string | undefined;
  readonly bindNow: boolean;
  readonly isPie: boolean;
  readonly isComplete: boolean;
}

function readDynamic(view: ByteView, { is64, segments }: ElfLayout): Dynamic {
  const segment = segments.find(({ type }) => type === PT.dynamic);
  const values = new Map<number, number>();
  const neededAt: number[] = [];
  let isComplete = true;
  const entry = is64 ? 16 : 8;
  const word = is64 ? view.u64 : view.u32;
  for (let at = segment?.offset ?? 0; segment !== undefined && at < segment.offset + segment.fileSize; at += entry) {
    const [tag, value] = [word(at), word(at + entry / 2)];
    if (tag === undefined || value === undefined) isComplete = false;
    if (tag === undefined || value === undefined || tag === 0) break;
    if (tag !== DT.needed) values.set(tag, value);
    else if (neededAt.length < NEEDED_LIMIT) neededAt.push(value);
  }
  const strings = fileOffset(segments, values.get(DT.strtab));
  const textAt = (at: number | undefined): string | undefined => {
    if (at === undefined) return undefined;
    const text = strings === undefined || at > (values.get(DT.strsz) ?? 0) ? undefined : view.cString(strings + at);
    if (text === undefined) isComplete = false;
    return text;
  };
  const flags1 = values.get(DT_FLAGS_1) ?? 0;
  return {
    needed: neededAt.map(textAt).filter((name) => name !== undefined),
    soname: textAt(values.get(DT.soname)),
    rpath: textAt(values.get(DT.rpath)),
    runpath: textAt(values.get(DT.runpath)),
    bindNow: values.has(DT.bindNow) || ((values.get(DT.flags) ?? 0) & DF_BIND_NOW) !== 0 || (flags1 & DF_1_NOW) !== 0,
    isPie: (flags1 & DF_1_PIE) !== 0,
    isComplete,
  };
}

const PT_LOAD = 1;

/** Where in the file an address in memory comes from. */
function fileOffset(segments: readonly ElfSegment[], address: number | undefined): number | undefined {
  if (address === undefined) return undefined;
  const load = segments.find(
    (segment) => segment.type === PT_LOAD && address >= segment.address && address < segment.address + segment.fileSize,
  );
  return load && address - load.address + load.offset;
}

function typeOf(type: number, dynamic: Dynamic, hasInterpreter: boolean): ElfFacts['type'] {
  if (type === 1) return 'object';
  if (type === 2) return 'executable';
  if (type === 4) return 'core dump';
  if (type !== 3) return 'other';
  // libc.so.6 can be started too: it has an interpreter and a name as a library.
  const isProgram = dynamic.isPie || (hasInterpreter && dynamic.soname === undefined);
  return isProgram ? 'position-independent executable' : 'shared library';
}

function buildIdOf(
  view: ByteView,
  segments: readonly ElfSegment[],
  sections: readonly ElfSection[] | undefined,
): string | undefined {
  const places = [
    ...segments.filter(({ type }) => type === PT.note).map(({ offset, fileSize }) => ({ offset, size: fileSize })),
    ...(sections ?? []).filter(({ type }) => type === SHT.note),
  ];
  for (const { offset, size } of places) {
    for (let at = offset; at + 12 <= offset + size; ) {
      const [nameSize, descSize, type] = [view.u32(at), view.u32(at + 4), view.u32(at + 8)];
      if (nameSize === undefined || descSize === undefined) break;
      const desc = at + 12 + pad4(nameSize);
      if (type === NT_GNU_BUILD_ID && view.cString(at + 12, nameSize) === 'GNU' && descSize <= 64) {
        const id = view.slice(desc, descSize);
        return id && toHex(id);
      }
      at = desc + pad4(descSize);
    }
  }
  return undefined;
}

function pad4(size: number): number {
  return Math.ceil(size / 4) * 4;
}

/** Kinds of binary files of which a few bytes say all that is shown: Windows programs, WebAssembly, Java, Python. */
import { viewBytes } from './byte-view.ts';

export interface PlainFacts {
  readonly title: string;
  readonly facts: readonly (readonly [name: string, value: string])[];
}

/** https://learn.microsoft.com/en-us/windows/win32/debug/pe-format#machine-types */
const PE_MACHINES: Readonly<Record<number, string>> = {
  332: 'x86',
  452: 'ARM',
  34404: 'x86-64',
  43620: 'ARM 64',
};
const PE_SUBSYSTEMS: Readonly<Record<number, string>> = {
  1: 'native',
  2: 'windows',
  3: 'console',
  10: 'EFI application',
};
const PE_DLL = 0x2000;

export function summarizePe(bytes: Uint8Array): PlainFacts | undefined {
  const view = viewBytes(bytes, true);
  const at = view.u32(0x3c) ?? -1;
  const machine = view.u16(at + 4);
  if (view.u32(at) !== 0x4550 || machine === undefined) return undefined;
  const isDll = ((view.u16(at + 22) ?? 0) & PE_DLL) !== 0;
  const subsystem = view.u16(at + 24 + 68) ?? 0;
  return {
    title: isDll ? 'Windows library (PE)' : 'Windows program (PE)',
    facts: [
      ['Machine', PE_MACHINES[machine] ?? `0x${machine.toString(16)}`],
      ['Word size', view.u16(at + 24) === 0x20b ? '64 bits' : '32 bits'],
      ['Subsystem', PE_SUBSYSTEMS[subsystem] ?? String(subsystem)],
    ],
  };
}

/** https://webassembly.github.io/spec/core/binary/modules.html */
export function summarizeWasm(bytes: Uint8Array): PlainFacts | undefined {
  const view = viewBytes(bytes, true);
  const version = view.u16(4);
  if (version === undefined) return undefined;
  const isComponent = view.u16(6) === 1;
  return { title: isComponent ? 'WebAssembly component' : 'WebAssembly module', facts: [['Version', String(version)]] };
}

/** https://docs.oracle.com/javase/specs/jvms/se21/html/jvms-4.html#jvms-4.1 */
export function summarizeClass(bytes: Uint8Array): PlainFacts | undefined {
  const major = viewBytes(bytes, false).u16(6);
  if (major === undefined) return undefined;
  // 49 is Java 5; before, versions were 1.x.
  const java = major >= 49 ? `Java ${major - 44}` : `Java 1.${major - 44}`;
  return { title: 'Java class', facts: [['Needs', `${java} (class file version ${major})`]] };
}

/** Magic numbers of the releases: https://github.com/python/cpython/blob/main/Include/internal/pycore_magic_number.h */
const PYTHON_MAGICS: readonly (readonly [from: number, version: string])[] = [
  [3600, '3.14 or later'],
  [3550, '3.13'],
  [3500, '3.12'],
  [3450, '3.11'],
  [3430, '3.10'],
  [3420, '3.9'],
  [3400, '3.8'],
  [3390, '3.7'],
  [3360, '3.6'],
];

export function summarizePyc(bytes: Uint8Array): PlainFacts | undefined {
  const magic = viewBytes(bytes, true).u16(0);
  if (magic === undefined) return undefined;
  const version = PYTHON_MAGICS.find(([from]) => magic >= from)?.[1];
  return {
    title: 'Compiled Python',
    facts: [['Made by', version === undefined ? `magic number ${magic}` : `Python ${version}`]],
  };
}

/** What is said of programs and libraries, against binutils' readelf on this machine's own. */
import { execFileSync } from 'node:child_process';
import { closeSync, openSync, readdirSync, readFileSync, readSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { isElf, summarizeElf } from '../../../../src/core/layer/summaries/elf.ts';

const FOLDERS = [
  '/usr/bin',
  '/usr/sbin',
  '/usr/lib/x86_64-linux-gnu',
  '/usr/lib/gcc/x86_64-linux-gnu/12',
  '/usr/local/bin',
];
/** Every so many of them: readelf takes some milliseconds for each. */
const STEP = 17;
const ALWAYS = ['/usr/bin/busybox', '/usr/bin/umoci', '/usr/bin/ls', '/usr/lib/x86_64-linux-gnu/libc.so.6'];

function elfFiles(): string[] {
  const all = FOLDERS.flatMap((folder) => {
    try {
      return readdirSync(folder, { withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map(({ name }) => join(folder, name));
    } catch {
      return [];
    }
  });
  const elf = all.filter((path) => isElf(beginningOf(path)));
  return [...new Set([...ALWAYS.map((path) => realpathSync(path)), ...elf.filter((_, at) => at % STEP === 0)])];
}

function beginningOf(path: string): Uint8Array {
  const bytes = new Uint8Array(64);
  const file = openSync(path, 'r');
  try {
    return bytes.subarray(0, readSync(file, bytes, 0, bytes.length, 0));
  } finally {
    closeSync(file);
  }
}

const TYPES: Readonly<Record<string, string>> = {
  'EXEC (Executable file)': 'executable',
  'DYN (Position-Independent Executable file)': 'position-independent executable',
  'DYN (Shared object file)': 'shared library',
  'REL (Relocatable file)': 'object',
};
const MACHINES: Readonly<Record<string, string>> = {
  'Advanced Micro Devices X86-64': 'x86-64',
  'Intel 80386': 'x86',
  AArch64: 'ARM 64',
};

/** As readelf tells it. */
function said(path: string): unknown {
  const text = execFileSync('readelf', ['-hldnSW', path], { encoding: 'utf8', maxBuffer: 1 << 28, stdio: 'pipe' });
  const field = (name: string): string => new RegExp(`^\\s*${name}:\\s+(.*)$`, 'm').exec(text)?.[1]?.trim() ?? '';
  const dynamic = (tag: string): string[] =>
    [...text.matchAll(new RegExp(`\\(${tag}\\)\\s+[^\\[\\n]*\\[(.*)\\]$`, 'gm'))].map(([, value]) => value ?? '');
  const stack = /^\s*GNU_STACK\s.*\s([RWE ]{3})\s+(?:0x)?\w+$/m.exec(text)?.[1];
  return {
    bits: field('Class') === 'ELF64' ? 64 : 32,
    type: TYPES[field('Type')],
    machine: MACHINES[field('Machine')] ?? field('Machine'),
    interpreter: /\[Requesting program interpreter: (.*)\]/.exec(text)?.[1],
    needed: dynamic('NEEDED'),
    soname: dynamic('SONAME')[0],
    rpath: dynamic('RPATH')[0],
    runpath: dynamic('RUNPATH')[0],
    buildId: /Build ID: ([0-9a-f]+)/.exec(text)?.[1],
    isStripped: !/\s\.symtab\s+SYMTAB\s/.test(text),
    hasDebugInfo: /\s\.debug_info\s/.test(text),
    stackNotExecutable: stack !== undefined && !stack.includes('E'),
    relro: !/^\s*GNU_RELRO\s/m.test(text)
      ? 'none'
      : /\(BIND_NOW\)|\(FLAGS\).*BIND_NOW|\(FLAGS_1\).*NOW/.test(text)
        ? 'full'
        : 'partial',
  };
}

function read(bytes: Uint8Array): unknown {
  const facts = summarizeElf(bytes);
  if (facts === undefined) return undefined;
  const { bits, type, machine, interpreter, needed, soname, rpath, runpath, buildId, isStripped, hasDebugInfo } = facts;
  const { hardening } = facts;
  return {
    ...{ bits, type, machine, interpreter, needed, soname, rpath, runpath, buildId, isStripped },
    hasDebugInfo,
    ...hardening,
  };
}

describe('this machine’s programs and libraries', () => {
  test('are what readelf says', () => {
    const files = elfFiles();
    expect(files.length).toBeGreaterThan(20);
    for (const path of files) expect([path, read(readFileSync(path))]).toEqual([path, said(path)]);
  });

  test('a program of Go names its Go, a static one needs nothing', () => {
    // Both as `strings` finds them; umoci is written in Go, Debian's busybox is static.
    const go = summarizeElf(readFileSync('/usr/bin/umoci'))?.goVersion;
    expect(go).toMatch(/^go1\.\d+/);
    const busybox = summarizeElf(readFileSync('/usr/bin/busybox'));
    expect([busybox?.isDynamic, busybox?.needed]).toEqual([false, []]);
    expect(summarizeElf(readFileSync('/usr/bin/ls'))?.isDynamic).toBe(true);
    expect(summarizeElf(readFileSync(realpathSync('/usr/lib/x86_64-linux-gnu/libc.so.6')))?.isDynamic).toBeUndefined();
  });

  test('a beginning says what is in it, and that it is not all', () => {
    const bytes = readFileSync('/usr/bin/ls');
    const facts = summarizeElf(bytes.subarray(0, 4096));
    expect(facts).toMatchObject({
      isComplete: false,
      isStripped: undefined,
      interpreter: '/lib64/ld-linux-x86-64.so.2',
    });
    expect(summarizeElf(bytes)?.isComplete).toBe(true);
  });

  test('whatever bytes are damaged, it ends and throws nothing', () => {
    const bytes = Uint8Array.from(readFileSync('/usr/bin/ls'));
    for (let at = 4; at < 900; at++) {
      const damaged = Uint8Array.from(bytes);
      for (const value of [0, 0x7f, 0xff]) {
        damaged[at] = value;
        expect(() => summarizeElf(damaged)).not.toThrow();
      }
    }
    for (let length = 0; length < 900; length += 3) expect(() => summarizeElf(bytes.subarray(0, length))).not.toThrow();
  });
});

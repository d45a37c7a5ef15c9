/**
 * Memory of a process and its descendants: the sum of their proportional set sizes (PSS), which counts what they share
 * once. https://docs.kernel.org/filesystems/proc.html (smaps_rollup)
 */
import { readdirSync, readFileSync } from 'node:fs';

const SAMPLE_MS = 100;

export interface MemoryWatch {
  /** Ends the watch. @returns the largest sum that was seen (bytes). */
  stop(): number;
}

/** Samples every 100 ms. */
export function watchMemory(pid: number): MemoryWatch {
  let peak = 0;
  const sample = (): void => {
    peak = Math.max(peak, memoryOf(pid));
  };
  const timer = setInterval(sample, SAMPLE_MS);
  sample();
  return {
    stop() {
      clearInterval(timer);
      sample();
      return peak;
    },
  };
}

/** What `pid` and its descendants use now (bytes). */
export function memoryOf(pid: number): number {
  return family(pid).reduce((sum, member) => sum + pssOf(member), 0);
}

/** The one process without `--type=` (Chromium's children carry it) that has this argument. */
export function findProcess(argument: string): number {
  const found = processes().find((pid) => {
    const words = read(`/proc/${pid}/cmdline`).split('\0');
    return words.includes(argument) && !words.some((word) => word.startsWith('--type='));
  });
  if (found === undefined) throw new Error(`no process has the argument ${argument}`);
  return found;
}

/** `pid` and its descendants. */
export function family(pid: number): number[] {
  const children = new Map<number, number[]>();
  for (const child of processes()) {
    // The name in parentheses may hold anything: the state and the parent follow the last one.
    const parent = Number(/.*\) \S+ (\d+)/s.exec(read(`/proc/${child}/stat`))?.[1]);
    children.set(parent, [...(children.get(parent) ?? []), child]);
  }
  const members = [pid];
  for (const member of members) members.push(...(children.get(member) ?? []));
  return members;
}

function processes(): number[] {
  return readdirSync('/proc').map(Number).filter(Number.isInteger);
}

function pssOf(pid: number): number {
  const kib = /^Pss: +(\d+) kB$/m.exec(read(`/proc/${pid}/smaps_rollup`))?.[1];
  return Number(kib ?? 0) * 1024;
}

/** Empty for a process that has just ended. */
function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

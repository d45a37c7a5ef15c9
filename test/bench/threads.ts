/**
 * Processor time by thread, from when a watch begins until it ends: the kernel's own counters, so that nothing has to be
 * built into what is watched. https://docs.kernel.org/scheduler/sched-stats.html (schedstat of a process)
 */
import { readdirSync, readFileSync } from 'node:fs';
import { family } from './memory.ts';

/** Threads that end take their counters with them: what they do after the last look is not seen. */
const LOOK_MS = 100;
/** What the kernel counts a disk's traffic in. https://docs.kernel.org/admin-guide/iostats.html */
const SECTOR_BYTES = 512;
const NAMES: Readonly<Record<string, string>> = {
  'network.mojom.NetworkService': 'network service',
  'storage.mojom.StorageService': 'storage service',
};

export interface ThreadUse {
  /** The process' kind and the thread's name, as `renderer: DedicatedWorker`. */
  readonly name: string;
  /** All threads of the name together. */
  readonly cpuSeconds: number;
  /** Ready, while others had the processors. */
  readonly queuedSeconds: number;
}

export interface MachineUse {
  readonly wallSeconds: number;
  /** Of all processors together. */
  readonly busySeconds: number;
  readonly idleSeconds: number;
  /** Idle, while something waited for a disk. */
  readonly diskWaitSeconds: number;
  readonly writtenBytes: number;
  readonly readBytes: number;
}

export interface Use {
  /** Those that used most first. */
  readonly threads: readonly ThreadUse[];
  readonly machine: MachineUse;
}

interface Counters {
  readonly name: string;
  cpuNs: number;
  queuedNs: number;
}

/** @param pids each with its descendants, those that start later as well. @returns ends the watch */
export function watchThreads(pids: readonly number[]): () => Use {
  const before = new Map<string, Counters>();
  const now = new Map<string, Counters>();
  const look = (into: Map<string, Counters>): void => {
    for (const pid of pids) for (const member of family(pid)) readThreads(member, into);
  };
  look(before);
  const machine = watchMachine();
  const timer = setInterval(() => look(now), LOOK_MS).unref();
  return () => {
    clearInterval(timer);
    look(now);
    return { threads: sumByName(before, now), machine: machine() };
  };
}

function sumByName(before: ReadonlyMap<string, Counters>, now: ReadonlyMap<string, Counters>): ThreadUse[] {
  const sums = new Map<string, ThreadUse>();
  for (const [thread, { name, cpuNs, queuedNs }] of now) {
    const { cpuNs: cpuBefore = 0, queuedNs: queuedBefore = 0 } = before.get(thread) ?? {};
    const sum = sums.get(name);
    sums.set(name, {
      name,
      cpuSeconds: (sum?.cpuSeconds ?? 0) + (cpuNs - cpuBefore) / 1e9,
      queuedSeconds: (sum?.queuedSeconds ?? 0) + (queuedNs - queuedBefore) / 1e9,
    });
  }
  return [...sums.values()].sort((one, other) => other.cpuSeconds - one.cpuSeconds);
}

function readThreads(pid: number, into: Map<string, Counters>): void {
  const kind = kindOf(pid);
  for (const thread of listThreads(pid)) {
    const folder = `/proc/${pid}/task/${thread}`;
    const [cpuNs = 0, queuedNs = 0] = read(`${folder}/schedstat`).split(' ').map(Number);
    const name = `${kind}: ${read(`${folder}/comm`)
      .trim()
      .replace(/[/#]?\d+$/, '')}`;
    // A thread's name may come after its start; one that has just ended has none.
    if (cpuNs > 0) into.set(`${pid}/${thread}`, { name, cpuNs, queuedNs });
  }
}

/** As Chromium calls its children, or the program's name. Chromium writes its children's arguments into one, spaces between. */
function kindOf(pid: number): string {
  const line = read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ');
  const type = /--utility-sub-type=(\S+)/.exec(line)?.[1] ?? /--type=(\S+)/.exec(line)?.[1];
  if (type !== undefined) return NAMES[type] ?? type;
  return line.split(' ')[0]?.split('/').at(-1) ?? '';
}

function watchMachine(): () => MachineUse {
  const startedMs = performance.now();
  const [processors, disks] = [readProcessors(), readDisks()];
  return () => {
    const [later, disksLater] = [readProcessors(), readDisks()];
    return {
      wallSeconds: (performance.now() - startedMs) / 1000,
      busySeconds: later.busy - processors.busy,
      idleSeconds: later.idle - processors.idle,
      diskWaitSeconds: later.diskWait - processors.diskWait,
      writtenBytes: disksLater.written - disks.written,
      readBytes: disksLater.read - disks.read,
    };
  };
}

/** https://docs.kernel.org/filesystems/proc.html (the first line of /proc/stat; a hundred ticks a second) */
function readProcessors(): { busy: number; idle: number; diskWait: number } {
  const line = /^cpu +(.+)$/m.exec(read('/proc/stat'))?.[1] ?? '';
  const [user = 0, nice = 0, system = 0, idle = 0, diskWait = 0, irq = 0, softIrq = 0, stolen = 0] = line
    .split(' ')
    .map((ticks) => Number(ticks) / 100);
  return { busy: user + nice + system + irq + softIrq + stolen, idle, diskWait };
}

function readDisks(): { read: number; written: number } {
  const sum = { read: 0, written: 0 };
  for (const line of read('/proc/diskstats').trim().split('\n')) {
    const [, , name = '', , , sectorsRead, , , , sectorsWritten] = line.trim().split(/ +/);
    // Whole disks: their partitions would count twice.
    if (!/^(?:[svx]d[a-z]|nvme\d+n\d+)$/.test(name)) continue;
    sum.read += Number(sectorsRead) * SECTOR_BYTES;
    sum.written += Number(sectorsWritten) * SECTOR_BYTES;
  }
  return sum;
}

function listThreads(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/task`);
  } catch {
    return [];
  }
}

/** Empty for what has just ended. */
function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

/** The machine that figures were taken on, and whether it is quiet enough to take any. */
import { readFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { run } from '../lab/process.ts';

const QUIET_LOAD = 1;
const QUIET_LIMIT_MS = 60_000;

/** One line: processors, memory, and the versions of the programs that are compared. */
export async function describeMachine(): Promise<string> {
  const { stdout: debian } = await run('sh', ['-c', '. /etc/os-release; echo "$PRETTY_NAME"']);
  const packages = ['chromium', 'skopeo', 'docker-registry', 'curl'];
  const { stdout } = await run('dpkg-query', ['-W', ...packages]);
  const programs = stdout.trim().replaceAll('\t', ' ').replaceAll('\n', ', ');
  const [processor] = cpus();
  const memory = `${Math.round(totalmem() / 2 ** 30)} GiB`;
  return `${cpus().length} cores (${processor?.model ?? 'unknown'}), ${memory}, ${debian.trim()}, Node ${process.version}, ${programs}`;
}

/** Waits up to a minute for the load of the last minute to fall. @returns the load measured under. */
export async function waitForQuiet(): Promise<number> {
  const deadline = Date.now() + QUIET_LIMIT_MS;
  while (load() >= QUIET_LOAD && Date.now() < deadline) await sleep(1000);
  return load();
}

function load(): number {
  return Number(readFileSync('/proc/loadavg', 'utf8').split(' ')[0]);
}

/** The machine that figures were taken on, and whether it is quiet enough to take any. */
import { cpus, totalmem } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { run } from '../lab/process.ts';

/** Of all processors together. */
const QUIET_LOAD = 0.2;
const LOOK_MS = 2000;
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

/** Waits up to a minute for a moment without much other work. @returns processors that were busy in it */
export async function waitForQuiet(): Promise<number> {
  const deadline = Date.now() + QUIET_LIMIT_MS;
  for (;;) {
    const load = await busyProcessors();
    if (load < QUIET_LOAD || Date.now() > deadline) return load;
  }
}

async function busyProcessors(): Promise<number> {
  const before = cpus();
  await sleep(LOOK_MS);
  const busyMs = cpus().map(({ times }, at) => {
    const { idle = 0 } = before[at]?.times ?? {};
    return LOOK_MS - (times.idle - idle);
  });
  return Math.max(0, Math.round((busyMs.reduce((sum, ms) => sum + ms, 0) / LOOK_MS) * 100) / 100);
}

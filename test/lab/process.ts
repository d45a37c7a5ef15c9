/**
 * Processes and temporary folders of the lab. Whatever starts here ends with this process: on a normal exit, on SIGINT
 * and SIGTERM through the exit handler, and on SIGKILL because the kernel tells the child (setpriv --pdeathsig).
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';

/** Debian keeps dockerd, nginx and iptables where a user's PATH does not look. */
const SEARCH_PATH = [process.env.PATH ?? '', '/usr/local/sbin', '/usr/sbin', '/sbin'].join(':');

function labEnvironment(extra: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  return { ...process.env, PATH: SEARCH_PATH, LC_ALL: 'C.UTF-8', TZ: 'UTC', ...extra };
}

export interface CommandResult {
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/** Runs one command to its end. @throws Error with the whole command line and everything it printed. */
export function run(command: string, args: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
  const { env, ...rest } = options;
  return new Promise((resolve, reject) => {
    const settings = { ...rest, env: labEnvironment(env), maxBuffer: 256 * 1024 * 1024, encoding: 'utf8' } as const;
    execFile(command, [...args], settings, (error, stdout, stderr) => {
      if (error === null) return resolve({ stdout, stderr });
      const line = [command, ...args].join(' ');
      reject(new Error(`${line}\nended with ${error.code ?? error.signal}:\n${stdout}${stderr}`, { cause: error }));
    });
  });
}

export interface Daemon {
  readonly pid: number;
  /** Everything printed so far, stdout and stderr as they came. */
  output(): string;
  stop(): Promise<void>;
}

export interface DaemonOptions {
  /** Asked every 20 ms with the output so far until it says yes. */
  readonly ready: (output: string) => boolean | Promise<boolean>;
  readonly env?: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
}

interface Running {
  readonly child: ChildProcess;
  readonly pid: number;
}

const running = new Set<Running>();
const folders = new Set<string>();
let watching = false;

/** Starts a process that stays. @throws Error with its output when it ends or is not ready in time (20 s). */
export async function startDaemon(
  command: string,
  args: readonly string[],
  { ready, env, timeoutMs = 20_000 }: DaemonOptions,
): Promise<Daemon> {
  watchExit();
  const child = spawn('setpriv', ['--pdeathsig', 'TERM', command, ...args], {
    env: labEnvironment(env),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      // A daemon of a long manual session must not fill the memory; its beginning and its latest words matter.
      output = output.length > 2_000_000 ? output.slice(0, 100_000) + output.slice(-100_000) + text : output + text;
    });
  }
  let ended = false;
  const exit = new Promise<void>((resolve) => {
    child.once('error', (error) => {
      output += `${error.message}\n`;
    });
    child.once('close', () => {
      ended = true;
      resolve();
    });
  });
  const entry = { child, pid: child.pid ?? 0 };
  running.add(entry);
  const stop = async (): Promise<void> => {
    if (!ended) child.kill('SIGTERM');
    const late = setTimeout(() => child.kill('SIGKILL'), 8_000);
    await exit;
    clearTimeout(late);
    running.delete(entry);
  };
  const deadline = Date.now() + timeoutMs;
  while (!(await ready(output))) {
    if (ended || Date.now() > deadline) {
      await stop();
      throw new Error(`${command} ${ended ? 'ended' : 'was not ready in time'}:\n${output}`);
    }
    await sleep(20);
  }
  return { pid: entry.pid, output: () => output, stop };
}

/** A folder of our own under the system's temporary one; removed at exit, or earlier by `removeFolder`. */
export function temporaryFolder(purpose: string): string {
  watchExit();
  const folder = mkdtempSync(join(tmpdir(), `pulltab-lab-${purpose}-`));
  folders.add(folder);
  return folder;
}

export function removeFolder(folder: string): void {
  folders.delete(folder);
  rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
}

/**
 * Ports that were free a moment ago, for programs that cannot be given port 0. They are taken from below the range that
 * the kernel gives to outgoing connections (32768 and up), so that nothing but another lab competes for them.
 */
export async function freePorts(count: number): Promise<number[]> {
  const found = new Set<number>();
  while (found.size < count) {
    const port = 20_000 + Math.floor(Math.random() * 12_000);
    if (!found.has(port) && (await isFree(port))) found.add(port);
  }
  return [...found];
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

function watchExit(): void {
  if (watching) return;
  watching = true;
  process.once('exit', endEverything);
  process.once('SIGINT', () => process.exit(130));
  process.once('SIGTERM', () => process.exit(143));
}

/** Runs inside the exit event, so nothing here may be asynchronous. */
function endEverything(): void {
  for (const { child } of running) child.kill('SIGTERM');
  const deadline = Date.now() + 5_000;
  while (Date.now() < deadline && [...running].some(({ pid }) => isAlive(pid))) {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
  }
  for (const { child } of running) child.kill('SIGKILL');
  for (const folder of folders) {
    try {
      removeFolder(folder);
    } catch (error) {
      console.error(`${folder} could not be removed: ${String(error)}`);
    }
  }
}

/** An ended child stays a zombie while the exit event blocks us, so the process table alone would say it lives. */
function isAlive(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return !/^ [ZX] /.test(stat.slice(stat.lastIndexOf(')') + 1));
  } catch {
    return false;
  }
}

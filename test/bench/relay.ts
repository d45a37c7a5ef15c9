/**
 * `npx tsx test/bench/relay.ts`: a blob through the relay of `npm start` beside the same blob through nginx, from the same
 * upstream to the same client, rounds interleaved. Prints the ratio of the medians, and of the processor time that
 * each proxy took, which says more than the clock on a machine that has other things to do.
 */
import { closeSync, ftruncateSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { argv, execPath } from 'node:process';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import { freePorts, run, startDaemon, temporaryFolder } from '../lab/process.ts';
import { waitForQuiet } from './machine.ts';

const ROUNDS = argv.includes('--quick') ? 3 : 9;
const BLOB_BYTES = 1024 ** 3;
const DIGEST = `sha256:${'0'.repeat(64)}`;
const PATH = `/v2/bench/blobs/${DIGEST}`;
/** Of Linux on every platform that Debian runs on: USER_HZ. */
const TICKS_PER_SECOND = 100;

interface Contender {
  readonly name: string;
  readonly url: string;
  readonly pid: number;
  readonly seconds: number[];
  readonly cpuSeconds: number[];
}

async function main(): Promise<void> {
  const folder = temporaryFolder('bench-relay');
  mkdirSync(join(folder, 'www/v2/bench/blobs'), { recursive: true });
  const file = openSync(join(folder, 'www', PATH), 'w');
  ftruncateSync(file, BLOB_BYTES);
  closeSync(file);
  writeFileSync(join(folder, 'www/index.html'), '<!doctype html>');

  const [upstreamPort = 0, proxyPort = 0] = await freePorts(2);
  await startNginx(folder, 'upstream', `listen 127.0.0.1:${upstreamPort}; root ${folder}/www;`);
  const proxy = `listen 127.0.0.1:${proxyPort}; location / { proxy_pass http://127.0.0.1:${upstreamPort}; }`;
  const nginx = await startNginx(folder, 'proxy', proxy);
  const found = /^Pulltab: http:\/\/localhost:([0-9]+)\/$/m;
  const named = `127.0.0.1:${upstreamPort}`;
  const relay = await startDaemon(execPath, [await builtServer(folder)], {
    ready: (output) => found.test(output),
    env: { PORT: '0', PULLTAB_DIST: join(folder, 'www'), PULLTAB_RELAY_HOSTS: `http://${named}` },
  });
  const relayPort = found.exec(relay.output())?.[1];

  const contenders = [
    contender('nginx', `http://127.0.0.1:${proxyPort}${PATH}`, nginx),
    contender('relay', `http://127.0.0.1:${relayPort}/relay/r/${named}${PATH}`, relay.pid),
  ] as const;
  console.info(`1 GiB, ${ROUNDS} rounds, at a load of ${await waitForQuiet()}`);
  for (const each of contenders) await pass(each);
  for (const { seconds, cpuSeconds } of contenders) seconds.length = cpuSeconds.length = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const each of contenders) await pass(each);
  }
  for (const { name, seconds, cpuSeconds } of contenders) {
    const speed = Math.round(BLOB_BYTES / 1e6 / median(seconds));
    console.info(`${name}: ${speed} MB/s, ${median(cpuSeconds).toFixed(2)} s of processor time per GiB`);
  }
  const [theirs, ours] = contenders;
  console.info(`throughput of the relay over nginx: ${(median(theirs.seconds) / median(ours.seconds)).toFixed(2)}`);
}

/** As `npm start` runs it. */
async function builtServer(folder: string): Promise<string> {
  const configFile = fileURLToPath(new URL('../../src/relay/server-build.ts', import.meta.url));
  const outDir = join(folder, 'server');
  await build({ configFile, logLevel: 'warn', build: { outDir } });
  return join(outDir, 'serve.mjs');
}

function contender(name: string, url: string, pid: number): Contender {
  return { name, url, pid, seconds: [], cpuSeconds: [] };
}

async function pass({ url, pid, seconds, cpuSeconds }: Contender): Promise<void> {
  const before = cpuSecondsOf(pid);
  const format = '%{http_code} %{size_download} %{time_total}';
  const { stdout } = await run('curl', ['-s', '-o', '/dev/null', '-w', format, url]);
  const [status, bytes, took] = stdout.split(' ').map(Number);
  if (status !== 200 || bytes !== BLOB_BYTES) throw new Error(`${url} answered ${stdout}`);
  seconds.push(took ?? 0);
  cpuSeconds.push(cpuSecondsOf(pid) - before);
}

/** @returns the process that serves */
async function startNginx(folder: string, name: string, server: string): Promise<number> {
  const config = join(folder, `${name}.conf`);
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (kind) => `${kind}_temp_path ${join(folder, `${name}-${kind}`)};`,
  );
  writeFileSync(
    config,
    `daemon off; master_process off; pid ${folder}/${name}.pid; error_log stderr warn;
events {}
http { access_log off; sendfile on; ${temporary.join(' ')} proxy_max_temp_file_size 0; server { ${server} } }`,
  );
  const port = /listen ([0-9.:]+);/.exec(server)?.[1];
  const ready = async (): Promise<boolean> => {
    try {
      await fetch(`http://${port}/`, { method: 'HEAD' });
      return true;
    } catch {
      return false;
    }
  };
  const daemon = await startDaemon('nginx', ['-e', 'stderr', '-p', folder, '-c', config], { ready });
  return daemon.pid;
}

function cpuSecondsOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const [user, system] = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .slice(11, 13)
    .map(Number);
  return ((user ?? 0) + (system ?? 0)) / TICKS_PER_SECOND;
}

function median(values: readonly number[]): number {
  return [...values].sort((one, other) => one - other)[Math.floor(values.length / 2)] ?? Number.NaN;
}

await main();
process.exit();

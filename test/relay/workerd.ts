/** The Worker as it is deployed, under Cloudflare's own runtime: built, with the settings that the build leaves with it. */
import { readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as v from 'valibot';
import { build } from 'vite';
import workerd from 'workerd';
import { freePorts, startDaemon, temporaryFolder } from '../lab/process.ts';

const Wrangler = v.object({
  compatibility_date: v.string(),
  compatibility_flags: v.array(v.string()),
  main: v.string(),
  assets: v.object({ binding: v.string(), directory: v.string() }),
});

export interface WorkerOptions {
  /** Variables of the deployment. */
  readonly variables?: Readonly<Record<string, string>>;
  /** What the runtime lets the Worker reach, besides the public Internet. */
  readonly reaches?: 'private' | undefined;
  /** Folder of the app. */
  readonly app?: string;
  /** How many requests the platform's own limit lets pass; absent: there is no such binding. */
  readonly rateLimit?: number;
}

export interface RunningWorker {
  readonly port: number;
  /** Of the runtime. */
  readonly pid: number;
  output(): string;
  stop(): Promise<void>;
}

/** The folder that `npm run build:worker` makes, without the app. */
export async function buildWorker(): Promise<string> {
  const folder = temporaryFolder('worker');
  const configFile = fileURLToPath(new URL('../../src/relay/worker-build.ts', import.meta.url));
  await build({ configFile, logLevel: 'warn', build: { outDir: folder, emptyOutDir: true } });
  return folder;
}

export function wranglerSettings(folder: string): v.InferOutput<typeof Wrangler> {
  return v.parse(Wrangler, JSON.parse(readFileSync(join(folder, 'wrangler.jsonc'), 'utf8')));
}

/** @param folder as `buildWorker` leaves it */
export async function startWorker(folder: string, options: WorkerOptions = {}): Promise<RunningWorker> {
  const settings = wranglerSettings(folder);
  const [port = 0] = await freePorts(1);
  const configFolder = temporaryFolder('workerd');
  writeFileSync(join(configFolder, 'worker.js'), readFileSync(join(folder, settings.main)));
  writeFileSync(join(configFolder, 'assets.js'), ASSETS);
  writeFileSync(join(configFolder, 'limiter.js'), LIMITER);
  writeFileSync(join(configFolder, 'config.capnp'), configuration(port, settings, options));
  const daemon = await startDaemon(workerd, ['serve', '--experimental', join(configFolder, 'config.capnp')], {
    ready: () => accepts(port),
  });
  return { port, pid: daemon.pid, output: daemon.output, stop: daemon.stop };
}

/** Stands in for the platform's assets, which are no part of workerd: files by path, with types by ending. */
const ASSETS = `
const TYPES = { html: 'text/html; charset=utf-8', js: 'text/javascript', css: 'text/css', json: 'application/json' };
export default {
  async fetch(request, { FILES }) {
    const { pathname } = new URL(request.url);
    const found = await FILES.fetch('http://files' + pathname);
    if (!found.ok) return new Response(null, { status: 404 });
    const headers = { 'Content-Type': TYPES[pathname.split('.').at(-1)] ?? 'application/octet-stream' };
    return new Response(request.method === 'HEAD' ? null : found.body, { headers });
  },
};`;

/** Stands in for the platform's rate limit: so many requests of one key, then none. */
const LIMITER = `
const counts = new Map();
export default function (env) {
  return {
    async limit({ key }) {
      counts.set(key, (counts.get(key) ?? 0) + 1);
      return { success: counts.get(key) <= env.most };
    },
  };
}`;

function configuration(port: number, settings: v.InferOutput<typeof Wrangler>, options: WorkerOptions): string {
  const { variables = {}, reaches, app = temporaryFolder('no-app'), rateLimit } = options;
  const text = (value: string): string => JSON.stringify(value);
  const bindings = Object.entries(variables).map(([name, value]) => `(name = ${text(name)}, text = ${text(value)})`);
  bindings.push(`(name = ${text(settings.assets.binding)}, service = "assets")`);
  if (rateLimit !== undefined) {
    const inner = `[(name = "most", json = "${rateLimit}")]`;
    bindings.push(`(name = "RATE_LIMITER", wrapped = (moduleName = "limiter", innerBindings = ${inner}))`);
  }
  const dated = `compatibilityDate = ${text(settings.compatibility_date)}`;
  const allowed = reaches === 'private' ? '["public", "private"]' : '["public"]';
  return `
using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = (
      modules = [(name = "worker.js", esModule = embed "worker.js")],
      ${dated},
      compatibilityFlags = ${JSON.stringify(settings.compatibility_flags)},
      bindings = [${bindings.join(', ')}],
    )),
    (name = "assets", worker = (
      modules = [(name = "assets.js", esModule = embed "assets.js")],
      ${dated},
      bindings = [(name = "FILES", service = "files")],
    )),
    (name = "files", disk = (path = ${text(app)})),
    (name = "internet", network = (allow = ${allowed}, tlsOptions = (trustBrowserCas = true))),
  ],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")],
  extensions = [(modules = [(name = "limiter", internal = true, esModule = embed "limiter.js")])],
);
`;
}

function accepts(port: number): Promise<boolean> {
  return new Promise((done) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => done(true)).once('error', () => done(false));
    socket.once('connect', () => socket.destroy());
  });
}

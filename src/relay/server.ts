/** The app, its settings and the relay on one port of this machine. */
import { readFile } from 'node:fs/promises';
import {
  createServer,
  type ServerOptions as HttpServerOptions,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { isIPv6 } from 'node:net';
import { join, resolve } from 'node:path';
import { PulltabError } from '../core/errors.ts';
import { refusalResponse } from './answer.ts';
import { appHeaders } from './app-headers.ts';
import { createRelay, type Relay, type RelayLogEntry, type RelayOptions } from './handler.ts';
import { createHostPolicy } from './host-policy.ts';
import { answerWith } from './node.ts';
import { guardNodeBody } from './node-body.ts';
import { createNodeFetch, type NodeFetchOptions } from './node-fetch.ts';
import { Refusal } from './refusal.ts';
import { checkedOrigins, configWithRelay, MOUNT_PATH } from './settings.ts';
import { createFileServer } from './static-files.ts';

export interface ServerOptions {
  /** Exactly this port, where 0 is any free one. Absent: 8080, or any free one where that is taken. */
  readonly port?: number | undefined;
  /** Name or address to listen at. */
  readonly host: string;
  readonly distFolder: string;
  /** As `createHostPolicy` takes them. */
  readonly relayHosts: readonly string[];
  /** More origins whose pages may use the relay; their hosts are names of this server. */
  readonly pageOrigins?: readonly string[];
  readonly passwords?: boolean;
  /** Whether a proxy of the operator's stands before this server. */
  readonly isProxied?: boolean;
  readonly limits?: RelayOptions['limits'];
  /** Looks up names of registries, in place of the system. */
  readonly resolve?: NodeFetchOptions['resolve'];
  readonly log?: ((entry: RelayLogEntry) => void) | undefined;
}

export interface RunningServer {
  /** "http://localhost:8080/" */
  readonly url: string;
  /** Ends all that is under way. */
  close(): Promise<void>;
}

const USUAL_PORT = 8080;
const LOOPBACK_NAMES = ['localhost', '127.0.0.1', '[::1]'];
/** Listening at these is listening at every address of the machine. */
const EVERY_ADDRESS = ['0.0.0.0', '::'];

/** What one connection may hold before it has asked for anything. Tokens of registries are up to 16 KiB of a head. */
const SERVER_LIMITS = {
  maxHeaderSize: 32 * 1024,
  headersTimeout: 20_000,
  requestTimeout: 30_000,
  keepAliveTimeout: 10_000,
  connectionsCheckingInterval: 5_000,
} as const satisfies HttpServerOptions;

const CONFIG_HEADERS = { ...appHeaders('/config.json'), 'Content-Type': 'application/json' };
const READ_ONLY = { ...appHeaders(''), Allow: 'GET, HEAD' };

/** @throws PulltabError `settings-invalid` for a port that is taken, a wrong folder, relay host, origin or config.json */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { host, distFolder, relayHosts, passwords = false, isProxied = false } = options;
  const folder = resolve(distFolder);
  const policy = createHostPolicy(relayHosts);
  const pageOrigins = checkedOrigins(options.pageOrigins ?? []);
  const serveFile = await createFileServer(folder);
  const config = await relayConfig(folder);
  const server = createServer(SERVER_LIMITS);
  const port = await listen(server, options);
  const names = [...LOOPBACK_NAMES, isIPv6(host) ? `[${host}]` : host.toLowerCase()];
  const origins = [...names.map((name) => `http://${name}:${port}`), ...pageOrigins];
  const relay = onlyFor(
    [...names, ...pageOrigins.map((origin) => new URL(origin).hostname)],
    createRelay({
      policy,
      fetch: createNodeFetch({ policy, ...(options.resolve === undefined ? {} : { resolve: options.resolve }) }),
      guard: guardNodeBody,
      mountPath: MOUNT_PATH,
      origins,
      passwords,
      limits: options.limits ?? {},
      log: options.log,
    }),
  );

  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const [path = ''] = (request.url ?? '').split('?', 1);
    if (path.startsWith(`${MOUNT_PATH}/`)) void answerWith(relay, request, response, { isProxied });
    else if (request.method !== 'GET' && request.method !== 'HEAD') response.writeHead(405, READ_ONLY).end();
    else if (path === '/config.json') response.writeHead(200, CONFIG_HEADERS).end(config);
    else serveFile(path, request, response);
  });

  function close(): Promise<void> {
    return new Promise((done) => {
      server.close(() => done());
      server.closeAllConnections();
    });
  }

  const name = host === '127.0.0.1' || EVERY_ADDRESS.includes(host) ? 'localhost' : names.at(-1);
  return { url: `http://${name}:${port}/`, close };
}

/** The deployer's settings with this relay in them. */
async function relayConfig(folder: string): Promise<string> {
  const path = join(folder, 'config.json');
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '{}';
    throw error;
  });
  return configWithRelay(text, path);
}

/**
 * The relay for requests to these names alone. A name of a stranger's that resolves to this machine makes the stranger's
 * page one of our own origin (DNS rebinding); what gives it away is the name.
 */
function onlyFor(names: readonly string[], relay: Relay): Relay {
  return async (request, context) => {
    const name = (request.headers.get('Host') ?? '').toLowerCase().replace(/:[0-9]+$/, '');
    if (names.includes(name)) return relay(request, context);
    return refusalResponse(new Refusal('origin-not-allowed', 'the relay is not served under this name'), undefined);
  };
}

/** The port that the server listens at. */
async function listen(server: Server, { port, host }: ServerOptions): Promise<number> {
  if (port !== undefined) return listenAt(server, port, host);
  try {
    return await listenAt(server, USUAL_PORT, host);
  } catch (error) {
    if (!isTaken(error)) throw error;
    return listenAt(server, 0, host);
  }
}

function listenAt(server: Server, port: number, host: string): Promise<number> {
  return new Promise((done, fail) => {
    const refuse = (cause: NodeJS.ErrnoException): void => {
      const seen = cause.code === 'EADDRINUSE' ? 'another program listens there already' : cause.message;
      fail(new PulltabError('settings-invalid', { attempted: `listen at port ${port} of ${host}`, seen, cause }));
    };
    server.once('error', refuse);
    server.listen(port, host, () => {
      server.off('error', refuse);
      const address = server.address();
      done(address === null || typeof address === 'string' ? port : address.port);
    });
  });
}

function isTaken(error: unknown): boolean {
  if (!(error instanceof PulltabError && error.cause instanceof Error)) return false;
  return 'code' in error.cause && error.cause.code === 'EADDRINUSE';
}

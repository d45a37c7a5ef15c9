/** Real servers on both sides of a relay: an upstream that records what reaches it, and the relay behind Node's http. */
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request,
  type Server,
  type ServerResponse,
} from 'node:http';
import { buffer } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';
import { createRelay, type RelayLogEntry, type RelayOptions } from '../../src/relay/handler.ts';
import { createHostPolicy } from '../../src/relay/host-policy.ts';
import { answerWith } from '../../src/relay/node.ts';
import { guardNodeBody } from '../../src/relay/node-body.ts';
import { createNodeFetch, type NodeFetchOptions } from '../../src/relay/node-fetch.ts';

export const PAGE_ORIGIN = 'http://localhost:8080';
export const DIGEST = `sha256:${'0123456789abcdef'.repeat(4)}`;

export interface Recorded {
  readonly method: string;
  readonly target: string;
  readonly headers: IncomingHttpHeaders;
}

export interface Upstream {
  /** "127.0.0.1:40123" */
  readonly host: string;
  readonly origin: string;
  readonly port: number;
  readonly requests: Recorded[];
}

export type Answer = (request: IncomingMessage, response: ServerResponse) => void;

const answerEmpty: Answer = (_request, response) => response.end();

/** Ends with the test that started it. */
export async function startUpstream(answer: Answer = answerEmpty): Promise<Upstream> {
  const requests: Recorded[] = [];
  const port = await listen((incoming, outgoing) => {
    requests.push({ method: incoming.method ?? '', target: incoming.url ?? '', headers: incoming.headers });
    answer(incoming, outgoing);
  });
  const host = `127.0.0.1:${port}`;
  return { host, origin: `http://${host}`, port, requests };
}

export interface Asking {
  readonly method?: string;
  readonly headers?: Record<string, string | string[]>;
  readonly body?: string;
  /** Leaves. */
  readonly signal?: AbortSignal;
}

export interface Answered {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** Why the relay refused, where it did. */
  readonly reason: string | undefined;
}

export interface RunningRelay {
  readonly port: number;
  readonly log: RelayLogEntry[];
  /** Sends the target as it is, which no `fetch` would. */
  ask(target: string, asking?: Asking): Promise<Answered>;
  /** The answer with its body unread. */
  open(target: string, asking?: Asking): Promise<IncomingMessage>;
}

export interface RelayStage extends Partial<Omit<RelayOptions, 'policy' | 'fetch' | 'log'>> {
  /** What the operator names. */
  readonly named?: readonly string[];
  readonly resolve?: NodeFetchOptions['resolve'];
  readonly isProxied?: boolean;
}

/** Ends with the test that started it. */
export async function startRelay({
  named = [],
  resolve,
  isProxied = false,
  ...options
}: RelayStage = {}): Promise<RunningRelay> {
  const policy = createHostPolicy(named);
  const log: RelayLogEntry[] = [];
  const relay = createRelay({
    policy,
    fetch: createNodeFetch(resolve === undefined ? { policy } : { policy, resolve }),
    guard: guardNodeBody,
    mountPath: '/relay',
    origins: [PAGE_ORIGIN],
    log: (entry) => log.push(entry),
    ...options,
  });
  const { readerTimeoutMs = 300_000 } = options;
  const answering = { isProxied, readerTimeoutMs };
  const port = await listen((incoming, outgoing) => void answerWith(relay, incoming, outgoing, answering));
  const open: RunningRelay['open'] = (target, asking) => openAt(port, target, asking);
  const ask: RunningRelay['ask'] = (target, asking) => askAt(port, target, asking);
  return { port, log, ask, open };
}

export async function askAt(port: number, target: string, asking?: Asking): Promise<Answered> {
  const incoming = await openAt(port, target, asking);
  const { statusCode = 0, headers } = incoming;
  const reason = headers['pulltab-relay-error'];
  return {
    status: statusCode,
    headers,
    body: await buffer(incoming),
    reason: typeof reason === 'string' ? reason : undefined,
  };
}

export function openAt(port: number, target: string, { method = 'GET', headers = {}, body, signal }: Asking = {}) {
  return new Promise<IncomingMessage>((done, fail) => {
    const asked = request({ host: '127.0.0.1', port, path: target, method, headers, agent: false, signal });
    asked.once('response', done).once('error', fail).end(body);
  });
}

async function listen(answer: Answer): Promise<number> {
  const server = createServer(answer);
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  onTestFinished(() => close(server));
  return portOf(server);
}

export function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server does not listen');
  return address.port;
}

function close(server: Server): Promise<void> {
  return new Promise((done) => {
    server.close(() => done());
    server.closeAllConnections();
  });
}

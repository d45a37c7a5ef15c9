/**
 * The relay: lets a page read registries that do not answer pages. A standard (Request) → Promise<Response>, so that it
 * runs in Node and on Cloudflare Workers alike.
 *
 * Everything that is not listed is refused: methods, paths, queries, hosts, headers both ways, origins. Bodies are
 * streamed as fast as the page reads them, and nothing is kept.
 */
import { discard, readCapped } from '../core/registry/response.ts';
import { passedHeaders, preflightResponse, refusalResponse } from './answer.ts';
import type { HostPolicy } from './host-policy.ts';
import { createLimits, type LimitOptions } from './limits.ts';
import { once } from './once.ts';
import { Refusal, type RefusalReason } from './refusal.ts';
import { allowedOrigin, checkRequest, headersToPass, targetBelow } from './request.ts';
import { parseRoute, type Route } from './route.ts';
import { createTokenRoute } from './token-route.ts';
import { askUpstream, guardBody, type HopFetch, type UpstreamRequest } from './upstream.ts';

export interface RelayOptions {
  readonly policy: HostPolicy;
  /** Asks registries. */
  readonly fetch: HopFetch;
  /** Watches over bodies, where the platform has a way of its own. */
  readonly guard?: typeof guardBody;
  /** Path that the relay is mounted at, without a trailing slash: "/relay". */
  readonly mountPath: string;
  /** Origins whose pages may use the relay, exactly: "http://localhost:8080". */
  readonly origins: readonly string[];
  readonly log?: ((entry: RelayLogEntry) => void) | undefined;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
  readonly headersTimeoutMs?: number;
  readonly idleTimeoutMs?: number;
  /** How long a client may leave a body unread. */
  readonly readerTimeoutMs?: number;
  /** Whether user names and passwords are carried, to registries that are listed and to their token services. */
  readonly passwords?: boolean;
  readonly limits?: Partial<Omit<LimitOptions, 'now'>>;
  /** Whether a client may make one more request, as the platform's own counting has it. */
  readonly admit?: ((clientAddress: string) => Promise<boolean>) | undefined;
}

export interface RelayContext {
  /** Whom the limits count for. */
  readonly clientAddress: string;
  /** Path and query as they came over the wire, where the platform still has them: `Request.url` is normalised. */
  readonly rawTarget?: string;
}

/** What a log line may say: no header, no query, no repository. */
export interface RelayLogEntry {
  readonly method: string;
  readonly host: string;
  readonly kind: Route['kind'] | '-';
  /** 499 where the client left before the answer began. */
  readonly status: number;
  readonly reason?: RefusalReason;
  readonly bytes: number;
  readonly tookMs: number;
}

/** Rejects only with the abort of the request. */
export type Relay = (request: Request, context: RelayContext) => Promise<Response>;

/** Bodies other than blobs are read whole before they pass, so that a broken one becomes an error and not half a text. */
const WHOLE_BODY_LIMIT_BYTES = 4 * 1024 * 1024;
const ERROR_BODY_LIMIT_BYTES = 64 * 1024;
const OWN_HEADERS: Readonly<Record<string, string>> = {
  'User-Agent': 'Pulltab-Relay/1',
  // Blobs are verified as they are stored; a coding on the way would only have to be taken off again.
  'Accept-Encoding': 'identity',
};
const LOGGED_METHODS: readonly string[] = ['GET', 'HEAD', 'OPTIONS'];
const PASSED_STATUSES: readonly number[] = [200, 206, 304];
const CLIENT_LEFT = 499;

const USUAL_LIMITS = {
  perClient: 32,
  inTotal: 1024,
  // An image of 127 layers, opened and saved, with its tags.
  burst: 300,
  perSecond: 5,
  bytesPerDay: Number.POSITIVE_INFINITY,
} as const satisfies Omit<LimitOptions, 'now'>;

interface Exchange {
  readonly request: Request;
  readonly route: Route;
  readonly origin: string | undefined;
  /** Ends the upstream request. */
  readonly controller: AbortController;
}

type Note = (status: number, bytes: number, reason?: RefusalReason) => void;

export function createRelay(options: RelayOptions): Relay {
  const { policy, mountPath, origins, log, now = Date.now } = options;
  const { headersTimeoutMs = 20_000, idleTimeoutMs = 30_000, readerTimeoutMs = 300_000, passwords = false } = options;
  const { guard = guardBody } = options;
  const upstream = { fetch: options.fetch, policy, headersTimeoutMs };
  const tokens = createTokenRoute({ policy, now });
  const limits = createLimits({ ...USUAL_LIMITS, ...options.limits, now });

  async function relay(request: Request, context: RelayContext): Promise<Response> {
    const startedAtMs = now();
    let route: Route | undefined;
    let origin: string | undefined;
    const note = once<Parameters<Note>>((status, bytes, reason) => {
      const method = LOGGED_METHODS.includes(request.method) ? request.method : 'other';
      const entry = { method, host: route?.host ?? '-', kind: route?.kind ?? '-', status, bytes } as const;
      const tookMs = now() - startedAtMs;
      log?.(reason === undefined ? { ...entry, tookMs } : { ...entry, tookMs, reason });
    });
    try {
      origin = allowedOrigin(request, origins);
      route = parseRoute(targetBelow(mountPath, request, context.rawTarget));
      if (request.method === 'OPTIONS') {
        note(204, 0);
        return preflightResponse(origin);
      }
      checkRequest(request, route, passwords);
      if ((await options.admit?.(context.clientAddress)) === false) {
        throw new Refusal('rate-limited', 'too many requests in a short time');
      }
      const leave = limits.enter(context.clientAddress);
      return await exchanged({ request, route, origin, controller: new AbortController() }, leave, note);
    } catch (error) {
      if (request.signal.aborted) note(CLIENT_LEFT, 0);
      request.signal.throwIfAborted();
      const refusal = error instanceof Refusal ? error : new Refusal('upstream-answer', 'the answer broke off', error);
      note(refusal.status, 0, refusal.reason);
      return refusalResponse(refusal, origin);
    }
  }

  /** The answer of the registry, with `leave` and `note` called when its last byte is gone. */
  async function exchanged(exchange: Exchange, leave: (bytes: number) => void, note: Note): Promise<Response> {
    const { request, route, controller } = exchange;
    const abort = (): void => controller.abort(request.signal.reason);
    request.signal.addEventListener('abort', abort, { once: true });
    try {
      request.signal.throwIfAborted();
      const response = await (route.kind === 'token' ? token(exchange) : registry(exchange));
      return guarded(response, controller, (bytes) => {
        request.signal.removeEventListener('abort', abort);
        leave(bytes);
        note(response.status, bytes);
      });
    } catch (error) {
      leave(0);
      controller.abort();
      throw error;
    }
  }

  async function token({ request, route, origin, controller }: Exchange): Promise<Response> {
    const authorization = request.headers.get('Authorization') ?? undefined;
    const registryOrigin = allowedRegistry(route, authorization);
    const ask = async (question: Omit<UpstreamRequest, 'controller' | 'method'>): Promise<Response> => {
      // Of its own, because letting go of one answer must not end the questions after it.
      const own = childOf(controller);
      const headers = { ...question.headers, ...OWN_HEADERS };
      const answer = await askUpstream({ ...question, headers, method: 'GET', controller: own }, upstream);
      return guarded(answer, own, () => undefined);
    };
    const response = await tokens.answer(route, registryOrigin, ask, authorization);
    const headers = passedHeaders(response, { kind: 'token', origin, url: registryOrigin });
    return whole(response, headers, controller);
  }

  async function registry({ request, route, origin, controller }: Exchange): Promise<Response> {
    const authorization = request.headers.get('Authorization') ?? undefined;
    const url = addressAt(allowedRegistry(route, authorization), route.target);
    const method = request.method === 'HEAD' ? 'HEAD' : 'GET';
    const headers = { ...headersToPass(request.headers), ...OWN_HEADERS };
    const response = await askUpstream(
      { method, url, headers, authorization, redirects: 'follow', controller },
      upstream,
    );
    const { status } = response;
    if (!PASSED_STATUSES.includes(status) && status < 400) {
      await discard(response);
      throw new Refusal('upstream-answer', `the registry answered ${status}`);
    }
    const passed = passedHeaders(response, { kind: route.kind, origin, url });
    if (method === 'HEAD' || status === 304) {
      await discard(response);
      return new Response(null, { status, headers: passed });
    }
    if (route.kind !== 'blob' || status >= 400) return whole(response, passed, controller);
    return new Response(response.body, { status, headers: passed });
  }

  function allowedRegistry({ host }: Route, authorization: string | undefined): string {
    const origin = policy.registryOrigin(host);
    if (origin === undefined)
      throw new Refusal('host-not-allowed', `${host} is not among the registries of this relay`);
    if (authorization !== undefined && /^basic /i.test(authorization) && !policy.mayHavePasswords(origin)) {
      throw new Refusal('credentials-not-allowed', `the relay carries no passwords to ${host}`);
    }
    return origin;
  }

  /** The response with its body read, within the limits of what is not a blob. */
  async function whole(response: Response, headers: Headers, controller: AbortController): Promise<Response> {
    const { status } = response;
    if ((response.headers.get('Content-Encoding') ?? 'identity') !== 'identity') {
      await discard(response);
      throw new Refusal('upstream-answer', 'the registry encodes an answer although it was asked not to');
    }
    const isError = status >= 400;
    const body = guarded(response, controller, () => undefined);
    const bytes = await readCapped(body, isError ? ERROR_BODY_LIMIT_BYTES : WHOLE_BODY_LIMIT_BYTES);
    if (bytes === undefined && !isError) throw new Refusal('manifest-too-large', 'the registry sent more than 4 MiB');
    // Of an error too long to be one, the status alone says enough.
    const kept = bytes ?? new Uint8Array();
    headers.set('Content-Length', String(kept.length));
    return new Response(kept, { status, headers });
  }

  /** The response with a body that tells when it has ended, and that takes the upstream request with it. */
  function guarded(response: Response, controller: AbortController, onEnd: (bytes: number) => void): Response {
    const { status, headers } = response;
    if (response.body === null) {
      onEnd(0);
      return response;
    }
    return new Response(guard(response.body, { idleTimeoutMs, readerTimeoutMs, controller, onEnd }), {
      status,
      headers,
    });
  }

  return relay;
}

function childOf(parent: AbortController): AbortController {
  const child = new AbortController();
  parent.signal.addEventListener('abort', () => child.abort(parent.signal.reason), { once: true });
  return child;
}

/** @throws Refusal `path-invalid` where the parser of addresses reads the target as something else than it says */
function addressAt(origin: string, target: string): string {
  const url = new URL(`${origin}${target}`);
  if (url.origin === origin && `${url.pathname}${url.search}` === target && url.hash === '') return url.href;
  throw new Refusal('path-invalid', 'the address changes when it is normalised');
}

/**
 * Bearer tokens: https://distribution.github.io/distribution/spec/auth/token/
 *
 * A token is asked for once per (realm, service, scope), however many requests wait for it, and is given to the
 * registry alone. Its life is counted from our own clock: `issued_at` is optional and often wrong.
 */
import * as v from 'valibot';
import { isAbort, PulltabError } from '../errors.ts';
import { isAddress, isPublicAddress } from './addresses.ts';
import { isLoopbackHost } from './loopback.ts';
import { discard, parseJson, quote, readCapped } from './response.ts';
import { responseError } from './response-error.ts';

/** What is needed to go on with a registry. Structured-cloneable: a page hands it to its workers. */
export interface Access {
  /** "repository:library/nginx:pull" */
  readonly scope: string;
  /** The whole value of the `Authorization` header. */
  readonly authorization: string;
  /** When to stop using it, 90 % of its life after it came: milliseconds since 1970. */
  readonly expiresAtMs: number;
}

export interface TokenService {
  /** Absolute address, which may have a query of its own. */
  readonly realm: string;
  readonly service: string | undefined;
  /** Whether it is a relay that answers for the registry. */
  readonly relayed: boolean;
}

export interface TokenRequest {
  /** "repository:library/nginx:pull" */
  readonly scope: string;
  /** What a registry said is needed as well. Asked for first: some services read only one. */
  readonly more?: string | undefined;
  readonly attempted: string;
  readonly signal?: AbortSignal | undefined;
}

export interface TokenQuestion {
  readonly scopes: readonly [string, ...string[]];
  readonly attempted: string;
  readonly fetch: typeof fetch;
  readonly now: () => number;
  readonly signal: AbortSignal;
}

export interface TokenStore {
  /** The token of this scope, unless it has expired. */
  valid(scope: string): Access | undefined;
  /** Remembers what is sent without a token service. */
  keep(access: Access): void;
  /** Forgets a token that the registry refused. */
  drop(access: Access): void;
  /**
   * Asks the service, or joins whoever is asking it already. The request ends when the last one who waits aborts.
   * @throws PulltabError `auth-required`, `auth-denied`, `rate-limited`, `registry-failed`, `network-or-cors`,
   * `relay-refused`.
   */
  request(service: TokenService, request: TokenRequest): Promise<Access>;
}

export interface TokenStoreOptions {
  readonly fetch: typeof fetch;
  readonly now: () => number;
  readonly access: readonly Access[];
  /** How a token is asked for; anonymously when not given. */
  readonly ask?: (service: TokenService, question: TokenQuestion) => Promise<Access>;
}

const TOKEN_BODY_LIMIT_BYTES = 128 * 1024;
const SHORTEST_LIFE_S = 60;
const LONGEST_LIFE_S = 24 * 60 * 60;
const RENEW_AT = 0.9;

const text = v.fallback(v.optional(v.string()), undefined);
const TokenBody = v.object({ token: text, access_token: text, expires_in: v.fallback(v.number(), SHORTEST_LIFE_S) });

interface Flight {
  readonly answer: Promise<Access>;
  readonly controller: AbortController;
  waiting: number;
}

export function createTokenStore({ fetch, now, access, ask = askTokenService }: TokenStoreOptions): TokenStore {
  const tokens = new Map(access.map((entry) => [entry.scope, entry]));
  const flights = new Map<string, Flight>();

  function valid(scope: string): Access | undefined {
    const found = tokens.get(scope);
    return found !== undefined && now() < found.expiresAtMs ? found : undefined;
  }

  function drop({ scope, authorization }: Access): void {
    if (tokens.get(scope)?.authorization === authorization) tokens.delete(scope);
  }

  async function request(service: TokenService, wanted: TokenRequest): Promise<Access> {
    wanted.signal?.throwIfAborted();
    const key = JSON.stringify([service.realm, service.service ?? null, wanted.scope, wanted.more ?? null]);
    const flight = flights.get(key) ?? start(key, service, wanted);
    flight.waiting += 1;
    try {
      return await untilAborted(flight.answer, wanted.signal);
    } finally {
      flight.waiting -= 1;
      if (flight.waiting === 0) {
        flights.delete(key);
        flight.controller.abort();
      }
    }
  }

  function start(key: string, service: TokenService, { scope, more, attempted }: TokenRequest): Flight {
    const controller = new AbortController();
    const scopes: TokenQuestion['scopes'] = more === undefined ? [scope] : [more, scope];
    const asked = ask(service, { scopes, attempted, fetch, now, signal: controller.signal });
    const answer = asked.then((fresh) => ({ ...fresh, scope }));
    const flight: Flight = { answer, controller, waiting: 0 };
    // Everyone may have left by the time it fails; then nobody is there to hear of it.
    answer.then((fresh) => tokens.set(scope, fresh)).catch(() => undefined);
    flights.set(key, flight);
    return flight;
  }

  return { valid, keep: (entry) => void tokens.set(entry.scope, entry), drop, request };
}

/** The promise's outcome, or the abort of the signal, whichever comes first. */
function untilAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

export interface Proof {
  /** Of the token service alone: the value of `Authorization`. */
  readonly authorization?: string;
  /** Sent by POST instead. */
  readonly refreshToken?: string;
}

/**
 * One question to a token service.
 * @throws PulltabError as `TokenStore.request`; `registry-failed` where it redirects or its answer holds no token
 */
export async function askTokenService(service: TokenService, options: TokenQuestion & Proof): Promise<Access> {
  const { scopes, attempted, fetch, now, signal } = options;
  const { host } = new URL(service.realm);
  const who = service.relayed ? 'the relay' : `the token service ${host}`;
  const askedAtMs = now();
  let response: Response;
  let body: Uint8Array | undefined;
  try {
    const [url, init] =
      options.refreshToken === undefined ? getQuestion(service, options) : postQuestion(service, options);
    response = await fetch(url, {
      ...init,
      signal,
      mode: 'cors',
      credentials: 'omit',
      referrerPolicy: 'no-referrer',
      cache: 'no-store',
      // A redirect would lead around the rules that the realm has just passed.
      redirect: 'manual',
    });
    if (response.type === 'opaqueredirect' || (response.status >= 300 && response.status < 400)) {
      await discard(response);
      throw unusable(attempted, `${who} sends the question on to another address, which is not followed`);
    }
    if (!response.ok) throw await responseError(response, { attempted, who, relayed: service.relayed });
    body = await readCapped(response, TOKEN_BODY_LIMIT_BYTES);
  } catch (error) {
    if (error instanceof PulltabError || isAbort(error) || signal.aborted) throw error;
    throw new PulltabError('network-or-cors', { attempted, seen: `no answer of ${who} could be read`, cause: error });
  }
  if (body === undefined) throw unusable(attempted, `${who} answered with more than 128 KiB`);
  const parsed = v.safeParse(TokenBody, parseJson(body));
  const token = parsed.success ? (parsed.output.token ?? parsed.output.access_token ?? '') : '';
  if (!parsed.success || token === '') throw unusable(attempted, `the answer of ${who} holds no token`);
  if (!isHeaderSafe(token)) throw unusable(attempted, `the token of ${who} holds characters that no header may have`);
  const life = Math.min(Math.max(parsed.output.expires_in, SHORTEST_LIFE_S), LONGEST_LIFE_S);
  return { scope: scopes[0], authorization: `Bearer ${token}`, expiresAtMs: askedAtMs + life * RENEW_AT * 1000 };
}

function getQuestion(service: TokenService, { scopes, authorization }: TokenQuestion & Proof): [string, RequestInit] {
  const url = new URL(service.realm);
  if (service.service !== undefined) url.searchParams.set('service', service.service);
  for (const scope of scopes) url.searchParams.append('scope', scope);
  return [url.href, authorization === undefined ? {} : { headers: { Authorization: authorization } }];
}

function postQuestion(service: TokenService, { scopes, refreshToken }: TokenQuestion & Proof): [string, RequestInit] {
  const body = new URLSearchParams({ grant_type: 'refresh_token', refresh_token: refreshToken ?? '' });
  if (service.service !== undefined) body.set('service', service.service);
  body.set('scope', scopes.join(' '));
  body.set('client_id', 'pulltab');
  // As text, whose type needs no leave of CORS.
  const headers = { 'Content-Type': 'application/x-www-form-urlencoded' };
  return [service.realm, { method: 'POST', headers, body: body.toString() }];
}

function unusable(attempted: string, seen: string): PulltabError {
  return new PulltabError('registry-failed', { attempted, seen });
}

/** Visible ASCII without spaces: nothing that could end a header or add another one. */
function isHeaderSafe(token: string): boolean {
  return /^[\x21-\x7e]+$/.test(token);
}

/**
 * The address of a token service that a registry named, resolved against the registry's own base.
 * It must be https; http, loopback and private addresses are only for registries that are there themselves, because
 * a public registry has no business to point a browser at its own machine or network.
 * @throws PulltabError `registry-failed` that says which rule the realm breaks.
 */
export function resolveRealm(realm: string, { base, attempted }: { base: string; attempted: string }): string {
  const refuse = (why: string): PulltabError =>
    unusable(attempted, `the registry names the token service “${quote(realm)}”, ${why}`);
  const registry = new URL(base);
  const url = parseUrl(realm, `${registry.href.replace(/\/$/, '')}/v2/`);
  if (url === undefined) throw refuse('which is no address');
  if (url.username !== '' || url.password !== '') throw refuse('which holds a user name or a password');
  const local = isLoopbackHost(url.hostname);
  const registryIsLocal = isLoopbackHost(registry.hostname);
  if (local && !registryIsLocal) throw refuse('which would be a program on your own machine');
  if (url.protocol === 'http:') {
    if (!local || registry.protocol !== 'http:') throw refuse('which is not https');
  } else if (url.protocol !== 'https:') {
    throw refuse('which is not https');
  }
  const privateAddress = isAddress(url.hostname) && !isPublicAddress(url.hostname);
  const registryIsPrivate = isAddress(registry.hostname) && !isPublicAddress(registry.hostname);
  if (privateAddress && !local && !registryIsPrivate) throw refuse('which is an address of a private network');
  url.hash = '';
  return url.href;
}

function parseUrl(address: string, base: string): URL | undefined {
  try {
    return new URL(address, base);
  } catch {
    return undefined;
  }
}

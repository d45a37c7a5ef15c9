/**
 * The token flow around one request: sent as it is, and after a 401 once more with a token. Finds the token service in
 * the registry's challenge or, where CORS hides that header from a page, in what is known or can be guessed of the host.
 */
import { isAbort, PulltabError } from '../errors.ts';
import { bearerChallenge, parseChallenges } from './challenge.ts';
import { knownTokenService } from './known-registries.ts';
import { discard, RELAY_ERROR_HEADER, responseError } from './response.ts';
import { type Access, createTokenStore, resolveRealm, type TokenService } from './token.ts';

export interface AuthorizerOptions {
  /** As the client's, with a base that does not end in "/". */
  readonly endpoint: { readonly registry: string; readonly base: string; readonly via: 'direct' | 'relay' | 'static' };
  readonly fetch: typeof fetch;
  readonly access: readonly Access[];
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

export interface AuthorizedRequest {
  readonly scope: string;
  readonly attempted: string;
  readonly signal: AbortSignal | undefined;
}

export interface Authorizer {
  /**
   * The response of `send`, which is called with the value of `Authorization` or without one. A 401 comes back only
   * from a static host, or after a token was refused.
   * @throws PulltabError what `send` or the token service fails with; `auth-required` where no token can be had.
   */
  authorized(
    request: AuthorizedRequest,
    send: (authorization: string | undefined) => Promise<Response>,
  ): Promise<Response>;
  /** The valid token of a scope, to be handed on. */
  access(scope: string): Access[];
}

/** Where hosts have their own token service, the more common first. */
const GUESSES = ['/v2/token', '/token', '/v2/auth', '/service/token'];

export function createAuthorizer({ endpoint, fetch, access, now }: AuthorizerOptions): Authorizer {
  const { registry, base, via } = endpoint;
  const tokens = createTokenStore({ fetch, now, access });
  /** Where the last token came from, so that the next one costs no 401. */
  let service: TokenService | undefined;

  async function authorized(
    request: AuthorizedRequest,
    send: (authorization: string | undefined) => Promise<Response>,
  ): Promise<Response> {
    let used = tokens.valid(request.scope);
    if (used === undefined && service !== undefined) used = await tokens.request(service, request);
    const response = await send(used?.authorization);
    if (response.status !== 401 || via === 'static') return response;
    if (used !== undefined) tokens.drop(used);
    // Another request may have got a newer token while this one was on its way.
    const fresh = tokens.valid(request.scope) ?? (await freshToken(response, request));
    if (fresh === undefined)
      throw await responseError(response, { ...request, who: 'the registry', relayed: via === 'relay' });
    await discard(response);
    const answer = await send(fresh.authorization);
    if (answer.status === 401) tokens.drop(fresh);
    return answer;
  }

  /** A new token after a 401, or undefined where no token service can be found: then the 401 stands. */
  async function freshToken(response: Response, request: AuthorizedRequest): Promise<Access | undefined> {
    try {
      const found = await findService(response, request);
      if (found === 'none') return undefined;
      if (found === 'hidden') return await guess(request);
      const fresh = await tokens.request(found, request);
      service = found;
      return fresh;
    } catch (error) {
      await discard(response);
      throw error;
    }
  }

  /** `none`: the challenge is readable, but wants no token. `hidden`: the challenge cannot be read. */
  async function findService(
    response: Response,
    request: AuthorizedRequest,
  ): Promise<TokenService | 'none' | 'hidden'> {
    if (via === 'relay') {
      // A refusal of the relay itself is the same with a token.
      if (response.headers.has(RELAY_ERROR_HEADER)) return 'none';
      return { realm: `${base}/token`, service: undefined, relayed: true };
    }
    const header = response.headers.get('WWW-Authenticate');
    if (header !== null) return challenger(header, request);
    const known = knownTokenService(registry);
    if (known !== undefined) return { ...known, relayed: false };
    const pinged = await ping(request);
    return pinged === undefined ? 'hidden' : challenger(pinged, request);
  }

  function challenger(header: string, { attempted }: AuthorizedRequest): TokenService | 'none' {
    const challenge = bearerChallenge(parseChallenges(header));
    if (challenge === undefined) return 'none';
    return { realm: resolveRealm(challenge.realm, { base, attempted }), service: challenge.service, relayed: false };
  }

  /** The challenge of `/v2/`, which some registries expose only there. */
  async function ping({ signal }: AuthorizedRequest): Promise<string | undefined> {
    try {
      const response = await fetch(`${base}/v2/`, {
        signal: signal ?? null,
        mode: 'cors',
        credentials: 'omit',
        referrerPolicy: 'no-referrer',
        cache: 'no-store',
      });
      await discard(response);
      return response.headers.get('WWW-Authenticate') ?? undefined;
    } catch (error) {
      if (isAbort(error) || signal?.aborted === true) throw error;
      return undefined;
    }
  }

  /** A token from the same host, where one of the usual places gives one. */
  async function guess(request: AuthorizedRequest): Promise<Access | undefined> {
    const { origin, host } = new URL(base);
    for (const path of GUESSES) {
      const candidate: TokenService = { realm: `${origin}${path}`, service: host, relayed: false };
      try {
        const fresh = await tokens.request(candidate, request);
        service = candidate;
        return fresh;
      } catch (error) {
        // A wrong guess fails in whatever way the host likes; only a cancelled request ends the search.
        if (!(error instanceof PulltabError)) throw error;
      }
    }
    return undefined;
  }

  function validAccess(scope: string): Access[] {
    const valid = tokens.valid(scope);
    return valid === undefined ? [] : [valid];
  }

  return { authorized, access: validAccess };
}

/**
 * What is done about a 401: a request is sent as it is first, and again with a token, or with the account where the
 * registry wants no token. Finds the token service in the registry's challenge or, where CORS hides that header from a
 * page, in what is known or can be guessed of the host.
 *
 * An account goes to the registry's own host and to its token service, and nowhere else: never to where a request was
 * redirected, and through a relay only with leave (account-access.ts has the rules).
 */
import { isAbort, PulltabError } from '../errors.ts';
import type { Grant } from './account.ts';
import type { AccountAccess } from './account-access.ts';
import { type BearerChallenge, bearerChallenge, type Challenge, parseChallenges } from './challenge.ts';
import { knownTokenService, registryEndpoint } from './known-registries.ts';
import { discard, RELAY_ERROR_HEADER } from './response.ts';
import { responseError } from './response-error.ts';
import { type Access, askTokenService, createTokenStore, resolveRealm, type TokenService } from './token.ts';

export interface AuthorizerOptions {
  /** As the client's, with a base that does not end in "/". */
  readonly endpoint: { readonly registry: string; readonly base: string; readonly via: 'direct' | 'relay' | 'static' };
  readonly fetch: typeof fetch;
  readonly access: readonly Access[];
  /** The account, where there is one for what is asked. */
  readonly grant?: Grant | undefined;
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
   * from a static host, or after a token that nobody had to sign in for was refused.
   * @param first the answer to `send` without Authorization, where that was asked already
   * @throws PulltabError what `send` or the token service fails with; `auth-required` where no token can be had;
   * `credentials-refused`, `auth-denied`, `realm-not-trusted`, `relay-not-trusted` where there is an account.
   */
  authorized(
    request: AuthorizedRequest,
    send: (authorization: string | undefined) => Promise<Response>,
    first?: Response,
  ): Promise<Response>;
  /** What is valid for a scope, to be handed on. */
  access(scope: string): Access[];
}

/** Where hosts have their own token service, the more common first. */
const GUESSES = ['/v2/token', '/token', '/v2/auth', '/service/token'];

/** What a registry may ask for besides: to read, and nothing that an account could be misused for. */
const READING_SCOPE = /^repository:[a-z0-9][a-z0-9._/-]{0,254}:pull$/;

/** The first request, one with a token, and one with another token. */
const SENDS = 3;

export function createAuthorizer({ endpoint, fetch, access, grant, now }: AuthorizerOptions): Authorizer {
  const { base, via } = endpoint;
  const apiHost = hostBehind(endpoint);
  const withheld = via === 'relay' && grant?.viaRelay === false;
  const tokens = createTokenStore({
    fetch,
    now,
    access,
    ask: async (asked, question) => ((await account())?.token ?? askTokenService)(asked, question),
  });
  /** Where the last token came from, so that the next one costs no 401. */
  let service: TokenService | undefined;
  /** Whether the registry takes the account itself. */
  let takesAccount = false;
  let loaded: Promise<AccountAccess> | undefined;

  async function account(): Promise<AccountAccess | undefined> {
    if (grant === undefined || withheld || via === 'static') return undefined;
    loaded ??= import('./account-access.ts').then(({ createAccountAccess }) =>
      createAccountAccess(grant, { apiHost, base }),
    );
    return loaded;
  }

  async function authorized(
    request: AuthorizedRequest,
    send: (authorization: string | undefined) => Promise<Response>,
    first?: Response,
  ): Promise<Response> {
    if (!withheld) return attempt(request, send, first);
    try {
      const response = await attempt(request, send, first);
      if (response.status !== 401 && response.status !== 403) return response;
      await discard(response);
    } catch (error) {
      if (!(error instanceof PulltabError) || !/^auth-(?:required|denied)$/.test(error.code)) throw error;
    }
    const { host } = new URL(base);
    const seen = `${apiHost} asks for an account, and yours may not go through the relay ${host}`;
    throw new PulltabError('relay-not-trusted', { attempted: request.attempted, seen, host });
  }

  async function attempt(
    request: AuthorizedRequest,
    send: (authorization: string | undefined) => Promise<Response>,
    first?: Response,
  ): Promise<Response> {
    const own = await account();
    let used = first === undefined ? (tokens.valid(request.scope) ?? (await early(request, own))) : undefined;
    const unproven = used === undefined;
    let wider: string | undefined;
    for (let sent = 1; ; sent++) {
      const response = sent === 1 && first !== undefined ? first : await send(used?.authorization);
      if (response.status !== 401 || via === 'static') return response;
      await checkPlace(response, request);
      const refused = used;
      if (refused !== undefined) tokens.drop(refused);
      const challenge = readableChallenge(response);
      const more = refused === undefined ? undefined : missingScope(challenge, request.scope);
      const again =
        sent === 1 || (more !== undefined && wider === undefined) || (challenge?.error === 'invalid_token' && unproven);
      if (sent === SENDS || !again || (refused !== undefined && isOwn(refused, own, request))) {
        if (own === undefined) return response;
        await discard(response);
        throw own.refusal(refused, request.attempted);
      }
      wider ??= more;
      // Another request may have got a newer token while this one was on its way.
      used = wider === undefined ? tokens.valid(request.scope) : undefined;
      used ??= await freshToken(response, { ...request, more: wider }, own);
      if (used === undefined) {
        throw await responseError(response, { ...request, who: 'the registry', relayed: via === 'relay' });
      }
      await discard(response);
    }
  }

  /** What is sent before anything is asked for: of use already, or wanted by what the registry has said. */
  async function early(request: AuthorizedRequest, own: AccountAccess | undefined): Promise<Access | undefined> {
    if (own !== undefined && (own.unasked || takesAccount)) return ownAccess(request, own);
    return service === undefined ? undefined : tokens.request(service, request);
  }

  function ownAccess(request: AuthorizedRequest, own: AccountAccess | undefined): Access | undefined {
    const found = own?.own(request.scope, request.attempted);
    if (found === undefined) return undefined;
    takesAccount = true;
    tokens.keep(found);
    return found;
  }

  function isOwn(used: Access, own: AccountAccess | undefined, { scope, attempted }: AuthorizedRequest): boolean {
    return own?.own(scope, attempted)?.authorization === used.authorization;
  }

  /** Whoever a registry redirects to is not the registry: no token and no account is for them. */
  async function checkPlace(response: Response, { attempted }: AuthorizedRequest): Promise<void> {
    if (!response.redirected || new URL(response.url).origin === new URL(base).origin) return;
    await discard(response);
    const seen = `the registry sends the question on to ${new URL(response.url).host}, which answered 401`;
    throw new PulltabError('registry-failed', { attempted, seen, status: 401 });
  }

  /** A new token after a 401, or undefined where no token service can be found: then the 401 stands. */
  async function freshToken(
    response: Response,
    request: AuthorizedRequest & { more: string | undefined },
    own: AccountAccess | undefined,
  ): Promise<Access | undefined> {
    try {
      const found = await findService(response, request, own);
      if (found === 'none') return undefined;
      if (found === 'account') return ownAccess(request, own);
      if (found === 'hidden') return (await guess(request)) ?? ownAccess(request, own);
      const fresh = await tokens.request(found, request);
      service = found;
      return fresh;
    } catch (error) {
      await discard(response);
      throw error;
    }
  }

  /**
   * `none`: the challenge is readable, but wants no token. `account`: it wants the account itself. `hidden`: the
   * challenge cannot be read.
   */
  async function findService(
    response: Response,
    request: AuthorizedRequest,
    own: AccountAccess | undefined,
  ): Promise<TokenService | 'none' | 'account' | 'hidden'> {
    const header = response.headers.get('WWW-Authenticate');
    if (via === 'relay') {
      // A refusal of the relay itself is the same with a token.
      if (response.headers.has(RELAY_ERROR_HEADER)) return 'none';
      if (own !== undefined && header !== null) {
        const named = challenger(header, { ...request, base: registryEndpoint(apiHost).base });
        if (typeof named === 'string') return named;
        // The relay finds the service itself, and has rules of its own; ours hold nevertheless.
        own.checkRealm(named.realm, request.attempted);
      }
      return { realm: `${base}/token`, service: undefined, relayed: true };
    }
    if (header !== null) return challenger(header, { ...request, base });
    const known = knownTokenService(apiHost);
    if (known !== undefined) return { ...known, relayed: false };
    const pinged = await ping(request);
    return pinged === undefined ? 'hidden' : challenger(pinged, { ...request, base });
  }

  function challenger(
    header: string,
    { attempted, base: from }: { attempted: string; base: string },
  ): TokenService | 'none' | 'account' {
    const challenges = parseChallenges(header);
    const challenge = bearerChallenge(challenges);
    if (challenge === undefined) return grant !== undefined && offersBasic(challenges) ? 'account' : 'none';
    const realm = resolveRealm(challenge.realm, { base: from, attempted });
    return { realm, service: challenge.service, relayed: false };
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
        redirect: 'error',
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

/** Host of the registry's API, with its port: a relay's addresses end with it. */
function hostBehind({ base, via }: AuthorizerOptions['endpoint']): string {
  const { host, pathname } = new URL(base);
  return via === 'relay' ? pathname.slice(pathname.lastIndexOf('/') + 1) : host;
}

function readableChallenge(response: Response): BearerChallenge | undefined {
  return bearerChallenge(parseChallenges(response.headers.get('WWW-Authenticate') ?? ''));
}

function missingScope(challenge: BearerChallenge | undefined, scope: string): string | undefined {
  if (challenge?.error !== 'insufficient_scope' || challenge.scope === undefined) return undefined;
  return challenge.scope !== scope && READING_SCOPE.test(challenge.scope) ? challenge.scope : undefined;
}

function offersBasic(challenges: readonly Challenge[]): boolean {
  return challenges.some(({ scheme }) => scheme === 'basic');
}

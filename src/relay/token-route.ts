/**
 * Tokens for a registry, anonymous unless the operator lets the relay carry passwords. The client names a scope and nothing else: where the token service is, the relay
 * learns from the registry's own challenge, and the address it learns passes the host policy like any other.
 * https://distribution.github.io/distribution/spec/auth/token/
 */
import * as v from 'valibot';
import { bearerChallenge, parseChallenges } from '../core/registry/challenge.ts';
import { knownTokenService } from '../core/registry/known-registries.ts';
import { discard, parseJson, readCapped } from '../core/registry/response.ts';
import type { HostPolicy } from './host-policy.ts';
import { Refusal } from './refusal.ts';
import { type Route, scopeRepository } from './route.ts';
import type { UpstreamRequest } from './upstream.ts';

type Ask = (request: Omit<UpstreamRequest, 'controller' | 'method'>) => Promise<Response>;

export interface TokenRouteOptions {
  readonly policy: HostPolicy;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

export interface TokenRoute {
  /**
   * The token service's answer: a token and nothing else of it, or its refusal as it came.
   * @param authorization user name and password, for the token service alone
   * @throws Refusal `no-token-service`, `realm-not-allowed`, `credentials-not-allowed`, `upstream-…`
   */
  answer(route: Route, origin: string, ask: Ask, authorization: string | undefined): Promise<Response>;
}

const CHALLENGE_LIFE_MS = 10 * 60 * 1000;
const CHALLENGE_COUNT = 500;
const TOKEN_BODY_LIMIT_BYTES = 128 * 1024;

const TokenBody = v.object({
  token: v.optional(v.string()),
  access_token: v.optional(v.string()),
  expires_in: v.fallback(v.optional(v.number()), undefined),
});

interface Service {
  readonly realm: string;
  readonly service: string | undefined;
}

export function createTokenRoute({ policy, now }: TokenRouteOptions): TokenRoute {
  const services = new Map<string, { service: Service; untilMs: number }>();

  const answer: TokenRoute['answer'] = async (route, origin, ask, authorization) => {
    const service = await findService(route, origin, ask);
    const url = new URL(service.realm);
    if (service.service !== undefined) url.searchParams.set('service', service.service);
    url.searchParams.append('scope', route.scope ?? '');
    if (authorization !== undefined && !mayHavePassword(url, route, origin)) {
      throw new Refusal(
        'credentials-not-allowed',
        `${url.host} is not known to be where passwords of ${route.host} go`,
      );
    }
    const headers = { Accept: 'application/json' };
    const response = await ask({ url: url.href, headers, authorization, redirects: 'none' });
    if (response.status >= 400) return response;
    if (response.status !== 200) {
      await discard(response);
      throw new Refusal('upstream-answer', `the token service answered ${response.status}`);
    }
    const body = await readCapped(response, TOKEN_BODY_LIMIT_BYTES);
    if (body === undefined) throw new Refusal('upstream-answer', 'the token service answered with more than 128 KiB');
    const parsed = v.safeParse(TokenBody, parseJson(body));
    const token = parsed.success ? (parsed.output.token ?? parsed.output.access_token) : undefined;
    if (!parsed.success || token === undefined) {
      throw new Refusal('upstream-answer', 'the answer of the token service holds no token');
    }
    return Response.json({ token, expires_in: parsed.output.expires_in });
  };

  /** A registry says freely where its token service is; a password follows only where that is known to belong to it. */
  function mayHavePassword(realm: URL, { host }: Route, origin: string): boolean {
    const known = knownTokenService(host);
    if (realm.origin === origin || (known !== undefined && new URL(known.realm).origin === realm.origin)) return true;
    return policy.isNamed(realm) && policy.isNamed(new URL(origin));
  }

  async function findService(route: Route, origin: string, ask: Ask): Promise<Service> {
    const cached = services.get(origin);
    if (cached !== undefined && now() < cached.untilMs) return cached.service;
    const service =
      (await challenged(`${origin}/v2/`, ask)) ??
      // Some registries let the ping pass and challenge at repositories only.
      (await challenged(`${origin}/v2/${scopeRepository(route.scope ?? '')}/manifests/latest`, ask)) ??
      knownTokenService(route.host);
    if (service === undefined) throw new Refusal('no-token-service', 'the registry names no service that gives tokens');
    const realm = checkedRealm(service.realm, origin);
    const found = { realm, service: service.service };
    if (services.size >= CHALLENGE_COUNT) services.clear();
    services.set(origin, { service: found, untilMs: now() + CHALLENGE_LIFE_MS });
    return found;
  }

  function checkedRealm(realm: string, origin: string): string {
    if (!URL.canParse(realm, `${origin}/v2/`))
      throw new Refusal('realm-not-allowed', 'the token service has no address');
    const url = new URL(realm, `${origin}/v2/`);
    if (!policy.allowsOnward(url, new URL(origin))) {
      throw new Refusal('realm-not-allowed', `the token service at ${url.host} is not a public https host`);
    }
    url.hash = '';
    return url.href;
  }

  return { answer };
}

/** The Bearer challenge of the host itself: never of where it redirects to. */
async function challenged(url: string, ask: Ask): Promise<Service | undefined> {
  const response = await ask({ url, headers: {}, redirects: 'none' });
  await discard(response);
  const header = response.headers.get('WWW-Authenticate');
  if (response.status !== 401 || header === null) return undefined;
  return bearerChallenge(parseChallenges(header));
}

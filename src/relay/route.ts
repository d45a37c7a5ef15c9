/**
 * What may be asked of the relay: the read paths of the registry protocol below `/r/{host}`, and tokens.
 * https://github.com/opencontainers/distribution-spec/blob/main/spec.md#endpoints
 *
 * The raw request target is matched against the grammars as it came, before anything decodes or normalises it.
 */
import { isDigest } from '../core/digest.ts';
import { Refusal } from './refusal.ts';

export type RouteKind = 'ping' | 'manifest' | 'blob' | 'tags' | 'referrers' | 'token';

export interface Route {
  readonly kind: RouteKind;
  /** Host as the path has it, lower case: "ghcr.io", "localhost:5000", "[::1]:5000". */
  readonly host: string;
  /** Path and query at the registry: "/v2/a/b/tags/list?n=100". For a token the path is "/v2/". */
  readonly target: string;
  /** Only of tokens: "repository:a/b:pull". */
  readonly scope?: string;
}

const TARGET_LIMIT = 2048;
const REPOSITORY_LIMIT = 255;
const COMPONENT = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*';
const REPOSITORY = `${COMPONENT}(?:/${COMPONENT})*`;
const HOST = '[a-z0-9.-]+(?::[0-9]{1,5})?|\\[[0-9a-f:]+\\](?::[0-9]{1,5})?';
const TAG = '[A-Za-z0-9_][A-Za-z0-9._-]{0,127}';

const ROUTE = new RegExp(`^/r/(?<host>${HOST})/(?<rest>token|v2/.*)$`);
const ENDPOINT = new RegExp(`^v2/(?<name>${REPOSITORY})/(?<noun>manifests|blobs|tags|referrers)/(?<reference>[^/]+)$`);
const TAG_ONLY = new RegExp(`^${TAG}$`);
const SCOPE = new RegExp(`^repository:(?<name>${REPOSITORY}):pull$`);
const MEDIA_TYPE = /^[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}\/[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}$/;
const COUNT = /^[1-9][0-9]{0,4}$/;
/** What the page of referrers before ended with: mostly a digest. */
const LAST_REFERRER = /^[A-Za-z0-9_.:-]{1,160}$/;

/** Queries that pass, by kind of route. Values are checked after decoding, then encoded anew. */
const QUERIES: Record<RouteKind, Readonly<Record<string, RegExp>>> = {
  ping: {},
  manifest: {},
  blob: {},
  tags: { n: COUNT, last: TAG_ONLY },
  referrers: { artifactType: MEDIA_TYPE, n: COUNT, last: LAST_REFERRER },
  token: { scope: SCOPE },
};

/**
 * @param target path below the relay's own prefix, with its query, as the client sent it
 * @throws Refusal `route-unknown`, `path-invalid`, `query-invalid`
 */
export function parseRoute(target: string): Route {
  if (target.length > TARGET_LIMIT) throw new Refusal('path-invalid', 'the address is too long');
  const question = target.indexOf('?');
  const path = question < 0 ? target : target.slice(0, question);
  const query = question < 0 ? '' : target.slice(question + 1);
  // None of these occurs in the grammars below; each has led some parser around a check.
  if (/[^!-~]|[%\\@#?]|\/\/|\.\./.test(path)) {
    throw new Refusal('path-invalid', 'the path holds characters that no registry path has');
  }
  const { host, rest } = ROUTE.exec(path)?.groups ?? {};
  if (host === undefined || rest === undefined) throw new Refusal('route-unknown', 'there is nothing at this address');
  const { kind, path: upstreamPath } = endpoint(rest);
  const search = checkedQuery(kind, query);
  if (kind !== 'token') return { kind, host, target: search === '' ? upstreamPath : `${upstreamPath}?${search}` };
  const scope = new URLSearchParams(search).get('scope');
  if (scope === null) throw new Refusal('query-invalid', 'a token needs a scope');
  return { kind, host, target: '/v2/', scope };
}

/** The repository of a scope that `parseRoute` has let through. */
export function scopeRepository(scope: string): string {
  return SCOPE.exec(scope)?.groups?.name ?? '';
}

function endpoint(rest: string): { kind: RouteKind; path: string } {
  if (rest === 'token') return { kind: 'token', path: '/v2/' };
  if (rest === 'v2/') return { kind: 'ping', path: '/v2/' };
  const { name = '', noun, reference = '' } = ENDPOINT.exec(rest)?.groups ?? {};
  if (noun !== undefined && name.length > REPOSITORY_LIMIT) {
    throw new Refusal('path-invalid', 'the repository is too long');
  }
  const path = `/${rest}`;
  if (noun === 'manifests' && (TAG_ONLY.test(reference) || isDigest(reference))) return { kind: 'manifest', path };
  if (noun === 'blobs' && isDigest(reference)) return { kind: 'blob', path };
  if (noun === 'tags' && reference === 'list') return { kind: 'tags', path };
  if (noun === 'referrers' && isDigest(reference)) return { kind: 'referrers', path };
  throw new Refusal('route-unknown', 'only manifests, blobs, tag lists, referrers and tokens are served');
}

function checkedQuery(kind: RouteKind, query: string): string {
  const allowed = QUERIES[kind];
  const checked = new URLSearchParams();
  for (const [key, value] of new URLSearchParams(query)) {
    const grammar = Object.hasOwn(allowed, key) ? allowed[key] : undefined;
    if (grammar === undefined || checked.has(key) || !grammar.test(value)) {
      throw new Refusal('query-invalid', 'the query holds what this address does not take');
    }
    checked.set(key, value);
  }
  return checked.toString();
}

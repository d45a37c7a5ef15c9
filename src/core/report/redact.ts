/**
 * What may be shown, kept and sent of addresses and headers. Everything here is a list of what stays: a value that no
 * list names is left out, because nobody can list every name that a secret goes by.
 */
import { type Challenge, parseChallenges } from '../registry/challenge.ts';

/** Stands where something was left out. */
export const REDACTED = 'REDACTED';

const REPOSITORY = '[a-z0-9][a-z0-9._/-]{0,254}';

/** Parameters of a query whose values say what was asked for, and what such a value looks like. */
const QUERY_VALUES: Readonly<Record<string, RegExp>> = {
  service: /^[A-Za-z0-9][A-Za-z0-9.:_/ -]{0,127}$/,
  scope: new RegExp(`^(?:(?:repository:${REPOSITORY}|registry:catalog):[a-z*,]{1,40}(?: |$))+$`),
  n: /^[0-9]{1,6}$/,
  last: /^[A-Za-z0-9_][A-Za-z0-9._/-]{0,127}$/,
  artifactType: /^[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}\/[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}$/,
  digest: /^sha(?:256|512):[0-9a-f]{64,128}$/,
};

/** Parameters whose names tell an administrator what kind of address it is; their values are left out. */
const QUERY_NAMES: readonly string[] = [
  ...['account', 'client_id', 'offline_token', 'grant_type', 'username', 'password', 'token', 'access_token'],
  ...['refresh_token', 'next_page', 'signature', 'sig', 'expires', 'key-pair-id', 'policy', 'ns', 'verify'],
  ...['x-amz-algorithm', 'x-amz-content-sha256', 'x-amz-credential', 'x-amz-date', 'x-amz-expires'],
  ...['x-amz-security-token', 'x-amz-signature', 'x-amz-signedheaders', 'x-goog-algorithm', 'x-goog-credential'],
  ...['x-goog-date', 'x-goog-expires', 'x-goog-signature', 'x-goog-signedheaders'],
  ...['se', 'sp', 'spr', 'sr', 'st', 'sv', 'skoid', 'sktid', 'skt', 'ske', 'sks', 'skv', 'rscd', 'rsct'],
];

/**
 * An http(s) address without user, fragment and the values of its query. Of a query to a token service, service and
 * scope stay. Anything else is `REDACTED` as a whole.
 * @param base what a relative address is read against; the result is relative then
 */
export function redactAddress(address: string, base?: string): string {
  const url = parse(address, base);
  if (url === undefined) return REDACTED;
  const pairs = [...url.searchParams].map(([name, value]) => redactPair(name, value));
  const query = pairs.length === 0 ? '' : `?${pairs.join('&')}`;
  const isRelative = base !== undefined && parse(address) === undefined;
  return `${isRelative ? '' : url.origin}${url.pathname}${query}`;
}

function parse(address: string, base?: string): URL | undefined {
  try {
    const url = new URL(address, base);
    return /^https?:$/.test(url.protocol) ? url : undefined;
  } catch {
    return undefined;
  }
}

function redactPair(name: string, value: string): string {
  const shape = Object.hasOwn(QUERY_VALUES, name) ? QUERY_VALUES[name] : undefined;
  if (shape?.test(value)) return `${name}=${encodeURIComponent(value).replace(/%(?:2F|3A|2C)/g, decodeURIComponent)}`;
  if (shape === undefined && !QUERY_NAMES.includes(name.toLowerCase())) return `${REDACTED}=${REDACTED}`;
  return `${name}=${REDACTED}`;
}

/** Headers of answers that say what the registry did; `Docker-RateLimit-Source` is the person's own address. */
const HEADERS: readonly string[] = [
  ...['accept-ranges', 'age', 'allow', 'cache-control', 'content-encoding', 'content-length', 'content-range'],
  ...['content-type', 'date', 'docker-content-digest', 'docker-distribution-api-version', 'etag', 'expires'],
  ...['last-modified', 'link', 'location', 'oci-filters-applied', 'oci-subject', 'pulltab-relay-error'],
  ...['ratelimit-limit', 'ratelimit-remaining', 'ratelimit-reset', 'retry-after', 'server', 'vary', 'via'],
  ...['www-authenticate', 'x-ratelimit-limit', 'x-ratelimit-remaining', 'x-ratelimit-reset'],
];
const HEADER_LIMIT = 300;

export type Header = readonly [name: string, value: string];

/** The headers of an answer that may be shown, in their order, each with a value of at most 300 characters. */
export function redactHeaders(headers: Iterable<readonly [string, string]>, address: string): Header[] {
  const kept: Header[] = [];
  for (const [name, value] of headers) {
    const lower = name.toLowerCase();
    if (HEADERS.includes(lower)) kept.push([lower, redactHeader(lower, value, address).slice(0, HEADER_LIMIT)]);
  }
  return kept;
}

function redactHeader(name: string, value: string, address: string): string {
  if (name === 'www-authenticate') return parseChallenges(value).map(formatChallenge).join(', ');
  if (name === 'location') return redactAddress(value, address);
  if (name === 'link') return redactLinks(value, address);
  return value;
}

/** `Link` is used for paging alone; what is not `<address>; rel="word"` is left out. */
function redactLinks(value: string, address: string): string {
  const links = [...value.matchAll(/<([^<>]*)>(\s*;\s*rel="?[a-z]{1,12}"?)?/g)];
  return links.map(([, target = '', relation = '']) => `<${redactAddress(target, address)}>${relation}`).join(', ');
}

const SCHEMES: readonly string[] = ['basic', 'bearer', 'digest', 'negotiate', 'ntlm'];
const CHALLENGE_VALUES: Readonly<Record<string, RegExp>> = {
  service: QUERY_VALUES.service ?? /^$/,
  scope: QUERY_VALUES.scope ?? /^$/,
  error: /^(?:invalid_request|invalid_token|insufficient_scope)$/,
};

/** Without a token68, and without parameters that only someone who logs in would need. */
function formatChallenge({ scheme, parameters }: Challenge): string {
  if (!SCHEMES.includes(scheme)) return REDACTED;
  const name = `${scheme.charAt(0).toUpperCase()}${scheme.slice(1)}`;
  const kept = [...parameters].flatMap(([key, value]) => {
    if (key === 'realm') return [`realm="${redactRealm(scheme, value)}"`];
    const shape = Object.hasOwn(CHALLENGE_VALUES, key) ? CHALLENGE_VALUES[key] : undefined;
    if (shape === undefined) return [];
    return [`${key}="${shape.test(value) ? value : REDACTED}"`];
  });
  return kept.length === 0 ? name : `${name} ${kept.join(',')}`;
}

/** Bearer's realm is an address; that of others is a name for people. */
function redactRealm(scheme: string, realm: string): string {
  if (scheme === 'bearer') return redactAddress(realm);
  return /^[A-Za-z0-9][A-Za-z0-9 ._-]{0,60}$/.test(realm) ? realm : REDACTED;
}

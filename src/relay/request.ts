/** What a request to the relay may be, besides its path: who may ask, how, and what of its headers goes on. */
import { Refusal } from './refusal.ts';
import type { Route } from './route.ts';

const PASSED_HEADERS = ['Accept', 'Range', 'If-None-Match'];
const HEADER_LIMIT = 2048;
/** Of all headers together, names and values. */
const HEADERS_LIMIT = 32 * 1024;
/** RFC 6750. Tokens of registries are JWTs of a few kilobytes. */
const BEARER = /^Bearer [A-Za-z0-9._~+/-]{1,16384}=*$/i;
/** RFC 7617. */
const BASIC = /^Basic [A-Za-z0-9+/]{1,8192}={0,2}$/i;
/** One range from a byte on, which is what resuming takes: several at once would come back as a multipart body. */
const RANGE = /^bytes=[0-9]{1,15}-[0-9]{0,15}$/;

/**
 * The origin that may read the answer; undefined where the request needs no leave to read it.
 * @throws Refusal `origin-not-allowed` for a page of any other origin
 */
export function allowedOrigin(request: Request, origins: readonly string[]): string | undefined {
  const origin = request.headers.get('Origin') ?? undefined;
  if (origin !== undefined && origins.includes(origin)) return origin;
  // Without Origin it is a page of our own, a tool, or something like an <img> of a stranger's page.
  const site = request.headers.get('Sec-Fetch-Site') ?? 'none';
  if (origin === undefined && (site === 'none' || site === 'same-origin')) return undefined;
  throw new Refusal('origin-not-allowed', 'pages of this origin may not use the relay');
}

/**
 * Path and query below the place the relay is mounted at.
 * @param rawTarget as it came over the wire, where that is known; it must be what the platform made of it
 * @throws Refusal `path-invalid`, `route-unknown`
 */
export function targetBelow(mountPath: string, request: Request, rawTarget: string | undefined): string {
  const url = new URL(request.url);
  const target = `${url.pathname}${url.search}`;
  if (rawTarget !== undefined && rawTarget !== target) {
    throw new Refusal('path-invalid', 'the address changes when it is normalised');
  }
  if (!target.startsWith(`${mountPath}/`)) throw new Refusal('route-unknown', 'there is nothing at this address');
  return target.slice(mountPath.length);
}

/**
 * @param passwords whether the operator lets the relay carry user names and passwords
 * @throws Refusal `method-not-allowed`, `body-not-allowed`, `credentials-not-allowed`, `header-invalid`
 */
export function checkRequest({ method, headers, body }: Request, route: Route, passwords: boolean): void {
  if (method !== 'GET' && (method !== 'HEAD' || route.kind === 'token')) {
    throw new Refusal('method-not-allowed', 'the relay only reads');
  }
  if (body !== null || headers.has('Transfer-Encoding') || (headers.get('Content-Length') ?? '0') !== '0') {
    throw new Refusal('body-not-allowed', 'reading takes no body');
  }
  const authorization = headers.get('Authorization');
  if (authorization !== null && !mayCarry(authorization, route, passwords)) {
    throw new Refusal('credentials-not-allowed', `the relay carries tokens${passwords ? '' : ', and no passwords'}`);
  }
  const range = headers.get('Range');
  if (range !== null && !RANGE.test(range)) throw new Refusal('header-invalid', 'the range is not one range of bytes');
  let total = 0;
  for (const [name, value] of headers) total += name.length + value.length;
  if (total > HEADERS_LIMIT) throw new Refusal('header-invalid', 'the headers are too long');
  for (const name of PASSED_HEADERS) {
    if ((headers.get(name) ?? '').length > HEADER_LIMIT) throw new Refusal('header-invalid', `${name} is too long`);
  }
}

/** Tokens go to the registry that they are for; a user name and password also to where they are changed for a token. */
function mayCarry(authorization: string, { kind }: Route, passwords: boolean): boolean {
  if (passwords && BASIC.test(authorization)) return true;
  return kind !== 'token' && BEARER.test(authorization);
}

/** The headers that go on to the registry. Authorization is not among them: it belongs to one host alone. */
export function headersToPass(headers: Headers): Record<string, string> {
  const passed: Record<string, string> = {};
  for (const name of PASSED_HEADERS) {
    const value = headers.get(name);
    if (value !== null) passed[name] = value;
  }
  return passed;
}

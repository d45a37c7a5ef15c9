/**
 * What of a registry's answer reaches the page: listed headers only, content types that no browser renders, and the
 * CORS headers that let a page of an allowed origin read them.
 */
import {
  baseMediaType,
  isImageManifestType,
  isIndexType,
  isSchema1Type,
  OCI_ARTIFACT_MANIFEST,
  OCI_INDEX,
} from '../core/media-types.ts';
import { RELAY_ERROR_HEADER } from '../core/registry/response.ts';
import type { Refusal, RefusalReason } from './refusal.ts';
import type { RouteKind } from './route.ts';

/** Headers of the registry that pass, besides `Content-Type` and `Link`, which are made anew. */
const PASSED = [
  'Content-Length',
  'Content-Range',
  'Accept-Ranges',
  'ETag',
  'Docker-Content-Digest',
  'Docker-Distribution-Api-Version',
  'WWW-Authenticate',
  'OCI-Filters-Applied',
  'OCI-Subject',
  'RateLimit-Limit',
  'RateLimit-Remaining',
  'Docker-RateLimit-Source',
  'Retry-After',
  'Warning',
];

const EXPOSED = [...PASSED, 'Content-Type', 'Link', RELAY_ERROR_HEADER].join(', ');

const RETRY_AFTER_SECONDS: Partial<Record<RefusalReason, number>> = {
  busy: 5,
  'rate-limited': 5,
  'quota-used': 3600,
};

/** Headers of every answer: nothing of it may run, be framed, be guessed at or be kept. */
const ALWAYS: Readonly<Record<string, string>> = {
  'Content-Security-Policy': "default-src 'none'; sandbox",
  'Cross-Origin-Resource-Policy': 'cross-origin',
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cache-Control': 'no-store',
  Vary: 'Origin',
};

/** @param origin an origin that may read the answer; undefined where the request named none or one not allowed */
function baseHeaders(origin: string | undefined): Headers {
  const headers = new Headers(ALWAYS);
  if (origin !== undefined) {
    headers.set('Access-Control-Allow-Origin', origin);
    headers.set('Access-Control-Expose-Headers', EXPOSED);
  }
  return headers;
}

export interface PassedHeadersOptions {
  readonly kind: RouteKind;
  readonly origin: string | undefined;
  /** Address of the request, which a relative `Link` starts from. */
  readonly url: string;
}

export function passedHeaders(response: Response, { kind, origin, url }: PassedHeadersOptions): Headers {
  const headers = baseHeaders(origin);
  for (const name of PASSED) {
    const value = response.headers.get(name);
    if (value !== null) headers.set(name, value);
  }
  const link = localLink(response.headers.get('Link'), url);
  if (link !== undefined) headers.set('Link', link);
  headers.set('Content-Type', contentType(response, kind));
  return headers;
}

function contentType(response: Response, kind: RouteKind): string {
  if (response.status >= 400) return 'application/json';
  if (kind === 'blob') return 'application/octet-stream';
  if (kind === 'referrers') return OCI_INDEX;
  const type = baseMediaType(response.headers.get('Content-Type') ?? undefined);
  const isManifest =
    isIndexType(type) || isImageManifestType(type) || isSchema1Type(type) || type === OCI_ARTIFACT_MANIFEST;
  return kind === 'manifest' && isManifest ? type : 'application/json';
}

/** `Link` to the next page, as path and query alone; undefined unless it stays at the registry. */
function localLink(link: string | null, base: string): string | undefined {
  const target = /^<([^<>]{1,1000})>\s*;\s*rel="?next"?/.exec(link ?? '')?.[1];
  if (target === undefined || !URL.canParse(target, base)) return undefined;
  const url = new URL(target, base);
  return url.origin === new URL(base).origin ? `<${url.pathname}${url.search}>; rel="next"` : undefined;
}

/** The answer of the relay itself, in the form of a registry's errors so that other clients read it as well. */
export function refusalResponse(refusal: Refusal, origin: string | undefined): Response {
  const headers = baseHeaders(origin);
  headers.set(RELAY_ERROR_HEADER, refusal.reason);
  if (refusal.reason === 'method-not-allowed') headers.set('Allow', 'GET, HEAD, OPTIONS');
  const retryAfterSeconds = RETRY_AFTER_SECONDS[refusal.reason];
  if (retryAfterSeconds !== undefined) headers.set('Retry-After', String(retryAfterSeconds));
  const errors = [{ code: refusal.reason.toUpperCase().replaceAll('-', '_'), message: refusal.seen }];
  headers.set('Content-Type', 'application/json');
  return new Response(JSON.stringify({ errors }), { status: refusal.status, headers });
}

/** The answer to a preflight: everything that requests to the relay may carry, settled without asking anyone. */
export function preflightResponse(origin: string | undefined): Response {
  const headers = baseHeaders(origin);
  headers.set('Access-Control-Allow-Methods', 'GET, HEAD');
  headers.set('Access-Control-Allow-Headers', 'authorization, accept, range, if-none-match');
  headers.set('Access-Control-Max-Age', '86400');
  return new Response(null, { status: 204, headers });
}

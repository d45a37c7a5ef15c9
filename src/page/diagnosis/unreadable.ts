/**
 * Why an answer that exists cannot be read. Told apart by asking again: without CORS (does anything answer?), without
 * the token (does the plain answer pass, so that only the preflight fails?), and without following redirects (does the
 * registry pass, so that the host behind it fails?).
 */
import { ACCEPT_MANIFESTS } from '../../core/media-types.ts';
import { ask, type Found, type Inquiry, isReachable, isReadable, kindOf, pingAddress } from './inquiry.ts';
import { hostOf, type Recorded } from './recorder.ts';
import { whyUnreachable } from './unreachable.ts';

/** Stands where a token would: it makes the browser ask for permission first, and opens nothing. */
const NO_TOKEN = 'Bearer none';

/** @param failed a request that ended without an answer that the page may read */
export async function whyUnreadable(failed: Recorded, inquiry: Inquiry): Promise<Found> {
  const { url } = failed;
  const { endpoint } = inquiry;
  const host = hostOf(url);
  if (endpoint.via === 'relay') {
    const evidence = ['The relay gave no answer that this page may read.'];
    return { cause: 'relay-unreachable', host, mayBe: ['offline', 'blocked'], evidence };
  }
  if (failed.late)
    return { cause: 'timeout', host, mayBe: [], evidence: ['Other requests to it were answered before.'] };
  const opaque = await isReachable(url, inquiry);
  if (kindOf(failed, endpoint) === 'token') return whyTokenUnreadable(failed, opaque, inquiry);
  const manual = await ask(url, { redirect: 'manual', headers: authorizationOf(failed) }, inquiry);
  if (manual?.type === 'opaqueredirect') return behindRedirect(failed, opaque, inquiry);
  if (!opaque) return whyUnreachable(url, inquiry);
  if (failed.authorized && (await isReadable(url, {}, inquiry))) return whyPreflightFails(inquiry);
  return noCors(host, 'Asked without CORS it answers; asked with it, the browser hides the answer.');
}

/** Whether a request with a token would get past the browser's question. Undefined where it does. */
export async function whyNoToken(inquiry: Inquiry): Promise<Found | undefined> {
  const headers = { Authorization: NO_TOKEN };
  const readable = await isReadable(pingAddress(inquiry.endpoint), { headers }, inquiry);
  return readable ? undefined : whyPreflightFails(inquiry);
}

export function noCors(host: string, ...evidence: string[]): Found {
  return { cause: 'no-cors-api', host, mayBe: [], evidence };
}

/** A plain request passes and one with Authorization does not: are preflights refused, or only this header? */
async function whyPreflightFails(inquiry: Inquiry): Promise<Found> {
  const address = pingAddress(inquiry.endpoint);
  const host = hostOf(address);
  // Over 128 bytes, Accept needs a preflight as well, and is a header that "*" covers.
  const other = await isReadable(address, { headers: { Accept: ACCEPT_MANIFESTS } }, inquiry);
  const evidence = ['A request without a token can be read; the same one with Authorization cannot.'];
  if (other) {
    evidence.push('With another header that needs a preflight it can be read: only Authorization is not allowed.');
    return { cause: 'authorization-not-allowed', host, mayBe: [], evidence };
  }
  evidence.push('With another header that needs a preflight it cannot be read either: preflights themselves fail.');
  return { cause: 'preflight', host, mayBe: [], evidence };
}

async function whyTokenUnreadable(failed: Recorded, opaque: boolean, inquiry: Inquiry): Promise<Found> {
  const host = hostOf(failed.url);
  if (!opaque) return whyUnreachable(failed.url, inquiry);
  const plain = failed.authorized && (await isReadable(failed.url, {}, inquiry));
  const evidence = ['The token server answers when asked without CORS.'];
  if (!plain) {
    evidence.push('With CORS, the browser hides its answer.');
    return { cause: 'no-cors-token', host, mayBe: [], evidence };
  }
  evidence.push('Without an account its answer can be read; with Authorization it cannot.');
  return { cause: 'preflight', host, mayBe: [], evidence };
}

async function behindRedirect(failed: Recorded, opaque: boolean, { endpoint }: Inquiry): Promise<Found> {
  const host = hostOf(endpoint.base);
  const evidence = ['The registry’s own answer passes CORS and is a redirect; what it leads to cannot be read.'];
  // Without a token the registry itself may have answered the question whether anything is there.
  if (opaque && !failed.authorized) {
    evidence.push('Asked without CORS, the host behind the redirect answers.');
    return { cause: 'no-cors-blob', host, mayBe: [], evidence };
  }
  evidence.push('Browsers do not tell a page where a redirect leads, nor whether that host can be reached.');
  return { cause: 'no-cors-blob', host, mayBe: ['unreachable'], evidence };
}

function authorizationOf({ init }: Recorded): Record<string, string> {
  const headers = new Headers(init.headers);
  const authorization = headers.get('Authorization');
  const accept = headers.get('Accept');
  return {
    ...(authorization === null ? {} : { Authorization: authorization }),
    ...(accept === null ? {} : { Accept: accept }),
  };
}

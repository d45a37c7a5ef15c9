/**
 * One request as it is shown, kept and sent to someone: the only form of it that leaves the realm where it was made. It
 * holds no secret (redact.ts), and no text of a registry that could hold one.
 */
import * as v from 'valibot';
import { type ErrorCode, isAbort } from '../errors.ts';
import { parseJson, RELAY_ERROR_HEADER } from '../registry/response.ts';
import type { EndedRequest } from './recording-fetch.ts';
import { type Header, redactAddress, redactHeaders } from './redact.ts';

export interface RequestRecord {
  /** Milliseconds since 1970. */
  readonly startedAtMs: number;
  readonly method: string;
  readonly address: string;
  readonly via: 'direct' | 'relay' | 'static';
  /** Of the request; undefined where it had none. */
  readonly accept: string | undefined;
  readonly range: string | undefined;
  /** The scheme that the request was authorized with. */
  readonly authorization: 'Bearer' | 'Basic' | 'other' | undefined;
  /** 0 where no answer could be read. */
  readonly status: number;
  /** Of the body, as it was read. */
  readonly bytes: number;
  readonly waitMs: number;
  readonly tookMs: number;
  /** Of the answer: those that a page can read and that hold no secret. */
  readonly headers: readonly Header[];
  /** Where the answer came from, when not from `address`. */
  readonly redirectedTo: string | undefined;
  /** Why it failed; undefined where it did not, where it was cancelled, and of a 401 that only asks for a token. */
  readonly failure: ErrorCode | undefined;
  /** The registry's own code for it: "MANIFEST_UNKNOWN". */
  readonly registryCode: string | undefined;
  readonly cancelled: boolean;
}

/** https://github.com/opencontainers/distribution-spec/blob/main/spec.md#error-codes, and three more that Docker's registry has. */
const REGISTRY_CODES: readonly string[] = [
  ...['BLOB_UNKNOWN', 'BLOB_UPLOAD_INVALID', 'BLOB_UPLOAD_UNKNOWN', 'DIGEST_INVALID', 'MANIFEST_BLOB_UNKNOWN'],
  ...['MANIFEST_INVALID', 'MANIFEST_UNKNOWN', 'NAME_INVALID', 'NAME_UNKNOWN', 'SIZE_INVALID', 'UNAUTHORIZED', 'DENIED'],
  ...['UNSUPPORTED', 'TOOMANYREQUESTS', 'TAG_INVALID', 'UNAVAILABLE', 'UNKNOWN'],
];
const TOLD_LIMIT_BYTES = 64 * 1024;

const Told = v.object({ errors: v.array(v.object({ code: v.picklist(REGISTRY_CODES) })) });

/** @param via which way the request went */
export function describeRequest(ended: EndedRequest, via: RequestRecord['via']): RequestRecord {
  const { input, init, answer, error } = ended;
  const asked = addressOf(input);
  const headers = new Headers(init.headers);
  const cancelled = isAbort(error);
  return {
    startedAtMs: ended.startedAtMs,
    method: methodOf(init),
    address: redactAddress(asked),
    via,
    accept: mediaTypes(headers.get('Accept')),
    range: /^bytes=[0-9]*-[0-9]*$/.exec(headers.get('Range') ?? '')?.[0],
    authorization: schemeOf(headers.get('Authorization')),
    status: answer?.status ?? 0,
    bytes: ended.bytes,
    waitMs: Math.round(ended.waitMs),
    tookMs: Math.round(ended.tookMs),
    headers: answer === undefined ? [] : redactHeaders(answer.headers, asked),
    redirectedTo: answer?.redirected === true ? redactAddress(answer.url) : undefined,
    failure: cancelled
      ? undefined
      : failureOf(ended, { via, final: headers.has('Authorization') || isTokenRequest(asked) || init.body != null }),
    registryCode: registryCode(ended.told),
    cancelled,
  };
}

/** A 401 to a request without credentials: the registry says how to get a token, which is how a pull begins. */
export function asksForToken({ status, failure }: RequestRecord): boolean {
  return status === 401 && failure === undefined;
}

/** Whether this is the address of a token service, asked for a token. */
export function isTokenRequest(address: string): boolean {
  return /[?&]scope=/.test(address);
}

/** Where the request was meant to go: the registry's host, also where a relay asks it. */
export function targetHost({ address, via }: RequestRecord): string {
  const relayed = via === 'relay' ? /\/r\/([^/?]+)\//.exec(address)?.[1] : undefined;
  return relayed ?? /^https?:\/\/([^/]+)/.exec(address)?.[1] ?? '';
}

/** "direct", "via relay localhost:8080", "served with this page". */
export function formatWay({ address, via }: RequestRecord): string {
  if (via === 'relay') return `via relay ${/^https?:\/\/([^/]+)/.exec(address)?.[1] ?? ''}`;
  return via === 'static' ? 'served with this page' : 'direct';
}

/** "200", "404 not-found", "network-or-cors", "200 size-mismatch", "cancelled"; "unreadable" of an answer without CORS. */
export function formatOutcome({ status, failure, cancelled }: RequestRecord): string {
  const words = [status === 0 ? '' : String(status), failure ?? '', cancelled ? 'cancelled' : ''];
  return words.filter((word) => word !== '').join(' ') || 'unreadable';
}

function addressOf(input: RequestInfo | URL): string {
  return input instanceof Request ? input.url : String(input);
}

function methodOf({ method = 'GET' }: RequestInit): string {
  const upper = method.toUpperCase();
  return /^[A-Z]{1,10}$/.test(upper) ? upper : 'other';
}

function mediaTypes(accept: string | null): string | undefined {
  return accept !== null && /^[a-z0-9.+*/, ;=-]{1,600}$/.test(accept) ? accept : undefined;
}

function schemeOf(authorization: string | null): RequestRecord['authorization'] {
  if (authorization === null) return undefined;
  if (/^bearer /i.test(authorization)) return 'Bearer';
  return /^basic /i.test(authorization) ? 'Basic' : 'other';
}

/** @param at.final whether a 401 is the last word, and not the question for a token */
function failureOf(
  { answer, error }: EndedRequest,
  at: { readonly via: RequestRecord['via']; readonly final: boolean },
): ErrorCode | undefined {
  if (answer === undefined) return 'network-or-cors';
  if (at.via === 'relay' && answer.headers.has(RELAY_ERROR_HEADER)) {
    return answer.headers.get(RELAY_ERROR_HEADER)?.startsWith('upstream-') ? 'registry-failed' : 'relay-refused';
  }
  if (answer.status === 401) return at.final ? 'auth-required' : undefined;
  if (answer.status === 403) return 'auth-denied';
  if (answer.status === 404) return 'not-found';
  if (answer.status === 429) return 'rate-limited';
  if (answer.status >= 400) return 'registry-failed';
  return error === undefined ? undefined : 'size-mismatch';
}

function registryCode(told: readonly Uint8Array[]): string | undefined {
  const length = told.reduce((sum, { byteLength }) => sum + byteLength, 0);
  if (length === 0 || length > TOLD_LIMIT_BYTES) return undefined;
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const part of told) {
    bytes.set(part, at);
    at += part.byteLength;
  }
  const parsed = v.safeParse(Told, parseJson(bytes));
  return parsed.success ? parsed.output.errors[0]?.code : undefined;
}

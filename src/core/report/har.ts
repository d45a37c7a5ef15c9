/**
 * The requests of a session as HTTP Archive 1.2: http://www.softwareishard.com/blog/har-12-spec/
 *
 * Bodies, cookies and the values of Authorization are never in it. What a page cannot know stands there as the
 * specification says it: -1 for sizes, an empty text for the version of HTTP. Names that begin with "_" are our own.
 */
import { asksForToken, formatWay, type RequestRecord } from './request-record.ts';

interface NameValue {
  readonly name: string;
  readonly value: string;
}

export interface HarEntry {
  readonly startedDateTime: string;
  readonly time: number;
  readonly request: {
    readonly method: string;
    readonly url: string;
    readonly httpVersion: string;
    readonly cookies: readonly never[];
    readonly headers: readonly NameValue[];
    readonly queryString: readonly NameValue[];
    readonly headersSize: number;
    readonly bodySize: number;
    readonly comment?: string;
  };
  readonly response: {
    readonly status: number;
    readonly statusText: string;
    readonly httpVersion: string;
    readonly cookies: readonly never[];
    readonly headers: readonly NameValue[];
    readonly content: { readonly size: number; readonly mimeType: string };
    readonly redirectURL: string;
    readonly headersSize: number;
    readonly bodySize: number;
    readonly comment?: string;
  };
  readonly cache: Readonly<Record<string, never>>;
  readonly timings: { readonly send: number; readonly wait: number; readonly receive: number };
  readonly comment: string;
  readonly _failure?: string;
}

export interface Har {
  readonly log: {
    readonly version: '1.2';
    readonly creator: { readonly name: string; readonly version: string };
    readonly entries: readonly HarEntry[];
    readonly comment: string;
  };
}

const PULLTAB_VERSION = '0.1.0';

/** Entries begin with the oldest request, as the specification prefers. */
export function formatHar(records: readonly RequestRecord[]): Har {
  const oldestFirst = [...records].sort((a, b) => a.startedAtMs - b.startedAtMs);
  return {
    log: {
      version: '1.2',
      creator: { name: 'Pulltab', version: PULLTAB_VERSION },
      entries: oldestFirst.map(formatEntry),
      comment: 'Without secrets: credentials, cookies, bodies and unknown values of queries were left out.',
    },
  };
}

function formatEntry(record: RequestRecord): HarEntry {
  const { tookMs, failure } = record;
  // Rounded apart, the parts could be more than the whole.
  const wait = Math.min(record.waitMs, tookMs);
  return {
    startedDateTime: new Date(record.startedAtMs).toISOString(),
    time: tookMs,
    request: formatRequest(record),
    response: formatResponse(record),
    cache: {},
    timings: { send: 0, wait, receive: tookMs - wait },
    comment: formatWay(record),
    ...(failure === undefined ? {} : { _failure: failure }),
  };
}

function formatRequest({ method, address, accept, range, authorization }: RequestRecord): HarEntry['request'] {
  const headers: NameValue[] = [];
  if (accept !== undefined) headers.push({ name: 'Accept', value: accept });
  if (range !== undefined) headers.push({ name: 'Range', value: range });
  return {
    method,
    url: address,
    httpVersion: '',
    cookies: [],
    headers,
    queryString: queryOf(address),
    headersSize: -1,
    bodySize: method === 'GET' || method === 'HEAD' ? 0 : -1,
    ...(authorization === undefined ? {} : { comment: `sent with ${authorization} credentials, left out here` }),
  };
}

function queryOf(address: string): NameValue[] {
  const at = address.indexOf('?');
  if (at < 0) return [];
  return [...new URLSearchParams(address.slice(at + 1))].map(([name, value]) => ({ name, value }));
}

function formatResponse(record: RequestRecord): HarEntry['response'] {
  const { status, bytes, headers, redirectedTo, registryCode, cancelled } = record;
  const comments = [
    status === 0 && !cancelled ? 'nothing that the page may read' : '',
    cancelled ? 'cancelled' : '',
    asksForToken(record) ? 'the registry asks for a token' : '',
    registryCode ?? '',
  ].filter((comment) => comment !== '');
  return {
    status,
    statusText: '',
    httpVersion: '',
    cookies: [],
    headers: headers.map(([name, value]) => ({ name, value })),
    content: { size: bytes, mimeType: headers.find(([name]) => name === 'content-type')?.[1] ?? '' },
    redirectURL: redirectedTo ?? '',
    headersSize: -1,
    bodySize: bytes,
    ...(comments.length === 0 ? {} : { comment: comments.join('; ') }),
  };
}

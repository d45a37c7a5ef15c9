/**
 * One hop to a registry from Node. Of a name, every address is looked at before any is connected to, and the connection
 * goes to those same addresses, so that a name cannot mean one machine while it is judged and another afterwards.
 * Bodies come as they were sent: nothing is decoded.
 */
import { lookup as dnsLookup } from 'node:dns/promises';
import { Agent as HttpAgent, type IncomingMessage, type RequestOptions, request as requestHttp } from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import type { LookupFunction } from 'node:net';
import { isAddress, isPublicAddress } from '../core/registry/addresses.ts';
import type { HostPolicy } from './host-policy.ts';
import { bodyOf } from './node-body.ts';
import { Refusal } from './refusal.ts';
import type { Hop, HopFetch } from './upstream.ts';

interface ResolvedAddress {
  readonly address: string;
  readonly family: number;
}

export interface NodeFetchOptions {
  readonly policy: HostPolicy;
  /** All addresses of a name. */
  readonly resolve?: (hostname: string) => Promise<readonly ResolvedAddress[]>;
  /** How long looking up the name, connecting and TLS may take together. */
  readonly connectTimeoutMs?: number;
}

type AddressRule = (address: string) => boolean;

/** Of the head of an answer. */
const HEAD_LIMIT_BYTES = 16 * 1024;
const NULL_BODY_STATUSES: readonly number[] = [204, 205, 304];

/** The function rejects with Refusal `address-not-allowed` or `upstream-answer`, what Node fails with, or the abort. */
export function createNodeFetch({ policy, resolve = resolveAll, ...options }: NodeFetchOptions): HopFetch {
  const { connectTimeoutMs = 10_000 } = options;
  // Agents of its own: a connection that others opened was never judged.
  const agents = { http: new HttpAgent(), https: new HttpsAgent() };

  return async (address, hop) => {
    const url = new URL(address);
    const mayConnect = addressRule(url, policy);
    const hostname = url.hostname.replace(/^\[(.*)\]$/, '$1');
    // Node connects to a literal address without any lookup.
    if (isAddress(hostname) && !mayConnect(hostname)) throw notAllowed(url.hostname);
    const { method, headers, signal } = hop;
    const lookup = checkedLookup(resolve, mayConnect);
    const path = `${url.pathname}${url.search}`;
    const asked = { hostname, port: url.port, path, method, headers, signal, lookup, maxHeaderSize: HEAD_LIMIT_BYTES };
    try {
      const incoming =
        url.protocol === 'http:'
          ? await head(requestHttp, { ...asked, agent: agents.http }, connectTimeoutMs)
          : await head(requestHttps, { ...asked, agent: agents.https }, connectTimeoutMs);
      return toResponse(incoming, hop);
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      throw isParserError(error)
        ? new Refusal('upstream-answer', 'the registry does not speak HTTP as it should')
        : error;
    }
  };
}

/** Of Node's parser: a head that is too long, a broken status line, a line end within a header. */
function isParserError(error: unknown): boolean {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('HPE_');
}

/** Which addresses a host may have: http never leaves the private network, and https enters it only where named. */
function addressRule(url: URL, policy: HostPolicy): AddressRule {
  const isNamed = policy.isNamed(url);
  if (url.protocol === 'http:') return (address) => isNamed && !isPublicAddress(address);
  return (address) => isNamed || isPublicAddress(address);
}

function notAllowed(host: string): Refusal {
  return new Refusal('address-not-allowed', `${host} is at an address that the relay must not connect to`);
}

function resolveAll(hostname: string): Promise<ResolvedAddress[]> {
  return dnsLookup(hostname, { all: true });
}

/** One address out of bounds refuses the name as a whole: which of them is connected to is chance. */
function checkedLookup(resolve: NonNullable<NodeFetchOptions['resolve']>, mayConnect: AddressRule): LookupFunction {
  return (hostname, { all }, callback) => {
    resolve(hostname)
      .then((found) => {
        const [first] = found;
        if (first === undefined || !found.every(({ address }) => mayConnect(address))) throw notAllowed(hostname);
        if (all === true) callback(null, [...found]);
        else callback(null, first.address, first.family);
      })
      .catch((error: NodeJS.ErrnoException) => callback(error, []));
  };
}

type StartRequest = typeof requestHttp;

function head(start: StartRequest, options: RequestOptions, connectTimeoutMs: number): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const late = new Refusal('upstream-timeout', 'the registry could not be connected to in time');
    const timer = setTimeout(() => asked.destroy(late), connectTimeoutMs);
    const connected = (): void => clearTimeout(timer);
    // An upgrade that nobody asked for ends the request with neither an answer nor an error.
    const closed = (): void => {
      connected();
      reject(new Refusal('upstream-answer', 'the registry gave no answer'));
    };
    // Errors after the head are those of the body, which tells of them itself.
    const asked = start(options).once('response', resolve).on('error', reject).once('close', closed);
    asked.once('socket', (socket) => socket.once(start === requestHttps ? 'secureConnect' : 'connect', connected));
    asked.end();
  });
}

function toResponse(incoming: IncomingMessage, { method, signal }: Hop): Response {
  const status = incoming.statusCode ?? 0;
  if (status < 200 || status > 599) {
    incoming.destroy();
    throw new Refusal('upstream-answer', `the registry answered ${status}`);
  }
  const headers = new Headers();
  for (const [name, values] of Object.entries(incoming.headersDistinct)) {
    for (const value of values ?? []) headers.append(name, value);
  }
  if (method === 'HEAD' || NULL_BODY_STATUSES.includes(status)) {
    incoming.resume();
    return new Response(null, { status, headers });
  }
  return new Response(bodyOf(incoming, signal), { status, headers });
}

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
}

type AddressRule = (address: string) => boolean;

const NULL_BODY_STATUSES: readonly number[] = [204, 205, 304];

/** The function rejects with Refusal `address-not-allowed` or `upstream-answer`, what Node fails with, or the abort. */
export function createNodeFetch({ policy, resolve = resolveAll }: NodeFetchOptions): HopFetch {
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
    const options = { hostname, port: url.port, path: `${url.pathname}${url.search}`, method, headers, signal, lookup };
    try {
      const incoming =
        url.protocol === 'http:'
          ? await head(requestHttp, { ...options, agent: agents.http })
          : await head(requestHttps, { ...options, agent: agents.https });
      return toResponse(incoming, hop);
    } catch (error) {
      throw signal.aborted ? signal.reason : error;
    }
  };
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

function head(start: StartRequest, options: RequestOptions): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    // Errors after the head are those of the body, which tells of them itself.
    start(options).once('response', resolve).on('error', reject).end();
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

/** The body, read from the socket only as fast as it is read from the stream. */
function bodyOf(incoming: IncomingMessage, signal: AbortSignal): ReadableStream<Uint8Array<ArrayBuffer>> {
  const chunks: AsyncIterator<Uint8Array<ArrayBuffer>> = incoming[Symbol.asyncIterator]();
  return new ReadableStream(
    {
      async pull(sink) {
        try {
          const { done, value } = await chunks.next();
          if (done === true) sink.close();
          else sink.enqueue(value);
        } catch (error) {
          throw signal.aborted ? signal.reason : error;
        }
      },
      cancel() {
        incoming.destroy();
      },
    },
    { highWaterMark: 0 },
  );
}

/** Node's `http` ⇄ `Request` and `Response`: with back-pressure, and with the client's leaving as an abort. */
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { refusalResponse } from './answer.ts';
import type { Relay } from './handler.ts';
import { pump, shortcutOf } from './node-body.ts';
import { Refusal } from './refusal.ts';

/** Base of addresses whose host nobody reads: the request line of HTTP/1.1 has a path alone. */
const SOME_ORIGIN = 'http://relay.invalid';

export interface AnswerOptions {
  /** Whether a proxy of the operator's stands before this server and tells the client's address. */
  readonly isProxied?: boolean;
  /** How long nothing may move on the client's connection. */
  readonly readerTimeoutMs?: number;
}

/** Settles when the answer is written, or the client has gone. Never rejects. */
export async function answerWith(
  relay: Relay,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  { isProxied = false, readerTimeoutMs = 300_000 }: AnswerOptions = {},
): Promise<void> {
  const left = new AbortController();
  outgoing.once('close', () => left.abort()).once('error', () => left.abort());
  // A write that waits for its reader notices nothing of the time.
  outgoing.setTimeout(readerTimeoutMs, () => outgoing.destroy());
  const clientAddress = addressOfClient(incoming, isProxied);
  try {
    await write(await responseOf(relay, incoming, { clientAddress, signal: left.signal }), outgoing, left.signal);
  } catch {
    // The head is out, or nobody is there to read one: cutting the connection is all that can still be said.
    outgoing.destroy();
  }
}

/** The last entry is the one that the proxy wrote; those before it are what the client claims. */
function addressOfClient({ headersDistinct, socket }: IncomingMessage, isProxied: boolean): string {
  const told = isProxied ? headersDistinct['x-forwarded-for']?.join(',').split(',').at(-1)?.trim() : undefined;
  return told === undefined || told === '' ? (socket.remoteAddress ?? '') : told;
}

async function responseOf(
  relay: Relay,
  incoming: IncomingMessage,
  { clientAddress, signal }: { readonly clientAddress: string; readonly signal: AbortSignal },
): Promise<Response> {
  const rawTarget = incoming.url ?? '';
  const request = toRequest(incoming, rawTarget, signal);
  if (request instanceof Refusal) return refusalResponse(request, undefined);
  return relay(request, { clientAddress, rawTarget });
}

/** The request without its body, which is never read: that there is one, its headers tell. */
function toRequest({ method = 'GET', headersDistinct }: IncomingMessage, target: string, signal: AbortSignal) {
  if (!target.startsWith('/')) return new Refusal('path-invalid', 'the address is no path');
  const headers = new Headers();
  for (const [name, values] of Object.entries(headersDistinct)) {
    for (const value of values ?? []) headers.append(name, value);
  }
  try {
    return new Request(`${SOME_ORIGIN}${target}`, { method, headers, signal });
  } catch (error) {
    return new Refusal('method-not-allowed', 'no request can be made of this', error);
  }
}

async function write(response: Response, outgoing: ServerResponse, left: AbortSignal): Promise<void> {
  outgoing.writeHead(response.status, [...response.headers].flat());
  const shortcut = response.body === null ? undefined : shortcutOf(response.body);
  if (shortcut !== undefined) {
    await pump(shortcut, outgoing);
    outgoing.end();
    return;
  }
  for await (const chunk of response.body ?? []) {
    left.throwIfAborted();
    if (!outgoing.write(chunk)) await once(outgoing, 'drain', { signal: left });
  }
  outgoing.end();
}

/**
 * One question to a registry, with redirects followed here, where each hop is judged anew. Authorization goes to the
 * host it belongs to and is gone for good after the first step to another origin.
 */
import { discard } from '../core/registry/response.ts';
import type { HostPolicy } from './host-policy.ts';
import { once } from './once.ts';
import { Refusal } from './refusal.ts';

export interface Hop {
  readonly method: 'GET' | 'HEAD';
  readonly headers: Readonly<Record<string, string>>;
  readonly redirect: 'manual';
  readonly signal: AbortSignal;
}

/** What of `fetch` is used. Must not decode bodies where it can be helped. */
export type HopFetch = (url: string, hop: Hop) => Promise<Response>;

export interface UpstreamOptions {
  readonly fetch: HopFetch;
  readonly policy: HostPolicy;
  /** How long the head of an answer may take, over all hops. */
  readonly headersTimeoutMs: number;
}

export interface UpstreamRequest {
  readonly method: 'GET' | 'HEAD';
  readonly url: string;
  /** Without Authorization. */
  readonly headers: Readonly<Record<string, string>>;
  readonly authorization?: string | undefined;
  /** `none`: an answer that is a redirect is given back as it is. */
  readonly redirects: 'follow' | 'none';
  readonly controller: AbortController;
}

const HOP_LIMIT = 5;
const REDIRECTS: readonly number[] = [301, 302, 303, 307, 308];

/**
 * The final response, its body unread.
 * @throws Refusal `redirect-not-allowed`, `upstream-…`, and what `fetch` refuses; the abort of `controller`.
 */
export async function askUpstream(request: UpstreamRequest, options: UpstreamOptions): Promise<Response> {
  const { controller } = request;
  const late = new Refusal('upstream-timeout', 'the registry took too long to answer');
  const timer = setTimeout(() => controller.abort(late), options.headersTimeoutMs);
  try {
    return await follow(request, options);
  } catch (error) {
    if (error instanceof Refusal) throw error;
    if (controller.signal.aborted) throw controller.signal.reason;
    throw new Refusal('upstream-unreachable', 'the registry could not be reached', error);
  } finally {
    clearTimeout(timer);
  }
}

async function follow(request: UpstreamRequest, { fetch, policy }: UpstreamOptions): Promise<Response> {
  let { authorization } = request;
  let url = new URL(request.url);
  for (let hop = 0; hop <= HOP_LIMIT; hop++) {
    const headers = { ...request.headers, ...(authorization === undefined ? {} : { Authorization: authorization }) };
    const { method, controller } = request;
    const response = await fetch(url.href, { method, headers, redirect: 'manual', signal: controller.signal });
    if (request.redirects === 'none' || !REDIRECTS.includes(response.status)) return response;
    await discard(response);
    const location = response.headers.get('Location') ?? '';
    if (location === '' || !URL.canParse(location, url)) {
      throw new Refusal('upstream-answer', 'the registry redirects to no address');
    }
    const next = new URL(location, url);
    if (!policy.allowsOnward(next, url)) {
      throw new Refusal(
        'redirect-not-allowed',
        `the registry redirects to ${next.host}, which is no public https host`,
      );
    }
    if (next.origin !== url.origin) authorization = undefined;
    url = next;
  }
  throw new Refusal('upstream-redirects', `the registry redirects more than ${HOP_LIMIT} times`);
}

export interface GuardOptions {
  /** How long one read may wait for bytes of the registry. The reader's own pauses don't count. */
  readonly idleTimeoutMs: number;
  /** How long the reader may pause. */
  readonly readerTimeoutMs: number;
  /** Ends the upstream request. */
  readonly controller: AbortController;
  /** Called once, however the body ends. */
  readonly onEnd: (bytes: number) => void;
}

/** The body as it comes, pulled only as fast as it is read; an upstream that stalls or a reader that leaves ends it. */
export function guardBody(
  body: ReadableStream<Uint8Array<ArrayBuffer>>,
  { idleTimeoutMs, readerTimeoutMs, controller, onEnd }: GuardOptions,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  const { signal } = controller;
  const reader = body.getReader();
  const stalled = new Refusal('upstream-timeout', 'the registry stopped sending');
  const left = new Refusal('reader-timeout', 'the client stopped reading');
  let bytes = 0;
  let pause: ReturnType<typeof setTimeout> | undefined;
  const end = once(() => {
    clearTimeout(pause);
    signal.removeEventListener('abort', end);
    onEnd(bytes);
  });
  // A reader that has paused notices nothing of an abort, so that the end would never be told.
  signal.addEventListener('abort', end, { once: true });

  async function pull(sink: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>): Promise<void> {
    clearTimeout(pause);
    const timer = setTimeout(() => controller.abort(stalled), idleTimeoutMs);
    try {
      const { done, value } = await reader.read();
      if (done) {
        end();
        sink.close();
      } else {
        bytes += value.length;
        sink.enqueue(value);
        pause = setTimeout(() => controller.abort(left), readerTimeoutMs);
      }
    } catch (error) {
      end();
      throw signal.aborted ? signal.reason : error;
    } finally {
      clearTimeout(timer);
    }
  }

  async function cancel(reason: unknown): Promise<void> {
    controller.abort(reason);
    // The abort may have failed the stream already, and then there is nothing left to cancel.
    await reader.cancel(reason).catch(() => undefined);
  }

  return new ReadableStream({ pull, cancel }, { highWaterMark: 0 });
}

/**
 * A `fetch` that keeps what it was asked and what came back, so that a failure that a page is told nothing about can be
 * asked about again, and every request can be shown. Raw requests stay in here; what is shown holds no secret.
 */
import { isAbort } from '../../core/errors.ts';
import type { Exchange } from './model.ts';

export interface Recorded {
  readonly url: string;
  readonly init: RequestInit;
  readonly authorized: boolean;
  /** Undefined while it is under way and after it failed. */
  response: Response | undefined;
  failed: boolean;
  /** It failed because nothing came within the deadline. */
  late: boolean;
  exchange: Exchange | undefined;
}

export interface RecorderOptions {
  readonly fetch: typeof fetch;
  /** Milliseconds, of any origin. */
  readonly now: () => number;
  readonly deadlineMs: number;
  readonly onStart: (recorded: Recorded) => void;
  readonly onEnd: (recorded: Recorded, exchange: Exchange) => void;
}

export interface Recorder {
  readonly fetch: typeof fetch;
  readonly all: readonly Recorded[];
}

/** A request that gets no headers within the deadline fails like one that is refused. */
export function createRecorder({ fetch, now, deadlineMs, onStart, onEnd }: RecorderOptions): Recorder {
  const all: Recorded[] = [];

  async function recorded(input: RequestInfo | URL, init: RequestInit = {}): Promise<Response> {
    const url = input instanceof Request ? input.url : String(input);
    const entry: Recorded = {
      url,
      init,
      authorized: new Headers(init.headers).has('Authorization'),
      response: undefined,
      failed: false,
      late: false,
      exchange: undefined,
    };
    all.push(entry);
    onStart(entry);
    const startedMs = now();
    const end = (answer: string): void => {
      entry.exchange = describe(entry, answer, Math.round(now() - startedMs));
      onEnd(entry, entry.exchange);
    };
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(new DOMException('no answer in time', 'TimeoutError')), deadlineMs);
    const leave = (): void => late.abort(init.signal?.reason);
    init.signal?.addEventListener('abort', leave, { once: true });
    try {
      init.signal?.throwIfAborted();
      entry.response = await fetch(input, { ...init, signal: late.signal });
    } catch (error) {
      if (isAbort(error) || init.signal?.aborted === true) throw error;
      entry.failed = true;
      entry.late = late.signal.aborted;
      const seconds = Math.round(deadlineMs / 1000);
      end(entry.late ? `nothing within ${seconds} s` : 'nothing that the page may read');
      throw error;
    } finally {
      clearTimeout(timer);
    }
    end(answerOf(entry.response));
    return entry.response;
  }

  return { fetch: recorded, all };
}

function answerOf(response: Response): string {
  if (response.type === 'opaque') return 'an answer that the page may not read';
  if (response.type === 'opaqueredirect') return 'a redirect';
  const contentType = response.headers.get('Content-Type');
  const moved = response.redirected ? `, after a redirect to ${hostOf(response.url)}` : '';
  return `${response.status}${contentType === null ? '' : ` ${contentType}`}${moved}`;
}

function describe({ url, init }: Recorded, answer: string, ms: number): Exchange {
  return { method: init.method ?? 'GET', address: withoutSecrets(url), sent: sentOf(init), answer, ms };
}

function sentOf(init: RequestInit): string {
  const sent: string[] = [];
  if (init.mode === 'no-cors') sent.push('without CORS');
  if (init.redirect === 'manual') sent.push('redirects not followed');
  for (const [name, value] of new Headers(init.headers)) {
    if (name === 'authorization') sent.push(`Authorization: ${value.split(' ', 1)[0]} …`);
    else if (name === 'accept') sent.push(`Accept of ${value.length} bytes`);
    else sent.push(name);
  }
  if (typeof init.body === 'string' || init.body instanceof URLSearchParams) sent.push('a form');
  return sent.join(', ');
}

/** Redirects and realms carry signatures and account names in their queries: only what a token is for stays. */
function withoutSecrets(address: string): string {
  const { origin, pathname, searchParams } = new URL(address);
  const shown = [...searchParams].map(([name, value]) =>
    name === 'service' || name === 'scope' ? `${name}=${value}` : `${name}=…`,
  );
  return `${origin}${pathname}${shown.length === 0 ? '' : `?${shown.join('&')}`}`;
}

export function hostOf(address: string): string {
  return new URL(address).host;
}

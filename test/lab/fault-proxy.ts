/**
 * A registry that misbehaves on demand: a proxy in front of a good one. A real registry refuses to store wrong content,
 * so whatever is wrong is made wrong on the way. Without rules it passes everything through and only keeps a log.
 */
import { once } from 'node:events';
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request as requestUpstream,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { createGzip } from 'node:zlib';
import { CORS_HEADERS } from './nginx.ts';
import { describeRequest, type LoggedRequest } from './request-log.ts';

export type Fault =
  /**
   * Stop the body early. `cut`: the length announced is the true one and the connection is closed. `chunked`: no length
   * is announced and the body ends as if it were whole. `length`: the shorter length is announced.
   */
  | { readonly kind: 'truncate'; readonly afterBytes: number; readonly ending: 'cut' | 'chunked' | 'length' }
  /** The blob ends at this byte, whichever part of it is asked for, as if it were whole: a damaged registry. */
  | { readonly kind: 'damaged'; readonly atByte: number }
  /** Ask the registry without the Range: it answers with the whole. */
  | { readonly kind: 'drop-range' }
  /** Answer 416 whenever a part is asked for. */
  | { readonly kind: 'refuse-range' }
  /** Let a part's Content-Range say that it begins so many bytes later than it does. */
  | { readonly kind: 'shift-content-range'; readonly bytes: number }
  /** Send a part that begins so many bytes earlier than asked, and say what is asked. */
  | { readonly kind: 'shift-range'; readonly bytes: number }
  /** Expose no header to pages: no Content-Range, no Retry-After. */
  | { readonly kind: 'hide-headers' }
  /** Compress on the way, as some proxies do. */
  | { readonly kind: 'gzip' }
  /** Send the browser to another origin, which refuses Authorization as signed storage addresses do. */
  | { readonly kind: 'redirect'; readonly to: string }
  /** Change one byte of the body, counted from 0. */
  | { readonly kind: 'flip'; readonly atByte: number }
  /** Send the first bytes, then nothing more, and keep the connection open. */
  | { readonly kind: 'freeze'; readonly afterBytes: number }
  | { readonly kind: 'throttle'; readonly bytesPerSecond: number }
  /** Wait before anything is answered. */
  | { readonly kind: 'delay'; readonly ms: number }
  /** Answer without asking the registry; with CORS headers, unless another rule takes them away. */
  | {
      readonly kind: 'answer';
      readonly status: number;
      /** Or what makes it of the path and query that were asked for. */
      readonly body?: string | Uint8Array | ((asked: string) => string);
      readonly contentType?: string;
      readonly headers?: Readonly<Record<string, string>>;
    }
  /** Close the connection without an answer. */
  | { readonly kind: 'hang-up' }
  | { readonly kind: 'no-cors' };

export interface FaultRule {
  /** Tested against the path without its query. */
  readonly path: RegExp;
  /** GET and HEAD when not given, so that preflights still pass. */
  readonly methods?: readonly string[];
  /** How many requests it strikes; all when not given. */
  readonly times?: number;
  readonly fault: Fault;
}

export interface FaultProxy {
  /** `127.0.0.1:PORT`, as in a reference. */
  readonly host: string;
  readonly base: string;
  /** Replaces all rules. Every rule that matches applies, so that faults can be combined. */
  setRules(rules: readonly FaultRule[]): void;
  /** Requests that began since the last `clearRequests` and have ended; see `RequestLog.requests`. */
  requests(): LoggedRequest[];
  clearRequests(): void;
  stop(): Promise<void>;
}

/** @param target the good registry's `127.0.0.1:PORT`; one with CORS if pages are to read through the proxy. */
export async function startFaultProxy(target: string): Promise<FaultProxy> {
  let rules: { rule: FaultRule; left: number }[] = [];
  const log: LoggedRequest[] = [];
  let fromMs = 0;
  const strike = (request: IncomingMessage): Fault[] => {
    const path = (request.url ?? '').split('?', 1)[0] ?? '';
    const struck = rules.filter(({ rule, left }) => {
      return left > 0 && rule.path.test(path) && (rule.methods ?? ['GET', 'HEAD']).includes(request.method ?? '');
    });
    for (const entry of struck) entry.left -= 1;
    return struck.map(({ rule }) => rule.fault);
  };
  const server = createServer((request, response) => {
    const exchange = new Exchange({ target, request, response, faults: strike(request) });
    response.once('close', () => {
      const status = response.headersSent ? response.statusCode : 499;
      const { sentBytes: bytes, startedMs } = exchange;
      log.push(describeRequest(request, { status, bytes, startedMs }));
    });
    // The client went away or the fault closed the connection: both are in the log, neither is an error here.
    exchange.run().catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    host,
    base: `http://${host}`,
    setRules: (next) => {
      rules = next.map((rule) => ({ rule, left: rule.times ?? Number.POSITIVE_INFINITY }));
    },
    requests: () => log.filter(({ startedMs }) => startedMs >= fromMs),
    clearRequests: () => {
      fromMs = Date.now();
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

interface ExchangeParts {
  readonly target: string;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly faults: readonly Fault[];
}

/** One request on its way through the faults that struck it. */
class Exchange {
  sentBytes = 0;
  readonly #closed = new AbortController();
  readonly startedMs = Date.now();

  constructor(readonly parts: ExchangeParts) {
    parts.response.once('close', () => this.#closed.abort());
  }

  async run(): Promise<void> {
    const { response, faults } = this.parts;
    for (const fault of faults) if (fault.kind === 'delay') await sleep(fault.ms, undefined, this.#closed);
    if (this.#find('hang-up')) return void response.destroy();
    const answer = this.#find('answer');
    if (answer) return this.#answer(answer);
    const range = this.parts.request.headers.range;
    if (range !== undefined && this.#find('refuse-range')) {
      return this.#answer({ kind: 'answer', status: 416, body: '' });
    }
    const redirect = this.#find('redirect');
    if (redirect) {
      const headers = { Location: `${redirect.to}${this.parts.request.url}` };
      return this.#answer({ kind: 'answer', status: 307, body: '', headers });
    }
    const upstream = await this.#ask();
    response.writeHead(upstream.statusCode ?? 502, this.#headers(upstream.headers));
    response.flushHeaders();
    const body = this.#find('gzip') ? upstream.pipe(createGzip()) : upstream;
    for await (const chunk of body) if (!(await this.#send(chunk as Buffer))) return;
    response.end();
  }

  #find<Kind extends Fault['kind']>(kind: Kind): Extract<Fault, { kind: Kind }> | undefined {
    return this.parts.faults.find((fault): fault is Extract<Fault, { kind: Kind }> => fault.kind === kind);
  }

  #answer({
    status,
    body: given = '',
    contentType = 'application/json',
    headers,
  }: Extract<Fault, { kind: 'answer' }>): void {
    const cors = this.#find('no-cors') ? [] : Object.entries(CORS_HEADERS);
    const joined = cors.map(([name, values]) => [name, values.join(', ')]);
    const body = typeof given === 'function' ? given(this.parts.request.url ?? '') : given;
    this.sentBytes = Buffer.byteLength(body);
    this.parts.response.writeHead(status, { 'Content-Type': contentType, ...Object.fromEntries(joined), ...headers });
    this.parts.response.end(body);
  }

  #ask(): Promise<IncomingMessage> {
    const { target, request } = this.parts;
    return new Promise((resolve, reject) => {
      const headers: IncomingHttpHeaders = { ...request.headers, host: target, connection: 'close' };
      const range = this.#range(headers.range);
      delete headers.range;
      if (range !== undefined) headers.range = range;
      const options = { method: request.method, headers, signal: this.#closed.signal };
      const upstream = requestUpstream(`http://${target}${request.url}`, options, resolve);
      upstream.once('error', reject);
      request.pipe(upstream);
    });
  }

  #range(asked: string | undefined): string | undefined {
    if (asked === undefined || this.#find('drop-range')) return undefined;
    const shift = this.#find('shift-range')?.bytes ?? 0;
    return asked.replace(/\d+/, (from) => String(Math.max(0, Number(from) - shift)));
  }

  /** First byte of the blob that this answer sends. */
  #begin(): number {
    const asked = this.#range(this.parts.request.headers.range);
    return Number(/\d+/.exec(asked ?? '0')?.[0] ?? 0);
  }

  #headers(headers: IncomingHttpHeaders): IncomingHttpHeaders {
    const { connection: _, ...sent } = headers;
    const shift = this.#find('shift-content-range')?.bytes ?? this.#find('shift-range')?.bytes;
    if (shift !== undefined && sent['content-range'] !== undefined) {
      sent['content-range'] = sent['content-range'].replace(/\d+/, (from) => String(Number(from) + shift));
      delete sent['content-length'];
    }
    const damaged = this.#find('damaged');
    if (damaged) delete sent['content-length'];
    if (this.#find('hide-headers')) delete sent['access-control-expose-headers'];
    if (this.#find('gzip')) {
      sent['content-encoding'] = 'gzip';
      delete sent['content-length'];
    }
    const truncate = this.#find('truncate');
    if (truncate?.ending === 'chunked') delete sent['content-length'];
    if (truncate?.ending === 'length') sent['content-length'] = String(truncate.afterBytes);
    if (!this.#find('no-cors')) return sent;
    return Object.fromEntries(Object.entries(sent).filter(([name]) => !name.startsWith('access-control-')));
  }

  /** Resolves to false when nothing more is to be sent. */
  async #send(chunk: Buffer): Promise<boolean> {
    const bytesPerSecond = this.#find('throttle')?.bytesPerSecond;
    const damaged = this.#find('damaged');
    if (damaged && this.#begin() >= damaged.atByte) return this.#stop();
    const limit =
      damaged !== undefined
        ? damaged.atByte - this.#begin()
        : (this.#find('truncate')?.afterBytes ?? this.#find('freeze')?.afterBytes ?? Number.POSITIVE_INFINITY);
    // Slices of a twentieth of a second, so that a slow body flows instead of coming in lumps.
    const step = bytesPerSecond === undefined ? chunk.length : Math.max(1, Math.ceil(bytesPerSecond / 20));
    for (let at = 0; at < chunk.length; at += step) {
      const piece = this.#flipped(chunk.subarray(at, at + step));
      const room = limit - this.sentBytes;
      await this.#write(piece.length > room ? piece.subarray(0, room) : piece);
      if (this.sentBytes >= limit) return this.#stop();
      if (bytesPerSecond !== undefined) await this.#waitUntil((this.sentBytes / bytesPerSecond) * 1000);
    }
    return true;
  }

  async #waitUntil(elapsedMs: number): Promise<void> {
    const restMs = this.startedMs + elapsedMs - Date.now();
    if (restMs > 1) await sleep(restMs, undefined, this.#closed);
  }

  #flipped(piece: Buffer): Buffer {
    const at = (this.#find('flip')?.atByte ?? -1) - this.sentBytes;
    if (at >= 0 && at < piece.length) piece.writeUInt8(piece.readUInt8(at) ^ 0xff, at);
    return piece;
  }

  async #write(piece: Buffer): Promise<void> {
    this.sentBytes += piece.length;
    if (!this.parts.response.write(piece)) await once(this.parts.response, 'drain', this.#closed);
  }

  async #stop(): Promise<false> {
    const { response } = this.parts;
    const truncate = this.#find('truncate');
    if (this.#find('damaged')) response.end();
    else if (truncate?.ending === 'cut') response.socket?.destroySoon();
    else if (truncate) response.end();
    // Frozen: the connection stays until the client gives up.
    else await new Promise<void>((resolve) => response.once('close', resolve));
    return false;
  }
}

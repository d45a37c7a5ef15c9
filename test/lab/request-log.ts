/**
 * What the lab's servers were asked. Every server appends one JSON line per finished request to a file, so that a test
 * in another process than the server can read it. A line is written when the answer has been sent or given up.
 */
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';

export interface LoggedRequest {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  /** Without the question mark; empty when there was none. */
  readonly query: string;
  /** nginx writes 499 when the client went away first. */
  readonly status: number;
  /** Bytes of body sent. */
  readonly bytes: number;
  /** The scheme only, `Bearer` or `Basic`; empty without Authorization. The secret is never logged. */
  readonly authorization: string;
  /** Request headers; empty when absent. */
  readonly origin: string;
  readonly accept: string;
  readonly range: string;
  readonly userAgent: string;
  /** Milliseconds of the epoch at which the request began to arrive. */
  readonly startedMs: number;
}

/** A line of the file: nginx knows when a request ended and how long it took, in seconds. */
interface LogLine extends Record<Exclude<keyof LoggedRequest, 'path' | 'query' | 'startedMs'>, string> {
  readonly target: string;
  readonly ended: string;
  readonly took: string;
}

export const NGINX_LOG_FORMAT = `escape=json '{"method":"$request_method","target":"$request_uri","status":"$status",'
  '"bytes":"$body_bytes_sent","authorization":"$lab_scheme","origin":"$http_origin","accept":"$http_accept",'
  '"range":"$http_range","userAgent":"$http_user_agent",'
  '"ended":"$msec","took":"$request_time"}'`;

export class RequestLog {
  #fromMs = Date.now();

  /** Starts empty: what was asked before this reader existed is not its own. */
  constructor(readonly file: string) {}

  /**
   * Requests that began since the last `clear`, in the order in which they ended. A request shows up when its answer
   * has been sent, which may be a moment after the client has read it: poll for what you expect.
   */
  requests(): LoggedRequest[] {
    // What follows the last line feed is a line still being written, or nothing.
    const lines = existsSync(this.file) ? readFileSync(this.file, 'utf8').split('\n').slice(0, -1) : [];
    return lines.map(parseLine).filter(({ startedMs }) => startedMs >= this.#fromMs);
  }

  /** Forgets what began so far, for this reader only: others read the same file. */
  clear(): void {
    this.#fromMs = Date.now();
  }
}

export interface SentAnswer {
  /** 499 where the client left before an answer began. */
  readonly status: number;
  readonly bytes: number;
  readonly startedMs: number;
}

/** A finished request of a Node server. */
export function describeRequest(request: IncomingMessage, sent: SentAnswer): LoggedRequest {
  const { method = '', url = '', headers } = request;
  return {
    method,
    ...splitTarget(url),
    ...sent,
    authorization: /^\w+(?= )/.exec(headers.authorization ?? '')?.[0] ?? '',
    origin: headers.origin ?? '',
    accept: headers.accept ?? '',
    range: headers.range ?? '',
    userAgent: headers['user-agent'] ?? '',
  };
}

export function appendRequest(file: string, request: LoggedRequest): void {
  const { path, query, startedMs, ...fields } = request;
  const target = query === '' ? path : `${path}?${query}`;
  const line = { target, ...fields, ended: startedMs / 1000, took: 0 };
  appendFileSync(file, `${JSON.stringify(line)}\n`);
}

function parseLine(text: string): LoggedRequest {
  const { target, ended, took, ...fields } = JSON.parse(text) as LogLine;
  const startedMs = Math.round((Number(ended) - Number(took)) * 1000);
  return { ...fields, ...splitTarget(target), status: Number(fields.status), bytes: Number(fields.bytes), startedMs };
}

function splitTarget(target: string): { path: string; query: string } {
  const mark = target.indexOf('?');
  return mark < 0 ? { path: target, query: '' } : { path: target.slice(0, mark), query: target.slice(mark + 1) };
}

/** Where the parts begin that were asked for by Range (bytes), rising. */
export function rangeStarts(requests: readonly LoggedRequest[]): number[] {
  const starts = requests.flatMap(({ range }) => /^bytes=(\d+)-/.exec(range)?.[1] ?? []);
  return starts.map(Number).sort((a, b) => a - b);
}

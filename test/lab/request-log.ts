/**
 * What the lab's servers were asked. Every server appends one JSON line per finished request to a file, so that a test
 * in another process than the server can read it. A line is written when the answer has been sent or given up.
 */
import { appendFileSync, readFileSync, statSync } from 'node:fs';
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
}

/** The same fields as `LoggedRequest`, as nginx writes them. `$request_uri` is split when the line is read. */
export const NGINX_LOG_FORMAT = `escape=json '{"method":"$request_method","target":"$request_uri","status":"$status",'
  '"bytes":"$body_bytes_sent","authorization":"$lab_scheme","origin":"$http_origin","accept":"$http_accept",'
  '"range":"$http_range","userAgent":"$http_user_agent"}'`;

export class RequestLog {
  #from = 0;

  /** Starts empty: what was asked before this reader existed is not its own. */
  constructor(readonly file: string) {
    this.clear();
  }

  /** Requests that ended since the last `clear`, in that order. */
  requests(): LoggedRequest[] {
    let bytes: Buffer;
    try {
      bytes = readFileSync(this.file);
    } catch {
      return [];
    }
    const lines = bytes.subarray(this.#from).toString('utf8').split('\n');
    // What follows the last line feed is a line still being written, or nothing.
    return lines.slice(0, -1).map(parseLine);
  }

  /** Forgets what happened so far, for this reader only: other test files read the same file. */
  clear(): void {
    try {
      this.#from = statSync(this.file).size;
    } catch {
      this.#from = 0;
    }
  }
}

/** Logs one request of a Node server, once its answer is over; `status` 499 where the client left before it began. */
export function appendRequest(file: string, request: IncomingMessage, sent: { status: number; bytes: number }): void {
  const { method, url, headers } = request;
  const line = {
    method,
    target: url,
    ...sent,
    authorization: /^\w+(?= )/.exec(headers.authorization ?? '')?.[0] ?? '',
    origin: headers.origin ?? '',
    accept: headers.accept ?? '',
    range: headers.range ?? '',
    userAgent: headers['user-agent'] ?? '',
  };
  appendFileSync(file, `${JSON.stringify(line)}\n`);
}

function parseLine(line: string): LoggedRequest {
  const { target, ...fields } = JSON.parse(line) as Record<keyof LoggedRequest | 'target', string>;
  const [path = '', ...query] = target.split('?');
  return { ...fields, path, query: query.join('?'), status: Number(fields.status), bytes: Number(fields.bytes) };
}

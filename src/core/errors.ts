/**
 * The one error that crosses every boundary of Pulltab.
 *
 * An error says what was attempted, what was seen, and (through its code) what the person can do next. Code branches
 * on `code`, never on text. Aborts stay `DOMException` "AbortError": they are never wrapped and never shown.
 */
import type { HINTS } from './error-hints.ts';

/** Every code has a hint: one without does not compile. */
export type ErrorCode = keyof typeof HINTS;

export interface PulltabErrorOptions {
  /** What was being done, as a clause that "could not" can precede: "read the manifest of ghcr.io/a/b:1". */
  readonly attempted: string;
  /** What was seen instead: "the registry answered 403". Never a secret, never a query string. */
  readonly seen: string;
  /** HTTP status, where there was one. */
  readonly status?: number | undefined;
  /** The host (with its port) that a person has to decide about: a token service elsewhere, a relay. */
  readonly host?: string | undefined;
  /** How long whoever answered asks to be left alone (ms). Not carried across realms: whoever waits is where it arose. */
  readonly retryAfterMs?: number | undefined;
  readonly cause?: unknown;
}

/** What `PulltabError` is while it crosses a realm: structured clone drops a subclass and its fields. */
export interface WireError {
  readonly code: ErrorCode;
  readonly attempted: string;
  readonly seen: string;
  readonly status?: number | undefined;
  readonly host?: string | undefined;
}

export class PulltabError extends Error {
  override readonly name = 'PulltabError';
  readonly attempted: string;
  readonly seen: string;
  readonly status: number | undefined;
  readonly host: string | undefined;
  readonly retryAfterMs: number | undefined;

  constructor(
    readonly code: ErrorCode,
    options: PulltabErrorOptions,
  ) {
    super(`Could not ${options.attempted}: ${options.seen}`, { cause: options.cause });
    this.attempted = options.attempted;
    this.seen = options.seen;
    this.status = options.status;
    this.host = options.host;
    this.retryAfterMs = options.retryAfterMs;
  }
}

/** The plain object to post instead of an error. Anything that is not a `PulltabError` becomes `internal`. */
export function toWire(error: unknown): WireError {
  const known = asPulltabError(error, 'finish what was asked');
  const { code, attempted, seen, status, host } = known;
  return {
    code,
    attempted,
    seen,
    ...(status === undefined ? {} : { status }),
    ...(host === undefined ? {} : { host }),
  };
}

export function fromWire(wire: WireError): PulltabError {
  return new PulltabError(wire.code, wire);
}

/** The error itself when it is typed already; otherwise `internal`, with the text that was seen. */
export function asPulltabError(error: unknown, attempted: string): PulltabError {
  if (error instanceof PulltabError) return error;
  const seen = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return new PulltabError('internal', { attempted, seen, cause: error });
}

/** Whether this is the sign of a cancelled operation, which is never reported as a failure. */
export function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError';
}

/**
 * Which failures of a read are worth another try, and when. Answers of 408, 429 and 5xx pass by themselves, and so do
 * drops of the connection; what a registry says about the thing itself (400, 404, a digest that is another) does not.
 * https://github.com/opencontainers/distribution-spec/blob/main/spec.md and RFC 9110, section 10.2.3 (Retry-After).
 */
import { PulltabError } from '../errors.ts';

/** Tries of the same byte in vain before the failure is told. */
const MAX_TRIES = 5;
/** The first wait without a Retry-After (ms); each next one is twice as long. */
const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 30_000;
/** A registry that asks for more than this is not waited for: the person decides (ms). */
const LONGEST_RETRY_AFTER_MS = 15 * 60_000;

const PASSING_STATUSES: readonly number[] = [408, 429, 500, 502, 503, 504];
/** Of storage that the registry sent the browser to: asked again, the registry gives an address that has not run out. */
const EXPIRED_STATUSES: readonly number[] = [401, 403];

/**
 * Reads a Retry-After header: seconds, or an HTTP date.
 * @returns milliseconds from `nowMs`; undefined where there is none, or one that is past or means nothing.
 */
export function parseRetryAfter(value: string | null, nowMs: number): number | undefined {
  if (value === null) return undefined;
  const text = value.trim();
  if (/^[0-9]{1,9}$/.test(text)) return Number(text) * 1000;
  // Only the forms of an HTTP date begin with a day's name; Date.parse would take far more.
  const atMs = /^(?:mon|tue|wed|thu|fri|sat|sun)/i.test(text) ? Date.parse(text) : Number.NaN;
  return atMs > nowMs ? atMs - nowMs : undefined;
}

/**
 * How long to wait before the next try (ms), or undefined where another would be in vain.
 * @param tries how often the same byte was asked for in vain, at least 1
 * @param random from 0 to 1: many pages that met the same failure should not come back together
 */
export function retryWaitMs(error: unknown, tries: number, random: number = Math.random()): number | undefined {
  if (!(error instanceof PulltabError) || !mayPass(error) || tries >= MAX_TRIES) return undefined;
  const { retryAfterMs } = error;
  if (retryAfterMs !== undefined) return retryAfterMs <= LONGEST_RETRY_AFTER_MS ? retryAfterMs : undefined;
  const waitMs = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (tries - 1));
  return waitMs * (0.5 + random / 2);
}

function mayPass({ code, status }: PulltabError): boolean {
  // A body that ends early, as if it were whole, is as good as a drop.
  if (code === 'connection-lost' || code === 'size-mismatch' || code === 'network-or-cors') return true;
  if (status === undefined || code === 'relay-refused') return false;
  return PASSING_STATUSES.includes(status) || (code === 'registry-failed' && EXPIRED_STATUSES.includes(status));
}

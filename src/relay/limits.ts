/**
 * What one client, and all of them together, may take of the relay: requests at once, requests over time (a bucket of
 * tokens that fills again), and bytes a day. A request counts until its answer's last byte is gone.
 *
 * All of it is in memory: it counts for one process, or for one isolate of Workers.
 */
import { clientKey } from './client-key.ts';
import { once } from './once.ts';
import { Refusal } from './refusal.ts';

export interface LimitOptions {
  /** How many requests may be under way at once, for one client and for all. */
  readonly perClient: number;
  readonly inTotal: number;
  /** Requests that a client may make in one go, and how many it gets back each second. */
  readonly burst: number;
  readonly perSecond: number;
  /** Bytes that a client may get in 24 hours; a body that is under way is finished. */
  readonly bytesPerDay: number;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

export interface Limits {
  /**
   * Counts a request in; the function returned counts it out with the bytes it took, once.
   * @throws Refusal `busy`, `rate-limited`, `quota-used`
   */
  enter(clientAddress: string): (bytes: number) => void;
}

interface Client {
  underWay: number;
  tokens: number;
  atMs: number;
  bytes: number;
  dayStartMs: number;
}

const DAY_MS = 24 * 60 * 60 * 1000;
/** Clients remembered. Beyond it those are forgotten that came first and have nothing under way. */
const CLIENT_COUNT = 20_000;

export function createLimits({ perClient, inTotal, burst, perSecond, bytesPerDay, now }: LimitOptions): Limits {
  const clients = new Map<string, Client>();
  let total = 0;

  function enter(clientAddress: string): (bytes: number) => void {
    const client = find(clientKey(clientAddress));
    if (client.underWay >= perClient || total >= inTotal) throw new Refusal('busy', 'too many requests are under way');
    if (client.bytes >= bytesPerDay) throw new Refusal('quota-used', 'the bytes of this day are used up');
    if (client.tokens < 1) throw new Refusal('rate-limited', 'too many requests in a short time');
    client.tokens -= 1;
    client.underWay += 1;
    total += 1;
    return once((bytes) => {
      client.bytes += bytes;
      client.underWay -= 1;
      total -= 1;
    });
  }

  function find(key: string): Client {
    const nowMs = now();
    const known = clients.get(key);
    if (known === undefined) {
      if (clients.size >= CLIENT_COUNT) forgetOne();
      const client = { underWay: 0, tokens: burst, atMs: nowMs, bytes: 0, dayStartMs: nowMs };
      clients.set(key, client);
      return client;
    }
    known.tokens = Math.min(burst, known.tokens + ((nowMs - known.atMs) / 1000) * perSecond);
    known.atMs = nowMs;
    if (nowMs - known.dayStartMs >= DAY_MS) Object.assign(known, { bytes: 0, dayStartMs: nowMs });
    return known;
  }

  function forgetOne(): void {
    for (const [key, { underWay }] of clients) {
      if (underWay > 0) continue;
      clients.delete(key);
      return;
    }
  }

  return { enter };
}

/**
 * A blob's bytes in order, whatever happens to the connections they come over: drops, stalls and passing refusals are
 * waited for and tried again from the byte that is missing, always at the registry's own address.
 *
 * How far a registry can be trusted with Range is found out as it answers: a part that begins elsewhere, or the whole
 * where a part was asked for, is not an error but costs the bytes that are here already. What is right in the end is for
 * the digest to say. RFC 9110, section 14.
 */
import { isAbort, PulltabError } from '../core/errors.ts';
import { retryWaitMs } from '../core/registry/retry.ts';
import type { BodyCount } from '../core/report/recording-fetch.ts';
import { createBodyReader } from './body-reader.ts';
import { type BlobSource, type FetchBlobOptions, fetchBlob } from './fetch-blob.ts';
import { type Flow, sleep as sleepFor } from './flow.ts';
import type { Pace } from './pace.ts';

export interface Waiting {
  /** Why, as a sentence's beginning: "the registry answered 503". */
  readonly why: string;
  /** Milliseconds since 1970. */
  readonly untilMs: number;
}

export interface BlobBodyOptions extends FetchBlobOptions {
  readonly pace: Pace;
  readonly flow: Flow;
  /** First byte wanted; those before it are here. */
  readonly fromBytes: number;
  /** Told before each wait. */
  readonly onWaiting: (waiting: Waiting) => void;
  /** Waits; the tests' clock. @throws the abort when `signal` says so. */
  readonly sleep?: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** Without a byte for so long a connection counts as dropped (ms). */
const STALL_MS = 30_000;
/** How often a connection is looked at for that (ms). */
const LOOK_MS = 1000;
/** A proxy cache may fetch a whole blob before it answers (ms). */
const ANSWER_MS = 120_000;
/** Tries of a registry that never answered: a page that may not read it will not be let in by waiting. */
const UNANSWERED_TRIES = 2;
/** A read's room (bytes): what is lost when the connection drops in the middle of one. */
const READ_BYTES = 512 * 1024;

/** Repositories whose registry has answered this worker. */
const answered = new Set<string>();

/**
 * Each piece is valid until the next is asked for: later ones may take its place. Ends after byte `size`, or before it where
 * the registry keeps ending early without giving anything: the size is the caller's to check.
 * @throws PulltabError of the last try; AbortError when `signal` says so.
 */
export async function* readBlobBody(
  source: BlobSource & { readonly size: number },
  options: BlobBodyOptions,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const { size } = source;
  const { sleep = sleepFor, signal, flow } = options;
  const ranges: Ranges = { trusted: true, told: false };
  let position = options.fromBytes;
  let reached = position;
  let tries = 0;
  while (position < size) {
    let failure: unknown;
    await flow.resumed(signal);
    try {
      for await (const bytes of connection(source, { ...options, position, ranges })) {
        position += bytes.byteLength;
        yield bytes;
        await flow.spend(bytes.byteLength, signal);
        // More than was announced is the caller's to refuse.
        if (position > size) return;
      }
      if (position === size) return;
      failure = endedEarly(source, position);
    } catch (error) {
      if (isAbort(error) && signal.aborted) throw error;
      // Cut after the last byte: nothing is missing.
      if (position === size) return;
      // A pause has closed the connection, which is nobody's failure.
      if (flow.paused) continue;
      failure = error;
    }
    tries = position > reached ? 1 : tries + 1;
    // Some networks let the whole through and nothing else.
    if (tries > 1 && position > 0 && isUnreached(failure)) ranges.trusted = false;
    reached = position;
    const waitMs = isHopeless(failure, source, tries) ? undefined : retryWaitMs(failure, tries);
    if (waitMs === undefined) throw failure;
    options.onWaiting({ why: whyOf(failure), untilMs: Date.now() + waitMs });
    await sleep(waitMs, signal);
  }
}

function isHopeless(failure: unknown, { repository }: BlobSource, tries: number): boolean {
  return isUnreached(failure) && tries >= UNANSWERED_TRIES && !answered.has(repository);
}

function isUnreached(failure: unknown): boolean {
  return failure instanceof PulltabError && failure.code === 'network-or-cors';
}

interface Ranges {
  /** False once an answer to Range was not what was asked for. */
  trusted: boolean;
  /** Whether the person was told that bytes are fetched again. */
  told: boolean;
}

interface Connection extends BlobBodyOptions {
  readonly position: number;
  readonly ranges: Ranges;
}

/** One request's bytes from `position` on. */
async function* connection(
  source: BlobSource & { readonly size: number },
  { position, ranges, ...options }: Connection,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const fromBytes = ranges.trusted ? position : 0;
  const watch = createStallWatch(source, options);
  let count: BodyCount | undefined;
  const onCount = (counting: BodyCount): void => {
    count = counting;
  };
  try {
    const asked = fetchBlob(source, { ...options, signal: watch.signal, fromBytes, onCount });
    const response = await options.pace.waiting(watch.during(asked, ANSWER_MS));
    answered.add(source.repository);
    let skipBytes = await bytesToSkip(response, { source, fromBytes, position });
    if (skipBytes === undefined) {
      ranges.trusted = false;
      throw lost(source, 'the registry answered with another part of the blob than was asked for');
    }
    if (skipBytes > 0 && !ranges.told) {
      ranges.told = true;
      options.onNotice('The registry does not go on in the middle of a layer: some bytes are fetched again.');
    }
    for await (const bytes of bodyOf(response, source, { pace: options.pace, watch, count })) {
      const skipped = Math.min(skipBytes, bytes.byteLength);
      skipBytes -= skipped;
      if (skipped < bytes.byteLength) yield bytes.subarray(skipped);
    }
  } finally {
    count?.end();
    watch.end();
  }
}

/** What comes before the wanted byte in an answer; undefined where the answer is of no use. */
async function bytesToSkip(
  response: Response,
  { source, fromBytes, position }: { source: { readonly size: number }; fromBytes: number; position: number },
): Promise<number | undefined> {
  if (response.status === 200) return position;
  const begins = beginOf(response.headers, source.size);
  if (response.status === 206 && begins !== 'wrong' && (begins ?? fromBytes) === fromBytes) return position - fromBytes;
  await response.body?.cancel();
  return undefined;
}

/**
 * Where a part begins, by its Content-Range; by its length where CORS hides that; undefined where neither can be read:
 * then it is believed, and the digest decides.
 */
function beginOf(headers: Headers, size: number): number | 'wrong' | undefined {
  const range = headers.get('Content-Range');
  if (range !== null) {
    const [, from, to, whole] = /^bytes (\d{1,15})-(\d{1,15})\/(\d{1,15}|\*)$/i.exec(range.trim()) ?? [];
    if (from === undefined || Number(to) !== size - 1 || (whole !== '*' && Number(whole) !== size)) return 'wrong';
    return Number(from);
  }
  const length = headers.get('Content-Length');
  return length === null || !/^\d{1,15}$/.test(length) ? undefined : size - Number(length);
}

async function* bodyOf(
  response: Response,
  source: BlobSource,
  { pace, watch, count }: { readonly pace: Pace; readonly watch: StallWatch; readonly count: BodyCount | undefined },
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  if (!response.body) return;
  const reader = createBodyReader(response.body);
  let buffer = new ArrayBuffer(READ_BYTES);
  let filled = 0;
  try {
    for (;;) {
      const from = filled;
      const read = await pace.waiting(watch.during(reader.read(buffer, from), STALL_MS)).catch((error: unknown) => {
        count?.end(error);
        const known = isAbort(error) || error instanceof PulltabError;
        throw known ? error : lost(source, 'the connection was cut before every byte had arrived', error);
      });
      ({ buffer, filled } = read);
      if (filled > from) {
        count?.add(filled - from);
        yield new Uint8Array(buffer, from, filled - from);
      }
      if (read.done) return;
      // Never used again: without anything to collect the collector would not come, and each Blob that was stored waits
      // for it in the browser's memory.
      if (filled === buffer.byteLength) {
        buffer = new ArrayBuffer(READ_BYTES);
        filled = 0;
      }
    }
  } finally {
    // Leaving early has to stop the network; after the end this does nothing.
    await reader.cancel().catch(() => undefined);
  }
}

interface StallWatch {
  /** For the request: aborted with the job, by a pause, and by a wait that takes too long. */
  readonly signal: AbortSignal;
  /**
   * Passes a wait for the network on.
   * @throws PulltabError `connection-lost` when it takes longer than that.
   */
  during<T>(network: Promise<T>, limitMs: number): Promise<T>;
  end(): void;
}

function createStallWatch(source: BlobSource, { signal: job, flow }: BlobBodyOptions): StallWatch {
  const controller = new AbortController();
  const follow = (): void => controller.abort(job.reason);
  job.throwIfAborted();
  job.addEventListener('abort', follow, { once: true });
  const unwatchPause = flow.onPause(() => controller.abort());
  let waitingSinceMs = Number.POSITIVE_INFINITY;
  let waitingLimitMs = 0;
  let stalled = false;
  // One timer for all reads: there are thousands of them.
  const timer = setInterval(() => {
    if (performance.now() - waitingSinceMs < waitingLimitMs) return;
    stalled = true;
    controller.abort();
  }, LOOK_MS);
  return {
    signal: controller.signal,
    async during(network, limitMs) {
      waitingSinceMs = performance.now();
      waitingLimitMs = limitMs;
      try {
        return await network;
      } catch (error) {
        throw stalled ? lost(source, `nothing arrived for ${limitMs / 1000} s`, error) : error;
      } finally {
        waitingSinceMs = Number.POSITIVE_INFINITY;
      }
    },
    end() {
      clearInterval(timer);
      unwatchPause();
      job.removeEventListener('abort', follow);
    },
  };
}

function lost({ digest, repository }: BlobSource, seen: string, cause?: unknown): PulltabError {
  return new PulltabError('connection-lost', { attempted: `fetch ${digest} of ${repository}`, seen, cause });
}

function endedEarly(source: BlobSource & { readonly size: number }, position: number): PulltabError {
  const { digest, repository, size } = source;
  const seen = `the registry sends only ${position} of its ${size} bytes`;
  return new PulltabError('size-mismatch', { attempted: `fetch ${digest} of ${repository}`, seen });
}

function whyOf(error: unknown): string {
  return error instanceof PulltabError ? error.seen : String(error);
}

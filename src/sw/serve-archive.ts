/**
 * Drains archives: a job's plan becomes the body of one response, blobs coming from the cache or, while they are still
 * being fetched, handed over by the worker that fetches them. A drain dies with the service worker, as its stream
 * does, so nothing here is a truth that has to survive.
 */
import { createBareStream } from '../core/archive/bare-stream.ts';
import type { ArchivePlan, FetchedEntry } from '../core/archive/plan.ts';
import { createTarStream } from '../core/archive/tar-stream.ts';
import type { Digest } from '../core/digest.ts';
import { fromWire, isAbort, PulltabError, toWire } from '../core/errors.ts';
import { jobLockName } from '../protocol/locks.ts';
import {
  decodeMessage,
  type FromArchive,
  FromHandOver,
  ToArchive,
  type ToHandOver,
  type ToServiceWorker,
} from '../protocol/messages.ts';
import { findCompleteBlobs, readChunks } from '../store/blobs.ts';
import { type ArchiveSum, createArchiveSum, NO_SUM } from './archive-sum.ts';
import { contentOf } from './unpack.ts';

/** How often the page hears of progress; more often nobody sees it. */
const PROGRESS_MS = 100;

interface Drain {
  readonly plan: ArchivePlan;
  readonly port: MessagePort;
  /** Ports of blobs that are being fetched, by digest; made by whoever comes first, reader or port. */
  readonly sources: Map<Digest, PromiseWithResolvers<MessagePort>>;
  readonly stop: AbortController;
  readonly sum: ArchiveSum;
  /** One response a job: a second one would fight the first for the blobs' ports. */
  served: boolean;
}

interface PromiseWithResolvers<T> {
  readonly promise: Promise<T>;
  resolve(value: T): void;
}

/** Jobs from `begin` until their stream has settled. */
const drains = new Map<string, Drain>();

/** Whether this worker has the job; a restarted one has none. */
export function isDraining(jobId: string): boolean {
  return drains.has(jobId);
}

/** Takes a job in; its archive may be asked for from now on. */
export function beginArchive(
  jobId: string,
  { plan, port, sum: sumPort }: Extract<ToServiceWorker, { type: 'begin' }>,
): void {
  const sum = sumPort === undefined ? NO_SUM : createArchiveSum(sumPort);
  const drain: Drain = { plan, port, sources: new Map(), stop: new AbortController(), sum, served: false };
  drain.stop.signal.addEventListener('abort', sum.close, { once: true });
  drains.set(jobId, drain);
  port.onmessage = (event) => {
    const message = decodeMessage(ToArchive, event.data);
    if (message.type === 'source') sourceOf(drain, message.digest).resolve(message.port);
    else if (message.type === 'no-sum') sum.close();
    else {
      drain.stop.abort();
      drains.delete(jobId);
    }
  };
  post(drain, { type: 'ready' });
  void stopWithPage(jobId, drain);
}

/** A page that was closed fills nothing any more: its file must not look as if it were still on its way. */
async function stopWithPage(jobId: string, drain: Drain): Promise<void> {
  const { stop } = drain;
  try {
    await navigator.locks.request(jobLockName(jobId), { signal: stop.signal }, () => undefined);
  } catch (error) {
    if (!isAbort(error)) throw error;
    return;
  }
  stop.abort();
  drains.delete(jobId);
}

/** The archive as a download, or 404 for a job that this worker does not have. Never throws. */
export function serveArchive(jobId: string): Response {
  const drain = drains.get(jobId);
  if (!drain || drain.served) {
    return new Response('This download is over. Start it again on its page.', { status: 404 });
  }
  drain.served = true;
  const { plan } = drain;
  post(drain, { type: 'started' });
  let reportedAtMs = 0;
  const createStream = plan.bare === true ? createBareStream : createTarStream;
  const body = createStream(plan, (entry) => contentOf(entry, openBlob(drain, entry), drain.stop.signal), {
    onDelivered(bytes) {
      const nowMs = performance.now();
      if (nowMs - reportedAtMs < PROGRESS_MS) return;
      reportedAtMs = nowMs;
      post(drain, { type: 'delivered', bytes });
    },
    onConsumed: drain.sum.add,
    onSettled(end) {
      drains.delete(jobId);
      if (end.type === 'complete') drain.sum.end();
      drain.stop.abort();
      if (end.type === 'complete') post(drain, { type: 'complete', bytes: end.bytes });
      else if (end.type === 'cancelled') post(drain, { type: 'interrupted' });
      else post(drain, { type: 'failed', error: toWire(end.error) });
    },
  });
  return new Response(body, {
    headers: {
      'Content-Type': plan.bare === true ? 'application/octet-stream' : 'application/x-tar',
      'Content-Length': String(plan.archiveBytes),
      'Content-Disposition': attachment(plan.fileName),
      'X-Content-Type-Options': 'nosniff',
      'Cache-Control': 'no-store',
    },
  });
}

/** An artifact's file may have any name. https://www.rfc-editor.org/rfc/rfc6266#section-4.3 */
function attachment(fileName: string): string {
  const encoded = encodeURIComponent(fileName).replace(/['()*]/g, (mark) => `%${mark.charCodeAt(0).toString(16)}`);
  return `attachment; filename="${fileName.replace(/[^\x20-\x7e]|["\\]/g, '_')}"; filename*=UTF-8''${encoded}`;
}

function post(drain: Drain, message: FromArchive): void {
  drain.port.postMessage(message);
}

function sourceOf(drain: Drain, digest: Digest): PromiseWithResolvers<MessagePort> {
  let source = drain.sources.get(digest);
  if (!source) {
    let resolve: (port: MessagePort) => void = () => undefined;
    const promise = new Promise<MessagePort>((settle) => {
      resolve = settle;
    });
    source = { promise, resolve };
    drain.sources.set(digest, source);
  }
  return source;
}

/** A blob's bytes, from wherever they are; a stopped job ends between two chunks. */
async function* openBlob(drain: Drain, entry: FetchedEntry): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  for await (const bytes of blobBytes(drain, entry)) {
    drain.stop.signal.throwIfAborted();
    yield bytes;
  }
}

async function* blobBytes(drain: Drain, entry: FetchedEntry): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const { signal } = drain.stop;
  if (!drain.sources.has(entry.digest) && (await isCached(entry.digest))) {
    yield* readChunks(entry.digest, { fromBytes: 0, toBytes: entry.size });
    return;
  }
  const port = await orAborted(sourceOf(drain, entry.digest).promise, signal);
  const messages = queueOf(port);
  const say = (message: ToHandOver) => port.postMessage(message);
  let position = 0;
  try {
    say({ type: 'want', fromBytes: position });
    for (;;) {
      const message = await orAborted(messages(), signal);
      if (message.type === 'failed') throw fromWire(message.error);
      if (message.type === 'complete') return;
      if (message.type === 'chunk') {
        if (message.fromBytes !== position) throw outOfOrder(entry, position, message.fromBytes);
        yield new Uint8Array(message.bytes);
        position = message.fromBytes + message.bytes.byteLength;
        say({ type: 'taken' });
      } else {
        yield* readChunks(entry.digest, { fromBytes: position, toBytes: message.toBytes });
        position = message.toBytes;
        say({ type: 'want', fromBytes: position });
      }
    }
  } finally {
    port.close();
  }
}

function outOfOrder({ digest }: FetchedEntry, expected: number, given: number): PulltabError {
  const seen = `byte ${given} came where byte ${expected} was due`;
  return new PulltabError('internal', { attempted: `pass ${digest} on to the file`, seen });
}

/** A browser that refuses to store anything has cached nothing: the blob then comes from its worker alone. */
async function isCached(digest: Digest): Promise<boolean> {
  return findCompleteBlobs([digest]).then(
    (complete) => complete.has(digest),
    () => false,
  );
}

/** A port's messages one after the other. */
function queueOf(port: MessagePort): () => Promise<FromHandOver> {
  const arrived: FromHandOver[] = [];
  let wake: (() => void) | undefined;
  port.onmessage = (event) => {
    arrived.push(decodeMessage(FromHandOver, event.data));
    wake?.();
  };
  return async () => {
    for (;;) {
      const message = arrived.shift();
      if (message) return message;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  };
}

/**
 * `work`, or the abort if that comes first. The listener has to go with it: through the race's promise it would keep
 * every chunk in memory that ever came this way.
 */
async function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  let onAbort: (() => void) | undefined;
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    if (onAbort) signal.removeEventListener('abort', onAbort);
  }
}

/**
 * The dedicated workers of one job: each fills one blob at a time, taken in the order that the archive needs them. They
 * also keep time: a hidden page's timers are throttled, a worker's are not.
 */
import type { Digest } from '../core/digest.ts';
import { fromWire, PulltabError } from '../core/errors.ts';
import type { Grant } from '../core/registry/account.ts';
import type { Access, Endpoint } from '../core/registry/client.ts';
import { decodeMessage, FromPullWorker, type ToPullWorker } from '../protocol/messages.ts';
import { activityLog } from './activity-log.ts';
import { enterBandwidth, leaveBandwidth, type Taker } from './bandwidth.ts';

export interface BlobToPull {
  readonly digest: Digest;
  readonly size: number;
  /** Where it is asked for: the blobs of a job may be of several registries. */
  readonly repository: string;
  readonly ways: readonly {
    readonly endpoint: Endpoint;
    readonly access: readonly Access[];
    readonly grant: Grant | undefined;
  }[];
  /** Other places of a foreign layer. */
  readonly urls: readonly string[];
}

export interface PullWorkersOptions {
  /** Whether the layer cache may be used. */
  readonly store: boolean;
  /** How many blobs at once, where one alone does not keep the machine busy. */
  readonly parallel: number;
  /** The other end of a blob's hand-over, for whoever drains the archive. */
  readonly onSource: (digest: Digest, port: MessagePort) => void;
  readonly onFetched: (digest: Digest, bytes: number) => void;
  /** Why it waits, and until when (milliseconds since 1970). */
  readonly onWaiting: (digest: Digest, waiting: { readonly why: string; readonly untilMs: number }) => void;
  readonly onVerified: (digest: Digest) => void;
  readonly onNotice: (text: string) => void;
  readonly onFailed: (error: PulltabError, digest: Digest | undefined) => void;
  /** About every ten seconds. */
  readonly onTick: () => void;
}

export interface PullWorkers {
  /**
   * Stops network and hashing, waits until every lock is released, and ends the workers.
   * @param keep whether what is not whole stays in the cache, to be gone on with
   */
  stop(keep: boolean): Promise<void>;
  /** Closes the connections; nothing that has arrived is lost. */
  pause(): void;
  resume(): void;
}

/** Streams of one origin at once where each takes a connection: browsers allow six, and other tabs want some. */
const CONNECTIONS = 4;

/** A worker that does not answer `stop` by then is ended as it is; that releases its locks as well (ms). */
const STOP_LIMIT_MS = 2000;

/**
 * Starts filling `blobs`, in their order: one worker at first, another each time one waits for the network. At least one
 * runs even for no blobs: it keeps time.
 */
export function startPullWorkers(blobs: readonly BlobToPull[], options: PullWorkersOptions): PullWorkers {
  const waiting = [...blobs];
  const workers: Worker[] = [];
  const takers = new Map<Worker, Taker>();
  let paused = false;
  const say = (worker: Worker, message: ToPullWorker): void => worker.postMessage(message);
  const parallelOf = (multiplexed: boolean): number =>
    multiplexed ? options.parallel : Math.min(options.parallel, CONNECTIONS);
  startWorker();

  function startWorker(): void {
    const keepsTime = workers.length === 0;
    const worker = new Worker(new URL('../workers/pull.ts', import.meta.url), { type: 'module', name: 'pulltab-pull' });
    worker.addEventListener('message', (event) => {
      const message = decodeMessage(FromPullWorker, event.data);
      switch (message.type) {
        case 'tick':
          if (keepsTime) options.onTick();
          return;
        case 'starved':
          if (!paused && waiting.length > 0 && workers.length < parallelOf(message.multiplexed)) startWorker();
          return;
        case 'fetched':
          options.onFetched(message.digest, message.bytes);
          return;
        case 'waiting':
          options.onWaiting(message.digest, message);
          return;
        case 'verified':
          options.onVerified(message.digest);
          giveNext(worker);
          return;
        case 'notice':
          options.onNotice(message.text);
          return;
        case 'request':
          activityLog.add(message.record);
          return;
        case 'failed':
          activityLog.settle(message.error.code, message.digest);
          options.onFailed(fromWire(message.error), message.digest);
      }
    });
    worker.addEventListener('error', (event) => {
      const seen = event.message || 'its worker could not be started';
      options.onFailed(new PulltabError('internal', { attempted: 'fetch the layers', seen }), undefined);
    });
    workers.push(worker);
    takers.set(worker, { limit: (bytesPerSecond) => say(worker, { type: 'limit', bytesPerSecond }) });
    giveNext(worker);
  }

  function giveNext(worker: Worker): void {
    const blob = waiting.shift();
    const taker = takers.get(worker);
    if (taker !== undefined) (blob === undefined ? leaveBandwidth : enterBandwidth)(taker);
    if (blob === undefined) return;
    const { port1, port2 } = new MessageChannel();
    const { digest, size, repository, ways, urls } = blob;
    const message: ToPullWorker = {
      type: 'pull',
      ...{ digest, size, repository },
      ways: ways.map(({ endpoint, access, grant }) => ({ endpoint, access: [...access], ...(grant && { grant }) })),
      urls: [...urls],
      store: options.store,
      port: port1,
    };
    worker.postMessage(message, [port1]);
    options.onSource(digest, port2);
  }

  return {
    pause() {
      paused = true;
      for (const worker of workers) say(worker, { type: 'pause' });
    },
    resume() {
      paused = false;
      for (const worker of workers) say(worker, { type: 'resume' });
    },
    async stop(keep) {
      waiting.length = 0;
      for (const taker of takers.values()) leaveBandwidth(taker);
      await Promise.all(workers.map((worker) => stopWorker(worker, keep)));
    },
  };
}

async function stopWorker(worker: Worker, keep: boolean): Promise<void> {
  await new Promise<void>((resolve) => {
    const limit = setTimeout(resolve, STOP_LIMIT_MS);
    worker.addEventListener('message', (event) => {
      if (decodeMessage(FromPullWorker, event.data).type !== 'stopped') return;
      clearTimeout(limit);
      resolve();
    });
    const message: ToPullWorker = { type: 'stop', keep };
    worker.postMessage(message);
  });
  worker.terminate();
}

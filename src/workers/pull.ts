/** The pull worker: fills one blob after the other as the page asks. Wiring only; see pull-blob.ts. */
import { isAbort, toWire } from '../core/errors.ts';
import { decodeMessage, type FromPullWorker, ToPullWorker } from '../protocol/messages.ts';
import { createFlow } from './flow.ts';
import { createPace } from './pace.ts';
import { pullBlob } from './pull-blob.ts';
import { verifyStored } from './verify-stored.ts';

declare const self: DedicatedWorkerGlobalScope;

/** Well under the 30 s after which Firefox stops a service worker that hears nothing. */
const TICK_MS = 10_000;
/** Progress is for people: more often than this nobody sees it. */
const PROGRESS_MS = 100;

const stop = new AbortController();
let keep = false;
const running = new Set<Promise<void>>();

const post = (message: FromPullWorker) => self.postMessage(message);

const pace = createPace(() => post({ type: 'starved', multiplexed: isMultiplexed() }));
const flow = createFlow();

setInterval(() => post({ type: 'tick' }), TICK_MS);

self.onmessage = (event) => {
  const message = decodeMessage(ToPullWorker, event.data);
  if (message.type === 'pause') return flow.pause();
  if (message.type === 'resume') return flow.resume();
  if (message.type === 'limit') return flow.limit(message.bytesPerSecond);
  if (message.type === 'stop') {
    keep = message.keep;
    stop.abort();
    void Promise.allSettled(running).then(() => post({ type: 'stopped' }));
    return;
  }
  const work = message.type === 'verify' ? verify(message) : pull(message);
  running.add(work);
  void work.finally(() => running.delete(work));
};

async function pull(request: Extract<ToPullWorker, { type: 'pull' }>): Promise<void> {
  const { digest, size } = request;
  let reportedAtMs = 0;
  try {
    await pullBlob(request, {
      signal: stop.signal,
      keeps: () => keep,
      pace,
      flow,
      onFetched(bytes) {
        const nowMs = performance.now();
        if (bytes < size && nowMs - reportedAtMs < PROGRESS_MS) return;
        reportedAtMs = nowMs;
        post({ type: 'fetched', digest, bytes });
      },
      onWaiting: ({ why, untilMs }) => post({ type: 'waiting', digest, why, untilMs }),
      onNotice: (text) => post({ type: 'notice', text }),
      onRequest: (record) => post({ type: 'request', record }),
    });
    post({ type: 'verified', digest });
  } catch (error) {
    if (!isAbort(error)) post({ type: 'failed', digest, error: toWire(error) });
  }
}

/** One after the other: the disk is what they wait for. */
let verifying = Promise.resolve();

function verify({ digest, size }: Extract<ToPullWorker, { type: 'verify' }>): Promise<void> {
  verifying = verifying.then(async () => {
    try {
      await verifyStored(digest, size, (bytes) => post({ type: 'fetched', digest, bytes }));
      post({ type: 'verified', digest });
    } catch (error) {
      post({ type: 'failed', digest, error: toWire(error) });
    }
  });
  return verifying;
}

/** Whether the registry takes many requests over one connection, as far as the browser tells. */
function isMultiplexed(): boolean {
  const requests = performance
    .getEntriesByType('resource')
    .filter((entry) => entry instanceof PerformanceResourceTiming);
  return /^h[23]/.test(requests.at(-1)?.nextHopProtocol ?? '');
}

/** The layer cache as its page shows it: what is in it, whose it is, and what can be done about it. */
import { type ReadonlySignal, signal } from '@preact/signals-core';
import type { Digest } from '../core/digest.ts';
import { asPulltabError, fromWire, type PulltabError } from '../core/errors.ts';
import { decodeMessage, FromPullWorker, type ToPullWorker } from '../protocol/messages.ts';
import { type CachedBlob, evictBlobs, listCachedBlobs, removeBlobs } from '../store/cache.ts';

export interface CacheView {
  /** Last used first. */
  readonly blobs: readonly CachedBlob[];
  /** What the browser gives this page and all that it keeps (bytes); undefined where it does not say. */
  readonly quotaBytes: number | undefined;
  /** Whether the browser promised not to clear it by itself; undefined where it does not say. */
  readonly persisted: boolean | undefined;
}

export type Check =
  | { readonly phase: 'checking'; readonly bytes: number }
  | { readonly phase: 'right' }
  | { readonly phase: 'wrong'; readonly error: PulltabError };

export interface Cache {
  readonly view: ReadonlySignal<CacheView | undefined>;
  /** Why it cannot be shown, or was not changed. */
  readonly error: ReadonlySignal<PulltabError | undefined>;
  /** Of blobs that were hashed again since the page was opened. */
  readonly checks: ReadonlySignal<ReadonlyMap<Digest, Check>>;
  /** Those in use just now stay. */
  remove(digests: readonly Digest[]): Promise<void>;
  /** Least recently used go until the rest takes at most so much. */
  trim(limitBytes: number): Promise<void>;
  /** Hashes them again, one after the other; one that is wrong is removed. */
  check(blobs: readonly CachedBlob[]): void;
  /** Stops checking. */
  close(): void;
}

export function openCache(): Cache {
  const view = signal<CacheView | undefined>(undefined);
  const error = signal<PulltabError | undefined>(undefined);
  const checks = signal<ReadonlyMap<Digest, Check>>(new Map());
  let worker: Worker | undefined;

  async function read(): Promise<void> {
    const [blobs, estimate, persisted] = await Promise.all([
      listCachedBlobs(),
      navigator.storage?.estimate?.(),
      navigator.storage?.persisted?.(),
    ]);
    view.value = { blobs, quotaBytes: estimate?.quota, persisted };
  }

  async function change(attempted: string, work: () => Promise<unknown>): Promise<void> {
    try {
      error.value = undefined;
      await work();
      await read();
    } catch (failure) {
      error.value = asPulltabError(failure, attempted);
    }
  }

  function note(digest: Digest, check: Check): void {
    checks.value = new Map(checks.value).set(digest, check);
  }

  function startWorker(): Worker {
    const started = new Worker(new URL('../workers/pull.ts', import.meta.url), {
      type: 'module',
      name: 'pulltab-check',
    });
    started.addEventListener('message', (event) => {
      const message = decodeMessage(FromPullWorker, event.data);
      if (message.type === 'fetched') note(message.digest, { phase: 'checking', bytes: message.bytes });
      else if (message.type === 'verified') note(message.digest, { phase: 'right' });
      else if (message.type === 'failed') {
        note(message.digest, { phase: 'wrong', error: fromWire(message.error) });
        void change('remove a damaged layer', () => removeBlobs([message.digest]));
      }
    });
    return started;
  }

  void change('look into the layer cache', async () => undefined);
  return {
    view,
    error,
    checks,
    remove: (digests) => change('remove layers from the cache', () => removeBlobs(digests)),
    trim: (limitBytes) => change('make room in the layer cache', () => evictBlobs(limitBytes, new Set())),
    check(blobs) {
      worker ??= startWorker();
      for (const { digest, size } of blobs) {
        note(digest, { phase: 'checking', bytes: 0 });
        const message: ToPullWorker = { type: 'verify', digest, size };
        worker.postMessage(message);
      }
    },
    close() {
      worker?.terminate();
      worker = undefined;
    },
  };
}

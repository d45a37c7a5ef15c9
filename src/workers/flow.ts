/** Whether a worker may take bytes from the network just now, and how many: the page pauses it and limits it. */

export interface Flow {
  readonly paused: boolean;
  pause(): void;
  resume(): void;
  /** @param bytesPerSecond undefined for as fast as it goes */
  limit(bytesPerSecond: number | undefined): void;
  /** Calls back when a pause begins, until the function it returns is called. */
  onPause(stop: () => void): () => void;
  /** Resolves when there is no pause. @throws the abort when `signal` says so. */
  resumed(signal: AbortSignal): Promise<void>;
  /** Counts bytes that were taken, and waits until that many were due. @throws the abort when `signal` says so. */
  spend(bytes: number, signal: AbortSignal): Promise<void>;
}

/** What was not taken in time may be made up for, so long (ms); more would come as a burst. */
const CATCH_UP_MS = 1000;

/** @param now milliseconds from any moment on */
export function createFlow(now: () => number = () => performance.now()): Flow {
  let paused = false;
  let msPerByte = 0;
  /** When everything that was taken was due. */
  let dueMs = now();
  const stops = new Set<() => void>();
  const wakers = new Set<() => void>();

  return {
    get paused() {
      return paused;
    },
    pause() {
      paused = true;
      for (const stop of [...stops]) stop();
    },
    resume() {
      paused = false;
      for (const wake of [...wakers]) wake();
    },
    limit(bytesPerSecond) {
      msPerByte = bytesPerSecond === undefined ? 0 : 1000 / bytesPerSecond;
      dueMs = now();
    },
    onPause(stop) {
      stops.add(stop);
      return () => void stops.delete(stop);
    },
    async resumed(signal) {
      while (paused) await wakened(wakers, signal);
    },
    async spend(bytes, signal) {
      if (msPerByte === 0) return;
      dueMs = Math.max(dueMs, now() - CATCH_UP_MS) + bytes * msPerByte;
      const waitMs = dueMs - now();
      if (waitMs > 1) await sleep(waitMs, signal);
    },
  };
}

/** @throws the abort when `signal` says so. */
export function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return abortably(signal, (resolve) => {
    const timer = setTimeout(resolve, ms);
    return () => clearTimeout(timer);
  });
}

function wakened(wakers: Set<() => void>, signal: AbortSignal): Promise<void> {
  return abortably(signal, (resolve) => {
    wakers.add(resolve);
    return () => void wakers.delete(resolve);
  });
}

/** Waits for what `begin` starts; what it returns undoes that, whichever comes first. */
function abortably(signal: AbortSignal, begin: (resolve: () => void) => () => void): Promise<void> {
  signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    const undo = begin(() => {
      end();
      resolve();
    });
    const stop = (): void => {
      end();
      reject(signal.reason);
    };
    const end = (): void => {
      undo();
      signal.removeEventListener('abort', stop);
    };
    signal.addEventListener('abort', stop, { once: true });
  });
}

/** Speed of a download, smoothed so that a person can read it. */

export interface Speed {
  /** Notes that `bytes` in all have gone by now (ms on any steady clock). */
  note(bytes: number, nowMs: number): void;
  /** 0 until something moved for a while. */
  bytesPerSecond(): number;
}

/** Half of what is shown is younger than about this (ms). */
const WINDOW_MS = 2000;
const SHORTEST_MS = 250;

/** @param startMs when the first byte could have moved */
export function createSpeed(startMs: number): Speed {
  let lastBytes = 0;
  let lastMs = startMs;
  let smoothed: number | undefined;
  return {
    note(bytes, nowMs) {
      const spanMs = nowMs - lastMs;
      if (spanMs < SHORTEST_MS) return;
      const rate = ((bytes - lastBytes) / spanMs) * 1000;
      const weight = 1 - 0.5 ** (spanMs / WINDOW_MS);
      smoothed = smoothed === undefined ? rate : smoothed + weight * (rate - smoothed);
      lastBytes = bytes;
      lastMs = nowMs;
    },
    bytesPerSecond: () => smoothed ?? 0,
  };
}

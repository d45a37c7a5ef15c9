/**
 * What holds a worker up: the network, or the machine. Another blob at once helps only against the network; on a machine
 * that hashes and stores as fast as it can, one more makes the whole slower, as it has to be read back when its turn
 * comes, and costs memory.
 */

/** So long, and more than half of its time, a worker has waited before it counts as starved (ms). */
const STARVED_MS = 150;

export interface Pace {
  /** Passes a wait for the network on, and counts it. */
  waiting<T>(network: Promise<T>): Promise<T>;
}

/** @param onStarved called once, when the network has been what this worker waited for */
export function createPace(onStarved: () => void, now: () => number = () => performance.now()): Pace {
  const startedMs = now();
  let waitedMs = 0;
  let told = false;
  return {
    async waiting(network) {
      const fromMs = now();
      try {
        return await network;
      } finally {
        const nowMs = now();
        waitedMs += nowMs - fromMs;
        if (!told && waitedMs >= STARVED_MS && waitedMs > (nowMs - startedMs) / 2) {
          told = true;
          onStarved();
        }
      }
    },
  };
}

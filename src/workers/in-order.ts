/**
 * What a worker tells the page and what it answers go through two ports, and which of them arrives first is not settled: in
 * Firefox, on a busy machine, it is often the answer. Who answers only when all that was told is taken keeps the order.
 */

export interface InOrder<Told extends readonly unknown[]> {
  tell(...told: Told): void;
  /** Resolves when the page has taken everything that it was told. */
  taken(): Promise<void>;
}

/** @param call comlink's side of a function of the page's: it gives a promise, whatever its type says */
export function inOrder<Told extends readonly unknown[]>(call: (...told: Told) => unknown): InOrder<Told> {
  let last: unknown;
  return {
    tell(...told) {
      last = call(...told);
    },
    async taken() {
      // The port itself keeps the order.
      await last;
    },
  };
}

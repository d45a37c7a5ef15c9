/** Calls that are worth making only so often. The first is made at once, the last always. */

export interface Spaced {
  (): void;
  /** Makes the call that waits, if one does. */
  flush(): void;
  cancel(): void;
}

/** @param intervalMs asked for anew before each call */
export function spaced(call: () => void, intervalMs: () => number): Spaced {
  let calledAtMs = Number.NEGATIVE_INFINITY;
  let timer: ReturnType<typeof setTimeout> | undefined;

  function make(): void {
    cancel();
    calledAtMs = performance.now();
    call();
  }

  function cancel(): void {
    clearTimeout(timer);
    timer = undefined;
  }

  const ask = (): void => {
    if (timer !== undefined) return;
    const waitMs = calledAtMs + intervalMs() - performance.now();
    if (waitMs <= 0) make();
    else timer = setTimeout(make, waitMs);
  };
  return Object.assign(ask, {
    flush: () => {
      if (timer !== undefined) make();
    },
    cancel,
  });
}

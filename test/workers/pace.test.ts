import { describe, expect, test } from 'vitest';
import { createPace } from '../../src/workers/pace.ts';

/** A worker whose clock only moves as these steps say: waits for the network, and work of its own (ms). */
async function starvedAfter(
  steps: readonly { readonly waitMs?: number; readonly workMs?: number }[],
): Promise<number[]> {
  let nowMs = 1000;
  let step = 0;
  const starved: number[] = [];
  const pace = createPace(
    () => starved.push(step),
    () => nowMs,
  );
  for (const { waitMs, workMs } of steps) {
    step += 1;
    if (waitMs !== undefined) {
      let arrived: () => void = () => undefined;
      const network = pace.waiting(new Promise<void>((resolve) => (arrived = resolve)));
      nowMs += waitMs;
      arrived();
      await network;
    }
    nowMs += workMs ?? 0;
  }
  return starved;
}

describe('a worker is starved', () => {
  test('once, when the network took most of its time', async () => {
    expect(await starvedAfter([{ waitMs: 100, workMs: 10 }, { waitMs: 100 }, { waitMs: 1000 }])).toEqual([2]);
  });

  test('not when the machine is what takes its time', async () => {
    const busy = Array.from({ length: 100 }, () => ({ waitMs: 9, workMs: 40 }));
    expect(await starvedAfter(busy)).toEqual([]);
  });

  test('not by a few short waits', async () => {
    expect(await starvedAfter([{ waitMs: 70 }, { waitMs: 70 }])).toEqual([]);
  });
});

test('what the network brings is passed on, and so is its failure', async () => {
  const pace = createPace(() => undefined);
  await expect(pace.waiting(Promise.resolve(7))).resolves.toBe(7);
  await expect(pace.waiting(Promise.reject(new TypeError('cut')))).rejects.toThrow('cut');
});

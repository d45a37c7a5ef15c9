import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { spaced } from '../../src/workers/spaced.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('the first call is made at once, those that follow once each interval, and the last one too', () => {
  const call = vi.fn();
  const ask = spaced(call, () => 100);
  ask();
  expect(call).toHaveBeenCalledTimes(1);
  for (let ms = 0; ms < 1000; ms += 10) {
    ask();
    vi.advanceTimersByTime(10);
  }
  expect(call).toHaveBeenCalledTimes(11);
  ask();
  ask.flush();
  expect(call).toHaveBeenCalledTimes(12);
  ask.flush();
  vi.advanceTimersByTime(1000);
  expect(call).toHaveBeenCalledTimes(12);
});

test('a call that waits can be cancelled', () => {
  const call = vi.fn();
  const ask = spaced(call, () => 100);
  ask();
  ask();
  ask.cancel();
  vi.advanceTimersByTime(1000);
  expect(call).toHaveBeenCalledTimes(1);
});

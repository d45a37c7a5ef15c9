import { expect, test } from 'vitest';
import { createSpeed } from '../../src/page/speed.ts';

test('a steady download shows its speed, a change takes seconds to show in full', () => {
  const speed = createSpeed(0);
  expect(speed.bytesPerSecond()).toBe(0);
  for (let ms = 500; ms <= 10_000; ms += 500) speed.note(ms * 1000, ms);
  expect(speed.bytesPerSecond()).toBeCloseTo(1_000_000, -3);
  speed.note(10_000_000 + 2_000_000, 12_000 - 1000);
  expect(speed.bytesPerSecond()).toBeGreaterThan(1_000_000);
  expect(speed.bytesPerSecond()).toBeLessThan(2_000_000);
});

test('two reports in one moment do not make a speed', () => {
  const speed = createSpeed(0);
  speed.note(1_000_000, 1);
  expect(speed.bytesPerSecond()).toBe(0);
});

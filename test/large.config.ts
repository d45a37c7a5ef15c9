/** `npm run test:large`: what takes minutes and tens of gigabytes, so it is no part of `npm test`. */
import { defineConfig } from 'vitest/config';

const LIMIT_MS = 20 * 60_000;

export default defineConfig({
  test: {
    // Not named `.test.ts`: `npm test` takes every file that is.
    include: ['test/large/*.large.ts'],
    globalSetup: ['test/lab/global-setup.ts'],
    testTimeout: LIMIT_MS,
    hookTimeout: LIMIT_MS,
  },
});

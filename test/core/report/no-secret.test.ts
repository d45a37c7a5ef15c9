/** No secret that is planted in a request or its answer is in anything that is shown, kept or saved of it. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatActivity } from '../../../src/core/report/activity-text.ts';
import { formatCurl } from '../../../src/core/report/curl.ts';
import { formatHar } from '../../../src/core/report/har.ts';
import type { RequestRecord } from '../../../src/core/report/request-record.ts';
import { formsOf, PLANTS, type PlantedRequest, planted, record } from './planted.ts';

/** Everything that leaves the log, by its name; what the store keeps is the record itself. */
function outputs(made: RequestRecord): Record<string, string> {
  return {
    record: JSON.stringify(made),
    har: JSON.stringify(formatHar([made])),
    text: formatActivity([made], 'https://page.example'),
    curl: formatCurl(made, [made]),
  };
}

/** The outputs in which the secret stands, in whatever form. */
function leaks({ secret }: PlantedRequest, made: RequestRecord): string[] {
  return Object.entries(outputs(made))
    .filter(([, text]) => formsOf(secret).some((form) => text.toLowerCase().includes(form.toLowerCase())))
    .map(([name]) => name);
}

describe('a planted secret', () => {
  test('is in no output, wherever it stood', async () => {
    await fc.assert(
      fc.asyncProperty(planted(), async (one) => {
        expect(leaks(one, await record(one))).toEqual([]);
      }),
      { numRuns: 2000 },
    );
  });

  // Each place by itself and under names that are kept, so that none is left to chance.
  test.each(Object.keys(PLANTS))('in %s is left out', async (place) => {
    await fc.assert(
      fc.asyncProperty(planted([place]), async (one) => {
        expect(leaks(one, await record(one))).toEqual([]);
      }),
      { numRuns: 100 },
    );
  });

  test.each(Object.keys(PLANTS))('in %s is found by this test when nothing is left out', async (place) => {
    const found = fc.sample(planted([place]), 50).map((one) => {
      const whole = JSON.stringify({ ...one, secret: '' });
      return formsOf(one.secret).some((form) => whole.toLowerCase().includes(form.toLowerCase()));
    });
    // A request without an answer has no place for what stands in answers.
    expect(found.filter((isFound) => isFound).length).toBeGreaterThan(25);
  });
});

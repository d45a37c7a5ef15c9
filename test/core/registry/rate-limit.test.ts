import { describe, expect, test } from 'vitest';
import { createRegistryClient } from '../../../src/core/registry/client.ts';
import { parseRateLimit } from '../../../src/core/registry/rate-limit.ts';
import { fakeFetch } from './fake-fetch.ts';

const parse = (remaining: string, limit: string | null = null, source: string | null = null) =>
  parseRateLimit({ remaining, limit, source });

describe('the limit on pulls', () => {
  test('as Docker Hub sends it to someone without an account', () => {
    // Values as https://docs.docker.com/docker-hub/usage/pulls/ shows them.
    expect(parse('97;w=21600', '100;w=21600', '203.0.113.7')).toEqual({
      remaining: 97,
      limit: 100,
      windowSeconds: 21_600,
      countedFor: 'address',
    });
  });

  test.each([
    ['203.0.113.7', 'address'],
    ['2001:db8::1', 'address'],
    ['0f4e2a52-3f2c-4a9b-9a6e-2f6d1b0c8c11', 'account'],
    ['someone', undefined],
    [`${'1'.repeat(65)}`, undefined],
    [null, undefined],
  ])('is counted for %s: %s', (source, countedFor) => {
    expect(parse('1', '2', source)?.countedFor).toBe(countedFor);
  });

  test.each([
    ['0', '100', { remaining: 0, limit: 100, windowSeconds: undefined }],
    ['5 ; w=60', null, { remaining: 5, limit: undefined, windowSeconds: 60 }],
    ['5;q=1;W=60', '10', { remaining: 5, limit: 10, windowSeconds: 60 }],
    ['5;w=-1', 'many', { remaining: 5, limit: undefined, windowSeconds: undefined }],
  ])('%s of %s', (remaining, limit, expected) => {
    expect(parse(remaining, limit)).toMatchObject(expected);
  });

  test.each(['', 'x', '-1', '1e9', '9999999999', ';w=60', '1,5'])('says nothing as “%s”', (remaining) => {
    expect(parse(remaining, '100;w=21600')).toBeUndefined();
  });

  test('comes with a manifest where the headers can be read', async () => {
    const read = async (headers: Record<string, string>) => {
      const { fetch } = fakeFetch(() => new Response('{}', { headers }));
      const endpoint = { registry: 'registry.example', base: 'https://registry.example', via: 'direct' } as const;
      return (await createRegistryClient({ endpoint, fetch }).manifest('a/b', '1')).rateLimit;
    };
    expect(await read({ 'RateLimit-Remaining': '97;w=21600', 'RateLimit-Limit': '100;w=21600' })).toEqual({
      remaining: '97;w=21600',
      limit: '100;w=21600',
      source: null,
    });
    expect(await read({ 'RateLimit-Limit': '100;w=21600' })).toBeUndefined();
  });
});

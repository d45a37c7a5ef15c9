import { signal } from '@preact/signals-core';
import { describe, expect, test } from 'vitest';
import { PulltabError } from '../../src/core/errors.ts';
import type { RequestRecord } from '../../src/core/report/request-record.ts';
import { createActivityLog, type FailureStore } from '../../src/page/activity-log.ts';
import { digestOf } from '../core/documents.ts';

let clock = 0;

function request(changes: Partial<RequestRecord> = {}): RequestRecord {
  clock += 1;
  return {
    ...{ startedAtMs: clock, method: 'GET', address: 'https://registry.example/v2/a/b/manifests/1', via: 'direct' },
    ...{ accept: undefined, range: undefined, authorization: undefined, status: 200, bytes: 1, waitMs: 1, tookMs: 1 },
    ...{
      headers: [],
      redirectedTo: undefined,
      failure: undefined,
      registryCode: undefined,
      cancelled: false,
      ...changes,
    },
  };
}

const failed = (): RequestRecord => request({ status: 404, failure: 'not-found' });
const challenge = (): RequestRecord => request({ status: 401 });

/** A log over a store in memory that holds `before`. */
function start(before: readonly RequestRecord[] = [], faults: Partial<FailureStore> = {}) {
  let kept = [...before];
  const mark = signal(false);
  const store: FailureStore = {
    list: async () => [...kept],
    keep: async (record) => void kept.push(record),
    clear: async () => {
      kept = [];
    },
    ...faults,
  };
  const log = createActivityLog(store, mark);
  const settled = () => new Promise((resolve) => setTimeout(resolve));
  return { log, mark, settled, kept: () => kept };
}

describe('the list', () => {
  test('holds the last 2,000 requests', () => {
    const { log } = start();
    const all = Array.from({ length: 2005 }, () => request());
    for (const one of all) log.add(one);
    expect(log.requests.value).toEqual(all.slice(5));
  });

  test('describes what ended, without the secrets of it', () => {
    const { log } = start();
    const init = { headers: { Authorization: 'Bearer s3cr3t' } };
    const answer = new Response(null, { status: 404 });
    const times = { startedAtMs: 1, waitMs: 2, tookMs: 3 };
    log.ended(
      { input: 'https://registry.example/v2/', init, answer, bytes: 0, told: [], error: undefined, ...times },
      'direct',
    );
    expect(log.requests.value).toMatchObject([{ status: 404, failure: 'not-found', authorization: 'Bearer' }]);
    expect(JSON.stringify(log.requests.value)).not.toContain('s3cr3t');
  });
});

describe('failures', () => {
  test('are kept and marked; what went well is neither', async () => {
    const { log, mark, settled, kept } = start();
    log.add(request());
    log.add(challenge());
    log.add(request({ cancelled: true, status: 0 }));
    await settled();
    expect(mark.value).toBe(false);
    expect(kept()).toEqual([]);
    const one = failed();
    log.add(one);
    await settled();
    expect(mark.value).toBe(true);
    expect(kept()).toEqual([one]);
  });

  test('of before are listed apart from those of this session, which may come first', async () => {
    const before = failed();
    const { log, settled } = start([before]);
    const now = failed();
    log.add(now);
    await settled();
    expect(log.earlier.value).toEqual([before]);
    expect(log.requests.value).toEqual([now]);
  });

  test('are all forgotten when asked to, also one that is just being kept', async () => {
    const { log, mark, settled, kept } = start([failed()]);
    log.add(failed());
    await log.clear();
    await settled();
    expect([log.requests.value, log.earlier.value, kept(), mark.value]).toEqual([[], [], [], false]);
  });

  test('are listed where nothing can be kept, which is said', async () => {
    const refusal = new PulltabError('storage-refused', { attempted: 'open the browser’s storage', seen: 'no' });
    const { log, settled } = start([], { keep: () => Promise.reject(refusal) });
    log.add(failed());
    await settled();
    expect(log.requests.value).toHaveLength(1);
    expect(log.storageError.value).toBe(refusal);
  });
});

describe('a registry that asks for credentials', () => {
  test('has refused the request when the page gives up for want of them', async () => {
    const { log, mark, settled, kept } = start();
    const asked = challenge();
    log.add(request());
    log.add(asked);
    log.settle('auth-required');
    await settled();
    expect(log.requests.value[1]).toEqual({ ...asked, failure: 'auth-required' });
    expect(kept()).toEqual([{ ...asked, failure: 'auth-required' }]);
    expect(mark.value).toBe(true);
  });

  test('has not refused what another failure ended', () => {
    const { log, mark } = start();
    log.add(challenge());
    log.settle('network-or-cors');
    expect(mark.value).toBe(false);
  });

  test.each<[string, Partial<RequestRecord>]>([
    [
      'its token service refused',
      { address: 'https://auth.example/token?scope=a', status: 403, failure: 'auth-denied' },
    ],
    ['the token was refused', { authorization: 'Bearer', status: 403, failure: 'auth-denied' }],
  ])('has not refused by itself when %s', (_, later) => {
    const { log } = start();
    const asked = challenge();
    log.add(asked);
    log.add(request(later));
    log.settle('auth-denied');
    expect(log.requests.value[0]).toBe(asked);
  });
});

describe('an answer that looked well', () => {
  const blob = (text: string): RequestRecord =>
    request({ address: `https://registry.example/v2/a/b/blobs/${digestOf(text)}` });

  test('is a failure when its bytes are wrong: the last one, or that of the blob', async () => {
    const { log, settled, kept } = start();
    const [a, b, manifest] = [blob('a'), blob('b'), request()];
    for (const one of [a, b, manifest]) log.add(one);
    log.settle('digest-mismatch', digestOf('a'));
    log.settle('manifest-too-large');
    await settled();
    const failures = [
      { ...a, failure: 'digest-mismatch' },
      { ...manifest, failure: 'manifest-too-large' },
    ];
    expect(log.requests.value).toEqual([failures[0], b, failures[1]]);
    expect(kept()).toEqual(failures);
  });

  test('is not blamed twice, nor for a blob that was never asked for', async () => {
    const { log, settled, kept } = start();
    log.add(blob('a'));
    log.settle('size-mismatch', digestOf('b'));
    log.settle('size-mismatch', digestOf('a'));
    log.settle('size-mismatch', digestOf('a'));
    await settled();
    expect(kept()).toHaveLength(1);
  });
});

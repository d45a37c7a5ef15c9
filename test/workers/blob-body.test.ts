/**
 * A blob's bytes through drops and refusals. The registry here is a fake: real ones do not fail to order, and waiting is
 * counted instead of done. The same faults in a real browser: test/e2e/faults.test.ts.
 */
import { afterEach, describe, expect, test, vi } from 'vitest';
import { parseDigest } from '../../src/core/digest.ts';
import { PulltabError } from '../../src/core/errors.ts';
import { readBlobBody, type Waiting } from '../../src/workers/blob-body.ts';
import { createFlow } from '../../src/workers/flow.ts';
import { createPace } from '../../src/workers/pace.ts';
import { type Asked, fakeFetch } from '../core/registry/fake-fetch.ts';

const SIZE = 1000;
const BYTES = Uint8Array.from({ length: SIZE }, (_, index) => index % 251);
const DIGEST = parseDigest(`sha256:${'a'.repeat(64)}`);
const BASE = 'https://registry.example';

afterEach(() => vi.unstubAllGlobals());

interface Answering {
  /** The answer to each request in turn; the last one to all that follow. */
  readonly answers: readonly ((asked: Asked) => Response)[];
  readonly fromBytes?: number;
  readonly signal?: AbortSignal;
}

let repositories = 0;

/** A repository of its own each time: a worker remembers which ones answered. */
async function read({ answers, fromBytes = 0, signal = new AbortController().signal }: Answering) {
  let turn = 0;
  const { fetch, asked } = fakeFetch((request) => {
    const answer = answers[Math.min(turn, answers.length - 1)];
    turn += 1;
    if (!answer) throw new TypeError('Failed to fetch');
    return answer(request);
  });
  vi.stubGlobal('fetch', fetch);
  const waits: Waiting[] = [];
  const notices: string[] = [];
  const got: number[] = [];
  const source = {
    digest: DIGEST,
    size: SIZE,
    repository: `app/r${repositories++}`,
    ways: [{ endpoint: { registry: 'registry.example', base: BASE, via: 'direct' as const }, access: [] }],
    urls: [],
  };
  const options = {
    signal,
    fromBytes,
    pace: createPace(() => undefined),
    flow: createFlow(),
    onNotice: (text: string) => notices.push(text),
    onRequest: () => undefined,
    onWaiting: (waiting: Waiting) => waits.push(waiting),
    sleep: async () => signal.throwIfAborted(),
  };
  let error: unknown;
  try {
    for await (const bytes of readBlobBody(source, options)) got.push(...bytes);
  } catch (thrown) {
    error = thrown;
  }
  return { got, error, waits: waits.map(({ why }) => why), notices, ranges: asked.map(({ headers }) => headers.range) };
}

const whole = (): Response => new Response(BYTES);
const beginOf = ({ headers }: Asked): number => Number(/\d+/.exec(headers.range ?? '0')?.[0]);

/** As a good registry answers a Range. */
function part(asked: Asked, { headers = {}, from = beginOf(asked) } = {}): Response {
  return new Response(BYTES.subarray(from), {
    status: 206,
    headers: { 'Content-Range': `bytes ${from}-${SIZE - 1}/${SIZE}`, ...headers },
  });
}

/** So many bytes, then the connection is gone. */
function cutAfter(bytes: number): (asked: Asked) => Response {
  return (asked) => {
    const from = beginOf(asked);
    let sent = false;
    const body = new ReadableStream({
      pull(sink) {
        if (sent) sink.error(new TypeError('network error'));
        else sink.enqueue(BYTES.slice(from, from + bytes));
        sent = true;
      },
    });
    const headers = { 'Content-Range': `bytes ${from}-${SIZE - 1}/${SIZE}` };
    return new Response(body, asked.headers.range === undefined ? {} : { status: 206, headers });
  };
}

const refuse =
  (status: number, headers: HeadersInit = {}) =>
  () =>
    new Response('', { status, headers });

describe('arrives whole', () => {
  test.each([
    ['at once', [whole], [undefined]],
    ['after a drop, from the missing byte on', [cutAfter(300), part], [undefined, 'bytes=300-']],
    [
      'after many drops that each gave something',
      [cutAfter(120)],
      [undefined, ...[1, 2, 3, 4, 5, 6, 7, 8].map((n) => `bytes=${n * 120}-`)],
    ],
    [
      'after an early end that looks like the end',
      [() => new Response(BYTES.slice(0, 400)), part],
      [undefined, 'bytes=400-'],
    ],
    ['from a registry that answers a Range with the whole', [cutAfter(300), whole], [undefined, 'bytes=300-']],
    [
      'from one whose part begins elsewhere, without Range',
      [cutAfter(300), (asked: Asked) => part(asked, { from: 200 }), whole],
      [undefined, 'bytes=300-', undefined],
    ],
    ['from one that refuses the Range', [cutAfter(300), refuse(416), whole], [undefined, 'bytes=300-', undefined]],
    [
      'where CORS hides Content-Range and the length fits',
      [
        cutAfter(300),
        (asked: Asked) =>
          new Response(BYTES.subarray(beginOf(asked)), { status: 206, headers: { 'Content-Length': '700' } }),
      ],
      [undefined, 'bytes=300-'],
    ],
    [
      'where CORS hides Content-Range and the length does not fit',
      [cutAfter(300), () => new Response(BYTES, { status: 206, headers: { 'Content-Length': '1000' } }), whole],
      [undefined, 'bytes=300-', undefined],
    ],
    [
      'where nothing says where a part begins',
      [cutAfter(300), (asked: Asked) => new Response(BYTES.subarray(beginOf(asked)), { status: 206 })],
      [undefined, 'bytes=300-'],
    ],
    [
      'after 503 three times',
      [refuse(503), refuse(503), refuse(503), whole],
      [undefined, undefined, undefined, undefined],
    ],
    [
      'after 429, 408, 500 and 502',
      [refuse(429), refuse(408), refuse(500), refuse(502), whole],
      Array(5).fill(undefined),
    ],
  ] as const)('%s', async (_, answers, ranges) => {
    const result = await read({ answers });
    expect(result.error).toBeUndefined();
    expect(result.got).toEqual([...BYTES]);
    expect(result.ranges).toEqual(ranges);
    expect(result.waits).toHaveLength(result.ranges.length - 1);
  });

  test('from the byte that an earlier job came to', async () => {
    const result = await read({ answers: [part], fromBytes: 640 });
    expect(result.got).toEqual([...BYTES.subarray(640)]);
    expect(result.ranges).toEqual(['bytes=640-']);
    expect(result.notices).toEqual([]);
  });

  test('and says so where bytes are fetched again', async () => {
    const result = await read({ answers: [whole], fromBytes: 640 });
    expect(result.got).toEqual([...BYTES.subarray(640)]);
    expect(result.notices).toEqual([expect.stringContaining('fetched again')]);
  });
});

describe('fails', () => {
  test.each([
    ['at once where it is not there', [refuse(404)], 1, 'not-found'],
    ['at once where it is forbidden', [refuse(403)], 1, 'auth-denied'],
    ['at once where the registry answers 501', [refuse(501)], 1, 'registry-failed'],
    ['at once where it would have to wait too long', [refuse(429, { 'Retry-After': '3600' })], 1, 'rate-limited'],
    ['after five tries of the same byte', [refuse(503)], 5, 'registry-failed'],
    ['after five drops at the same byte', [cutAfter(300), cutAfter(0)], 5, 'connection-lost'],
    [
      'after five answers that end too early',
      [
        () => new Response(BYTES.slice(0, 400)),
        (asked: Asked) =>
          new Response(null, { status: 206, headers: { 'Content-Range': `bytes ${beginOf(asked)}-999/1000` } }),
      ],
      5,
      'size-mismatch',
    ],
    ['after two tries of a registry that never answered', [], 2, 'network-or-cors'],
    [
      'where the whole has another length',
      [
        cutAfter(300),
        (asked: Asked) =>
          new Response(BYTES, { status: 206, headers: { 'Content-Range': `bytes ${beginOf(asked)}-1999/2000` } }),
        refuse(404),
      ],
      3,
      'not-found',
    ],
  ] as const)('%s', async (_, answers, requests, code) => {
    const result = await read({ answers });
    expect(result.error).toMatchObject({ code });
    expect(result.error).toBeInstanceOf(PulltabError);
    expect(result.ranges).toHaveLength(requests);
  });

  test('as an abort while it waits', async () => {
    const controller = new AbortController();
    const answers = [
      () => {
        controller.abort();
        return new Response('', { status: 503 });
      },
    ];
    const result = await read({ answers, signal: controller.signal });
    expect(result.error).toMatchObject({ name: 'AbortError' });
  });
});

test('a registry that says how long to wait is waited for that long', async () => {
  const fixed = 1_700_000_000_000;
  vi.spyOn(Date, 'now').mockReturnValue(fixed);
  const date = new Date(fixed + 90_000).toUTCString();
  const untils: number[] = [];
  for (const value of ['7', date]) {
    let turn = 0;
    vi.stubGlobal('fetch', fakeFetch(() => (turn++ === 0 ? refuse(429, { 'Retry-After': value })() : whole())).fetch);
    const source = {
      digest: DIGEST,
      size: SIZE,
      repository: 'a/b',
      ways: [{ endpoint: { registry: 'registry.example', base: BASE, via: 'direct' as const }, access: [] }],
      urls: [],
    };
    const options = {
      signal: new AbortController().signal,
      fromBytes: 0,
      pace: createPace(() => undefined),
      flow: createFlow(),
      onNotice: () => undefined,
      onRequest: () => undefined,
      onWaiting: ({ untilMs }: Waiting) => untils.push(untilMs - fixed),
      sleep: async () => undefined,
    };
    for await (const _ of readBlobBody(source, options));
  }
  expect(untils).toEqual([7000, 90_000]);
  vi.restoreAllMocks();
});

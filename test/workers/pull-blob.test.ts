/** A blob that only passes through, from a `fetch` to the reader of its hand-over. With a cache: in the end-to-end tests. */
import { createHash } from 'node:crypto';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { parseDigest } from '../../src/core/digest.ts';
import type { Endpoint } from '../../src/core/registry/client.ts';
import { decodeMessage, FromHandOver, type ToHandOver } from '../../src/protocol/messages.ts';
import { createFlow } from '../../src/workers/flow.ts';
import { createPace } from '../../src/workers/pace.ts';
import { pullBlob } from '../../src/workers/pull-blob.ts';
import { fakeFetch, streamed } from '../core/registry/fake-fetch.ts';

const CHUNK = 8 * 1024 * 1024;
const DIRECT: Endpoint = { registry: 'registry.example', base: 'https://registry.example', via: 'direct' };

afterEach(() => vi.unstubAllGlobals());

const digestOf = (bytes: Uint8Array) => parseDigest(`sha256:${createHash('sha256').update(bytes).digest('hex')}`);
function blobOf(size: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(size);
  // Every 1000 bytes another value, so that a chunk in the wrong place shows.
  for (let at = 0; at < size; at += 1000) bytes.fill((at / 1000) % 251, at, at + 1000);
  return bytes;
}

interface Pull {
  readonly expected: Uint8Array<ArrayBuffer>;
  /** Of every answer; the registry here knows no Range. */
  readonly body: Uint8Array<ArrayBuffer> | (() => ReadableStream);
  readonly signal?: AbortSignal;
  /** How many chunks the reader takes; all, when not given. */
  readonly takes?: number;
  /** The time never passes, when not given. */
  readonly now?: () => number;
}

/** Runs one pull with a reader that behaves like the service worker's. */
async function pull({
  expected,
  body,
  signal = new AbortController().signal,
  takes = Number.POSITIVE_INFINITY,
  now = () => 0,
}: Pull) {
  vi.stubGlobal('fetch', fakeFetch(() => new Response(typeof body === 'function' ? body() : body)).fetch);
  const { port1, port2 } = new MessageChannel();
  const lengths: number[] = [];
  const hash = createHash('sha256');
  let end: FromHandOver | undefined;
  const say = (message: ToHandOver) => port2.postMessage(message);
  const ended = new Promise<void>((resolve) => {
    port2.onmessage = ({ data }) => {
      const message = decodeMessage(FromHandOver, data);
      if (message.type !== 'chunk') {
        end = message;
        resolve();
        return;
      }
      lengths.push(message.bytes.byteLength);
      hash.update(new Uint8Array(message.bytes));
      if (lengths.length <= takes) say({ type: 'taken' });
    };
  });
  say({ type: 'want', fromBytes: 0 });
  const fetched: number[] = [];
  const size = expected.length;
  const request = {
    digest: digestOf(expected),
    size,
    repository: 'a/b',
    ways: [{ endpoint: DIRECT, access: [] }],
    urls: [],
    store: false,
    port: port1,
  };
  const options = {
    signal,
    pace: createPace(() => undefined),
    flow: createFlow(),
    onFetched: (bytes: number) => fetched.push(bytes),
    onNotice: () => undefined,
    onWaiting: () => undefined,
    keeps: () => false,
    now,
    sleep: async () => signal.throwIfAborted(),
    onRequest: () => undefined,
  };
  const error = await pullBlob(request, options).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!signal.aborted) await ended;
  port1.close();
  return { error, end, lengths, hex: hash.digest('hex'), fetched };
}

describe('a blob that is as it should be', () => {
  test.each([
    ['empty', 0, []],
    ['of one byte', 1, [1]],
    ['of one chunk', CHUNK, [CHUNK]],
    ['of a chunk and a byte', CHUNK + 1, [CHUNK, 1]],
    ['of several chunks', 3 * CHUNK + 100, [CHUNK, CHUNK, CHUNK, 100]],
  ])('%s arrives whole', async (_, size, lengths) => {
    const bytes = blobOf(size);
    const result = await pull({ expected: bytes, body: bytes });
    expect(result).toMatchObject({ error: undefined, end: { type: 'complete' }, lengths });
    expect(`sha256:${result.hex}`).toBe(digestOf(bytes));
    expect(result.fetched.at(-1) ?? 0).toBe(size);
  });

  test('arrives whole from a body of odd pieces', async () => {
    const piece = blobOf(99_991);
    const whole = Buffer.concat(Array.from({ length: 100 }, () => piece));
    const result = await pull({ expected: new Uint8Array(whole), body: () => streamed(100, piece).body });
    expect(result).toMatchObject({ error: undefined, end: { type: 'complete' } });
    expect(`sha256:${result.hex}`).toBe(digestOf(whole));
  });
});

test('a slow line gives smaller chunks, none of them below a mebibyte but the last', async () => {
  const MIB = 1024 * 1024;
  const piece = blobOf(MIB / 4);
  const whole = Buffer.concat(Array.from({ length: 23 }, () => piece));
  let nowMs = 0;
  // Each look at the clock is 50 ms later: much more than it takes to fill a mebibyte between two looks.
  const now = () => {
    nowMs += 50;
    return nowMs;
  };
  const result = await pull({ expected: new Uint8Array(whole), body: () => streamed(23, piece).body, now });
  expect(result).toMatchObject({ error: undefined, end: { type: 'complete' } });
  expect(`sha256:${result.hex}`).toBe(digestOf(whole));
  expect(result.lengths.length).toBeGreaterThan(2);
  for (const length of result.lengths.slice(0, -1)) {
    expect(length).toBeGreaterThanOrEqual(MIB);
    expect(length).toBeLessThan(CHUNK);
  }
});

describe('a blob that is not', () => {
  const bytes = blobOf(CHUNK + 10);

  test.each([
    ['has another byte', bytes.with(5, 255), 'digest-mismatch'],
    ['is shorter', bytes.subarray(0, CHUNK + 9), 'size-mismatch'],
    ['is empty', new Uint8Array(), 'size-mismatch'],
    ['is longer', blobOf(CHUNK + 11), 'size-mismatch'],
  ])('because it %s fails for the worker and the reader', async (_, body, code) => {
    const { error, end } = await pull({ expected: bytes, body });
    expect(error).toMatchObject({ code });
    expect(end).toMatchObject({ type: 'failed', error: { code } });
  });

  test('because it has no end is left', async () => {
    const { body, taken, cancelled } = streamed(1e6, new Uint8Array(1024 * 1024));
    const { error } = await pull({ expected: bytes, body: () => body });
    expect(error).toMatchObject({ code: 'size-mismatch' });
    expect(cancelled()).toBe(true);
    expect(taken()).toBeLessThan(20);
  });

  test('because every connection is cut says so', async () => {
    const body = () => {
      let pieces = 0;
      return new ReadableStream({
        pull(sink) {
          pieces += 1;
          if (pieces === 3) sink.error(new TypeError('network error'));
          else sink.enqueue(new Uint8Array(1000));
        },
      });
    };
    const { error, end } = await pull({ expected: bytes, body });
    expect(error).toMatchObject({ code: 'connection-lost' });
    expect(end).toMatchObject({ type: 'failed', error: { code: 'connection-lost' } });
  });
});

test('a reader that stops taking stops the network, and an abort ends the waiting', async () => {
  const controller = new AbortController();
  const { body, taken, cancelled } = streamed(20, new Uint8Array(CHUNK));
  const pulling = pull({ expected: new Uint8Array(20 * CHUNK), body: () => body, signal: controller.signal, takes: 2 });
  // Two chunks were taken, three are on their way, and one or two wait.
  while (taken() < 6) await new Promise((resolve) => setTimeout(resolve, 5));
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(taken()).toBeLessThanOrEqual(8);
  controller.abort();
  const { error, end } = await pulling;
  expect(error).toHaveProperty('name', 'AbortError');
  expect(end).toBeUndefined();
  expect(cancelled()).toBe(true);
});

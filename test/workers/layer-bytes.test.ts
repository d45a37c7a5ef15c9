/** A layer's bytes where nothing can be stored (Node has no IndexedDB): from a `fetch` or a file to whoever reads. */
import { createHash } from 'node:crypto';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { parseDigest } from '../../src/core/digest.ts';
import type { InspectedLayer } from '../../src/protocol/inspector.ts';
import { openLayerBytes } from '../../src/workers/layer-bytes.ts';
import { fakeFetch } from '../core/registry/fake-fetch.ts';

const WAYS = [
  { endpoint: { registry: 'registry.example', base: 'https://registry.example', via: 'direct' as const }, access: [] },
];
/** More than one chunk of the cache. */
const BYTES = new Uint8Array(9_000_000);
for (let at = 0; at < BYTES.length; at += 997) BYTES[at] = at % 251;

afterEach(() => vi.unstubAllGlobals());

function layerOf(bytes: Uint8Array, source: InspectedLayer['source']): InspectedLayer {
  const digest = parseDigest(`sha256:${createHash('sha256').update(bytes).digest('hex')}`);
  return { digest, size: bytes.length, mediaType: '', diffId: undefined, annotations: {}, source };
}

const fromRegistry = (bytes: Uint8Array, urls: readonly string[] = []) =>
  layerOf(bytes, { kind: 'registry', repository: 'a/b', ways: WAYS, urls });

async function readAll(layer: InspectedLayer, known = false, signal = new AbortController().signal) {
  const notices: string[] = [];
  const arrived: number[] = [];
  const bytes = await openLayerBytes(layer, known, {
    signal,
    onNotice: (text) => notices.push(text),
    onRequest: () => undefined,
    onBytes: (count) => arrived.push(count),
  });
  const hash = createHash('sha256');
  const read = (async () => {
    for await (const part of bytes.stream) hash.update(part);
  })();
  const [end, whole] = await Promise.allSettled([read, bytes.whole]);
  return { end, whole, notices, arrived, checked: bytes.checked, digest: `sha256:${hash.digest('hex')}` };
}

const failure = (code: string) => ({ status: 'rejected', reason: expect.objectContaining({ code }) });

describe('from a registry', () => {
  test('they arrive whole, and the person hears that nothing is kept', async () => {
    vi.stubGlobal('fetch', fakeFetch(() => new Response(BYTES)).fetch);
    const layer = fromRegistry(BYTES);
    const result = await readAll(layer);
    expect(result).toMatchObject({ end: { status: 'fulfilled' }, whole: { status: 'fulfilled' }, checked: false });
    expect(result.digest).toBe(layer.digest);
    expect(result.arrived.at(-1)).toBe(BYTES.length);
    expect(result.notices).toEqual([expect.stringContaining('refuses to store')]);
  });

  test.each([
    ['other ones', BYTES.with(8_999_999, 9), 'digest-mismatch'],
    ['more', new Uint8Array(BYTES.length + 1), 'size-mismatch'],
  ])('%s than the digest says fail for the reader too', async (_, served, code) => {
    vi.stubGlobal('fetch', fakeFetch(() => new Response(served)).fetch);
    expect(await readAll(fromRegistry(BYTES))).toMatchObject({ end: failure(code), whole: failure(code) });
  });

  test('a reader that leaves does not stop the check of the rest', async () => {
    vi.stubGlobal('fetch', fakeFetch(() => new Response(BYTES.with(8_999_999, 9))).fetch);
    const options = {
      signal: new AbortController().signal,
      onNotice: () => undefined,
      onRequest: () => undefined,
      onBytes: () => undefined,
    };
    const { stream, whole } = await openLayerBytes(fromRegistry(BYTES), false, options);
    await stream.cancel();
    await expect(whole).rejects.toMatchObject({ code: 'digest-mismatch' });
  });

  test('leaving stops the request', async () => {
    const leaving = new AbortController();
    let left = false;
    let pulls = 0;
    const body = new ReadableStream({
      async pull(controller) {
        await new Promise((resolve) => setTimeout(resolve));
        controller.enqueue(new Uint8Array(1000));
        pulls += 1;
        // Later than the answer: there is a body to leave then.
        if (pulls === 10) leaving.abort();
      },
      cancel() {
        left = true;
      },
    });
    vi.stubGlobal('fetch', fakeFetch(() => new Response(body)).fetch);
    expect(await readAll(fromRegistry(BYTES), false, leaving.signal)).toMatchObject({
      whole: { status: 'rejected', reason: { name: 'AbortError' } },
    });
    expect(left).toBe(true);
  });

  test('foreign ones come from where their manifest says', async () => {
    const { fetch, asked } = fakeFetch(({ url }) =>
      url.startsWith('https://elsewhere.example/') ? new Response(BYTES) : new Response('', { status: 404 }),
    );
    vi.stubGlobal('fetch', fetch);
    const result = await readAll(fromRegistry(BYTES, ['https://elsewhere.example/blob']));
    expect(result.whole.status).toBe('fulfilled');
    expect(result.notices).toContainEqual(expect.stringContaining('elsewhere.example'));
    expect(asked.at(-1)?.url).toBe('https://elsewhere.example/blob');
  });
});

describe('from a file on this machine', () => {
  const file = layerOf(BYTES, { kind: 'file', file: new Blob([BYTES]) });

  test('they are read without any request', async () => {
    const { fetch, asked } = fakeFetch(() => new Response(BYTES));
    vi.stubGlobal('fetch', fetch);
    expect(await readAll(file)).toMatchObject({ whole: { status: 'fulfilled' }, digest: file.digest, notices: [] });
    expect(asked).toEqual([]);
  });

  test('other ones than it says are named, the first time', async () => {
    const wrong = layerOf(BYTES, { kind: 'file', file: new Blob([BYTES.with(7, 7)]) });
    expect(await readAll(wrong)).toMatchObject({ end: failure('archive-invalid'), whole: failure('archive-invalid') });
    expect(await readAll(wrong, true)).toMatchObject({ whole: { status: 'fulfilled' }, checked: true });
  });

  test('that does not hold them, they are not asked of anybody else', async () => {
    const { fetch, asked } = fakeFetch(() => new Response(BYTES));
    vi.stubGlobal('fetch', fetch);
    const missing = layerOf(BYTES, { kind: 'file', file: undefined });
    expect(await readAll(missing, true)).toMatchObject({ whole: failure('archive-invalid') });
    expect(asked).toEqual([]);
  });
});

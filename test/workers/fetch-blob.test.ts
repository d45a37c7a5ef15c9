import { afterEach, describe, expect, test, vi } from 'vitest';
import type { Endpoint } from '../../src/core/registry/client.ts';
import { type BlobSource, fetchBlob } from '../../src/workers/fetch-blob.ts';
import { digestOf } from '../core/documents.ts';
import { type Answer, fakeFetch, json, unreachable } from '../core/registry/fake-fetch.ts';

const DIGEST = digestOf('a');
const DIRECT: Endpoint = { registry: 'registry.example', base: 'https://registry.example', via: 'direct' };
const RELAY: Endpoint = { registry: 'registry.example', base: 'https://page.example/r/registry.example', via: 'relay' };
const ACCESS = { scope: 'repository:a/b:pull', authorization: 'Bearer t', expiresAtMs: Number.MAX_SAFE_INTEGER };
const DIRECT_URL = `${DIRECT.base}/v2/a/b/blobs/${DIGEST}`;
const RELAY_URL = `${RELAY.base}/v2/a/b/blobs/${DIGEST}`;

afterEach(() => vi.unstubAllGlobals());

async function ask(answer: Answer, source: Partial<BlobSource> = {}, signal = new AbortController().signal) {
  const fake = fakeFetch(answer);
  vi.stubGlobal('fetch', fake.fetch);
  const notices: string[] = [];
  const ways = [DIRECT, RELAY].map((endpoint) => ({ endpoint, access: [ACCESS] }));
  const asked = { digest: DIGEST, repository: 'a/b', ways, urls: [], ...source };
  const outcome = await fetchBlob(asked, {
    signal,
    onNotice: (text) => notices.push(text),
    onRequest: () => undefined,
  }).then(
    (response) => response.text(),
    (error: unknown) => error,
  );
  return { outcome, notices, asked: fake.asked, log: fake.log() };
}

const only =
  (...reachable: string[]): Answer =>
  ({ url }) =>
    reachable.includes(url) ? new Response('bytes') : unreachable();

describe('the ways to a blob', () => {
  test('are tried in order, each with its access', async () => {
    const first = await ask(only(DIRECT_URL, RELAY_URL));
    expect(first).toMatchObject({ outcome: 'bytes', notices: [], log: [`${DIRECT_URL} (Bearer t)`] });
    const second = await ask(only(RELAY_URL));
    expect(second).toMatchObject({ outcome: 'bytes', log: [`${DIRECT_URL} (Bearer t)`, `${RELAY_URL} (Bearer t)`] });
    expect(second.notices).toEqual(['Some layers go via the relay: a page cannot read them directly.']);
  });

  test('end with the first answer, be it a refusal', async () => {
    const { outcome, log } = await ask(() => json({}, { status: 404 }));
    expect(outcome).toMatchObject({ code: 'not-found' });
    expect(log.length).toBe(1);
  });

  test('that all lead nowhere end in the first failure', async () => {
    const { outcome, log } = await ask(unreachable);
    expect(outcome).toMatchObject({ code: 'network-or-cors', seen: 'no answer of registry.example could be read' });
    expect(log.length).toBe(2);
  });

  test('are given up by an abort', async () => {
    const controller = new AbortController();
    controller.abort();
    const { outcome, log } = await ask(unreachable, { urls: ['https://foreign.example/a'] }, controller.signal);
    expect(outcome).toHaveProperty('name', 'AbortError');
    expect(log).toEqual([]);
  });

  test('must be given', async () => {
    expect((await ask(unreachable, { ways: [] })).outcome).toMatchObject({ code: 'internal' });
  });
});

describe('the urls of a foreign layer', () => {
  const urls = ['https://one.example/a?x=1', 'https://two.example/b'];

  test('are asked after the registry, without anything that names anyone', async () => {
    const notThere: Answer = (asked) => (asked.url.endsWith('/b') ? new Response('bytes') : json({}, { status: 404 }));
    const { outcome, asked, notices } = await ask(notThere, { urls });
    expect(outcome).toBe('bytes');
    expect(asked.map(({ url }) => url)).toEqual([DIRECT_URL, RELAY_URL, ...urls]);
    for (const { headers, init } of asked.slice(2)) {
      expect(headers).toEqual({});
      expect(init).toMatchObject({ credentials: 'omit', referrerPolicy: 'no-referrer', cache: 'no-store' });
    }
    expect(notices).toEqual(['A foreign layer comes from two.example, as its manifest says.']);
  });

  test.each(['http://foreign.example/a', 'file:///etc/passwd', 'data:,bytes', '/a', 'foreign.example/a', ''])(
    'are not asked unless they are https: %s',
    async (url) => {
      const { outcome, log } = await ask(() => json({}, { status: 404 }), { urls: [url] });
      expect(outcome).toMatchObject({ code: 'not-found' });
      expect(log.length).toBe(2);
    },
  );

  test('that fail as well leave the registry’s answer', async () => {
    const answer: Answer = ({ url }) => (url.startsWith('https://one') ? unreachable() : json({}, { status: 403 }));
    const { outcome, log } = await ask(answer, { urls });
    expect(outcome).toMatchObject({ code: 'auth-denied' });
    expect(log.length).toBe(4);
  });
});

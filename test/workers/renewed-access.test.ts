/** A pull that outlives its token: the worker gets a new one with the account, once, and goes on with it. */
import * as v from 'valibot';
import { afterEach, expect, test, vi } from 'vitest';
import type { Grant } from '../../src/core/registry/account.ts';
import type { Endpoint } from '../../src/core/registry/client.ts';
import { ToPullWorker } from '../../src/protocol/messages.ts';
import { fetchBlob } from '../../src/workers/fetch-blob.ts';
import { digestOf } from '../core/documents.ts';
import { fakeFetch, json } from '../core/registry/fake-fetch.ts';

const BASE = 'https://registry.example';
const ENDPOINT: Endpoint = { registry: 'registry.example', base: BASE, via: 'direct' };
const SCOPE = 'repository:a/b:pull';
const GRANT: Grant = {
  account: { kind: 'password', username: 'ann', password: 'secret' },
  viaRelay: false,
  realmHosts: ['login.example'],
};
/** `printf 'ann:secret' | base64` */
const BASIC = 'Basic YW5uOnNlY3JldA==';

afterEach(() => vi.unstubAllGlobals());

test('each blob after the first begins with the renewed token', async () => {
  const { fetch, log } = fakeFetch(({ url, headers }) => {
    if (url.startsWith('https://login.example/token')) return json({ token: 'new', expires_in: 300 });
    if (headers.authorization === 'Bearer new') return new Response('bytes');
    return json({}, { status: 401, headers: { 'WWW-Authenticate': 'Bearer realm="https://login.example/token"' } });
  });
  vi.stubGlobal('fetch', fetch);
  const old = { scope: SCOPE, authorization: 'Bearer old', expiresAtMs: Number.MAX_SAFE_INTEGER };
  const digests = [digestOf('a'), digestOf('b')];
  for (const digest of digests) {
    const source = { digest, repository: 'a/b', ways: [{ endpoint: ENDPOINT, access: [old], grant: GRANT }], urls: [] };
    const options = { signal: new AbortController().signal, onNotice: () => undefined, onRequest: () => undefined };
    expect(await (await fetchBlob(source, options)).text()).toBe('bytes');
  }
  const [first, second] = digests.map((digest) => `${BASE}/v2/a/b/blobs/${digest}`);
  expect(log()).toEqual([
    `${first} (Bearer old)`,
    `https://login.example/token?scope=repository%3Aa%2Fb%3Apull (${BASIC})`,
    `${first} (Bearer new)`,
    `${second} (Bearer new)`,
  ]);
});

test.each([
  GRANT,
  { ...GRANT, account: { kind: 'identity-token', username: undefined, token: 'r' } },
  { ...GRANT, account: { kind: 'registry-token', token: 't' } },
])('an account reaches the worker as it is: $account.kind', (grant) => {
  const { port1 } = new MessageChannel();
  const message = {
    type: 'pull',
    digest: digestOf('a'),
    size: 1,
    repository: 'a/b',
    ways: [{ endpoint: ENDPOINT, access: [], grant }],
    urls: [],
    store: true,
    port: port1,
  };
  port1.close();
  const read = v.parse(ToPullWorker, message);
  expect(read.type === 'pull' && read.ways[0]?.grant).toEqual(grant);
});

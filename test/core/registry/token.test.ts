import { describe, expect, test } from 'vitest';
import { createTokenStore, resolveRealm, type TokenService } from '../../../src/core/registry/token.ts';
import { thrownBy } from '../documents.ts';
import { type Answer, fakeFetch, json, streamed, unreachable } from './fake-fetch.ts';

const SCOPE = 'repository:a/b:pull';
const SERVICE: TokenService = { realm: 'https://auth.example/token', service: 'registry.example', relayed: false };
const request = { scope: SCOPE, attempted: 'read it' };

function storeWith(answer: Answer, nowMs = 1_000_000) {
  const { fetch, asked, log } = fakeFetch(answer);
  const clock = { nowMs };
  return { store: createTokenStore({ fetch, now: () => clock.nowMs, access: [] }), asked, log, clock };
}

describe('asking', () => {
  test('sends scope and service, and nothing that names anyone', async () => {
    const { store, asked } = storeWith(() => json({ token: 't' }));
    await store.request({ ...SERVICE, realm: 'https://auth.example/token?account=x' }, request);
    expect(asked.map(({ url }) => url)).toEqual([
      'https://auth.example/token?account=x&service=registry.example&scope=repository%3Aa%2Fb%3Apull',
    ]);
    expect(asked[0]?.headers).toEqual({});
    expect(asked[0]?.init.redirect).toMatch(/^(?:error|manual)$/);
    expect(asked[0]?.init).toMatchObject({
      mode: 'cors',
      credentials: 'omit',
      referrerPolicy: 'no-referrer',
      cache: 'no-store',
    });
  });

  test('leaves an unknown service out', async () => {
    const { store, log } = storeWith(() => json({ token: 't' }));
    await store.request({ ...SERVICE, service: undefined }, request);
    expect(log()).toEqual(['https://auth.example/token?scope=repository%3Aa%2Fb%3Apull']);
  });
});

describe('answers', () => {
  const MINUTE = 60_000;
  test.each([
    ['token', { token: 't' }, 't', 54_000],
    ['access_token', { access_token: 'u' }, 'u', 54_000],
    ['both', { token: 't', access_token: 'u' }, 't', 54_000],
    ['a life', { token: 't', expires_in: 300 }, 't', 270_000],
    ['too short a life', { token: 't', expires_in: 1 }, 't', 54_000],
    ['a negative life', { token: 't', expires_in: -5 }, 't', 54_000],
    ['too long a life', { token: 't', expires_in: 1e9 }, 't', 24 * 60 * MINUTE * 0.9],
    ['a life that is no number', { token: 't', expires_in: '300' }, 't', 54_000],
    ['a wrong clock', { token: 't', expires_in: 300, issued_at: '2099-01-01T00:00:00Z' }, 't', 270_000],
    ['a token of another type', { token: 7, access_token: 'u' }, 'u', 54_000],
  ])('with %s', async (_, body, token, lifeMs) => {
    const { store, clock } = storeWith(() => json(body));
    const access = await store.request(SERVICE, request);
    expect(access).toEqual({ scope: SCOPE, authorization: `Bearer ${token}`, expiresAtMs: 1_000_000 + lifeMs });
    expect(store.valid(SCOPE)).toEqual(access);
    clock.nowMs = access.expiresAtMs - 1;
    expect(store.valid(SCOPE)).toEqual(access);
    clock.nowMs = access.expiresAtMs;
    expect(store.valid(SCOPE)).toBeUndefined();
  });

  test.each([
    ['no token', () => json({ expires_in: 300 }), 'registry-failed', 'holds no token'],
    ['an empty token', () => json({ token: '' }), 'registry-failed', 'holds no token'],
    ['no JSON', () => new Response('<html>'), 'registry-failed', 'holds no token'],
    ['a list', () => json([]), 'registry-failed', 'holds no token'],
    [
      'a token with a line break',
      () => json({ token: 'a\r\nHost: b' }),
      'registry-failed',
      'characters that no header may have',
    ],
    ['a token with a space', () => json({ token: 'a b' }), 'registry-failed', 'characters that no header may have'],
    ['128 KiB and more', () => new Response(' '.repeat(128 * 1024 + 1)), 'registry-failed', 'more than 128 KiB'],
    ['401', () => json({}, { status: 401 }), 'auth-required', 'the token service auth.example answered 401'],
    ['403', () => json({}, { status: 403 }), 'auth-denied', 'the token service auth.example answered 403'],
    ['a redirect', () => Response.redirect('https://10.0.0.1/'), 'registry-failed', 'the token service auth.example'],
    ['429', () => json({}, { status: 429 }), 'rate-limited', 'the token service auth.example answered 429'],
    ['500', () => json({}, { status: 500 }), 'registry-failed', 'the token service auth.example answered 500'],
    ['nothing', unreachable, 'network-or-cors', 'no answer of the token service auth.example could be read'],
  ] satisfies [string, Answer, string, string][])('%s', async (_, answer, code, seen) => {
    const { store } = storeWith(answer);
    await expect(store.request(SERVICE, request)).rejects.toMatchObject({
      code,
      attempted: 'read it',
      seen: expect.stringContaining(seen),
    });
    expect(store.valid(SCOPE)).toBeUndefined();
  });

  test('an endless one is not read to its end', async () => {
    const { body, taken, cancelled } = streamed(1_000_000, new Uint8Array(1024));
    const { store } = storeWith(() => new Response(body));
    await expect(store.request(SERVICE, request)).rejects.toMatchObject({ code: 'registry-failed' });
    expect(taken()).toBeLessThan(140);
    expect(cancelled()).toBe(true);
  });
});

describe('many who want the same token', () => {
  test('ask once, and again once it is there', async () => {
    const { store, log } = storeWith(() => json({ token: 't' }));
    const all = await Promise.all(Array.from({ length: 20 }, () => store.request(SERVICE, request)));
    expect(new Set(all.map(({ authorization }) => authorization))).toEqual(new Set(['Bearer t']));
    expect(log().length).toBe(1);
    await store.request(SERVICE, request);
    expect(log().length).toBe(2);
  });

  test('are told of one failure, and the next one asks anew', async () => {
    let working = false;
    const { store, log } = storeWith(() => (working ? json({ token: 't' }) : json({}, { status: 503 })));
    const all = await Promise.allSettled([store.request(SERVICE, request), store.request(SERVICE, request)]);
    expect(all.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(log().length).toBe(1);
    working = true;
    await expect(store.request(SERVICE, request)).resolves.toMatchObject({ authorization: 'Bearer t' });
  });

  test('of other scopes and services ask on their own', async () => {
    const { store, log } = storeWith(() => json({ token: 't' }));
    await Promise.all([
      store.request(SERVICE, request),
      store.request(SERVICE, { ...request, scope: 'repository:c:pull' }),
      store.request({ ...SERVICE, service: undefined }, request),
      store.request({ ...SERVICE, realm: 'https://other.example/' }, request),
    ]);
    expect(log().length).toBe(4);
  });

  test('go on when one of them leaves, and stop when the last one does', async () => {
    let finish = (_: Response): void => undefined;
    const { store, asked } = storeWith(() => new Promise((resolve) => (finish = resolve)));
    const [one, two] = [new AbortController(), new AbortController()];
    const first = store.request(SERVICE, { ...request, signal: one.signal });
    const second = store.request(SERVICE, { ...request, signal: two.signal });
    one.abort();
    await expect(first).rejects.toHaveProperty('name', 'AbortError');
    expect(asked[0]?.init.signal?.aborted).toBe(false);
    finish(json({ token: 't' }));
    await expect(second).resolves.toMatchObject({ authorization: 'Bearer t' });

    const third = store.request(SERVICE, { ...request, signal: two.signal });
    two.abort();
    await expect(third).rejects.toHaveProperty('name', 'AbortError');
    expect(asked[1]?.init.signal?.aborted).toBe(true);
    await expect(store.request(SERVICE, { ...request, signal: two.signal })).rejects.toHaveProperty(
      'name',
      'AbortError',
    );
    expect(asked.length).toBe(2);
  });
});

test('a token that was refused is forgotten, a newer one is not', async () => {
  let count = 0;
  const { store } = storeWith(() => {
    count += 1;
    return json({ token: `t${count}` });
  });
  const old = await store.request(SERVICE, request);
  const fresh = await store.request(SERVICE, request);
  store.drop(old);
  expect(store.valid(SCOPE)).toEqual(fresh);
  store.drop(fresh);
  expect(store.valid(SCOPE)).toBeUndefined();
});

describe('the realm that a registry names', () => {
  const PUBLIC = 'https://registry.example';
  test.each([
    [PUBLIC, 'https://auth.example/token', 'https://auth.example/token'],
    [PUBLIC, 'https://auth.example/token?a=b#c', 'https://auth.example/token?a=b'],
    [PUBLIC, '/token', 'https://registry.example/token'],
    [PUBLIC, 'token', 'https://registry.example/v2/token'],
    [PUBLIC, '//other.example/token', 'https://other.example/token'],
    [PUBLIC, 'https://8.8.8.8/token', 'https://8.8.8.8/token'],
    ['http://localhost:5000', 'http://localhost:5001/token', 'http://localhost:5001/token'],
    ['http://127.0.0.1:5000', 'http://[::1]:5001/token', 'http://[::1]:5001/token'],
    ['http://localhost:5000', 'https://auth.example/token', 'https://auth.example/token'],
    ['https://10.0.0.7', 'https://10.0.0.8/token', 'https://10.0.0.8/token'],
  ])('%s may name %s', (base, realm, expected) => {
    expect(resolveRealm(realm, { base, attempted: 'read it' })).toBe(expected);
  });

  test.each([
    [PUBLIC, 'http://auth.example/token', 'which is not https'],
    [PUBLIC, 'http://8.8.8.8/token', 'which is not https'],
    [PUBLIC, 'file:///etc/passwd', 'which is not https'],
    [PUBLIC, 'javascript:alert(1)', 'which is not https'],
    [PUBLIC, 'https://user:password@auth.example/', 'which holds a user name or a password'],
    [PUBLIC, 'https://localhost/token', 'a program on your own machine'],
    [PUBLIC, 'https://127.1/token', 'a program on your own machine'],
    [PUBLIC, 'https://0x7f000001/token', 'a program on your own machine'],
    [PUBLIC, 'https://x.localhost./token', 'a program on your own machine'],
    [PUBLIC, 'https://[::1]/token', 'a program on your own machine'],
    [PUBLIC, 'https://169.254.169.254/latest', 'an address of a private network'],
    [PUBLIC, 'https://10.0.0.1/token', 'an address of a private network'],
    [PUBLIC, 'https://0.0.0.0/token', 'an address of a private network'],
    [PUBLIC, 'https://[::ffff:7f00:1]/token', 'an address of a private network'],
    [PUBLIC, 'https://[fd00::1]/token', 'an address of a private network'],
    [PUBLIC, 'https://host:5002:5002/token', 'which is no address'],
    [PUBLIC, 'https://', 'which is no address'],
    ['http://localhost:5000', 'http://auth.example/token', 'which is not https'],
    ['http://localhost:5000', 'http://10.0.0.1/token', 'which is not https'],
    ['https://localhost:5000', 'http://localhost:5001/token', 'which is not https'],
    ['http://localhost:5000', 'https://10.0.0.1/token', 'an address of a private network'],
  ])('%s may not name %s: %s', (base, realm, why) => {
    const thrown = thrownBy(() => resolveRealm(realm, { base, attempted: 'read it' }));
    expect(thrown).toMatchObject({ code: 'registry-failed', seen: expect.stringContaining(why) });
  });

  test('is quoted without what could mislead a reader', () => {
    const thrown = thrownBy(() =>
      resolveRealm(`http://a\u202e\u0007/${'x'.repeat(1000)}`, { base: PUBLIC, attempted: 'a' }),
    );
    expect(String(thrown)).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    expect(String(thrown).length).toBeLessThan(500);
  });
});

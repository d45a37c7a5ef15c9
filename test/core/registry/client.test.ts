import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { parseDigest } from '../../../src/core/digest.ts';
import { DOCKER_LIST, DOCKER_SCHEMA1_SIGNED, OCI_INDEX, OCI_MANIFEST } from '../../../src/core/media-types.ts';
import { createRegistryClient, type Endpoint } from '../../../src/core/registry/client.ts';
import { bytesOf, digestOf } from '../documents.ts';
import { type Answer, type Asked, fakeFetch, json, streamed, unreachable } from './fake-fetch.ts';

const BASE = 'https://registry.example';
const DIRECT: Endpoint = { registry: 'registry.example', base: BASE, via: 'direct' };
const RELAY: Endpoint = { registry: 'ghcr.io', base: 'https://page.example/relay/r/ghcr.io', via: 'relay' };
const STATIC: Endpoint = { registry: 'sample', base: 'https://page.example/app/', via: 'static' };
const LIMIT = 4 * 1024 * 1024;

const MANIFEST = bytesOf({ schemaVersion: 2, layers: [] });
const sha256 = (bytes: Uint8Array) => parseDigest(`sha256:${createHash('sha256').update(bytes).digest('hex')}`);
const sha512 = (bytes: Uint8Array) => parseDigest(`sha512:${createHash('sha512').update(bytes).digest('hex')}`);
const manifest = (type = OCI_INDEX) => new Response(MANIFEST, { headers: { 'Content-Type': type } });

function clientWith(answer: Answer, endpoint = DIRECT) {
  const fake = fakeFetch(answer);
  const clock = { nowMs: 1_000_000 };
  return { ...fake, clock, client: createRegistryClient({ endpoint, fetch: fake.fetch, now: () => clock.nowMs }) };
}

/** A registry that answers only with the right token, which its service hands out. */
function guarded(challenge: string | undefined, token = 't'): Answer {
  return ({ url, headers }) => {
    if (!url.includes('/v2/') || /\/(?:token|auth)\b/.test(url)) return json({ token, expires_in: 300 });
    if (headers.authorization === `Bearer ${token}`) return manifest();
    return json({}, { status: 401, headers: challenge === undefined ? {} : { 'WWW-Authenticate': challenge } });
  };
}

const CHALLENGE = 'Bearer realm="https://auth.example/token",service="s",scope="repository:other:pull"';
const TOKEN_URL = 'https://auth.example/token?service=s&scope=repository%3Aa%2Fb%3Apull';
const TAG_URL = `${BASE}/v2/a/b/manifests/1`;

describe('a manifest', () => {
  test('of an open registry costs one request, that a page may send without asking', async () => {
    const { client, asked } = clientWith(() => manifest(`${OCI_INDEX}; charset=utf-8`));
    expect(await client.manifest('a/b', '1')).toEqual({
      bytes: MANIFEST,
      digest: sha256(MANIFEST),
      contentType: `${OCI_INDEX}; charset=utf-8`,
    });
    expect(asked.map(({ url }) => url)).toEqual([TAG_URL]);
    expect(Object.keys(asked[0]?.headers ?? {})).toEqual(['accept']);
    expect(asked[0]?.headers.accept?.length).toBeLessThanOrEqual(128);
    expect(asked[0]?.init).toMatchObject({
      mode: 'cors',
      credentials: 'omit',
      referrerPolicy: 'no-referrer',
      cache: 'no-cache',
    });
    expect(client.access('a/b')).toEqual([]);
  });

  test('has the digest of its bytes, whatever a header says', async () => {
    const { client } = clientWith(
      () => new Response(MANIFEST, { headers: { 'Docker-Content-Digest': digestOf('a') } }),
    );
    expect((await client.manifest('a/b', '1')).digest).toBe(sha256(MANIFEST));
  });

  test.each([sha256(MANIFEST), sha512(MANIFEST)])('is asked for by digest: %s', async (digest) => {
    const { client, asked } = clientWith(() => manifest());
    expect((await client.manifest('a/b', digest)).digest).toBe(digest);
    expect(asked[0]?.url).toBe(`${BASE}/v2/a/b/manifests/${digest}`);
    expect(asked[0]?.init.cache).toBe('default');
  });

  test('of another digest than was asked for is refused', async () => {
    const { client } = clientWith(() => manifest());
    await expect(client.manifest('a/b', digestOf('a'))).rejects.toMatchObject({
      code: 'digest-mismatch',
      seen: `${digestOf('a')} was expected and ${sha256(MANIFEST)} arrived`,
    });
  });

  test('goes through a relay in one request with all types, and keeps to the relay', async () => {
    const { client, asked } = clientWith(() => manifest(), RELAY);
    await client.manifest('a/b', '1');
    expect(asked.map(({ url }) => url)).toEqual([`${RELAY.base}/v2/a/b/manifests/1`]);
    expect(asked[0]?.headers.accept?.split(', ').length).toBe(4);
  });

  test('of a static host is asked for under its folder, and a 401 of it stands', async () => {
    const { client, log } = clientWith(() => json({}, { status: 401 }), STATIC);
    await expect(client.manifest('a/b', '1')).rejects.toMatchObject({ code: 'auth-required' });
    expect(log()).toEqual(['https://page.example/app/v2/a/b/manifests/1']);
  });
});

describe('names that make no address', () => {
  test.each([
    ['A/b', '1'],
    ['a/../b', '1'],
    ['a//b', '1'],
    ['a/b?x', '1'],
    ['', '1'],
    ['a'.repeat(256), '1'],
    ['a/b', ''],
    ['a/b', '../x'],
    ['a/b', '1?n=1'],
    ['a/b', '1#x'],
    ['a/b', 'x'.repeat(129)],
    ['a/b', 'sha256:aa'],
    ['a/b', '%2e%2e'],
  ])('%s and %s', async (repository, reference) => {
    const { client, asked } = clientWith(() => manifest());
    await expect(client.manifest(repository, reference)).rejects.toMatchObject({ code: 'reference-invalid' });
    expect(asked).toEqual([]);
  });
});

describe('the two portions of Accept', () => {
  const byAccept =
    (answers: { index: () => Response; manifest: () => Response }): Answer =>
    ({ headers }) =>
      headers.accept?.startsWith(OCI_INDEX) ? answers.index() : answers.manifest();
  const missing = (message: string) => () => json({ errors: [{ code: 'MANIFEST_UNKNOWN', message }] }, { status: 404 });
  const portions = (asked: readonly Asked[]) => asked.map(({ headers }) => headers.accept?.split(',')[0]);

  test.each([404, 406, 400, 415])('the second is asked for after %i', async (status) => {
    const { client, asked } = clientWith(
      byAccept({ index: () => json({}, { status }), manifest: () => manifest(OCI_MANIFEST) }),
    );
    expect(await client.manifest('a/b', '1')).toMatchObject({ contentType: OCI_MANIFEST });
    expect(portions(asked)).toEqual([OCI_INDEX, DOCKER_LIST]);
  });

  test('what was answered goes first from then on', async () => {
    const { client, asked } = clientWith(byAccept({ index: missing('gone'), manifest: () => manifest() }));
    await client.manifest('a/b', '1');
    await client.manifest('a/b', sha256(MANIFEST));
    expect(portions(asked)).toEqual([OCI_INDEX, DOCKER_LIST, DOCKER_LIST]);
  });

  test('an answer rewritten into schema 1 is not taken while there is another', async () => {
    const old = () => manifest(DOCKER_SCHEMA1_SIGNED);
    const both = clientWith(byAccept({ index: old, manifest: () => manifest(OCI_MANIFEST) }));
    expect(await both.client.manifest('a/b', '1')).toMatchObject({ contentType: OCI_MANIFEST });
    const only = clientWith(byAccept({ index: old, manifest: missing('gone') }));
    expect(await only.client.manifest('a/b', '1')).toMatchObject({ contentType: DOCKER_SCHEMA1_SIGNED });
  });

  test.each([
    ['OCI index found, but accept header does not support OCI indexes', 'manifest unknown'],
    ['manifest unknown', 'OCI manifest found, but accept header does not support OCI manifests'],
  ])('of “%s” and “%s” the one that tells more is shown', async (first, second) => {
    const { client } = clientWith(byAccept({ index: missing(first), manifest: missing(second) }));
    await expect(client.manifest('a/b', '1')).rejects.toMatchObject({
      code: 'not-found',
      seen: 'the registry answered 404 (MANIFEST_UNKNOWN: manifest unknown)',
    });
  });

  test.each([
    [403, 'auth-denied'],
    [429, 'rate-limited'],
    [500, 'registry-failed'],
  ])('%i is final', async (status, code) => {
    const { client, asked } = clientWith(() => json({}, { status }));
    await expect(client.manifest('a/b', '1')).rejects.toMatchObject({ code, status });
    expect(asked.length).toBe(1);
  });
});

describe('the limit of 4 MiB', () => {
  test('holds for an announced length, without reading', async () => {
    const { body, taken, cancelled } = streamed(1e6, new Uint8Array(65536));
    const { client } = clientWith(() => new Response(body, { headers: { 'Content-Length': String(LIMIT + 1) } }));
    await expect(client.manifest('a/b', '1')).rejects.toMatchObject({ code: 'manifest-too-large' });
    expect([taken(), cancelled()]).toEqual([0, true]);
  });

  test.each([{}, { 'Content-Length': '10' }, { 'Content-Length': 'x' }])(
    'holds for what arrives, with %j',
    async (headers) => {
      const { body, taken, cancelled } = streamed(1e6, new Uint8Array(65536));
      const { client } = clientWith(() => new Response(body, { headers }));
      await expect(client.manifest('a/b', '1')).rejects.toMatchObject({ code: 'manifest-too-large' });
      expect([taken(), cancelled()]).toEqual([LIMIT / 65536 + 1, true]);
    },
  );

  test('lets exactly 4 MiB pass', async () => {
    const whole = new Uint8Array(LIMIT);
    const { client } = clientWith(() => new Response(whole));
    expect((await client.manifest('a/b', '1')).digest).toBe(sha256(whole));
  });
});

describe('a registry that wants a token', () => {
  test('names its service: 401, token, again; and the next request has the token already', async () => {
    const { client, log, asked } = clientWith(guarded(CHALLENGE));
    await client.manifest('a/b', '1');
    // The scope is ours, not the one that the challenge names.
    expect(log()).toEqual([TAG_URL, TOKEN_URL, `${TAG_URL} (Bearer t)`]);
    expect(asked.every(({ init }) => init.credentials === 'omit')).toBe(true);
    await client.manifest('a/b', '1');
    expect(log().slice(3)).toEqual([`${TAG_URL} (Bearer t)`]);
    expect(client.access('a/b')).toEqual([
      { scope: 'repository:a/b:pull', authorization: 'Bearer t', expiresAtMs: 1_270_000 },
    ]);
  });

  test('is told the token only at its own address, and never another host', async () => {
    const { client, asked } = clientWith(guarded(CHALLENGE));
    await client.manifest('a/b', '1');
    await client.blob('a/b', digestOf('a'));
    await client.manifest('c', '1');
    const told = asked.filter(({ headers }) => headers.authorization !== undefined);
    expect(told.length).toBe(3);
    expect(told.every(({ url }) => url.startsWith(`${BASE}/v2/`))).toBe(true);
  });

  test('gets another scope for another repository without a second 401', async () => {
    const { client, log } = clientWith(guarded(CHALLENGE));
    await client.manifest('a/b', '1');
    await client.manifest('c', '1');
    expect(log().slice(3)).toEqual([
      'https://auth.example/token?service=s&scope=repository%3Ac%3Apull',
      `${BASE}/v2/c/manifests/1 (Bearer t)`,
    ]);
  });

  test('is asked for a new one in time', async () => {
    const { client, log, clock } = clientWith(guarded(CHALLENGE));
    await client.manifest('a/b', '1');
    clock.nowMs += 270_000;
    await client.manifest('a/b', '1');
    expect(log().slice(3)).toEqual([TOKEN_URL, `${TAG_URL} (Bearer t)`]);
  });

  test('is asked for one token by many requests at once', async () => {
    const { client, log } = clientWith(guarded(CHALLENGE));
    await Promise.all(Array.from({ length: 8 }, (_, index) => client.manifest('a/b', String(index))));
    expect(log().filter((line) => line === TOKEN_URL).length).toBe(1);
    expect(log().length).toBe(17);
  });

  test('may go back on a token: it is dropped and another asked for, once', async () => {
    let current = 't1';
    const { client, log } = clientWith((asked) => guarded(CHALLENGE, current)(asked));
    await client.manifest('a/b', '1');
    current = 't2';
    await client.manifest('a/b', '1');
    expect(log().slice(3)).toEqual([`${TAG_URL} (Bearer t1)`, TOKEN_URL, `${TAG_URL} (Bearer t2)`]);
  });

  test('and refuses the new one as well: then it ends', async () => {
    const { client, log } = clientWith(({ url }) =>
      url === TOKEN_URL ? json({ token: 't' }) : json({}, { status: 401, headers: { 'WWW-Authenticate': CHALLENGE } }),
    );
    await expect(client.manifest('a/b', '1')).rejects.toMatchObject({ code: 'auth-required', status: 401 });
    expect(log()).toEqual([TAG_URL, TOKEN_URL, `${TAG_URL} (Bearer t)`]);
    expect(client.access('a/b')).toEqual([]);
  });

  test('wants a password only: that is said without asking for a token', async () => {
    const { client, log } = clientWith(guarded('Basic realm="r"'));
    await expect(client.manifest('a/b', '1')).rejects.toMatchObject({ code: 'auth-required' });
    expect(log()).toEqual([TAG_URL]);
  });

  test('points to the machine of the reader: no one is asked', async () => {
    const { client, log } = clientWith(guarded('Bearer realm="http://localhost:8080/token"'));
    await expect(client.manifest('a/b', '1')).rejects.toMatchObject({ code: 'registry-failed' });
    expect(log()).toEqual([TAG_URL]);
  });

  test('whose service fails: the service’s failure is told', async () => {
    const { client } = clientWith(({ url }) =>
      url === TOKEN_URL
        ? json({}, { status: 503 })
        : json({}, { status: 401, headers: { 'WWW-Authenticate': CHALLENGE } }),
    );
    await expect(client.manifest('a/b', '1')).rejects.toMatchObject({
      code: 'registry-failed',
      seen: 'the token service auth.example answered 503',
    });
  });

  test('hands its tokens on', async () => {
    const first = clientWith(guarded(CHALLENGE));
    await first.client.manifest('a/b', '1');
    const fake = fakeFetch(guarded(CHALLENGE));
    const access = structuredClone(first.client.access('a/b'));
    const client = createRegistryClient({ endpoint: DIRECT, fetch: fake.fetch, access, now: () => 1_000_000 });
    await client.manifest('a/b', '1');
    expect(fake.log()).toEqual([`${TAG_URL} (Bearer t)`]);
  });
});

describe('a registry that hides where its tokens come from', () => {
  test('and is known: its service is asked', async () => {
    const endpoint: Endpoint = { registry: 'quay.io', base: 'https://quay.io', via: 'direct' };
    const { client, log } = clientWith(guarded(undefined), endpoint);
    await client.manifest('a/b', '1');
    expect(log()[1]).toBe('https://quay.io/v2/auth?service=quay.io&scope=repository%3Aa%2Fb%3Apull');
  });

  test('except at /v2/', async () => {
    const hidden = guarded(undefined);
    const { client, log } = clientWith((asked) =>
      asked.url === `${BASE}/v2/` ? guarded(CHALLENGE)(asked) : hidden(asked),
    );
    await client.manifest('a/b', '1');
    expect(log()).toEqual([TAG_URL, `${BASE}/v2/`, TOKEN_URL, `${TAG_URL} (Bearer t)`]);
  });

  test('is asked for a token at the usual places of its own host', async () => {
    const { client, log } = clientWith((asked) => {
      const path = new URL(asked.url).pathname;
      if (path === '/v2/') return unreachable();
      if (path === '/v2/token') return json({}, { status: 404 });
      if (path === '/token') return new Response('<html>');
      return guarded(undefined)(asked);
    });
    await client.manifest('a/b', '1');
    const query = '?service=registry.example&scope=repository%3Aa%2Fb%3Apull';
    expect(log()).toEqual([
      TAG_URL,
      `${BASE}/v2/`,
      `${BASE}/v2/token${query}`,
      `${BASE}/token${query}`,
      `${BASE}/v2/auth${query}`,
      `${TAG_URL} (Bearer t)`,
    ]);
  });

  test('and gives none anywhere: the 401 stands', async () => {
    const { client } = clientWith(() => json({}, { status: 401 }));
    await expect(client.manifest('a/b', '1')).rejects.toMatchObject({ code: 'auth-required', status: 401 });
  });
});

describe('behind a relay', () => {
  test('tokens come from the relay', async () => {
    const { client, log } = clientWith(guarded(CHALLENGE), RELAY);
    await client.manifest('a/b', '1');
    expect(log()).toEqual([
      `${RELAY.base}/v2/a/b/manifests/1`,
      `${RELAY.base}/token?scope=repository%3Aa%2Fb%3Apull`,
      `${RELAY.base}/v2/a/b/manifests/1 (Bearer t)`,
    ]);
  });

  test('a refusal of the relay is told as that, and nothing more is asked', async () => {
    const { client, log } = clientWith(
      () => json({}, { status: 401, headers: { 'Pulltab-Relay-Error': 'host-not-allowed' } }),
      RELAY,
    );
    await expect(client.manifest('a/b', '1')).rejects.toMatchObject({ code: 'relay-refused' });
    expect(log().length).toBe(1);
  });

  test('no answer is the relay’s', async () => {
    const { client } = clientWith(unreachable, RELAY);
    await expect(client.manifest('a/b', '1')).rejects.toMatchObject({
      code: 'network-or-cors',
      seen: 'no answer of the relay page.example could be read',
    });
  });
});

describe('blobs', () => {
  const blob = bytesOf('{"architecture":"amd64"}');
  const digest = sha256(blob);
  const url = `${BASE}/v2/a/b/blobs/${digest}`;

  test('come as a stream, with no header that a page would have to ask for', async () => {
    const { client, asked } = clientWith(() => new Response(blob));
    const response = await client.blob('a/b', digest);
    expect(response.bodyUsed).toBe(false);
    expect(asked.map((one) => [one.url, one.headers, one.init.cache])).toEqual([[url, {}, 'no-store']]);
  });

  test.each([
    [404, 'not-found'],
    [206, 'registry-failed'],
    [204, 'registry-failed'],
  ])('with %i are refused', async (status, code) => {
    const { client } = clientWith(() => new Response(status === 204 ? null : '', { status }));
    await expect(client.blob('a/b', digest)).rejects.toMatchObject({ code, status });
  });

  test('in memory are checked', async () => {
    const { client } = clientWith(() => new Response(blob));
    const options = { limitBytes: 1000 };
    const size = blob.length;
    expect(await client.blobBytes('a/b', { digest, size }, options)).toEqual(blob);
    const read = (descriptor: { digest: typeof digest; size: number }) => client.blobBytes('a/b', descriptor, options);
    await expect(read({ digest, size: size - 1 })).rejects.toMatchObject({ code: 'size-mismatch' });
    await expect(read({ digest, size: size + 1 })).rejects.toMatchObject({
      code: 'size-mismatch',
      seen: `${size + 1} bytes were expected and ${size} arrived`,
    });
    await expect(read({ digest: digestOf('a'), size })).rejects.toMatchObject({ code: 'digest-mismatch' });
    await expect(read({ digest, size: 1001 })).rejects.toMatchObject({ code: 'manifest-too-large' });
  });

  test('in the descriptor are taken where they are right, and fetched where not', async () => {
    const { client, asked } = clientWith(() => new Response(blob));
    const read = (data: Uint8Array<ArrayBuffer>) =>
      client.blobBytes('a/b', { digest, size: blob.length, data }, { limitBytes: 1000 });
    expect(await read(blob)).toBe(blob);
    expect(asked).toEqual([]);
    expect(await read(new Uint8Array(blob.length))).toEqual(blob);
    expect(asked.length).toBe(1);
  });

  test('that break off are told as that', async () => {
    const body = new ReadableStream({ start: (sink) => sink.error(new TypeError('network error')) });
    const { client } = clientWith(() => new Response(body));
    await expect(client.blobBytes('a/b', { digest, size: 5 }, { limitBytes: 1000 })).rejects.toMatchObject({
      code: 'network-or-cors',
    });
  });
});

test('a small blob can be aborted', async () => {
  const { client } = clientWith(() => new Promise(() => undefined));
  const controller = new AbortController();
  const options = { limitBytes: 10, signal: controller.signal };
  const reading = client.blobBytes('a/b', { digest: digestOf('a'), size: 1 }, options);
  setTimeout(() => controller.abort(), 5);
  await expect(reading).rejects.toHaveProperty('name', 'AbortError');
});

describe('aborts', () => {
  const stages: readonly [string, Answer][] = [
    ['the request', () => new Promise(() => undefined)],
    [
      'its body',
      () =>
        new Response(
          new ReadableStream({
            start: (sink) => void setTimeout(() => sink.error(new DOMException('left', 'AbortError'))),
          }),
        ),
    ],
    [
      'the token request',
      ({ url }) =>
        url === TOKEN_URL ? new Promise(() => undefined) : guarded(CHALLENGE)({ url, headers: {}, init: {} }),
    ],
    ['the ping', ({ url }) => (url === `${BASE}/v2/` ? new Promise(() => undefined) : json({}, { status: 401 }))],
    ['a guess', ({ url }) => (url.includes('token') ? new Promise(() => undefined) : json({}, { status: 401 }))],
  ];
  test.each(stages)('of %s pass as they are', async (_, answer) => {
    const { client } = clientWith(answer);
    const controller = new AbortController();
    const reading = client.manifest('a/b', '1', { signal: controller.signal });
    setTimeout(() => controller.abort(), 5);
    await expect(reading).rejects.toHaveProperty('name', 'AbortError');
  });
});

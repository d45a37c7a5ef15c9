/** Anonymous tokens: the client names a scope, and everything else comes from the registry's own challenge. */
import { describe, expect, test } from 'vitest';
import { type Answer, startRelay, startUpstream, type Upstream } from './stage.ts';

const SCOPE = '/token?scope=repository%3Aa%2Fb%3Apull';

/** A registry that challenges with this realm, where SELF stands for its own origin. */
function challenging(realm: string, token: Answer): Answer {
  return (request, response) => {
    if (request.url?.startsWith('/auth')) token(request, response);
    else {
      const self = `http://${request.headers.host}`;
      const challenge = `Bearer realm="${realm.replace('SELF', self)}",service="it",scope="repository:user/image:pull"`;
      response.writeHead(401, { 'WWW-Authenticate': challenge }).end();
    }
  };
}

function answering(body: string, status = 200): Answer {
  return (_request, response) => {
    response.writeHead(status, { 'Content-Type': 'text/html', 'Set-Cookie': 'a=1' }).end(body);
  };
}

function targets({ requests }: Upstream): string[] {
  return requests.map(({ method, target }) => `${method} ${target}`);
}

const ASKED = 'GET /auth?service=it&scope=repository%3Aa%2Fb%3Apull';

test.each([
  ['its own address', 'SELF/auth'],
  ['a path', '/auth'],
])('the service is asked at %s for the scope alone, and gives a token and its life', async (_name, realm) => {
  const body = JSON.stringify({ token: 'abc', expires_in: 300, refresh_token: 'long', other: 1 });
  const registry = await startUpstream(challenging(realm, answering(body)));
  const relay = await startRelay({ named: [registry.origin] });
  const answer = await relay.ask(`/relay/r/${registry.host}${SCOPE}`, { headers: { Cookie: 'a=1' } });
  expect(answer).toMatchObject({
    status: 200,
    headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
  });
  expect(answer.headers).not.toHaveProperty('set-cookie');
  expect(JSON.parse(answer.body.toString())).toEqual({ token: 'abc', expires_in: 300 });
  expect(targets(registry)).toEqual(['GET /v2/', ASKED]);
  expect(registry.requests.flatMap(({ headers }) => [headers.cookie, headers.authorization])).toEqual(
    Array(4).fill(undefined),
  );
});

test('a realm keeps its own query, and access_token is a token', async () => {
  const registry = await startUpstream(challenging('SELF/auth?tenant=1', answering('{"access_token":"abc"}')));
  const relay = await startRelay({ named: [registry.origin] });
  const answer = await relay.ask(`/relay/r/${registry.host}${SCOPE}`);
  expect(JSON.parse(answer.body.toString())).toEqual({ token: 'abc' });
  expect(targets(registry)[1]).toBe('GET /auth?tenant=1&service=it&scope=repository%3Aa%2Fb%3Apull');
});

test('the challenge is kept for ten minutes, the token is not kept at all', async () => {
  let nowMs = 0;
  const registry = await startUpstream(challenging('SELF/auth', answering('{"token":"abc"}')));
  const relay = await startRelay({ named: [registry.origin], now: () => nowMs });
  await relay.ask(`/relay/r/${registry.host}${SCOPE}`);
  nowMs = 10 * 60 * 1000 - 1;
  await relay.ask(`/relay/r/${registry.host}${SCOPE}`);
  nowMs += 1;
  await relay.ask(`/relay/r/${registry.host}${SCOPE}`);
  expect(targets(registry)).toEqual(['GET /v2/', ASKED, ASKED, 'GET /v2/', ASKED]);
});

test('a registry that lets the ping pass is asked for the repository', async () => {
  const challenge = challenging('SELF/auth', answering('{"token":"abc"}'));
  const registry = await startUpstream((request, response) => {
    if (request.url === '/v2/') response.end('{}');
    else challenge(request, response);
  });
  const relay = await startRelay({ named: [registry.origin] });
  expect((await relay.ask(`/relay/r/${registry.host}${SCOPE}`)).status).toBe(200);
  expect(targets(registry)).toEqual(['GET /v2/', 'GET /v2/a/b/manifests/latest', ASKED]);
});

describe('realms that lead elsewhere', () => {
  // PORT: of a server on this machine that the operator has not named.
  test.each([
    'http://127.0.0.1:PORT/auth',
    'http://localhost:PORT/auth',
    'http://[::ffff:7f00:1]:PORT/auth',
    'http://0.0.0.0:PORT/auth',
    '//127.0.0.1:PORT/auth',
    'https://169.254.169.254/auth',
    'https://metadata.google.internal/auth',
    'http://auth.example.com/auth',
    'https://auth.example.com:8443/auth',
    'https://user:password@auth.example.com/auth',
    'http://user:password@SELFHOST/auth',
    'file:///etc/passwd',
    'http://',
  ])('%s', async (realm) => {
    const other = await startUpstream(answering('{"token":"abc"}'));
    const registry = await startUpstream((request, response) => {
      const spelled = realm.replace('PORT', String(other.port)).replace('SELFHOST', request.headers.host ?? '');
      challenging(spelled, answering('{"token":"abc"}'))(request, response);
    });
    const relay = await startRelay({ named: [registry.origin] });
    const answer = await relay.ask(`/relay/r/${registry.host}${SCOPE}`);
    expect(answer).toMatchObject({ status: 502, reason: 'realm-not-allowed' });
    expect(other.requests).toEqual([]);
    expect(targets(registry)).toEqual(['GET /v2/']);
  });

  test('a token service that redirects', async () => {
    const other = await startUpstream(answering('{"token":"abc"}'));
    const registry = await startUpstream(
      challenging('SELF/auth', (_request, response) => response.writeHead(302, { Location: `${other.origin}/` }).end()),
    );
    const relay = await startRelay({ named: [registry.origin, other.origin] });
    expect((await relay.ask(`/relay/r/${registry.host}${SCOPE}`)).reason).toBe('upstream-answer');
    expect(other.requests).toEqual([]);
  });

  test('a registry whose ping redirects to a challenge of another', async () => {
    const other = await startUpstream(challenging('SELF/auth', answering('{"token":"abc"}')));
    const registry = await startUpstream((_request, response) => {
      response.writeHead(302, { Location: `${other.origin}/v2/` }).end();
    });
    const relay = await startRelay({ named: [registry.origin, other.origin] });
    expect((await relay.ask(`/relay/r/${registry.host}${SCOPE}`)).reason).toBe('no-token-service');
    expect(other.requests).toEqual([]);
  });
});

test.each<[string, Answer, string]>([
  ['no JSON', answering('hello'), 'upstream-answer'],
  ['no token', answering('{"expires_in":300}'), 'upstream-answer'],
  ['a token that is no text', answering('{"token":5}'), 'upstream-answer'],
  ['more than 128 KiB', answering(JSON.stringify({ token: 'a'.repeat(129 * 1024) })), 'upstream-answer'],
  ['nothing to read', answering('', 204), 'upstream-answer'],
  ['half an answer', (_request, response) => void response.write('{', () => response.destroy()), 'upstream-answer'],
  ['silence after the first byte', (_request, response) => void response.write('{'), 'upstream-timeout'],
  ['silence', () => undefined, 'upstream-timeout'],
])('a token service with %s', async (_name, token, reason) => {
  const registry = await startUpstream(challenging('SELF/auth', token));
  const relay = await startRelay({ named: [registry.origin], idleTimeoutMs: 200, headersTimeoutMs: 200 });
  expect((await relay.ask(`/relay/r/${registry.host}${SCOPE}`)).reason).toBe(reason);
});

test.each([401, 403, 429, 500])('its refusal %i passes', async (status) => {
  const registry = await startUpstream(challenging('SELF/auth', answering('{"details":"denied"}', status)));
  const relay = await startRelay({ named: [registry.origin] });
  const answer = await relay.ask(`/relay/r/${registry.host}${SCOPE}`);
  expect(answer).toMatchObject({ status, reason: undefined });
  expect(answer.body.toString()).toBe('{"details":"denied"}');
});

test.each<[string, Answer]>([
  ['nothing', (_request, response) => response.end('{}')],
  ['Basic', (_request, response) => response.writeHead(401, { 'WWW-Authenticate': 'Basic realm="x"' }).end()],
])('a registry that asks for %s has no tokens to give', async (_name, answer) => {
  const registry = await startUpstream(answer);
  const relay = await startRelay({ named: [registry.origin] });
  expect(await relay.ask(`/relay/r/${registry.host}${SCOPE}`)).toMatchObject({
    status: 401,
    reason: 'no-token-service',
  });
});

test('a token is asked for with GET and without credentials', async () => {
  const registry = await startUpstream();
  const relay = await startRelay({ named: [registry.origin] });
  const target = `/relay/r/${registry.host}${SCOPE}`;
  expect((await relay.ask(target, { method: 'HEAD' })).reason).toBe('method-not-allowed');
  const headers = { Authorization: 'Bearer abc' };
  expect((await relay.ask(target, { headers })).reason).toBe('credentials-not-allowed');
  expect(registry.requests).toEqual([]);
});

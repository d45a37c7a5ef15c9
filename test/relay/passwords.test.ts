/** User names and passwords: carried only where the operator says so, and then only to where they belong. */
import { describe, expect, test } from 'vitest';
import { createHostPolicy } from '../../src/relay/host-policy.ts';
import { DIGEST, startRelay, startUpstream } from './stage.ts';

const BASIC = `Basic ${Buffer.from('user:secret').toString('base64')}`;
const headers = { Authorization: BASIC };
const TOKEN = '/token?scope=repository%3Aa%2Fb%3Apull';
const MANIFEST = '/v2/a/b/manifests/latest';

test('go to the registry, and stay behind at the first other origin', async () => {
  const store = await startUpstream((_request, response) => response.end('blob'));
  const registry = await startUpstream((_request, response) => {
    response.writeHead(302, { Location: `${store.origin}/key` }).end();
  });
  const relay = await startRelay({ named: [registry.origin, store.origin], passwords: true });
  const answer = await relay.ask(`/relay/r/${registry.host}/v2/a/blobs/${DIGEST}`, { headers });
  expect(answer.body.toString()).toBe('blob');
  expect(registry.requests.map((request) => request.headers.authorization)).toEqual([BASIC]);
  expect(store.requests.map((request) => request.headers.authorization)).toEqual([undefined]);
  expect(JSON.stringify([relay.log, answer.headers])).not.toContain(BASIC.slice(6));
});

describe('for a token', () => {
  /** A registry whose token service is at `realm`, or at itself. */
  function registryWith(realm?: string) {
    return startUpstream((request, response) => {
      const challenge = `Bearer realm="${realm ?? `http://${request.headers.host}/auth`}",service="it"`;
      if (request.url?.startsWith('/auth')) response.end('{"token":"abc"}');
      else response.writeHead(401, { 'WWW-Authenticate': challenge }).end();
    });
  }

  test('go to the registry’s own token service, and not with the question for where that is', async () => {
    const registry = await registryWith();
    const relay = await startRelay({ named: [registry.origin], passwords: true });
    const answer = await relay.ask(`/relay/r/${registry.host}${TOKEN}`, { headers });
    expect(JSON.parse(answer.body.toString())).toEqual({ token: 'abc' });
    expect(registry.requests.map((request) => [request.target, request.headers.authorization])).toEqual([
      ['/v2/', undefined],
      ['/auth?service=it&scope=repository%3Aa%2Fb%3Apull', BASIC],
    ]);
  });

  test('go to a token service that the operator named beside the registry', async () => {
    const service = await startUpstream((_request, response) => response.end('{"token":"abc"}'));
    const registry = await registryWith(`${service.origin}/auth`);
    const relay = await startRelay({ named: [registry.origin, service.origin], passwords: true });
    expect((await relay.ask(`/relay/r/${registry.host}${TOKEN}`, { headers })).status).toBe(200);
    expect(service.requests.map((request) => request.headers.authorization)).toEqual([BASIC]);
  });

  test('never to a public host that the registry merely names', async () => {
    const registry = await registryWith('https://auth.example.com/auth');
    const asked: string[] = [];
    const resolve = async (hostname: string) => {
      asked.push(hostname);
      return [];
    };
    const relay = await startRelay({ named: [registry.origin], passwords: true, resolve });
    const target = `/relay/r/${registry.host}${TOKEN}`;
    expect((await relay.ask(target, { headers })).reason).toBe('credentials-not-allowed');
    expect(asked).toEqual([]);
    // Without a password that same host may be asked.
    expect((await relay.ask(target)).reason).toBe('address-not-allowed');
    expect(asked).toEqual(['auth.example.com']);
  });

  test('a token is no password', async () => {
    const registry = await registryWith();
    const relay = await startRelay({ named: [registry.origin], passwords: true });
    const answer = await relay.ask(`/relay/r/${registry.host}${TOKEN}`, { headers: { Authorization: 'Bearer abc' } });
    expect(answer.reason).toBe('credentials-not-allowed');
    expect(registry.requests).toEqual([]);
  });
});

test.each([
  ['Basic', 'Basic '],
  ['line ends', 'Basic a\tb'],
  ['other schemes', 'Digest dXNlcg=='],
  ['Negotiate', 'Negotiate dXNlcg=='],
  ['two of them', 'Basic dXNlcg==, Bearer abc'],
  ['more than 8 KiB', `Basic ${'a'.repeat(8193)}`],
])('malformed ones are refused: %s', async (_name, authorization) => {
  const registry = await startUpstream();
  const relay = await startRelay({ named: [registry.origin], passwords: true });
  const asking = { headers: { Authorization: authorization } };
  expect((await relay.ask(`/relay/r/${registry.host}${MANIFEST}`, asking)).reason).toBe('credentials-not-allowed');
  expect(registry.requests).toEqual([]);
});

test('“*” serves every public https host, none that is private, and carries no password there', async () => {
  const policy = createHostPolicy(['*']);
  expect(policy.registryOrigin('registry.example.org')).toBe('https://registry.example.org');
  for (const host of [
    'localhost',
    '127.0.0.1',
    '8.8.8.8',
    '[::1]',
    'a.internal',
    'intranet',
    'a.example.org.',
    'a.org:80',
  ]) {
    expect(policy.registryOrigin(host), host).toBeUndefined();
  }
  const asked: string[] = [];
  const resolve = async (hostname: string) => {
    asked.push(hostname);
    return [{ address: '10.0.0.1', family: 4 }];
  };
  const relay = await startRelay({ named: ['*'], passwords: true, resolve });
  const target = `/relay/r/registry.example.org${MANIFEST}`;
  expect((await relay.ask(target, { headers })).reason).toBe('credentials-not-allowed');
  expect(asked).toEqual([]);
  expect((await relay.ask(target)).reason).toBe('address-not-allowed');
  expect(asked).toEqual(['registry.example.org']);
});

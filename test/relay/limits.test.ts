/** What one client may take of the relay, and for how long a registry or a client may keep it waiting. */
import { once } from 'node:events';
import { createServer } from 'node:net';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { clientKey } from '../../src/relay/client-key.ts';
import { createHostPolicy } from '../../src/relay/host-policy.ts';
import { createLimits } from '../../src/relay/limits.ts';
import { createNodeFetch } from '../../src/relay/node-fetch.ts';
import { DIGEST, startRelay, startUpstream } from './stage.ts';

const MANIFEST = '/v2/a/b/manifests/latest';

describe('who is one client', () => {
  test.each([
    ['203.0.113.9', '203.0.113.9'],
    ['::ffff:203.0.113.9', '203.0.113.9'],
    ['::ffff:cb00:7109', '203.0.113.9'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8:1:2::', '2001:db8:1:2::/64'],
    ['2001:DB8:1:2:ffff::1', '2001:db8:1:2::/64'],
    ['2001:db8:1:3::1', '2001:db8:1:3::/64'],
    ['::1', '0:0:0:0::/64'],
    ['1::', '1:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['', ''],
    ['unknown', 'unknown'],
    ['a:b', 'a:b'],
  ])('%s counts as %s', (address, key) => {
    expect(clientKey(address)).toBe(key);
  });
});

describe('a bucket of requests', () => {
  const wide = { perClient: 1000, inTotal: 1000, bytesPerDay: Number.POSITIVE_INFINITY };

  test('empties, fills again as time passes, and never beyond its size', () => {
    let nowMs = 0;
    const limits = createLimits({ ...wide, burst: 3, perSecond: 2, now: () => nowMs });
    const take = (client = '203.0.113.9'): number => {
      let taken = 0;
      try {
        for (; taken < 100; taken++) limits.enter(client)(0);
      } catch (error) {
        expect(error).toMatchObject({ reason: 'rate-limited', status: 429 });
      }
      return taken;
    };
    expect(take()).toBe(3);
    expect(take()).toBe(0);
    expect(take('203.0.113.10')).toBe(3);
    nowMs = 499;
    expect(take()).toBe(0);
    nowMs = 1000;
    expect(take()).toBe(2);
    nowMs = 1_000_000;
    expect(take()).toBe(3);
  });

  test('is shared by all addresses of an IPv6 /64', () => {
    const limits = createLimits({ ...wide, burst: 2, perSecond: 0, now: () => 0 });
    limits.enter('2001:db8::1');
    limits.enter('2001:db8::2');
    expect(() => limits.enter('2001:db8:0:0:ffff::3')).toThrow('too many requests in a short time');
    limits.enter('2001:db8:0:1::1');
  });

  test('of a stranger is not lost by the crowd while it has something under way', () => {
    const limits = createLimits({ ...wide, perClient: 1, inTotal: 100_000, burst: 1, perSecond: 0, now: () => 0 });
    limits.enter('203.0.113.9');
    for (let at = 0; at < 25_000; at++) limits.enter(`client ${at}`)(0);
    expect(() => limits.enter('203.0.113.9')).toThrow('too many requests are under way');
    // The first of the crowd was forgotten, the last is remembered.
    limits.enter('client 0');
    expect(() => limits.enter('client 24999')).toThrow('too many requests in a short time');
  });

  test('at the relay: refused with a time to come back, and the registry never hears of it', async () => {
    const upstream = await startUpstream((_request, response) => response.end('{}'));
    const relay = await startRelay({ named: [upstream.origin], limits: { burst: 2, perSecond: 0 } });
    const target = `/relay/r/${upstream.host}${MANIFEST}`;
    // What is refused and what asks nobody takes nothing from the bucket.
    await relay.ask('/relay/r/evil');
    await relay.ask(target, { method: 'OPTIONS' });
    expect((await relay.ask(target)).status).toBe(200);
    expect((await relay.ask(target)).status).toBe(200);
    expect(await relay.ask(target)).toMatchObject({
      status: 429,
      reason: 'rate-limited',
      headers: { 'retry-after': '5' },
    });
    expect(upstream.requests).toHaveLength(2);
  });
});

test('bytes of a day are counted, and there are new ones the next day', async () => {
  let nowMs = 0;
  const upstream = await startUpstream((_request, response) => response.end('x'.repeat(60)));
  const limits = { bytesPerDay: 100 };
  const relay = await startRelay({ named: [upstream.origin], limits, now: () => nowMs });
  const ask = () => relay.ask(`/relay/r/${upstream.host}/v2/a/blobs/${DIGEST}`);
  expect((await ask()).status).toBe(200);
  expect((await ask()).status).toBe(200);
  expect(await ask()).toMatchObject({ status: 429, reason: 'quota-used', headers: { 'retry-after': '3600' } });
  nowMs = 24 * 60 * 60 * 1000;
  expect((await ask()).status).toBe(200);
  expect(upstream.requests).toHaveLength(3);
});

test('behind a proxy the client is whom the proxy names last, and what the client claims counts for nothing', async () => {
  const upstream = await startUpstream((_request, response) => response.end('{}'));
  const limits = { burst: 1, perSecond: 0 };
  const target = `/relay/r/${upstream.host}${MANIFEST}`;
  const ask = (relay: Awaited<ReturnType<typeof startRelay>>, forwarded: string) =>
    relay.ask(target, { headers: { 'X-Forwarded-For': forwarded } });
  const proxied = await startRelay({ named: [upstream.origin], limits, isProxied: true });
  expect((await ask(proxied, '1.1.1.1, 203.0.113.9')).status).toBe(200);
  expect((await ask(proxied, '2.2.2.2, 203.0.113.9')).reason).toBe('rate-limited');
  expect((await ask(proxied, '203.0.113.9, 203.0.113.10')).status).toBe(200);
  const open = await startRelay({ named: [upstream.origin], limits });
  expect((await ask(open, '203.0.113.9')).status).toBe(200);
  expect((await ask(open, '203.0.113.10')).reason).toBe('rate-limited');
});

describe('time', () => {
  test('a client that stops reading is let go, with what it held', async () => {
    let isCut = false;
    const upstream = await startUpstream((_request, response) => {
      const send = (): void => {
        while (!response.destroyed && response.write(Buffer.alloc(64 * 1024)));
      };
      response.on('drain', send).once('close', () => {
        isCut = true;
      });
      send();
    });
    const relay = await startRelay({ named: [upstream.origin], limits: { perClient: 1 }, readerTimeoutMs: 300 });
    const target = `/relay/r/${upstream.host}/v2/a/blobs/${DIGEST}`;
    await relay.open(target);
    expect((await relay.ask(target)).reason).toBe('busy');
    await vi.waitFor(() => expect(isCut).toBe(true), 5000);
    await vi.waitFor(() => expect(relay.log).toMatchObject([{ reason: 'busy' }, { status: 200 }]));
    const next = await relay.open(target);
    expect(next.statusCode).toBe(200);
    next.destroy();
  });

  test('a registry that takes the connection and never greets', async () => {
    const server = createServer(() => undefined).listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    const address = server.address();
    const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
    const ask = createNodeFetch({ policy: createHostPolicy([`127.0.0.1:${port}`]), connectTimeoutMs: 100 });
    const { signal } = new AbortController();
    const asked = ask(`https://127.0.0.1:${port}/v2/`, { method: 'GET', headers: {}, redirect: 'manual', signal });
    await expect(asked).rejects.toMatchObject({ reason: 'upstream-timeout', seen: /connected/ });
  });

  test('a name that takes for ever to look up', async () => {
    const resolve = () => new Promise<never>(() => undefined);
    const ask = createNodeFetch({ policy: createHostPolicy([]), resolve, connectTimeoutMs: 100 });
    const { signal } = new AbortController();
    const asked = ask('https://ghcr.io/v2/', { method: 'GET', headers: {}, redirect: 'manual', signal });
    await expect(asked).rejects.toMatchObject({ reason: 'upstream-timeout' });
  });
});

describe('heads of a registry', () => {
  test.each([
    ['too long', `HTTP/1.1 200 OK\r\nETag: "${'x'.repeat(17 * 1024)}"\r\n\r\n`],
    ['of too many lines', `HTTP/1.1 200 OK\r\n${'A: bbbb\r\n'.repeat(5000)}\r\n`],
    ['that are no HTTP', 'SSH-2.0-OpenSSH_9.2\r\n'],
    ['with a line end in a header', 'HTTP/1.1 200 OK\r\nETag: "a\rSet-Cookie: b"\r\n\r\n'],
    ['with two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nabc'],
    ['with a length and chunks', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
  ])('%s', async (_name, head) => {
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', () => socket.end(head));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    const address = server.address();
    const host = `127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
    const relay = await startRelay({ named: [`http://${host}`] });
    const answer = await relay.ask(`/relay/r/${host}${MANIFEST}`);
    expect(answer).toMatchObject({ status: 502, reason: 'upstream-answer' });
    expect(answer.headers).not.toHaveProperty('set-cookie');
  });
});

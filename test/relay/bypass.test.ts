/** What the table of attempts (attempts.ts) cannot say in a row: what passes beside what is refused, and what is asked when. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createHostPolicy } from '../../src/relay/host-policy.ts';
import { createNodeFetch } from '../../src/relay/node-fetch.ts';
import { DIGEST, PAGE_ORIGIN, portOf, startRelay, startUpstream } from './stage.ts';

const MANIFEST = '/v2/a/b/manifests/latest';

describe('hosts', () => {
  test.each(['127.1', '2130706433', '0x7f.0.0.1', 'localhost', '[::ffff:7f00:1]', '127.0.0.1.'])(
    'a named address does not answer to its other spelling %s',
    async (spelling) => {
      const named = await startUpstream();
      const relay = await startRelay({ named: [named.origin] });
      expect((await relay.ask(`/relay/r/${spelling}:${named.port}${MANIFEST}`)).reason).toBe('host-not-allowed');
      expect((await relay.ask(`/relay/r/${named.host}${MANIFEST}`)).status).toBe(200);
      expect(named.requests).toHaveLength(1);
    },
  );

  test('a host named without http is asked by https alone', async () => {
    const upstream = await startUpstream();
    const relay = await startRelay({ named: [upstream.host] });
    expect((await relay.ask(`/relay/r/${upstream.host}${MANIFEST}`)).reason).toBe('upstream-unreachable');
    expect(upstream.requests).toEqual([]);
  });
});

test('a method that is refused is told which are not', async () => {
  const upstream = await startUpstream();
  const relay = await startRelay({ named: [upstream.origin] });
  const answer = await relay.ask(`/relay/r/${upstream.host}${MANIFEST}`, { method: 'POST' });
  expect(answer).toMatchObject({ status: 405, reason: 'method-not-allowed', headers: { allow: 'GET, HEAD, OPTIONS' } });
});

describe('origins', () => {
  test.each<[string, Record<string, string>]>([
    ['another origin', { Origin: 'https://evil.example.com' }],
    ['another port', { Origin: 'http://localhost:8081' }],
    ['another scheme', { Origin: 'https://localhost:8080' }],
    ['an origin that starts like ours', { Origin: `${PAGE_ORIGIN}.example.com` }],
    ['a sandboxed page', { Origin: 'null' }],
    ['an image of a stranger’s page', { 'Sec-Fetch-Site': 'cross-site' }],
    ['a page at another port of this machine', { 'Sec-Fetch-Site': 'same-site' }],
  ])('%s', async (_name, headers) => {
    const upstream = await startUpstream();
    const relay = await startRelay({ named: [upstream.origin] });
    for (const method of ['GET', 'HEAD', 'OPTIONS']) {
      const answer = await relay.ask(`/relay/r/${upstream.host}${MANIFEST}`, { method, headers });
      expect(answer).toMatchObject({ status: 403, reason: 'origin-not-allowed' });
      expect(answer.headers).not.toHaveProperty('access-control-allow-origin');
    }
    expect(upstream.requests).toEqual([]);
  });

  test('an allowed origin may read answers and refusals, and a preflight asks nobody', async () => {
    const upstream = await startUpstream();
    const relay = await startRelay({ named: [upstream.origin] });
    const headers = { Origin: PAGE_ORIGIN };
    const preflight = await relay.ask(`/relay/r/${upstream.host}${MANIFEST}`, { method: 'OPTIONS', headers });
    expect(preflight).toMatchObject({
      status: 204,
      headers: {
        'access-control-allow-origin': PAGE_ORIGIN,
        'access-control-allow-methods': 'GET, HEAD',
        'access-control-allow-headers': 'authorization, accept, range, if-none-match',
        vary: 'Origin',
      },
    });
    expect(upstream.requests).toEqual([]);
    for (const host of [upstream.host, 'example.com']) {
      const answer = await relay.ask(`/relay/r/${host}${MANIFEST}`, { headers });
      expect(answer.headers['access-control-allow-origin']).toBe(PAGE_ORIGIN);
      expect(answer.headers).not.toHaveProperty('access-control-allow-credentials');
    }
  });
});

describe('redirects', () => {
  test.each([301, 302, 303, 307, 308])(
    '%i is followed between named hosts, and its address stays within',
    async (status) => {
      const store = await startUpstream((_request, response) => response.end('blob'));
      const upstream = await startUpstream((_request, response) => {
        response.writeHead(status, { Location: `${store.origin}/bucket/key?signature=secret` }).end();
      });
      const relay = await startRelay({ named: [upstream.origin, store.origin] });
      const answer = await relay.ask(`/relay/r/${upstream.host}/v2/a/blobs/${DIGEST}`);
      expect(answer.status).toBe(200);
      expect(answer.body.toString()).toBe('blob');
      expect(store.requests.map(({ method, target }) => `${method} ${target}`)).toEqual([
        'GET /bucket/key?signature=secret',
      ]);
      expect(JSON.stringify([answer.headers, relay.log])).not.toMatch(/secret|bucket/);
    },
  );

  test('Authorization and nothing else is left behind at the first other origin, and never comes back', async () => {
    const store = await startUpstream((_request, response) => {
      response.writeHead(302, { Location: `${upstream.origin}/back` }).end();
    });
    const upstream = await startUpstream((request, response) => {
      if (request.url === '/back') response.end('blob');
      else if (request.url === '/same') response.writeHead(302, { Location: `${store.origin}/away` }).end();
      else response.writeHead(302, { Location: '/same' }).end();
    });
    const relay = await startRelay({ named: [upstream.origin, store.origin] });
    await relay.ask(`/relay/r/${upstream.host}/v2/a/blobs/${DIGEST}`, {
      headers: { Authorization: 'Bearer secret', Range: 'bytes=5-' },
    });
    const seen = [...upstream.requests, ...store.requests].map(({ target, headers }) => [
      target,
      headers.authorization,
      headers.range,
    ]);
    expect(seen).toEqual([
      [`/v2/a/blobs/${DIGEST}`, 'Bearer secret', 'bytes=5-'],
      ['/same', 'Bearer secret', 'bytes=5-'],
      ['/back', undefined, 'bytes=5-'],
      ['/away', undefined, 'bytes=5-'],
    ]);
  });

  test('five hops and no more', async () => {
    const upstream = await startUpstream((request, response) => {
      const left = Number(new URL(request.url ?? '', 'http://x').searchParams.get('left') ?? 'NaN');
      const start = Number(/t([0-9])$/.exec(request.url ?? '')?.[1] ?? 0);
      const hops = Number.isNaN(left) ? start : left;
      if (hops === 0) response.end('{}');
      else response.writeHead(302, { Location: `/hop?left=${hops - 1}` }).end();
    });
    const relay = await startRelay({ named: [upstream.origin] });
    expect((await relay.ask(`/relay/r/${upstream.host}/v2/a/manifests/t5`)).status).toBe(200);
    expect((await relay.ask(`/relay/r/${upstream.host}/v2/a/manifests/t6`)).reason).toBe('upstream-redirects');
    expect(upstream.requests).toHaveLength(12);
  });

  test.each([[{}], [{ Location: '' }], [{ Location: 'http://' }]])('to nowhere: %j', async (headers) => {
    const upstream = await startUpstream((_request, response) => response.writeHead(302, headers).end());
    const relay = await startRelay({ named: [upstream.origin] });
    expect((await relay.ask(`/relay/r/${upstream.host}${MANIFEST}`)).reason).toBe('upstream-answer');
  });

  test('a public registry may not lead to a named private one', async () => {
    const named = await startUpstream();
    const policy = createHostPolicy([named.origin]);
    const privateUrl = new URL(`${named.origin}/admin`);
    expect(policy.allowsOnward(privateUrl, new URL('https://x.azurecr.io/v2/'))).toBe(false);
    expect(policy.allowsOnward(privateUrl, privateUrl)).toBe(true);
  });
});

describe('addresses behind names', () => {
  test.each(['http://127.0.0.1:PORT/', 'http://[::1]:PORT/', 'https://10.0.0.1/', 'https://[::ffff:7f00:1]/'])(
    'the address %s itself, whatever let it come so far',
    async (address) => {
      const other = await startUpstream();
      const ask = createNodeFetch({ policy: createHostPolicy([]), resolve: refuseToResolve });
      const { signal } = new AbortController();
      const asked = ask(address.replace('PORT', String(other.port)), {
        method: 'GET',
        headers: {},
        redirect: 'manual',
        signal,
      });
      await expect(asked).rejects.toMatchObject({ reason: 'address-not-allowed' });
      expect(other.requests).toEqual([]);
    },
  );

  test('a name without any address', async () => {
    const relay = await startRelay({ resolve: async () => [] });
    expect((await relay.ask(`/relay/r/ghcr.io${MANIFEST}`)).reason).toBe('address-not-allowed');
  });

  test('http never leaves the private network', async () => {
    const relay = await startRelay({
      named: ['http://registry.lan:5000'],
      resolve: async () => [{ address: '140.82.112.33', family: 4 }],
    });
    expect((await relay.ask(`/relay/r/registry.lan:5000${MANIFEST}`)).reason).toBe('address-not-allowed');
  });

  test('the address that was judged is the one connected to: the name is looked up once', async () => {
    const upstream = await startUpstream();
    const asked: string[] = [];
    const relay = await startRelay({
      named: [`http://registry.lan:${upstream.port}`],
      resolve: async (hostname) => {
        asked.push(hostname);
        return [{ address: '127.0.0.1', family: 4 }];
      },
    });
    expect((await relay.ask(`/relay/r/registry.lan:${upstream.port}${MANIFEST}`)).status).toBe(200);
    expect(asked).toEqual(['registry.lan']);
    expect(upstream.requests.map(({ headers }) => headers.host)).toEqual([`registry.lan:${upstream.port}`]);
  });

  test('a redirect to a public name that means this machine', async () => {
    const upstream = await startUpstream((_request, response) => {
      response.writeHead(302, { Location: 'https://cdn.example.com/blob' }).end();
    });
    const relay = await startRelay({
      named: [upstream.origin],
      resolve: async () => [{ address: '127.0.0.1', family: 4 }],
    });
    expect((await relay.ask(`/relay/r/${upstream.host}/v2/a/blobs/${DIGEST}`)).reason).toBe('address-not-allowed');
  });
});

test('a certificate that nobody vouches for', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'pulltab-relay-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
  execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', key, '-out', cert, ...subject], {
    stdio: 'pipe',
  });
  let requests = 0;
  const server = createServer({ key: readFileSync(key), cert: readFileSync(cert) }, (_request, response) => {
    requests += 1;
    response.end();
  });
  await new Promise<void>((done) => server.listen(0, 'localhost', done));
  onTestFinished(() => void server.close());
  const host = `localhost:${portOf(server)}`;
  const relay = await startRelay({ named: [host] });
  expect((await relay.ask(`/relay/r/${host}${MANIFEST}`)).reason).toBe('upstream-unreachable');
  expect(requests).toBe(0);
});

function refuseToResolve(hostname: string): Promise<never> {
  return Promise.reject(new Error(`${hostname} was looked up`));
}

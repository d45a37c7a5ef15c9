/** Attempts to make the relay ask what it must not: each row is one, and nothing may reach the server it aims at. */
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
  // PORT: of a server on this machine that the operator has not named, while another one is.
  test.each([
    ['127.0.0.1:PORT', 'host-not-allowed'],
    ['localhost:PORT', 'host-not-allowed'],
    ['[::1]:PORT', 'host-not-allowed'],
    ['[::ffff:127.0.0.1]:PORT', 'route-unknown'],
    ['[::ffff:7f00:1]:PORT', 'host-not-allowed'],
    ['[0:0:0:0:0:ffff:7f00:1]:PORT', 'host-not-allowed'],
    ['127.1:PORT', 'host-not-allowed'],
    ['2130706433:PORT', 'host-not-allowed'],
    ['0x7f000001:PORT', 'host-not-allowed'],
    ['0177.0.0.1:PORT', 'host-not-allowed'],
    ['0:PORT', 'host-not-allowed'],
    ['0.0.0.0:PORT', 'host-not-allowed'],
    ['localhost.:PORT', 'host-not-allowed'],
    ['127.0.0.1', 'host-not-allowed'],
    ['10.0.0.1', 'host-not-allowed'],
    ['192.168.0.1', 'host-not-allowed'],
    ['169.254.169.254', 'host-not-allowed'],
    ['[fd00:ec2::254]', 'host-not-allowed'],
    ['[fe80::1%25eth0]', 'path-invalid'],
    ['100.100.100.200', 'host-not-allowed'],
    ['metadata.google.internal', 'host-not-allowed'],
    ['8.8.8.8', 'host-not-allowed'],
    ['example.com', 'host-not-allowed'],
    ['ghcr.io.', 'host-not-allowed'],
    ['ghcr.io:80', 'host-not-allowed'],
    ['ghcr.io:443', 'host-not-allowed'],
    ['ghcr.io:PORT', 'host-not-allowed'],
    ['GHCR.IO', 'route-unknown'],
    ['xghcr.io', 'host-not-allowed'],
    ['ghcr.io.example.com', 'host-not-allowed'],
    ['docker.io', 'host-not-allowed'],
    ['evil.example.com.azurecr.io', 'host-not-allowed'],
    ['.azurecr.io', 'host-not-allowed'],
    ['ghcr.io@127.0.0.1:PORT', 'path-invalid'],
    ['user:password@127.0.0.1:PORT', 'path-invalid'],
    ['ghcr.io%40127.0.0.1:PORT', 'path-invalid'],
    ['127.0.0.1:PORT%2f', 'path-invalid'],
    ['127.0.0.1:PORT#ghcr.io', 'path-invalid'],
    ['127.0.0.1:PORT\\ghcr.io', 'path-invalid'],
    ['http:', 'route-unknown'],
    ['', 'path-invalid'],
  ])('%s', async (host, reason) => {
    const other = await startUpstream();
    const named = await startUpstream();
    const relay = await startRelay({ named: [named.origin] });
    const answer = await relay.ask(`/relay/r/${host.replace('PORT', String(other.port))}${MANIFEST}`);
    expect(answer.reason).toBe(reason);
    expect(other.requests).toEqual([]);
  });

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

describe('paths', () => {
  test.each([
    ['/../admin', 'path-invalid'],
    ['/v2/../admin', 'path-invalid'],
    ['/v2/a/../../admin', 'path-invalid'],
    ['/v2/a/./manifests/latest', 'path-invalid'],
    ['/v2/a/manifests/..', 'path-invalid'],
    ['/v2/a/manifests/%2e%2e', 'path-invalid'],
    ['/v2/a/%2e%2e/manifests/latest', 'path-invalid'],
    ['/v2/a%2fb/manifests/latest', 'path-invalid'],
    ['/v2/a%252fb/manifests/latest', 'path-invalid'],
    ['/v2/a\\b/manifests/latest', 'path-invalid'],
    ['/v2/a%5cb/manifests/latest', 'path-invalid'],
    ['/v2/a//manifests/latest', 'path-invalid'],
    ['//v2/a/manifests/latest', 'path-invalid'],
    ['/v2/a/manifests/latest#x', 'path-invalid'],
    ['/v2/a/manifests/latest%00', 'path-invalid'],
    ['/v2/a/manifests/latest%0d%0aX-Injected:1', 'path-invalid'],
    ['/v2/a/manifests/latest;x', 'route-unknown'],
    ['/v2/a/manifests/latest/', 'route-unknown'],
    ['/v2/A/manifests/latest', 'route-unknown'],
    ['/v2/-a/manifests/latest', 'route-unknown'],
    ['/v2/a/manifests/.hidden', 'route-unknown'],
    [`/v2/a/manifests/${'t'.repeat(129)}`, 'route-unknown'],
    [`/v2/${'a'.repeat(256)}/manifests/latest`, 'path-invalid'],
    [`/v2/${'a/'.repeat(1100)}manifests/latest`, 'path-invalid'],
    ['/v2/a/blobs/latest', 'route-unknown'],
    [`/v2/a/blobs/${DIGEST.slice(0, -1)}`, 'route-unknown'],
    [`/v2/a/blobs/${DIGEST.toUpperCase()}`, 'route-unknown'],
    [`/v2/a/blobs/md5:${'0'.repeat(32)}`, 'route-unknown'],
    ['/v2/a/blobs/uploads/', 'route-unknown'],
    ['/v2/a/tags/', 'route-unknown'],
    ['/v2/_catalog', 'route-unknown'],
    ['/v2', 'route-unknown'],
    ['/v1/search', 'route-unknown'],
    ['/', 'route-unknown'],
    ['', 'route-unknown'],
    ['/token/extra?scope=repository:a:pull', 'route-unknown'],
    ['/v2/a/manifests/latest?x=1', 'query-invalid'],
    ['/v2/a/manifests/latest?n=1', 'query-invalid'],
    ['/v2/a/tags/list?n=0', 'query-invalid'],
    ['/v2/a/tags/list?n=100000', 'query-invalid'],
    ['/v2/a/tags/list?n=1&n=2', 'query-invalid'],
    ['/v2/a/tags/list?last=%2e%2e%2f', 'query-invalid'],
    ['/v2/a/tags/list?last=a%0d%0a', 'query-invalid'],
    ['/v2/a/tags/list?__proto__=1', 'query-invalid'],
    [`/v2/a/referrers/${DIGEST}?artifactType=a%2fb%20c`, 'query-invalid'],
    ['/token', 'query-invalid'],
    ['/token?scope=repository:a:push', 'query-invalid'],
    ['/token?scope=repository:a:pull,push', 'query-invalid'],
    ['/token?scope=registry:catalog:*', 'query-invalid'],
    ['/token?scope=repository:a:pull&service=x', 'query-invalid'],
    ['/token?scope=repository:a:pull&scope=repository:b:pull', 'query-invalid'],
    ['/token?realm=http://127.0.0.1/', 'query-invalid'],
  ])('%s', async (path, reason) => {
    const upstream = await startUpstream();
    const relay = await startRelay({ named: [upstream.origin] });
    const answer = await relay.ask(`/relay/r/${upstream.host}${path}`);
    expect(answer.reason).toBe(reason);
    expect(upstream.requests).toEqual([]);
  });

  test.each([
    '/relay',
    '/relay/',
    '/relayr/ghcr.io/v2/',
    '/r/ghcr.io/v2/',
    '/relay/../r/ghcr.io/v2/',
    '*',
    '//relay/r/',
  ])('nothing is served at %s', async (target) => {
    const relay = await startRelay();
    expect((await relay.ask(target)).reason).toMatch(/^(route-unknown|path-invalid)$/);
  });

  test('the absolute form of a request line is no path', async () => {
    const upstream = await startUpstream();
    const relay = await startRelay({ named: [upstream.origin] });
    const answer = await relay.ask(`http://localhost/relay/r/${upstream.host}${MANIFEST}`);
    expect(answer.reason).toBe('path-invalid');
    expect(upstream.requests).toEqual([]);
  });
});

describe('methods, bodies and credentials', () => {
  test.each(['POST', 'PUT', 'PATCH', 'DELETE', 'TRACE', 'PROPFIND', 'QUERY'])('%s', async (method) => {
    const upstream = await startUpstream();
    const relay = await startRelay({ named: [upstream.origin] });
    const answer = await relay.ask(`/relay/r/${upstream.host}${MANIFEST}`, { method });
    expect(answer).toMatchObject({
      status: 405,
      reason: 'method-not-allowed',
      headers: { allow: 'GET, HEAD, OPTIONS' },
    });
    expect(upstream.requests).toEqual([]);
  });

  test.each<[string, Record<string, string>, string, string?]>([
    ['a body', { 'Content-Length': '2' }, 'body-not-allowed', 'hi'],
    ['a chunked body', { 'Transfer-Encoding': 'chunked' }, 'body-not-allowed', 'hi'],
    ['Basic credentials', { Authorization: 'Basic dXNlcjpwYXNzd29yZA==' }, 'credentials-not-allowed'],
    ['an empty Authorization', { Authorization: '' }, 'credentials-not-allowed'],
    ['a token with a space', { Authorization: 'Bearer a b' }, 'credentials-not-allowed'],
    ['several ranges', { Range: 'bytes=0-1,5-6' }, 'header-invalid'],
    ['a range of lines', { Range: 'lines=0-1' }, 'header-invalid'],
    ['a range from the end', { Range: 'bytes=-5' }, 'header-invalid'],
    ['an endless Accept', { Accept: 'a/b,'.repeat(1000) }, 'header-invalid'],
  ])('%s', async (_name, headers, reason, body) => {
    const upstream = await startUpstream();
    const relay = await startRelay({ named: [upstream.origin] });
    const asking = body === undefined ? { headers } : { headers, body };
    expect((await relay.ask(`/relay/r/${upstream.host}${MANIFEST}`, asking)).reason).toBe(reason);
    expect(upstream.requests).toEqual([]);
  });
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
  // PORT: of a server on this machine that the operator has not named.
  test.each([
    'http://127.0.0.1:PORT/',
    'http://localhost:PORT/',
    'http://[::1]:PORT/',
    'http://[::ffff:127.0.0.1]:PORT/',
    'http://[::ffff:7f00:1]:PORT/',
    'http://[64:ff9b::127.0.0.1]:PORT/',
    'http://127.1:PORT/',
    'http://2130706433:PORT/',
    'http://0x7f.1:PORT/',
    'http://0177.0.0.1:PORT/',
    'http://0:PORT/',
    'http://0.0.0.0:PORT/',
    'http://%31%32%37.0.0.1:PORT/',
    'http://127%E3%80%820%E3%80%820%E3%80%821:PORT/',
    'http:\\\\127.0.0.1:PORT\\',
    '//127.0.0.1:PORT/',
    '\\\\127.0.0.1:PORT',
    'https://127.0.0.1:PORT/',
    'https://127.0.0.1/',
    'https://10.0.0.1/',
    'https://172.16.0.1/',
    'https://192.168.1.1/',
    'https://100.64.0.1/',
    'https://169.254.169.254/latest/meta-data/',
    'https://100.100.100.200/',
    'https://[fd00:ec2::254]/',
    'https://[fe80::1]/',
    'https://8.8.8.8/',
    'https://localhost/',
    'https://a.localhost/',
    'https://metadata.google.internal/',
    'https://printer.local/',
    'https://intranet/',
    'https://cdn.example.com./',
    'https://cdn.example.com:8443/',
    'http://cdn.example.com/',
    'https://user@cdn.example.com/',
    'https://user:password@cdn.example.com/',
    'http://user:password@SELF/v2/',
    'ftp://cdn.example.com/',
    'file:///etc/passwd',
    'data:text/plain,hi',
    'javascript:alert(1)',
  ])('to %s', async (location) => {
    const other = await startUpstream();
    const upstream = await startUpstream((request, response) => {
      const self = request.headers.host ?? '';
      const to = location.replace('PORT', String(other.port)).replace('SELF', self);
      response.writeHead(307, { Location: to }).end();
    });
    const relay = await startRelay({ named: [upstream.origin], resolve: refuseToResolve });
    const answer = await relay.ask(`/relay/r/${upstream.host}/v2/a/blobs/${DIGEST}`);
    expect(answer.reason).toBe('redirect-not-allowed');
    expect(answer.headers).not.toHaveProperty('location');
    expect(other.requests).toEqual([]);
    expect(upstream.requests).toHaveLength(1);
  });

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
  test.each([
    '127.0.0.1',
    '127.255.255.254',
    '0.0.0.0',
    '10.1.2.3',
    '100.64.0.1',
    '169.254.169.254',
    '172.31.255.255',
    '192.0.0.192',
    '192.168.0.1',
    '198.18.0.1',
    '224.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::ffff:127.0.0.1',
    '::ffff:8.8.8.8',
    '::127.0.0.1',
    '64:ff9b::7f00:1',
    '64:ff9b:1::a00:1',
    '2001::1',
    '2002:7f00:1::',
    'fc00::1',
    'fd00:ec2::254',
    'fe80::1',
    'fe80::1%eth0',
    'fec0::1',
    'ff02::1',
    'not an address',
  ])('%s, alone or beside a public one', async (address) => {
    const family = address.includes(':') ? 6 : 4;
    const publicAddress = { address: '140.82.112.33', family: 4 };
    for (const found of [[{ address, family }], [publicAddress, { address, family }]]) {
      const relay = await startRelay({ resolve: async () => found });
      expect((await relay.ask(`/relay/r/ghcr.io${MANIFEST}`)).reason).toBe('address-not-allowed');
    }
  });

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

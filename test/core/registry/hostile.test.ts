/** Registries and token services that want what is not theirs, as real servers: each is answered with its named error. */
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { parseDigest } from '../../../src/core/digest.ts';
import type { PulltabError } from '../../../src/core/errors.ts';
import { createRegistryClient } from '../../../src/core/registry/client.ts';

const SECRET = 'open sesame';
const DIGEST = parseDigest(`sha256:${'a'.repeat(64)}`);

interface Host {
  /** `127.0.0.1:PORT` */
  readonly host: string;
  readonly base: string;
  readonly asked: IncomingMessage[];
}

const servers: Server[] = [];

async function serve(listener: RequestListener): Promise<Host> {
  const asked: IncomingMessage[] = [];
  const server = createServer({ maxHeaderSize: 1024 * 1024 }, (request, response) => {
    asked.push(request);
    listener(request, response);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { host, base: `http://${host}`, asked };
}

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.close();
    server.closeAllConnections();
  }
});

function challenging(header: string): RequestListener {
  return (_request, response) => response.writeHead(401, { 'WWW-Authenticate': header }).end();
}

/** Somebody who must not be asked. */
const bystander = () => serve((_request, response) => response.end('{"token":"t"}'));

async function failure(registry: Host, realmHosts: readonly string[] = []): Promise<PulltabError> {
  const client = createRegistryClient({
    endpoint: { registry: registry.host, base: registry.base, via: 'direct' },
    fetch: (input, init) => fetch(input, init),
    grant: { account: { kind: 'password', username: 'lab', password: SECRET }, viaRelay: false, realmHosts },
  });
  const outcome: unknown = await client.manifest('a/b', '1').catch((error: unknown) => error);
  return outcome as PulltabError;
}

/** Whether anything of the account arrived. */
function got(host: Host): boolean {
  const secret = Buffer.from(`lab:${SECRET}`).toString('base64');
  return host.asked.some(({ headers, url }) => `${JSON.stringify(headers)}${url}`.includes(secret));
}

test.each([
  ['an address of a private network', 'http://10.0.0.1/token', 'registry-failed'],
  ['a cloud’s metadata', 'http://169.254.169.254/latest/meta-data', 'registry-failed'],
  ['a file', 'file:///etc/passwd', 'registry-failed'],
  ['a script', 'javascript:alert(1)', 'registry-failed'],
  ['a user name', 'https://me@auth.example/token', 'registry-failed'],
  ['no address', 'http://[', 'registry-failed'],
  ['another tenant', 'https://two.azurecr.io/oauth2/token', 'realm-not-trusted'],
])('a realm that is %s', async (_, realm, code) => {
  const registry = await serve(challenging(`Bearer realm="${realm}",service="s"`));
  expect(await failure(registry)).toMatchObject({ code, attempted: expect.stringContaining(registry.host) });
  expect([registry.asked.length, got(registry)]).toEqual([1, false]);
});

test('a realm at another program of this machine is not sent the account until someone says so', async () => {
  const other = await bystander();
  const registry = await serve(challenging(`Bearer realm="${other.base}/token"`));
  expect(await failure(registry)).toMatchObject({ code: 'realm-not-trusted', host: other.host });
  expect(other.asked).toEqual([]);
  await failure(registry, [other.host]);
  expect([got(other), got(registry)]).toEqual([true, false]);
});

test('a token service that sends the question on is not followed', async () => {
  const thief = await bystander();
  const registry = await serve((request, response) => {
    if (request.url?.startsWith('/token')) response.writeHead(307, { Location: `${thief.base}/token` }).end();
    else challenging(`Bearer realm="/token"`)(request, response);
  });
  expect(await failure(registry)).toMatchObject({
    code: 'registry-failed',
    seen: expect.stringContaining('another address'),
  });
  expect(thief.asked).toEqual([]);
});

test('where a registry redirects to gets no account, whatever it asks for', async () => {
  for (const challenge of ['Basic realm="x"', 'Bearer realm="/token"']) {
    const thief = await serve(challenging(challenge));
    const registry = await serve((request, response) => {
      response.writeHead(307, { Location: `${thief.base}${request.url}` }).end();
    });
    expect(await failure(registry)).toMatchObject({
      code: 'registry-failed',
      seen: expect.stringContaining(thief.host),
    });
    expect([thief.asked.length, got(thief)]).toEqual([1, false]);
  }
});

test('a registry that first takes the account and then redirects does not take it elsewhere', async () => {
  const thief = await serve((_request, response) => response.end('{"schemaVersion":2}'));
  const registry = await serve((request, response) => {
    if (request.headers.authorization === undefined) challenging('Basic realm="x"')(request, response);
    else response.writeHead(307, { Location: `${thief.base}${request.url}` }).end();
  });
  await failure(registry);
  expect([got(registry), thief.asked.length, got(thief)]).toEqual([true, 1, false]);
});

test.each([
  ['of 10 MB', JSON.stringify({ token: 'x'.repeat(10_000_000) }), '128 KiB'],
  ['that would end a header', JSON.stringify({ token: 't\r\nX-Evil: 1' }), 'characters'],
  ['that is only in the prototype', '{"__proto__":{"token":"t"}}', 'no token'],
  ['that is an object', '{"token":{"toString":"t"}}', 'no token'],
  ['in a page', '<!doctype html>', 'no token'],
])('a token %s', async (_, body, words) => {
  const registry = await serve((request, response) => {
    if (request.url?.startsWith('/token')) response.end(body);
    else challenging('Bearer realm="/token"')(request, response);
  });
  expect(await failure(registry)).toMatchObject({ code: 'registry-failed', seen: expect.stringContaining(words) });
  expect(registry.asked.map(({ headers }) => headers['x-evil'])).toEqual([undefined, undefined]);
  expect(Object.hasOwn(Object.prototype, 'token')).toBe(false);
});

test('a challenge that writes into the question of the token service only fills its own parameter', async () => {
  const registry = await serve((request, response) => {
    if (request.url?.startsWith('/token')) response.end('{"token":"t"}');
    else challenging('Bearer realm="/token?a=1",service="s&scope=repository:other:push#\\"x"')(request, response);
  });
  await failure(registry);
  const url = new URL(registry.asked[1]?.url ?? '', registry.base);
  expect([...url.searchParams]).toEqual([
    ['a', '1'],
    ['service', 's&scope=repository:other:push#"x'],
    ['scope', 'repository:a/b:pull'],
  ]);
});

test('blobs that are redirected in a circle', async () => {
  const registry = await serve((request, response) => response.writeHead(307, { Location: request.url }).end());
  const client = createRegistryClient({
    endpoint: { registry: registry.host, base: registry.base, via: 'direct' },
    fetch: (input, init) => fetch(input, init),
  });
  await expect(client.blob('a/b', DIGEST)).rejects.toMatchObject({ code: 'network-or-cors' });
});

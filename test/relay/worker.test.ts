/** The Worker under workerd: the app and the relay from one deployment, and what the platform does in Node's place. */
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { OCI_INDEX } from '../../src/core/media-types.ts';
import { temporaryFolder } from '../lab/process.ts';
import { type Asking, askAt, DIGEST, openAt, startUpstream } from './stage.ts';
import { buildWorker, startWorker, type WorkerOptions, wranglerSettings } from './workerd.ts';

const SAMPLE = 'v2/pulltab/sample';
const FILES: Readonly<Record<string, string>> = {
  'index.html': '<!doctype html><title>Pulltab</title>',
  'assets/index-1a2b3c.js': 'export {};',
  'config.json': '{ "relay": null, "registries": { "docker.io": { "transport": "relay" } } }',
  [`${SAMPLE}/manifests/latest`]: JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX }),
  [`${SAMPLE}/blobs/${DIGEST}`]: '<script>alert(1)</script>',
  [`${SAMPLE}/tags/list`]: '{"name":"pulltab/sample","tags":["latest"]}',
};
const PAGE = 'https://pages.example.com';

let built = '';

beforeAll(async () => {
  built = await buildWorker();
});

async function start(options: WorkerOptions & { readonly named?: readonly string[] } = {}) {
  const { named = [], variables, ...rest } = options;
  const worker = await startWorker(built, {
    reaches: 'private',
    variables: { PULLTAB_RELAY_HOSTS: named.join(','), ...variables },
    ...rest,
  });
  onTestFinished(() => worker.stop());
  return { ...worker, ask: (target: string, asking?: Asking) => askAt(worker.port, target, asking) };
}

test('the module imports nothing, and no part of Node least of all', () => {
  const code = readFileSync(join(built, wranglerSettings(built).main), 'utf8');
  expect(code).not.toMatch(/^\s*import\b|\bimport\(|\brequire\(|node:|\bprocess\.|\bBuffer\b/m);
  expect(code).toMatch(/export\s*\{[^}]*default/);
});

describe('the app', () => {
  const app = temporaryFolder('worker-app');
  for (const [path, text] of Object.entries(FILES)) {
    mkdirSync(dirname(join(app, path)), { recursive: true });
    writeFileSync(join(app, path), text);
  }

  test.each([
    ['/', 'text/html; charset=utf-8', 'no-cache', 'index.html'],
    ['/index.html', 'text/html; charset=utf-8', 'no-cache', 'index.html'],
    ['/assets/index-1a2b3c.js', 'text/javascript', 'public, max-age=31536000, immutable', 'assets/index-1a2b3c.js'],
    [`/${SAMPLE}/manifests/latest`, OCI_INDEX, 'no-cache', `${SAMPLE}/manifests/latest`],
    [`/${SAMPLE}/blobs/${DIGEST}`, 'application/octet-stream', 'no-cache', `${SAMPLE}/blobs/${DIGEST}`],
    [`/${SAMPLE}/tags/list`, 'application/json', 'no-cache', `${SAMPLE}/tags/list`],
  ])('%s is %s, %s', async (path, type, caching, file) => {
    const worker = await start({ app });
    const answer = await worker.ask(path);
    expect(answer).toMatchObject({
      status: 200,
      headers: { 'content-type': type, 'cache-control': caching, 'x-content-type-options': 'nosniff' },
    });
    expect(answer.headers['content-security-policy']).toContain("frame-ancestors 'none'");
    expect(answer.body.toString()).toBe(FILES[file]);
    const head = await worker.ask(path, { method: 'HEAD' });
    expect([head.status, head.headers['content-type'], head.body.length]).toEqual([200, type, 0]);
  });

  test('config.json names the relay and keeps what else the deployer has set', async () => {
    const worker = await start({ app });
    const { body, headers } = await worker.ask('/config.json');
    expect(JSON.parse(body.toString())).toEqual({
      relay: '/relay',
      registries: { 'docker.io': { transport: 'relay' } },
    });
    expect(headers['content-type']).toBe('application/json');
    const bare = await start();
    expect(JSON.parse((await bare.ask('/config.json')).body.toString())).toEqual({ relay: '/relay' });
  });

  test('what is not there is said without being kept, and nothing is written', async () => {
    const worker = await start({ app });
    expect(await worker.ask('/missing')).toMatchObject({ status: 404, headers: { 'cache-control': 'no-cache' } });
    expect(await worker.ask('/', { method: 'POST' })).toMatchObject({ status: 405, headers: { allow: 'GET, HEAD' } });
  });
});

describe('the relay', () => {
  test('a blob passes whole, with its length, and a range of it', async () => {
    const blob = randomBytes(5_000_000);
    const upstream = await startUpstream((request, response) => {
      const from = Number(/^bytes=([0-9]+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
      const part = blob.subarray(from);
      const range = from === 0 ? {} : { 'Content-Range': `bytes ${from}-${blob.length - 1}/${blob.length}` };
      response.writeHead(from === 0 ? 200 : 206, { ...range, 'Content-Length': part.length }).end(part);
    });
    const worker = await start({ named: [upstream.origin] });
    const target = `/relay/r/${upstream.host}/v2/a/blobs/${DIGEST}`;
    const whole = await worker.ask(target);
    expect(whole).toMatchObject({ status: 200, headers: { 'content-length': '5000000' } });
    expect(sha256(whole.body)).toBe(sha256(blob));
    const part = await worker.ask(target, { headers: { Range: 'bytes=4999990-' } });
    expect(part).toMatchObject({ status: 206, headers: { 'content-length': '10' } });
    expect(part.body).toEqual(blob.subarray(4_999_990));
  });

  test('of a request, only those headers that reading takes go on', async () => {
    const upstream = await startUpstream();
    const worker = await start({ named: [upstream.origin] });
    await worker.ask(`/relay/r/${upstream.host}/v2/a/manifests/latest`, {
      headers: {
        Accept: 'application/json',
        Authorization: 'Bearer token',
        Cookie: 'session=1',
        Referer: 'http://localhost/#/private/image',
        Forwarded: 'for=1.2.3.4',
        'X-Forwarded-For': '1.2.3.4',
        'CF-Connecting-IP': '1.2.3.4',
        'Accept-Encoding': 'gzip',
        'User-Agent': 'someone',
      },
    });
    const { host, connection, ...sent } = upstream.requests[0]?.headers ?? {};
    expect(sent).toEqual({
      accept: 'application/json',
      authorization: 'Bearer token',
      'user-agent': 'Pulltab-Relay/1',
      'accept-encoding': 'identity',
      // Of `cache: 'no-store'`.
      'cache-control': 'no-cache',
      pragma: 'no-cache',
    });
  });

  test('a blob that its server calls encoded is refused: the platform would hand it over decoded', async () => {
    const upstream = await startUpstream((_request, response) => {
      response.writeHead(200, { 'Content-Encoding': 'gzip' }).end(gzipSync('blob'));
    });
    const worker = await start({ named: [upstream.origin] });
    const answer = await worker.ask(`/relay/r/${upstream.host}/v2/a/blobs/${DIGEST}`);
    expect(answer).toMatchObject({ status: 502, reason: 'upstream-answer' });
  });

  test('a client that leaves takes the registry’s request with it', async () => {
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
    const worker = await start({ named: [upstream.origin] });
    const incoming = await openAt(worker.port, `/relay/r/${upstream.host}/v2/a/blobs/${DIGEST}`);
    incoming.destroy();
    await vi.waitFor(() => expect(isCut).toBe(true), 10_000);
  });

  test('pages of a named origin may read it, others may not', async () => {
    const upstream = await startUpstream((_request, response) => response.end('{}'));
    const worker = await start({ named: [upstream.origin], variables: { PULLTAB_RELAY_ORIGINS: PAGE } });
    const ask = (origin: string) => worker.ask(`/relay/r/${upstream.host}/v2/`, { headers: { Origin: origin } });
    expect(await ask(PAGE)).toMatchObject({ status: 200, headers: { 'access-control-allow-origin': PAGE } });
    expect((await ask('https://evil.example.com')).reason).toBe('origin-not-allowed');
  });

  test('passwords pass only where the operator says so', async () => {
    const upstream = await startUpstream((_request, response) => response.end('{}'));
    const headers = { Authorization: 'Basic dXNlcjpwYXNzd29yZA==' };
    const target = `/relay/r/${upstream.host}/v2/`;
    const closed = await start({ named: [upstream.origin] });
    expect((await closed.ask(target, { headers })).reason).toBe('credentials-not-allowed');
    const open = await start({ named: [upstream.origin], variables: { PULLTAB_RELAY_CREDENTIALS: '1' } });
    expect((await open.ask(target, { headers })).status).toBe(200);
    expect(upstream.requests.map((request) => request.headers.authorization)).toEqual([headers.Authorization]);
  });

  test('the platform counts requests, by the address that its edge tells, a /64 as one', async () => {
    const upstream = await startUpstream((_request, response) => response.end('{}'));
    const worker = await start({ named: [upstream.origin], rateLimit: 2 });
    const ask = (address: string) =>
      worker.ask(`/relay/r/${upstream.host}/v2/`, { headers: { 'CF-Connecting-IP': address } });
    expect((await ask('2001:db8::1')).status).toBe(200);
    expect((await ask('2001:db8::2')).status).toBe(200);
    expect(await ask('2001:db8::3')).toMatchObject({ status: 429, reason: 'rate-limited' });
    expect((await ask('2001:db8:0:1::1')).status).toBe(200);
    expect(upstream.requests).toHaveLength(3);
  });

  test('a log line names neither repository, query nor token', async () => {
    const upstream = await startUpstream((_request, response) => response.end('{}'));
    const worker = await start({ named: [upstream.origin], variables: { PULLTAB_RELAY_LOG: '1' } });
    await worker.ask(`/relay/r/${upstream.host}/v2/private/tags/list?last=secret`, {
      headers: { Authorization: 'Bearer secret' },
    });
    await vi.waitFor(() => expect(worker.output()).toContain('"kind":"tags","status":200,"bytes":2'));
    expect(worker.output()).not.toMatch(/private|secret/);
  });

  /** Cloudflare's network has no private addresses; workerd's has none unless told so, whatever a name resolves to. */
  test.each(['localhost', '127.0.0.1', '[::ffff:7f00:1]'])(
    'a name that means this machine (%s) is out of the platform’s reach',
    async (name) => {
      const upstream = await startUpstream((_request, response) => response.end('{}'));
      const host = `${name}:${upstream.port}`;
      const worker = await start({ named: [`http://${host}`], reaches: undefined });
      expect((await worker.ask(`/relay/r/${host}/v2/`)).reason).toBe('upstream-unreachable');
      expect(upstream.requests).toEqual([]);
    },
  );
});

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

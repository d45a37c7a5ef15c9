/** What `npm start` serves: the app's files, its settings, the relay, and on which port. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, onTestFinished, test } from 'vitest';
import { OCI_INDEX, OCI_MANIFEST } from '../../src/core/media-types.ts';
import { type ServerOptions, startServer } from '../../src/relay/server.ts';
import { type Asking, askAt, DIGEST, startUpstream } from './stage.ts';

const SAMPLE = 'v2/pulltab/sample';
const FILES: Readonly<Record<string, string>> = {
  'index.html': '<!doctype html><title>Pulltab</title>',
  'main.js': 'self.skipWaiting();',
  'assets/index-1a2b3c.js': 'export {};',
  'assets/index-1a2b3c.css': 'a {}',
  'config.json': '{ "relay": null, "registries": { "docker.io": { "transport": "relay" } } }',
  [`${SAMPLE}/manifests/latest`]: JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX }),
  [`${SAMPLE}/manifests/${DIGEST}`]: JSON.stringify({ schemaVersion: 2, mediaType: OCI_MANIFEST }),
  [`${SAMPLE}/manifests/1.js`]: JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX }),
  [`${SAMPLE}/blobs/${DIGEST}`]: '<script>alert(1)</script>',
  [`${SAMPLE}/tags/list`]: '{"name":"pulltab/sample","tags":["latest"]}',
};

async function distFolder(files: Readonly<Record<string, string>> = FILES): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'pulltab-dist-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  return folder;
}

async function start(options: Partial<ServerOptions> = {}) {
  const folder = options.distFolder ?? (await distFolder());
  const server = await startServer({ port: 0, host: '127.0.0.1', relayHosts: [], ...options, distFolder: folder });
  onTestFinished(() => server.close());
  const port = Number(new URL(server.url).port);
  return { ...server, port, ask: (target: string, asking?: Asking) => askAt(port, target, asking) };
}

/** Keeps a port for the length of a test. */
async function take(port: number): Promise<number> {
  const server = createServer().listen(port, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server does not listen');
  return address.port;
}

describe('files', () => {
  test.each([
    ['/', 'text/html;charset=utf-8', 'no-cache'],
    ['/index.html', 'text/html;charset=utf-8', 'no-cache'],
    ['/main.js', 'text/javascript', 'no-cache'],
    ['/assets/index-1a2b3c.js', 'text/javascript', 'public, max-age=31536000, immutable'],
    ['/assets/index-1a2b3c.css', 'text/css', 'public, max-age=31536000, immutable'],
    ['/config.json', 'application/json', 'no-cache'],
    [`/${SAMPLE}/manifests/latest`, OCI_INDEX, 'no-cache'],
    [`/${SAMPLE}/manifests/${DIGEST}`, OCI_MANIFEST, 'no-cache'],
    [`/${SAMPLE}/manifests/1.js`, OCI_INDEX, 'no-cache'],
    [`/${SAMPLE}/blobs/${DIGEST}`, 'application/octet-stream', 'no-cache'],
    [`/${SAMPLE}/tags/list`, 'application/json', 'no-cache'],
  ])('%s is %s, %s', async (path, type, caching) => {
    const server = await start();
    const answer = await server.ask(path);
    expect(answer.status).toBe(200);
    expect(answer.headers).toMatchObject({
      'content-type': type,
      'cache-control': caching,
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
    });
    const file = FILES[path === '/' ? 'index.html' : path.slice(1)];
    if (path !== '/config.json') expect(answer.body.toString()).toBe(file);
    const head = await server.ask(path, { method: 'HEAD' });
    expect([head.status, head.headers['content-type'], head.body.length]).toEqual([200, type, 0]);
  });

  test('the policy of the header is the one of the page, and forbids frames', async () => {
    const html = await readFile(new URL('../../index.html', import.meta.url), 'utf8');
    const meta = /http-equiv="Content-Security-Policy"\s+content="([^"]+)"/.exec(html)?.[1];
    const server = await start();
    const { headers } = await server.ask('/');
    expect(headers['content-security-policy']).toBe(`${meta}; frame-ancestors 'none'`);
  });

  test.each([
    '/missing',
    '/assets/missing.js',
    '/%',
    '/%ff',
    '//',
    '//evil.example.com/',
    '/..%2fpackage.json',
    '/../../etc/passwd',
  ])('nothing is at %s, which is said without being kept', async (path) => {
    const server = await start();
    expect(await server.ask(path)).toMatchObject({ status: 404, headers: { 'cache-control': 'no-cache' } });
  });

  test.each(['POST', 'PUT', 'DELETE', 'OPTIONS'])('%s is for no file', async (method) => {
    const server = await start();
    for (const path of ['/', '/config.json']) {
      expect(await server.ask(path, { method })).toMatchObject({ status: 405, headers: { allow: 'GET, HEAD' } });
    }
  });

  test.each<[string, Record<string, string>, string]>([
    ['an empty folder', {}, 'it holds no index.html'],
    ['a config.json that is no JSON', { 'index.html': '', 'config.json': '{' }, 'it is no JSON object'],
    ['a config.json that is a list', { 'index.html': '', 'config.json': '[1]' }, 'it is no JSON object'],
    [
      'a manifest without a type',
      { 'index.html': '', 'v2/a/manifests/latest': '{}' },
      'the manifest names no media type',
    ],
  ])('%s is told at the start', async (_name, files, seen) => {
    const folder = await distFolder(files);
    await expect(start({ distFolder: folder })).rejects.toMatchObject({
      code: 'settings-invalid',
      seen: expect.stringContaining(seen),
    });
  });

  test('a folder that is not there is told at the start', async () => {
    await expect(start({ distFolder: '/nonexistent' })).rejects.toMatchObject({ code: 'settings-invalid' });
  });
});

describe('settings', () => {
  test('config.json names the relay and keeps what else the deployer has set', async () => {
    const server = await start();
    const { body } = await server.ask('/config.json');
    expect(JSON.parse(body.toString())).toEqual({
      relay: '/relay',
      registries: { 'docker.io': { transport: 'relay' } },
    });
  });

  test('without a config.json there is one', async () => {
    const server = await start({ distFolder: await distFolder({ 'index.html': '' }) });
    expect(JSON.parse((await server.ask('/config.json')).body.toString())).toEqual({ relay: '/relay' });
  });
});

describe('the relay', () => {
  test('serves a host that was added, to this machine’s names alone', async () => {
    const upstream = await startUpstream((_request, response) => response.end('{}'));
    const server = await start({ relayHosts: [upstream.origin] });
    const target = `/relay/r/${upstream.host}/v2/`;
    const names = ['localhost', 'LOCALHOST', '127.0.0.1', '[::1]', 'localhost:1', `127.0.0.1:${server.port}`];
    for (const name of names) {
      expect(await server.ask(target, { headers: { Host: name } }), name).toMatchObject({ status: 200 });
    }
    expect(upstream.requests).toHaveLength(names.length);
    for (const name of ['evil.example.com', 'localhost.evil.example.com', `evil:${server.port}`, '[::2]']) {
      const answer = await server.ask(target, { headers: { Host: name } });
      expect(answer, name).toMatchObject({ status: 403, reason: 'origin-not-allowed' });
    }
    expect(upstream.requests).toHaveLength(names.length);
  });

  test('its own pages may read it, those of another port may not', async () => {
    const upstream = await startUpstream((_request, response) => response.end('{}'));
    const server = await start({ relayHosts: [upstream.origin] });
    const ask = (origin: string) => server.ask(`/relay/r/${upstream.host}/v2/`, { headers: { Origin: origin } });
    for (const name of ['localhost', '127.0.0.1', '[::1]']) {
      expect((await ask(`http://${name}:${server.port}`)).status).toBe(200);
      expect((await ask(`http://${name}:${server.port - 1}`)).status).toBe(403);
    }
  });

  test('pages of a named origin may read it, under that origin’s name', async () => {
    const upstream = await startUpstream((_request, response) => response.end('{}'));
    const pageOrigins = ['https://pulltab.example.com'];
    const server = await start({ relayHosts: [upstream.origin], pageOrigins });
    const target = `/relay/r/${upstream.host}/v2/`;
    const ask = (headers: Record<string, string>) => server.ask(target, { headers });
    const answer = await ask({ Host: 'pulltab.example.com', Origin: 'https://pulltab.example.com' });
    expect(answer).toMatchObject({
      status: 200,
      headers: { 'access-control-allow-origin': 'https://pulltab.example.com', vary: 'Origin' },
    });
    for (const origin of ['http://pulltab.example.com', 'https://pulltab.example.com:444', 'https://example.com']) {
      expect((await ask({ Origin: origin })).reason, origin).toBe('origin-not-allowed');
    }
    expect((await ask({ Host: 'a.pulltab.example.com' })).reason).toBe('origin-not-allowed');
    expect(upstream.requests).toHaveLength(1);
  });

  test.each([
    '*',
    'null',
    'pulltab.example.com',
    'https://pulltab.example.com/',
    'https://*.example.com',
    'https://Pulltab.example.com',
    'ftp://pulltab.example.com',
  ])('the origin %s is refused at the start', async (origin) => {
    await expect(start({ pageOrigins: [origin] })).rejects.toMatchObject({ code: 'settings-invalid' });
  });

  test.each([
    'ftp://localhost',
    'http://8.8.8.8:5000',
    'registry.example.com/path',
    'user@registry.example.com',
    '*.example.com',
  ])('the host %s is refused at the start', async (entry) => {
    await expect(start({ relayHosts: [entry] })).rejects.toMatchObject({ code: 'settings-invalid' });
  });
});

describe('ports', () => {
  test('a given port is used', async () => {
    const { port, close } = await start();
    await close();
    expect((await start({ port })).url).toBe(`http://localhost:${port}/`);
  });

  test('a given port that is taken is an error', async () => {
    const port = await take(0);
    await expect(start({ port })).rejects.toMatchObject({
      code: 'settings-invalid',
      attempted: `listen at port ${port} of 127.0.0.1`,
      seen: 'another program listens there already',
    });
  });

  test('without one it is 8080, and a free one where that is taken', async () => {
    const first = await start({ port: undefined });
    const second = await start({ port: undefined });
    expect(second.port).not.toBe(first.port);
    // Another program of this machine may have 8080 while the test runs; then neither gets it.
    if (first.port !== 8080) await expect(take(8080)).rejects.toMatchObject({ code: 'EADDRINUSE' });
    for (const server of [first, second]) expect((await server.ask('/')).status).toBe(200);
  });

  test('closing ends what is under way', async () => {
    const upstream = await startUpstream(() => undefined);
    const server = await start({ relayHosts: [upstream.origin] });
    const asked = expect(server.ask(`/relay/r/${upstream.host}/v2/`)).rejects.toThrow('socket hang up');
    await expect.poll(() => upstream.requests).toHaveLength(1);
    await server.close();
    await asked;
    await expect(server.ask('/')).rejects.toThrow('ECONNREFUSED');
  });
});

describe('the command', () => {
  async function run(env: Record<string, string>) {
    const child = spawn(process.execPath, ['--import', 'tsx', 'src/relay/serve.ts'], {
      cwd: new URL('../..', import.meta.url),
      env: { ...process.env, PULLTAB_DIST: await distFolder(), ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    const output: string[] = [];
    createInterface(child.stdout).on('line', (line) => output.push(line));
    createInterface(child.stderr).on('line', (line) => output.push(line));
    return { output, child, ended: once(child, 'close') };
  }

  test('says where it is and what the relay serves, and ends on a signal', async () => {
    const { output, child, ended } = await run({
      PORT: '0',
      PULLTAB_RELAY_HOSTS: 'registry.example.com, registry.example.com:5443,http://127.0.0.1:5000',
    });
    await expect.poll(() => output, { timeout: 20_000 }).toHaveLength(2);
    const url = /^Pulltab: (http:\/\/localhost:[0-9]+\/)$/.exec(output[0] ?? '')?.[1] ?? '';
    expect(output[1]).toBe(
      `Relay: ${url}relay, for the large public registries and registry.example.com, registry.example.com:5443, http://127.0.0.1:5000`,
    );
    expect((await askAt(Number(new URL(url).port), '/')).status).toBe(200);
    // Another address of the same machine: nothing listens there.
    await expect(fetch(`http://127.0.0.2:${new URL(url).port}/`)).rejects.toThrow('fetch failed');
    child.kill('SIGTERM');
    expect(await ended).toEqual([0, null]);
    expect(output).toHaveLength(2);
  });

  test('a port that is taken is told in one line, with status 1', async () => {
    const port = await take(0);
    const { output, ended } = await run({ PORT: String(port) });
    expect(await ended).toEqual([1, null]);
    expect(output).toEqual([`Could not listen at port ${port} of 127.0.0.1: another program listens there already`]);
  });

  test('a port that is none is told likewise', async () => {
    const { output, ended } = await run({ PORT: '80a' });
    expect(await ended).toEqual([1, null]);
    expect(output).toEqual(['Could not read PORT: “80a” is no port']);
  });
});

import { execFile } from 'node:child_process';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import * as v from 'valibot';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { formatActivity } from '../../../src/core/report/activity-text.ts';
import { formatCurl } from '../../../src/core/report/curl.ts';
import { formatHar } from '../../../src/core/report/har.ts';
import { type EndedRequest, recordingFetch } from '../../../src/core/report/recording-fetch.ts';
import { redactAddress, redactHeaders } from '../../../src/core/report/redact.ts';
import {
  asksForToken,
  describeRequest,
  formatWay,
  type RequestRecord,
  targetHost,
} from '../../../src/core/report/request-record.ts';
import { unreachable } from '../registry/fake-fetch.ts';
import { Har12 } from './har-schema.ts';

const execute = promisify(execFile);
const MANIFEST = 'https://registry.example/v2/a/b/manifests/1';

/** How a request ended whose answer is made by `send`, after `read` has done with it what it wants. */
async function ended(
  send: () => Response | Promise<Response>,
  { address = MANIFEST, init = {}, read = (response: Response): Promise<unknown> => response.text() } = {},
): Promise<EndedRequest[]> {
  const all: EndedRequest[] = [];
  const recorded = recordingFetch(
    async () => send(),
    (one) => all.push(one),
  );
  await recorded(address, init)
    .then(read, () => undefined)
    .catch(() => undefined);
  return all;
}

async function describe1(
  send: () => Response | Promise<Response>,
  options: { address?: string; init?: RequestInit; via?: RequestRecord['via'] } = {},
): Promise<RequestRecord> {
  const [one] = await ended(send, options);
  if (one === undefined) throw new Error('nothing was recorded');
  return describeRequest(one, options.via ?? 'direct');
}

function example(changes: Partial<RequestRecord> = {}): RequestRecord {
  return {
    ...{ startedAtMs: Date.UTC(2026, 0, 2, 3, 4, 5, 678), method: 'GET', address: MANIFEST, via: 'direct' },
    ...{ accept: 'application/json', range: undefined, authorization: undefined, status: 200, bytes: 12 },
    ...{ waitMs: 3, tookMs: 5, headers: [['content-type', 'application/json']], redirectedTo: undefined },
    ...{ failure: undefined, registryCode: undefined, cancelled: false, ...changes },
  };
}

describe('the recording fetch', () => {
  test('gives the answer as it came, and tells once that it ended, with the bytes of its body', async () => {
    const body = new ReadableStream({
      start(controller) {
        for (const text of ['ab', 'cde', 'f']) controller.enqueue(new TextEncoder().encode(text));
        controller.close();
      },
    });
    const read: string[] = [];
    const send = () => new Response(body, { status: 206, headers: { ETag: '"x"' } });
    const [one, ...more] = await ended(send, {
      read: async (response) =>
        read.push(`${response.status} ${response.headers.get('ETag')} ${await response.text()}`),
    });
    expect(read).toEqual(['206 "x" abcdef']);
    expect(more).toEqual([]);
    expect(one).toMatchObject({ bytes: 6, error: undefined });
    expect(one?.tookMs).toBeGreaterThanOrEqual(one?.waitMs ?? Number.NaN);
  });

  test('takes no more of a body than its reader', async () => {
    let pulled = 0;
    const source = new ReadableStream(
      { pull: (controller) => controller.enqueue(new Uint8Array(++pulled)) },
      { highWaterMark: 0 },
    );
    const [one] = await ended(() => new Response(source), {
      read: async (response) => {
        const reader = response.body?.getReader();
        await reader?.read();
        await reader?.read();
        await reader?.cancel();
      },
    });
    expect(pulled).toBe(2);
    expect(one?.bytes).toBe(3);
  });

  test('passes a cancel on to the network', async () => {
    const cancelled: unknown[] = [];
    const source = new ReadableStream({ cancel: (reason) => void cancelled.push(reason) });
    const all = await ended(() => new Response(source), { read: async (response) => response.body?.cancel('enough') });
    expect(cancelled).toEqual(['enough']);
    expect(all).toMatchObject([{ bytes: 0, error: undefined }]);
  });

  test('passes the failure of a body on, after the bytes that came', async () => {
    const failure = new TypeError('network error');
    const source = new ReadableStream({
      start: (controller) => controller.enqueue(new Uint8Array(7)),
      pull: (controller) => controller.error(failure),
    });
    const caught: unknown[] = [];
    const all = await ended(() => new Response(source), {
      read: async (response) => response.arrayBuffer().catch((error: unknown) => caught.push(error)),
    });
    expect(caught).toEqual([failure]);
    expect(all).toMatchObject([{ bytes: 7, error: failure }]);
  });

  test('keeps where the answer came from', async () => {
    const read: string[] = [];
    const send = () =>
      Object.defineProperties(new Response('x'), { url: { value: 'https://b.example/' }, redirected: { value: true } });
    await ended(send, { read: async ({ url, redirected }) => read.push(`${url} ${redirected}`) });
    expect(read).toEqual(['https://b.example/ true']);
  });

  test('tells of answers without a body at once', async () => {
    const all = await ended(() => new Response(null, { status: 204 }), { read: async () => undefined });
    expect(all).toMatchObject([{ bytes: 0, answer: { status: 204 } }]);
  });

  test('fails as the request failed', async () => {
    const recorded = recordingFetch(
      async () => unreachable(),
      () => undefined,
    );
    await expect(recorded(MANIFEST)).rejects.toThrow(new TypeError('Failed to fetch'));
  });
});

describe('what came of a request', () => {
  const status =
    (code: number, headers: Record<string, string> = {}) =>
    () =>
      new Response('', { status: code, headers });
  const bearer: RequestInit = { headers: { Authorization: 'Bearer x' } };

  test.each([
    [403, 'auth-denied'],
    [404, 'not-found'],
    [429, 'rate-limited'],
    [500, 'registry-failed'],
    [200, undefined],
    [206, undefined],
  ])('%d is %s', async (code, failure) => {
    expect(await describe1(status(code))).toMatchObject({ status: code, failure });
  });

  test('a 401 asks for a token, unless there was one already, or it is the token service that says it', async () => {
    const first = await describe1(status(401));
    expect(first.failure).toBeUndefined();
    expect(asksForToken(first)).toBe(true);
    expect(await describe1(status(401), { init: bearer })).toMatchObject({ failure: 'auth-required' });
    const address = 'https://auth.example/token?scope=repository:a/b:pull';
    expect(await describe1(status(401), { address })).toMatchObject({ failure: 'auth-required' });
    const form: RequestInit = { method: 'POST', body: 'grant_type=refresh_token' };
    expect(await describe1(status(401), { init: form })).toMatchObject({ method: 'POST', failure: 'auth-required' });
  });

  test('no answer, a cut body and a cancelled request are told apart', async () => {
    expect(await describe1(unreachable)).toMatchObject({ status: 0, failure: 'network-or-cors', cancelled: false });
    const cut = new ReadableStream({ pull: (controller) => controller.error(new TypeError('network error')) });
    expect(await describe1(() => new Response(cut))).toMatchObject({ status: 200, failure: 'size-mismatch' });
    const aborted = (): never => {
      throw new DOMException('aborted', 'AbortError');
    };
    expect(await describe1(aborted)).toMatchObject({ status: 0, failure: undefined, cancelled: true });
  });

  test('the relay’s own refusals are not the registry’s', async () => {
    const address = 'https://page.example/relay/r/registry.example/v2/a/b/manifests/1';
    const refused = await describe1(status(403, { 'Pulltab-Relay-Error': 'host-not-allowed' }), {
      address,
      via: 'relay',
    });
    expect(refused).toMatchObject({
      failure: 'relay-refused',
      headers: expect.arrayContaining([['pulltab-relay-error', 'host-not-allowed']]),
    });
    expect(targetHost(refused)).toBe('registry.example');
    expect(formatWay(refused)).toBe('via relay page.example');
    const forged = await describe1(status(403, { 'Pulltab-Relay-Error': 'host-not-allowed' }));
    expect(forged.failure).toBe('auth-denied');
  });

  test('the registry’s own code is kept where the specification knows it', async () => {
    const body = (code: string) => () =>
      new Response(JSON.stringify({ errors: [{ code, message: 'x' }] }), { status: 404 });
    expect((await describe1(body('MANIFEST_UNKNOWN'))).registryCode).toBe('MANIFEST_UNKNOWN');
    expect((await describe1(body('MY_PASSWORD'))).registryCode).toBeUndefined();
  });
});

describe('what stays of an address', () => {
  test.each([
    [MANIFEST, MANIFEST],
    [
      'https://auth.docker.io/token?service=registry.docker.io&scope=repository:library/nginx:pull',
      'https://auth.docker.io/token?service=registry.docker.io&scope=repository:library/nginx:pull',
    ],
    ['https://a.example/v2/a/tags/list?n=100&last=1.27', 'https://a.example/v2/a/tags/list?n=100&last=1.27'],
    ['https://u:p@a.example/x#y', 'https://a.example/x'],
    [
      'https://s3.example/b?X-Amz-Signature=abc&Expires=5',
      'https://s3.example/b?X-Amz-Signature=REDACTED&Expires=REDACTED',
    ],
    ['https://a.example/?eyJhbGciOi', 'https://a.example/?REDACTED=REDACTED'],
    ['file:///etc/passwd', 'REDACTED'],
    ['javascript:alert(1)', 'REDACTED'],
    ['no address', 'REDACTED'],
  ])('%s', (address, kept) => {
    expect(redactAddress(address)).toBe(kept);
  });
});

test('of the headers that are kept, the challenge and the next page can still be read', () => {
  const headers: [string, string][] = [
    [
      'WWW-Authenticate',
      'Bearer realm="https://auth.example/token",service="a",scope="repository:a/b:pull",error="insufficient_scope", Basic realm="Registry Realm"',
    ],
    ['Link', '</v2/a/b/tags/list?last=9&n=50>; rel="next"'],
    ['Set-Cookie', 'a=b'],
    ['Docker-Content-Digest', 'sha256:1'],
    ['Docker-RateLimit-Source', '192.0.2.7'],
  ];
  expect(redactHeaders(headers, MANIFEST)).toEqual([
    [
      'www-authenticate',
      'Bearer realm="https://auth.example/token",service="a",scope="repository:a/b:pull",error="insufficient_scope", Basic realm="Registry Realm"',
    ],
    ['link', '</v2/a/b/tags/list?last=9&n=50>; rel="next"'],
    ['docker-content-digest', 'sha256:1'],
  ]);
});

describe('a HAR', () => {
  const records = [
    example(),
    example({ startedAtMs: 1, status: 0, failure: 'network-or-cors', headers: [], waitMs: 9, tookMs: 9 }),
    example({ address: 'https://auth.example/token?service=a&scope=repository:a/b:pull', authorization: 'Basic' }),
    example({ status: 401, headers: [['www-authenticate', 'Basic realm="x"']], cancelled: true, waitMs: 7, tookMs: 6 }),
    example({ via: 'relay', method: 'HEAD', range: 'bytes=0-1', redirectedTo: 'https://b.example/x?sig=REDACTED' }),
  ];

  test('has the structure of HAR 1.2', () => {
    const written: unknown = JSON.parse(JSON.stringify(formatHar(records)));
    expect(v.safeParse(Har12, written).issues).toBeUndefined();
    expect(v.parse(Har12, JSON.parse(JSON.stringify(formatHar([]))))).toMatchObject({ log: { entries: [] } });
  });

  test('says of each request what was said of it', () => {
    const { entries } = formatHar(records).log;
    expect(entries).toHaveLength(records.length);
    expect(entries[0]).toMatchObject({
      response: { status: 0, comment: 'nothing that the page may read' },
      _failure: 'network-or-cors',
    });
    expect(entries[2]?.request.queryString).toEqual([
      { name: 'service', value: 'a' },
      { name: 'scope', value: 'repository:a/b:pull' },
    ]);
    expect(entries[2]?.request.comment).toContain('Basic');
    expect(entries[1]).toMatchObject({ time: 5, timings: { wait: 3, receive: 2 }, response: { bodySize: 12 } });
  });
});

test('as text there is a line for each request, and below a failure what to do', () => {
  const text = formatActivity(
    [example({ status: 404, failure: 'not-found', registryCode: 'NAME_UNKNOWN' }), example({ startedAtMs: 0 })],
    'https://page.example',
  );
  const lines = text.split('\n');
  expect(lines[4]).toBe(`1970-01-01T00:00:00.000Z  GET  ${MANIFEST}  direct  200  12 bytes  5 ms`);
  expect(lines[5]).toBe(`2026-01-02T03:04:05.678Z  GET  ${MANIFEST}  direct  404 not-found  12 bytes  5 ms`);
  expect(lines[6]).toBe('    registry: NAME_UNKNOWN');
  expect(text).toContain('Check the spelling of the repository and the tag.');
});

describe('a curl line', () => {
  let server: Server;
  let base: string;
  const seen: { method: string | undefined; url: string | undefined; headers: NodeJS.Dict<string | string[]> }[] = [];

  beforeAll(async () => {
    server = createServer((request, response) => {
      seen.push({ method: request.method, url: request.url, headers: request.headers });
      response.end(request.url?.startsWith('/token') === true ? '{"expires_in": 60, "token": "t0ken/+="}' : 'hello');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });

  afterAll(() => void server.close());

  async function run(script: string): Promise<string> {
    seen.length = 0;
    return (await execute('sh', ['-eu', '-c', script])).stdout;
  }

  test('asks for the same with the same headers', async () => {
    const record = example({ address: `${base}/v2/a/b/manifests/1`, accept: 'a/b, c/d;q=0.5', range: 'bytes=0-1' });
    expect(await run(formatCurl(record))).toMatch(/^HTTP\/1\.1 200 OK[\s\S]*hello$/);
    expect(seen).toMatchObject([
      { method: 'GET', url: '/v2/a/b/manifests/1', headers: { accept: 'a/b, c/d;q=0.5', range: 'bytes=0-1' } },
    ]);
    await run(formatCurl({ ...record, method: 'HEAD' }));
    expect(seen).toMatchObject([{ method: 'HEAD' }]);
  });

  test('keeps what a shell would take for its own out of its hands', async () => {
    const address = redactAddress(`${base}/it's/$(touch%20x)/\`id\`/;&|`);
    await run(formatCurl(example({ address })));
    expect(seen).toMatchObject([{ url: "/it's/$(touch%20x)/%60id%60/;&|" }]);
  });

  test('works after the comment before it, which gets the token', async () => {
    const token = example({ address: `${base}/token?service=a&scope=repository:a/b:pull`, startedAtMs: 1 });
    const other = example({ address: `${base}/token?service=a&scope=repository:a/other:pull`, startedAtMs: 2 });
    const record = example({ address: `${base}/v2/a/b/manifests/1`, authorization: 'Bearer' });
    const [comment = '', line = ''] = formatCurl(record, [token, other]).split('\n');
    await run(`${comment.replace('# First: ', '')}\n${line}`);
    expect(seen).toMatchObject([
      { url: '/token?service=a&scope=repository:a/b:pull' },
      { headers: { authorization: 'Bearer t0ken/+=' } },
    ]);
    expect(formatCurl(record)).toMatch(/^# TOKEN is what the token service/);
  });

  test('says how Basic credentials become the token', async () => {
    const record = example({ address: `${base}/v2/a/b/manifests/1`, authorization: 'Basic' });
    const [comment = '', line = ''] = formatCurl(record).split('\n');
    await run(`${comment.replace('# First: ', '')}\n${line}`);
    expect(seen).toMatchObject([{ headers: { authorization: `Basic ${btoa('user:password')}` } }]);
  });

  test('says that a form was left out', () => {
    expect(formatCurl(example({ method: 'POST' }))).toMatch(/^# The form .*left out\.\ncurl .* -X POST /);
  });

  test('says where something was left out', () => {
    const record = example({ address: 'https://b.example/x?sig=REDACTED' });
    expect(formatCurl(record)).toMatch(/^# Put in what REDACTED stands for/);
  });
});

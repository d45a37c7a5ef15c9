/** What goes through the relay when it does: headers both ways, ranges, heads, errors, bodies as they flow. */
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, test, vi } from 'vitest';
import { DOCKER_MANIFEST, OCI_INDEX } from '../../src/core/media-types.ts';
import { type Answer, DIGEST, startRelay, startUpstream } from './stage.ts';

const BLOB = `/v2/a/b/blobs/${DIGEST}`;
const MANIFEST = '/v2/a/b/manifests/latest';

describe('headers', () => {
  test('of a request, only those that reading takes go on', async () => {
    const upstream = await startUpstream();
    const relay = await startRelay({ named: [upstream.origin] });
    await relay.ask(`/relay/r/${upstream.host}${MANIFEST}`, {
      headers: {
        Accept: 'application/json',
        Authorization: 'Bearer token',
        Range: 'bytes=0-',
        'If-None-Match': '"x"',
        Cookie: 'session=1',
        Referer: 'http://localhost:8080/#/private/image',
        Origin: 'http://localhost:8080',
        Forwarded: 'for=1.2.3.4',
        'X-Forwarded-For': '1.2.3.4',
        'X-Forwarded-Host': 'evil',
        'Proxy-Authorization': 'Basic x',
        'X-Registry-Auth': 'x',
        'Accept-Encoding': 'gzip',
        'User-Agent': 'someone',
        Upgrade: 'h2c',
        TE: 'trailers',
      },
    });
    expect(upstream.requests[0]?.headers).toEqual({
      host: upstream.host,
      accept: 'application/json',
      authorization: 'Bearer token',
      range: 'bytes=0-',
      'if-none-match': '"x"',
      'user-agent': 'Pulltab-Relay/1',
      'accept-encoding': 'identity',
      connection: 'close',
    });
  });

  test('of an answer, only those that reading takes come back, with the relay’s own', async () => {
    const upstream = await startUpstream((_request, response) => {
      response.writeHead(200, {
        'Content-Type': 'text/html',
        'Content-Length': '2',
        'Docker-Content-Digest': DIGEST,
        ETag: '"x"',
        'RateLimit-Remaining': '99;w=21600',
        'Set-Cookie': ['a=1', 'b=2'],
        Location: 'http://127.0.0.1/',
        'Alt-Svc': 'h3=":443"',
        'Strict-Transport-Security': 'max-age=1',
        'Access-Control-Allow-Origin': '*',
        'Access-Control-Allow-Credentials': 'true',
        'Content-Security-Policy': "default-src 'unsafe-inline'",
        'Content-Disposition': 'inline; filename=x.html',
        'Cache-Control': 'public',
        'Clear-Site-Data': '"*"',
        'Service-Worker-Allowed': '/',
        Refresh: '0; url=//evil.example.com',
      });
      response.end('hi');
    });
    const relay = await startRelay({ named: [upstream.origin] });
    const { headers } = await relay.ask(`/relay/r/${upstream.host}${BLOB}`);
    const { date, connection, 'keep-alive': keepAlive, ...passed } = headers;
    expect(passed).toEqual({
      'content-type': 'application/octet-stream',
      'content-length': '2',
      'docker-content-digest': DIGEST,
      etag: '"x"',
      'ratelimit-remaining': '99;w=21600',
      'content-security-policy': "default-src 'none'; sandbox",
      'cross-origin-resource-policy': 'cross-origin',
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
      vary: 'Origin',
    });
  });

  test.each([
    [MANIFEST, 200, `${DOCKER_MANIFEST}; charset=utf-8`, DOCKER_MANIFEST],
    [MANIFEST, 200, 'text/html', 'application/json'],
    [MANIFEST, 404, 'text/html', 'application/json'],
    [BLOB, 200, 'image/svg+xml', 'application/octet-stream'],
    [BLOB, 404, 'text/html', 'application/json'],
    ['/v2/a/tags/list', 200, 'text/html', 'application/json'],
    [`/v2/a/referrers/${DIGEST}`, 200, 'text/html', OCI_INDEX],
    ['/v2/', 200, 'text/html', 'application/json'],
  ])('the type of %s, %i %s, is %s', async (path, status, sent, passed) => {
    const upstream = await startUpstream((_request, response) => {
      response.writeHead(status, { 'Content-Type': sent }).end('{}');
    });
    const relay = await startRelay({ named: [upstream.origin] });
    const answer = await relay.ask(`/relay/r/${upstream.host}${path}`);
    expect(answer).toMatchObject({ status, reason: undefined, headers: { 'content-type': passed } });
  });

  test.each([
    ['</v2/a/tags/list?n=2&last=b>; rel="next"', '</v2/a/tags/list?n=2&last=b>; rel="next"'],
    ['<list?n=2&last=b>; rel=next', '</v2/a/tags/list?n=2&last=b>; rel="next"'],
    ['<http://SELF/v2/a/tags/list?last=b>; rel="next"', '</v2/a/tags/list?last=b>; rel="next"'],
    ['<https://evil.example.com/v2/a/tags/list>; rel="next"', undefined],
    ['</x>; rel="preload"; as=script', undefined],
  ])('Link %s becomes %s', async (sent, passed) => {
    const upstream = await startUpstream((request, response) => {
      response.writeHead(200, { Link: sent.replace('SELF', request.headers.host ?? '') }).end('{}');
    });
    const relay = await startRelay({ named: [upstream.origin] });
    expect((await relay.ask(`/relay/r/${upstream.host}/v2/a/tags/list`)).headers.link).toBe(passed);
  });
});

describe('answers', () => {
  test('a range passes, and so does its answer', async () => {
    const upstream = await startUpstream((_request, response) => {
      response.writeHead(206, { 'Content-Range': 'bytes 5-9/10', 'Content-Length': '5' }).end('56789');
    });
    const relay = await startRelay({ named: [upstream.origin] });
    const answer = await relay.ask(`/relay/r/${upstream.host}${BLOB}`, { headers: { Range: 'bytes=5-' } });
    expect(answer).toMatchObject({ status: 206, headers: { 'content-range': 'bytes 5-9/10', 'content-length': '5' } });
    expect(answer.body.toString()).toBe('56789');
    expect(upstream.requests[0]?.headers.range).toBe('bytes=5-');
  });

  test('HEAD has the headers alone', async () => {
    const upstream = await startUpstream((_request, response) => {
      response.writeHead(200, { 'Content-Length': '1234', 'Docker-Content-Digest': DIGEST }).end();
    });
    const relay = await startRelay({ named: [upstream.origin] });
    const answer = await relay.ask(`/relay/r/${upstream.host}${MANIFEST}`, { method: 'HEAD' });
    expect(answer).toMatchObject({
      status: 200,
      headers: { 'content-length': '1234', 'docker-content-digest': DIGEST },
    });
    expect(answer.body).toHaveLength(0);
    expect(upstream.requests[0]?.method).toBe('HEAD');
  });

  test.each([304, 401, 403, 404, 416, 429, 500, 503])('%i passes with its body', async (status) => {
    const headers = { 'Retry-After': '7', 'WWW-Authenticate': 'Bearer realm="https://auth.example.com/"' };
    const upstream = await startUpstream((_request, response) =>
      response.writeHead(status, headers).end('{"errors":[]}'),
    );
    const relay = await startRelay({ named: [upstream.origin] });
    const answer = await relay.ask(`/relay/r/${upstream.host}${BLOB}`);
    expect(answer).toMatchObject({ status, reason: undefined });
    expect(answer.headers).toMatchObject({ 'retry-after': '7', 'www-authenticate': headers['WWW-Authenticate'] });
    expect(answer.body.toString()).toBe(status === 304 ? '' : '{"errors":[]}');
  });

  test.each([201, 202, 204, 300, 999])('%i is no answer to reading', async (status) => {
    const upstream = await startUpstream((_request, response) => response.writeHead(status).end());
    const relay = await startRelay({ named: [upstream.origin] });
    const answer = await relay.ask(`/relay/r/${upstream.host}${BLOB}`);
    expect(answer).toMatchObject({ status: 502, reason: 'upstream-answer' });
  });

  test('a blob that its server calls encoded comes as the bytes that were sent', async () => {
    const bytes = Buffer.from([0x1f, 0x8b, 8, 0, 1, 2, 3]);
    const upstream = await startUpstream((_request, response) => {
      response.writeHead(200, { 'Content-Encoding': 'gzip', 'Content-Length': bytes.length }).end(bytes);
    });
    const relay = await startRelay({ named: [upstream.origin] });
    const answer = await relay.ask(`/relay/r/${upstream.host}${BLOB}`);
    expect(answer.body).toEqual(bytes);
    expect(answer.headers).not.toHaveProperty('content-encoding');
    expect((await relay.ask(`/relay/r/${upstream.host}${MANIFEST}`)).reason).toBe('upstream-answer');
  });

  test('a manifest over 4 MiB is refused, and an error over 64 KiB keeps its status', async () => {
    const upstream = await startUpstream((request, response) => {
      const isLarge = request.url?.endsWith('large') ?? false;
      response.writeHead(isLarge ? 200 : 404).end(Buffer.alloc(isLarge ? 4 * 1024 * 1024 + 1 : 64 * 1024 + 1));
    });
    const relay = await startRelay({ named: [upstream.origin] });
    expect((await relay.ask(`/relay/r/${upstream.host}/v2/a/manifests/large`)).reason).toBe('manifest-too-large');
    const missing = await relay.ask(`/relay/r/${upstream.host}/v2/a/manifests/missing`);
    expect(missing).toMatchObject({ status: 404, reason: undefined });
    expect(missing.body).toHaveLength(0);
  });

  test('a registry that nobody answers for', async () => {
    const relay = await startRelay({ named: ['http://127.0.0.1:1'] });
    const answer = await relay.ask(`/relay/r/127.0.0.1:1${MANIFEST}`);
    expect(answer).toMatchObject({ status: 502, reason: 'upstream-unreachable' });
  });

  test('a log line names neither repository, query nor token', async () => {
    const upstream = await startUpstream((_request, response) => response.end('{}'));
    const relay = await startRelay({ named: [upstream.origin], now: () => 5 });
    const headers = { Authorization: 'Bearer secret' };
    await relay.ask(`/relay/r/${upstream.host}/v2/private/tags/list?last=secret`, { headers });
    await relay.ask('/relay/r/evil.example.com/v2/private/manifests/secret');
    await relay.ask('/relay/secret', { method: 'SEARCH' });
    expect(relay.log).toEqual([
      { method: 'GET', host: upstream.host, kind: 'tags', status: 200, bytes: 2, tookMs: 0 },
      {
        method: 'GET',
        host: 'evil.example.com',
        kind: 'manifest',
        status: 403,
        bytes: 0,
        tookMs: 0,
        reason: 'host-not-allowed',
      },
      { method: 'other', host: '-', kind: '-', status: 404, bytes: 0, tookMs: 0, reason: 'route-unknown' },
    ]);
  });
});

describe('flow', () => {
  const CHUNK = Buffer.alloc(64 * 1024, 7);
  const TOTAL_BYTES = 128 * 1024 * 1024;

  test('a registry is read no faster than the page reads, and nothing is lost by that', async () => {
    let sentBytes = 0;
    const upstream = await startUpstream(async (_request, response) => {
      response.writeHead(200, { 'Content-Length': TOTAL_BYTES });
      while (sentBytes < TOTAL_BYTES) {
        sentBytes += CHUNK.length;
        if (!response.write(CHUNK)) await once(response, 'drain');
      }
      response.end();
    });
    const relay = await startRelay({ named: [upstream.origin] });
    const incoming = await relay.open(`/relay/r/${upstream.host}${BLOB}`);
    // Kernel buffers take some on either side of the relay; then the sending stands still, or it was never held back.
    for (let before = -1; before !== sentBytes; ) {
      before = sentBytes;
      await pause(250);
    }
    expect(sentBytes).toBeGreaterThan(0);
    expect(sentBytes).toBeLessThan(TOTAL_BYTES / 2);
    let receivedBytes = 0;
    for await (const chunk of incoming) receivedBytes += chunk.length;
    expect(receivedBytes).toBe(TOTAL_BYTES);
    expect(relay.log).toMatchObject([{ kind: 'blob', status: 200, bytes: TOTAL_BYTES }]);
  });

  /** Holds every request open, after its head and some bytes where asked; tells of each that is cut off. */
  function holding(begun: boolean): { answer: Answer; cut: Promise<void>; held: ServerResponse[] } {
    const held: ServerResponse[] = [];
    let tell = (): void => undefined;
    const cut = new Promise<void>((done) => {
      tell = done;
    });
    const answer: Answer = (_request, response) => {
      held.push(response);
      response.once('close', () => {
        if (!response.writableFinished) tell();
      });
      if (begun) response.writeHead(200, { 'Content-Length': TOTAL_BYTES }).write(CHUNK);
    };
    return { answer, cut, held };
  }

  test('a client that leaves while the body waits for the registry ends the request', async () => {
    const { answer, cut } = holding(true);
    const upstream = await startUpstream(answer);
    const relay = await startRelay({ named: [upstream.origin] });
    const incoming = await relay.open(`/relay/r/${upstream.host}${BLOB}`);
    await once(incoming, 'data');
    incoming.destroy();
    await cut;
    await vi.waitFor(() => expect(relay.log).toMatchObject([{ status: 200 }]));
  });

  test('a client that leaves without reading ends the request', async () => {
    const upstream = await startUpstream((_request, response) => {
      const send = (): void => {
        while (!response.destroyed && response.write(CHUNK));
      };
      response.on('drain', send);
      send();
    });
    const relay = await startRelay({ named: [upstream.origin] });
    const incoming = await relay.open(`/relay/r/${upstream.host}${BLOB}`);
    await pause(250);
    incoming.destroy();
    await vi.waitFor(() => expect(relay.log).toMatchObject([{ status: 200 }]));
  });

  test('a client that leaves before there is an answer ends the request', async () => {
    const { answer, cut, held } = holding(false);
    const upstream = await startUpstream(answer);
    const relay = await startRelay({ named: [upstream.origin] });
    const controller = new AbortController();
    const leaving = relay.open(`/relay/r/${upstream.host}${BLOB}`, { signal: controller.signal });
    await vi.waitFor(() => expect(held).toHaveLength(1));
    controller.abort();
    await expect(leaving).rejects.toThrow('aborted');
    await cut;
    await vi.waitFor(() => expect(relay.log).toMatchObject([{ status: 499 }]));
  });

  test('a body that breaks off at the registry breaks off at the page', async () => {
    const { answer, held } = holding(true);
    const upstream = await startUpstream(answer);
    const relay = await startRelay({ named: [upstream.origin] });
    const incoming = await relay.open(`/relay/r/${upstream.host}${BLOB}`);
    await once(incoming, 'data');
    held[0]?.destroy();
    await expect(once(incoming, 'end')).rejects.toThrow('aborted');
  });

  test('so does one without a length', async () => {
    const upstream = await startUpstream((_request, response) => {
      response.write(CHUNK, () => response.destroy());
    });
    const relay = await startRelay({ named: [upstream.origin] });
    const incoming = await relay.open(`/relay/r/${upstream.host}${BLOB}`);
    incoming.resume();
    await expect(once(incoming, 'end')).rejects.toThrow('aborted');
  });

  test('a manifest that breaks off becomes an error', async () => {
    const { answer, held } = holding(true);
    const upstream = await startUpstream(answer);
    const relay = await startRelay({ named: [upstream.origin] });
    const answered = relay.ask(`/relay/r/${upstream.host}${MANIFEST}`);
    await vi.waitFor(() => expect(held).toHaveLength(1));
    held[0]?.destroy();
    expect(await answered).toMatchObject({ status: 502, reason: 'upstream-answer' });
  });

  test('a registry that does not answer, and one that stops sending, run into the limits', async () => {
    const silent = holding(false);
    const stalling = holding(true);
    const upstreams = [await startUpstream(silent.answer), await startUpstream(stalling.answer)] as const;
    const named = upstreams.map(({ origin }) => origin);
    const relay = await startRelay({ named, headersTimeoutMs: 100, idleTimeoutMs: 100 });
    for (const { host } of upstreams) {
      const answer = await relay.ask(`/relay/r/${host}${MANIFEST}`);
      expect(answer).toMatchObject({ status: 504, reason: 'upstream-timeout' });
    }
    const blob = await relay.open(`/relay/r/${upstreams[1].host}${BLOB}`);
    blob.resume();
    await expect(once(blob, 'end')).rejects.toThrow('aborted');
    await Promise.all([silent.cut, stalling.cut]);
  });

  test.each([
    ['of one client', { perClient: 2 }],
    ['of all', { inTotal: 2 }],
  ])('too many requests %s are refused until one has ended', async (_name, limits) => {
    const { answer } = holding(true);
    const upstream = await startUpstream(answer);
    const relay = await startRelay({ named: [upstream.origin], limits });
    const target = `/relay/r/${upstream.host}${BLOB}`;
    const first = await relay.open(target);
    const second = await relay.open(target);
    const refused = await relay.ask(target);
    expect(refused).toMatchObject({ status: 429, reason: 'busy', headers: { 'retry-after': '5' } });
    expect(upstream.requests).toHaveLength(2);
    first.destroy();
    await vi.waitFor(async () => {
      const third = await relay.open(target);
      expect(third.statusCode).toBe(200);
      third.destroy();
    });
    second.destroy();
  });

  test('requests that fail do not count for ever', async () => {
    const upstream = await startUpstream((request, response) => {
      if (request.url?.endsWith('good')) response.end('{}');
      else response.destroy();
    });
    const relay = await startRelay({ named: [upstream.origin], limits: { perClient: 1, inTotal: 1 } });
    const target = `/relay/r/${upstream.host}/v2/a/manifests`;
    for (const tag of ['bad', 'bad', 'good', 'good']) {
      expect((await relay.ask(`${target}/${tag}`)).status).toBe(tag === 'good' ? 200 : 502);
    }
  });
});

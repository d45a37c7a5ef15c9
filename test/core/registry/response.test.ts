import { describe, expect, test } from 'vitest';
import { discard, quote, RELAY_ERROR_HEADER, readCapped } from '../../../src/core/registry/response.ts';
import { responseError } from '../../../src/core/registry/response-error.ts';
import { json, streamed } from './fake-fetch.ts';

const options = { attempted: 'read it', who: 'the registry', relayed: false };
const DENIED = { errors: [{ code: 'DENIED', message: 'requested access is denied', detail: [] }] };

describe('an answer that is not ok', () => {
  test.each([
    [401, 'auth-required'],
    [403, 'auth-denied'],
    [404, 'not-found'],
    [429, 'rate-limited'],
    [400, 'registry-failed'],
    [405, 'registry-failed'],
    [500, 'registry-failed'],
    [503, 'registry-failed'],
  ])('%i is %s', async (status, code) => {
    expect(await responseError(new Response('', { status }), options)).toMatchObject({
      code,
      status,
      attempted: 'read it',
      seen: `the registry answered ${status}`,
    });
  });

  // Bodies as https://docs.docker.com/docker-hub/usage/ quotes them, for pulls and for requests of any kind.
  test.each([
    [
      'rate-limited',
      '{"errors":[{"code":"TOOMANYREQUESTS","message":"You have reached your pull rate limit."}]}',
      ' (TOOMANYREQUESTS: You have reached your pull rate limit.)',
    ],
    ['too-many-requests', 'Too Many Requests\n', ''],
    ['too-many-requests', '429 Too Many Requests', ''],
    ['rate-limited', 'Too Many Requests: buy more', ''],
    ['rate-limited', '"Too Many Requests"', ''],
  ])('429 is %s by its body %s', async (code, body, quoted) => {
    const answer = new Response(body, { status: 429, headers: { 'Retry-After': '60' } });
    const seen = `the registry answered 429${quoted} and asks to wait 60 s`;
    expect(await responseError(answer, options)).toMatchObject({ code, seen });
  });

  test('a wait that is no number of seconds is not repeated', async () => {
    const answer = new Response('', { status: 503, headers: { 'Retry-After': '5 <b>' } });
    expect(await responseError(answer, options)).toMatchObject({ seen: 'the registry answered 503' });
  });

  test.each([
    [
      'the registry’s words',
      json(DENIED, { status: 403 }),
      'the registry answered 403 (DENIED: requested access is denied)',
    ],
    [
      'a code alone',
      json({ errors: [{ code: 'DENIED', message: 7 }] }, { status: 403 }),
      'the registry answered 403 (DENIED)',
    ],
    [
      'the first of several',
      json({ errors: [...DENIED.errors, { code: 'X' }] }, { status: 403 }),
      'the registry answered 403 (DENIED: requested access is denied)',
    ],
    ['an empty list', json({ errors: [] }, { status: 403 }), 'the registry answered 403'],
    ['nothing in it', json({ errors: [{}] }, { status: 403 }), 'the registry answered 403'],
    ['a web page', new Response('<html>', { status: 403 }), 'the registry answered 403'],
    ['no body', new Response(null, { status: 403 }), 'the registry answered 403'],
    [
      'a body without an end',
      new Response(streamed(1e6, new Uint8Array(1024)).body, { status: 403 }),
      'the registry answered 403',
    ],
    [
      'a body that breaks off',
      new Response(new ReadableStream({ start: (sink) => sink.error(new TypeError('x')) }), { status: 403 }),
      'the registry answered 403',
    ],
  ])('with %s', async (_, response, seen) => {
    expect(await responseError(response, options)).toMatchObject({ code: 'auth-denied', seen });
  });

  test('passes an abort on', async () => {
    const body = new ReadableStream({ start: (sink) => sink.error(new DOMException('left', 'AbortError')) });
    await expect(responseError(new Response(body, { status: 403 }), options)).rejects.toHaveProperty(
      'name',
      'AbortError',
    );
  });
});

describe('a relay', () => {
  const refusal = (reason: string, relayed: boolean) =>
    responseError(json({}, { status: 403, headers: { [RELAY_ERROR_HEADER]: reason } }), { ...options, relayed });

  test.each([
    ['host-not-allowed', 'relay-refused', 'the relay refused: host-not-allowed'],
    ['upstream-timeout', 'registry-failed', 'the relay got no usable answer: upstream-timeout'],
  ])('that says %s', async (reason, code, seen) => {
    expect(await refusal(reason, true)).toMatchObject({ code, seen, status: 403 });
  });

  test('is not imitated by a registry', async () => {
    expect(await refusal('host-not-allowed', false)).toMatchObject({ code: 'auth-denied' });
  });
});

test('foreign text is made fit to be shown', () => {
  expect(quote(' a\r\n\tb\u202ec\u2028d\u0000 ')).toBe('a b c d');
  expect(quote('x'.repeat(300))).toBe('x'.repeat(300));
  expect(quote('x'.repeat(301))).toBe(`${'x'.repeat(300)}…`);
});

describe('a body with a limit', () => {
  const response = (pieces: number) => new Response(streamed(pieces, Uint8Array.of(1, 2, 3)).body);

  test('is read whole up to it', async () => {
    expect(await readCapped(response(4), 12)).toEqual(Uint8Array.of(1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 2, 3));
    expect(await readCapped(response(0), 0)).toEqual(new Uint8Array());
    expect(await readCapped(new Response(null), 0)).toEqual(new Uint8Array());
  });

  test('is left as soon as it is longer', async () => {
    const { body, taken, cancelled } = streamed(1000, Uint8Array.of(1, 2, 3));
    expect(await readCapped(new Response(body), 11)).toBeUndefined();
    expect(cancelled()).toBe(true);
    expect(taken()).toBe(4);
  });

  test('nobody wants is cancelled', async () => {
    const { body, taken, cancelled } = streamed(1000, Uint8Array.of(1));
    await discard(new Response(body));
    expect([taken(), cancelled()]).toEqual([0, true]);
    await discard(new Response(null));
  });
});

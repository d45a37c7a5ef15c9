import { expect, test } from 'vitest';
import { HINTS } from '../../src/core/error-hints.ts';
import { asPulltabError, fromWire, isAbort, PulltabError, toWire } from '../../src/core/errors.ts';

test('every code has a hint of its own that is a sentence', () => {
  const hints = Object.values(HINTS);
  expect(new Set(hints).size).toBe(hints.length);
  for (const hint of hints) expect(hint).toMatch(/^[A-Z].*\.$/s);
});

test('an error says what was attempted and what was seen', () => {
  const cause = new TypeError('Failed to fetch');
  const error = new PulltabError('not-found', { attempted: 'read a', seen: 'it answered 404', status: 404, cause });
  expect(error).toMatchObject({
    name: 'PulltabError',
    code: 'not-found',
    status: 404,
    cause,
  });
  expect(error.message).toBe('Could not read a: it answered 404');
});

test('an error crosses a realm and stays itself', () => {
  const error = new PulltabError('rate-limited', { attempted: 'read a', seen: 'it answered 429', status: 429 });
  const arrived = fromWire(structuredClone(toWire(error)));
  expect(arrived).toBeInstanceOf(PulltabError);
  expect(arrived).toMatchObject({ code: error.code, attempted: error.attempted, seen: error.seen, status: 429 });
  expect(toWire(new PulltabError('internal', { attempted: 'a', seen: 'b' }))).not.toHaveProperty('status');
});

test.each([
  [new RangeError('too long'), 'RangeError: too long'],
  ['text', 'text'],
  [undefined, 'undefined'],
  [{ a: 1 }, '[object Object]'],
])('anything else becomes internal: %j', (thrown, seen) => {
  expect(toWire(thrown)).toEqual({ code: 'internal', attempted: 'finish what was asked', seen });
  expect(asPulltabError(thrown, 'do it').cause).toBe(thrown);
});

test('an abort is told from a failure', () => {
  const controller = new AbortController();
  controller.abort();
  expect(isAbort(controller.signal.reason)).toBe(true);
  expect(isAbort(new DOMException('late', 'TimeoutError'))).toBe(false);
  expect(isAbort(new PulltabError('internal', { attempted: 'a', seen: 'AbortError' }))).toBe(false);
  expect(isAbort('AbortError')).toBe(false);
});

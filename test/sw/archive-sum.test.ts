/** What the service worker does towards the worker that makes an archive's sha256, over a real MessageChannel. */
import { createHash } from 'node:crypto';
import { afterEach, expect, test } from 'vitest';
import { decodeMessage, type FromArchiveSum, ToArchiveSum } from '../../src/protocol/messages.ts';
import { createArchiveSum } from '../../src/sw/archive-sum.ts';

const MIB = 1024 * 1024;
/** What may wait to be hashed, in pieces of 8 MiB. */
const PIECES_AHEAD = 4;

const ports: MessagePort[] = [];
afterEach(() => {
  for (const port of ports.splice(0)) port.close();
});

/** Lets everything that was posted arrive. */
async function turns(): Promise<void> {
  for (let turn = 0; turn < 30; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/** The sum worker, of which each test says what it does with a piece. */
function channel(onPiece: (bytes: Uint8Array, answer: (message: FromArchiveSum) => void) => void) {
  const { port1, port2 } = new MessageChannel();
  ports.push(port1, port2);
  const heard: ToArchiveSum['type'][] = [];
  const answer = (message: FromArchiveSum): void => port2.postMessage(message);
  port2.onmessage = (event) => {
    const message = decodeMessage(ToArchiveSum, event.data);
    heard.push(message.type);
    if (message.type === 'piece') onPiece(new Uint8Array(message.bytes), answer);
  };
  return { sum: createArchiveSum(port1), heard, answer };
}

test('every byte arrives in order, of buffers that others look at a copy', async () => {
  const hash = createHash('sha256');
  const { sum, heard } = channel((bytes, answer) => {
    hash.update(bytes);
    answer({ type: 'hashed', bytes: bytes.byteLength });
  });
  const whole = Uint8Array.from({ length: 1000 }, (_, index) => index % 251);
  const own = whole.slice(0, 400);
  const shared = whole.slice(300);
  await sum.add(own, true);
  await sum.add(shared.subarray(100), false);
  // The reader of a part of a buffer must not take the rest away.
  await sum.add(shared.subarray(0, 100), true);
  sum.end();
  await turns();
  expect(own.byteLength).toBe(0);
  expect(shared.byteLength).toBe(700);
  expect(heard).toEqual(['piece', 'piece', 'piece', 'end']);
  const expected = createHash('sha256').update(whole).update(whole.subarray(300, 400)).digest('hex');
  expect(hash.digest('hex')).toBe(expected);
});

test('an archive waits for a sum that keeps up, and goes on as it does', async () => {
  const pieces: number[] = [];
  const { sum, answer } = channel((bytes) => pieces.push(bytes.byteLength));
  answer({ type: 'ready', waitFor: true });
  for (let piece = 0; piece < PIECES_AHEAD; piece++) await sum.add(new Uint8Array(8 * MIB), true);
  let went = false;
  const added = Promise.resolve(sum.add(new Uint8Array(8 * MIB), true)).then(() => {
    went = true;
  });
  await turns();
  expect(went).toBe(false);
  answer({ type: 'hashed', bytes: 8 * MIB });
  await added;
  expect(pieces).toHaveLength(PIECES_AHEAD + 1);
});

test('a sum that is too slow to be waited for is given up, and the archive goes on without it', async () => {
  const { sum, heard, answer } = channel(() => undefined);
  answer({ type: 'ready', waitFor: false });
  await turns();
  for (let piece = 0; piece < PIECES_AHEAD + 3; piece++) await sum.add(new Uint8Array(8 * MIB), true);
  sum.end();
  await turns();
  expect(heard).toEqual([...Array<string>(PIECES_AHEAD + 1).fill('piece'), 'behind']);
});

test('an archive that waits goes on when nobody makes the sum any more', async () => {
  const { sum, heard } = channel(() => undefined);
  for (let piece = 0; piece < PIECES_AHEAD; piece++) await sum.add(new Uint8Array(8 * MIB), true);
  const added = sum.add(new Uint8Array(8 * MIB), true);
  sum.close();
  await added;
  await sum.add(new Uint8Array(8 * MIB), true);
  sum.end();
  await turns();
  expect(heard).not.toContain('end');
});

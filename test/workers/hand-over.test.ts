/**
 * The hand-over of a blob's chunks over a real MessageChannel. The reader here keeps to the same few rules as the one in
 * the service worker: it starts with `want`, answers each chunk with `taken` and each `stored` with reading and `want`.
 */
import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { PulltabError } from '../../src/core/errors.ts';
import { decodeMessage, FromHandOver, type ToHandOver } from '../../src/protocol/messages.ts';
import { createHandOver, type HandOver } from '../../src/workers/hand-over.ts';

const CHUNK = 4;
/** As many chunks as may be on their way at once. */
const CREDIT = 3;

const ports: MessagePort[] = [];
afterEach(() => {
  for (const port of ports.splice(0)) port.close();
});

/** Lets everything that was posted arrive. */
async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve));
}
/** More turns than any message here needs. */
const settled = () => turns(30);

function blobOf(size: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length: size }, (_, index) => index % 251);
}

/** The cache: what is committed of a blob, and nothing else, can be read. */
function createCache(blob: Uint8Array<ArrayBuffer>) {
  let committedBytes = 0;
  return {
    commit(toBytes: number) {
      committedBytes = toBytes;
    },
    read(fromBytes: number, toBytes: number): Uint8Array {
      if (toBytes > committedBytes) throw new Error(`${toBytes} bytes are read of ${committedBytes} in the cache`);
      return blob.subarray(fromBytes, toBytes);
    },
  };
}

function connect(options: { stored: boolean }) {
  const { port1, port2 } = new MessageChannel();
  ports.push(port1, port2);
  const arrived: FromHandOver[] = [];
  let wake = (): void => undefined;
  port2.onmessage = ({ data }) => {
    arrived.push(decodeMessage(FromHandOver, data));
    wake();
  };
  const next = async (): Promise<FromHandOver> => {
    for (;;) {
      const message = arrived.shift();
      if (message !== undefined) return message;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  };
  const say = (message: ToHandOver) => port2.postMessage(message);
  /** What has arrived so far, in short: "chunk 0", "stored 8", "complete". */
  const seen = async (): Promise<string[]> => {
    await settled();
    return arrived.splice(0).map(inShort);
  };
  return { handOver: createHandOver(port1, options), next, say, seen };
}

function inShort(message: FromHandOver): string {
  if (message.type === 'chunk') return `chunk ${message.fromBytes}`;
  return message.type === 'stored' ? `stored ${message.toBytes}` : message.type;
}

const offer = (handOver: HandOver, fromBytes: number, length = CHUNK) =>
  handOver.offer(fromBytes, new ArrayBuffer(length));

/** Whether a promise is settled once everything else has come to rest. */
async function isDone(work: Promise<unknown>): Promise<boolean> {
  let done = false;
  work.then(() => {
    done = true;
  });
  await settled();
  return done;
}

describe('with a cache', () => {
  test('a reader that is there first gets the chunks themselves', async () => {
    const { handOver, say, seen } = connect({ stored: true });
    say({ type: 'want', fromBytes: 0 });
    await settled();
    await offer(handOver, 0);
    handOver.committed(CHUNK);
    await offer(handOver, CHUNK, 2);
    expect(await seen()).toEqual(['chunk 0', 'chunk 4']);
    handOver.committed(6);
    handOver.complete(6);
    expect(await seen()).toEqual(['complete']);
  });

  test('a chunk is transferred, not copied', async () => {
    const { handOver, say } = connect({ stored: true });
    say({ type: 'want', fromBytes: 0 });
    await settled();
    const bytes = new ArrayBuffer(CHUNK);
    await handOver.offer(0, bytes);
    expect(bytes.byteLength).toBe(0);
  });

  test('a reader that comes late is sent to the cache, and then gets the chunks themselves', async () => {
    const { handOver, say, seen } = connect({ stored: true });
    await offer(handOver, 0);
    await offer(handOver, 4);
    handOver.committed(4);
    handOver.committed(8);
    say({ type: 'want', fromBytes: 0 });
    expect(await seen()).toEqual(['stored 8']);
    say({ type: 'want', fromBytes: 8 });
    expect(await seen()).toEqual([]);
    await offer(handOver, 8);
    expect(await seen()).toEqual(['chunk 8']);
  });

  test('a reader that comes after the end is sent to the cache for all', async () => {
    const { handOver, say, seen } = connect({ stored: true });
    await offer(handOver, 0);
    handOver.committed(4);
    handOver.complete(4);
    say({ type: 'want', fromBytes: 0 });
    expect(await seen()).toEqual(['stored 4']);
    say({ type: 'want', fromBytes: 4 });
    expect(await seen()).toEqual(['complete']);
  });

  test('a blob that someone else had fetched is in the cache as a whole', async () => {
    const { handOver, say, seen } = connect({ stored: true });
    say({ type: 'want', fromBytes: 0 });
    await settled();
    handOver.complete(9);
    expect(await seen()).toEqual(['stored 9']);
  });

  test.each(['before', 'after'])(
    'a reader that came %s it was known is sent to what an earlier job left',
    async (when) => {
      const { handOver, say, seen } = connect({ stored: true });
      if (when === 'after') handOver.begin(8);
      say({ type: 'want', fromBytes: 0 });
      await settled();
      if (when === 'before') handOver.begin(8);
      expect(await seen()).toEqual(['stored 8']);
      say({ type: 'want', fromBytes: 8 });
      await settled();
      await offer(handOver, 8);
      expect(await seen()).toEqual(['chunk 8']);
    },
  );

  test('an empty blob is complete at once', async () => {
    const { handOver, say, seen } = connect({ stored: true });
    say({ type: 'want', fromBytes: 0 });
    await settled();
    handOver.complete(0);
    expect(await seen()).toEqual(['complete']);
  });

  test('a slow reader is sent to the cache, and the writer never waits', async () => {
    const { handOver, say, seen } = connect({ stored: true });
    say({ type: 'want', fromBytes: 0 });
    await settled();
    for (let index = 0; index < 10; index++) {
      await offer(handOver, index * CHUNK);
      handOver.committed((index + 1) * CHUNK);
    }
    // Three chunks on their way, then the one that found no room, from the cache.
    expect(await seen()).toEqual(['chunk 0', 'chunk 4', 'chunk 8', 'stored 16']);
    for (let index = 0; index < CREDIT; index++) say({ type: 'taken' });
    expect(await seen()).toEqual([]);
    say({ type: 'want', fromBytes: 16 });
    expect(await seen()).toEqual(['stored 40']);
    say({ type: 'want', fromBytes: 40 });
    await settled();
    await offer(handOver, 40);
    expect(await seen()).toEqual(['chunk 40']);
  });

  test('a reader that takes what it is given stays with the writer', async () => {
    const { handOver, say, seen } = connect({ stored: true });
    say({ type: 'want', fromBytes: 0 });
    await settled();
    for (let index = 0; index < 20; index++) {
      await offer(handOver, index * CHUNK);
      handOver.committed((index + 1) * CHUNK);
      expect(await seen()).toEqual([`chunk ${index * CHUNK}`]);
      say({ type: 'taken' });
      await settled();
    }
  });
});

describe('without a cache', () => {
  test('the writer waits for the reader, and for room', async () => {
    const { handOver, say, seen } = connect({ stored: false });
    const first = offer(handOver, 0);
    expect(await isDone(first)).toBe(false);
    say({ type: 'want', fromBytes: 0 });
    await first;
    await offer(handOver, 4);
    await offer(handOver, 8);
    const fourth = offer(handOver, 12);
    expect(await isDone(fourth)).toBe(false);
    expect(await seen()).toEqual(['chunk 0', 'chunk 4', 'chunk 8']);
    say({ type: 'taken' });
    await fourth;
    // One was taken, so one more went, and no more than that.
    const fifth = offer(handOver, 16);
    expect(await isDone(fifth)).toBe(false);
    say({ type: 'taken' });
    await fifth;
    handOver.complete(20);
    expect(await seen()).toEqual(['chunk 12', 'chunk 16', 'complete']);
  });

  test('an empty blob is complete at once', async () => {
    const { handOver, say, seen } = connect({ stored: false });
    handOver.complete(0);
    say({ type: 'want', fromBytes: 0 });
    expect(await seen()).toEqual(['complete']);
  });
});

test('a failure reaches the reader, typed', async () => {
  const { handOver, say, next } = connect({ stored: true });
  say({ type: 'want', fromBytes: 0 });
  handOver.fail(new PulltabError('digest-mismatch', { attempted: 'fetch it', seen: 'other bytes' }));
  expect(await next()).toEqual({
    type: 'failed',
    error: { code: 'digest-mismatch', attempted: 'fetch it', seen: 'other bytes' },
  });
});

describe('whatever the order of events', () => {
  /** How many turns each step waits: the next of the list, over and over. */
  const pace = fc.array(fc.nat(6), { minLength: 1, maxLength: 8 });
  const pacer = (waits: readonly number[]) => {
    let step = 0;
    return () => turns(waits[step++ % waits.length] ?? 0);
  };

  interface Run {
    readonly size: number;
    readonly stored: boolean;
    /** Whether somebody else had filled the cache already. */
    readonly cached: boolean;
    readonly writer: readonly number[];
    readonly committer: readonly number[];
    readonly reader: readonly number[];
  }

  async function write(
    handOver: HandOver,
    blob: Uint8Array<ArrayBuffer>,
    cache: ReturnType<typeof createCache>,
    run: Run,
  ) {
    const [wait, waitForDisk] = [pacer(run.writer), pacer(run.committer)];
    let commits = Promise.resolve();
    await wait();
    for (let fromBytes = 0; fromBytes < blob.length; fromBytes += CHUNK) {
      const bytes = blob.slice(fromBytes, fromBytes + CHUNK).buffer;
      const toBytes = fromBytes + bytes.byteLength;
      if (run.stored) {
        commits = commits.then(waitForDisk).then(() => {
          cache.commit(toBytes);
          handOver.committed(toBytes);
        });
      }
      await handOver.offer(fromBytes, bytes);
      await wait();
    }
    await commits;
    handOver.complete(blob.length);
  }

  /** Every byte that the reader gets, in the order in which it gets them. */
  async function read({ next, say }: ReturnType<typeof connect>, cache: ReturnType<typeof createCache>, run: Run) {
    const wait = pacer(run.reader);
    const got: number[] = [];
    await wait();
    say({ type: 'want', fromBytes: 0 });
    for (;;) {
      const message = await next();
      await wait();
      if (message.type === 'complete') return got;
      if (message.type === 'failed') throw new Error(message.error.seen);
      if (message.type === 'chunk') {
        expect(message.fromBytes).toBe(got.length);
        got.push(...new Uint8Array(message.bytes));
        say({ type: 'taken' });
      } else {
        expect(message.toBytes).toBeGreaterThan(got.length);
        got.push(...cache.read(got.length, message.toBytes));
        say({ type: 'want', fromBytes: message.toBytes });
      }
    }
  }

  test('every byte arrives exactly once and in order', async () => {
    const runs = fc.record<Run>({
      size: fc.oneof(fc.nat(70), fc.constantFrom(0, 1, CHUNK, CHUNK + 1)),
      stored: fc.boolean(),
      cached: fc.boolean(),
      writer: pace,
      committer: pace,
      reader: pace,
    });
    await fc.assert(
      fc.asyncProperty(runs, async (run) => {
        const blob = blobOf(run.size);
        const cache = createCache(blob);
        const ends = connect(run);
        const reading = read(ends, cache, run);
        if (run.stored && run.cached) {
          cache.commit(run.size);
          ends.handOver.complete(run.size);
        } else {
          await write(ends.handOver, blob, cache, run);
        }
        expect(await reading).toEqual([...blob]);
        for (const port of ports.splice(0)) port.close();
      }),
      { numRuns: 400 },
    );
  });
});

import { describe, expect, it } from 'vitest';
import { createBodyReader } from '../../src/workers/body-reader.ts';

const bytes = Uint8Array.from({ length: 1000 }, (_, at) => at % 251);

/** The slices that each kind of body is made of: none, one that just fits, one far too large. */
const slices = [0, 100, 260, 900, 1000].map((end, at, ends) => bytes.slice(ends[at - 1] ?? 0, end));

const bodies = {
  'byte stream': (): ReadableStream<Uint8Array<ArrayBuffer>> => {
    const left = slices.filter(({ byteLength }) => byteLength > 0);
    return new ReadableStream({
      type: 'bytes',
      pull(sink) {
        const next = left.shift();
        if (next) sink.enqueue(next.slice());
        else {
          sink.close();
          sink.byobRequest?.respond(0);
        }
      },
    });
  },
  'stream of chunks': (): ReadableStream<Uint8Array<ArrayBuffer>> =>
    new ReadableStream({
      start(sink) {
        for (const slice of slices) sink.enqueue(slice.slice());
        sink.close();
      },
    }),
};

describe.each(Object.entries(bodies))('%s', (_, body) => {
  it.each([1, 64, 100, 1000, 4096])('fills buffers of %i bytes with everything, in order', async (length) => {
    const reader = createBodyReader(body());
    const received: number[] = [];
    let state = { buffer: new ArrayBuffer(length), filled: 0, done: false };
    while (!state.done) {
      state = await reader.read(state.buffer, state.filled);
      if (state.filled < length && !state.done) continue;
      received.push(...new Uint8Array(state.buffer, 0, state.filled));
      state = { ...state, filled: 0 };
    }
    expect(received).toEqual([...bytes]);
  });

  it('passes a failure on', async () => {
    const failing = body().pipeThrough(
      new TransformStream({
        transform() {
          throw new RangeError('broken');
        },
      }),
    );
    await expect(createBodyReader(failing).read(new ArrayBuffer(8), 0)).rejects.toThrow('broken');
  });
});

it('cancels the body', async () => {
  let cancelled = false;
  const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
    cancel() {
      cancelled = true;
    },
  });
  await createBodyReader(body).cancel();
  expect(cancelled).toBe(true);
});

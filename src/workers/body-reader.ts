/**
 * Reads a response's body into a buffer of the caller's. Where bodies are byte streams the browser writes there itself:
 * nothing is copied, and nothing is left behind for the garbage collector, which would cost 100 MB and more.
 * https://streams.spec.whatwg.org/#byob-readers
 */

export interface BodyReader {
  /**
   * Adds what arrives next behind the first `filled` bytes, of which the buffer has room for more. The buffer given is
   * gone then; the one returned takes its place, with what it holds.
   */
  read(buffer: ArrayBuffer, filled: number): Promise<{ buffer: ArrayBuffer; filled: number; done: boolean }>;
  cancel(): Promise<void>;
}

export function createBodyReader(body: ReadableStream<Uint8Array<ArrayBuffer>>): BodyReader {
  const reader = byteReader(body);
  return reader ? readInto(reader) : copyInto(body.getReader());
}

/** Undefined for a stream of ready-made chunks. */
function byteReader(body: ReadableStream): ReadableStreamBYOBReader | undefined {
  try {
    return body.getReader({ mode: 'byob' });
  } catch (error) {
    // The specification's answer for a stream that is no byte stream, and for a browser that knows no such mode.
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}

function readInto(reader: ReadableStreamBYOBReader): BodyReader {
  return {
    async read(buffer, filled) {
      const { done, value } = await reader.read(new Uint8Array(buffer, filled));
      // A cancelled stream keeps the buffer.
      if (!value) return { buffer: new ArrayBuffer(0), filled: 0, done: true };
      return { buffer: value.buffer, filled: filled + value.byteLength, done };
    },
    cancel: () => reader.cancel(),
  };
}

function copyInto(reader: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>): BodyReader {
  /** What arrived and did not fit. */
  let rest: Uint8Array<ArrayBuffer> = new Uint8Array();
  return {
    async read(buffer, filled) {
      if (rest.byteLength === 0) {
        const { done, value } = await reader.read();
        if (done) return { buffer, filled, done };
        rest = value;
      }
      const part = rest.subarray(0, buffer.byteLength - filled);
      rest = rest.subarray(part.byteLength);
      new Uint8Array(buffer).set(part, filled);
      return { buffer, filled: filled + part.byteLength, done: false };
    },
    cancel: () => reader.cancel(),
  };
}

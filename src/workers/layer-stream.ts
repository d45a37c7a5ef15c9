/** A stream that one reader takes bytes from while somebody else gives them, and that goes on without the reader. */

/** Bytes that wait for the reader at most, before whoever gives them has to wait. */
const WAITING_BYTES = 2 * 1024 * 1024;
/**
 * How often whoever gives bytes waits for a turn of the event loop (ms). A body that always has more goes on without one,
 * and questions from the page would wait for its end.
 */
const TURN_EVERY_MS = 50;

/** Resolves when every message that has arrived at this thread by now was taken: they come in their order. */
function turn(): Promise<void> {
  const { port1, port2 } = new MessageChannel();
  return new Promise((resolve) => {
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(undefined);
  });
}

export interface LayerStream {
  readonly readable: ReadableStream<Uint8Array<ArrayBuffer>>;
  /** Resolves when there is room for more; at once where the reader has left. */
  give(bytes: Uint8Array<ArrayBuffer>): Promise<void>;
  /** Whether the reader has had enough. */
  hasLeft(): boolean;
  end(): void;
  fail(error: unknown): void;
}

export function createLayerStream(): LayerStream {
  let sink: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>> | undefined;
  let makeRoom: (() => void) | undefined;
  let turnedAtMs = performance.now();
  const readable = new ReadableStream<Uint8Array<ArrayBuffer>>(
    {
      start(controller) {
        sink = controller;
      },
      pull: () => makeRoom?.(),
      cancel() {
        sink = undefined;
        makeRoom?.();
      },
    },
    new ByteLengthQueuingStrategy({ highWaterMark: WAITING_BYTES }),
  );
  return {
    readable,
    async give(bytes) {
      sink?.enqueue(bytes);
      if (performance.now() - turnedAtMs > TURN_EVERY_MS) {
        await turn();
        turnedAtMs = performance.now();
      }
      if (sink === undefined || (sink.desiredSize ?? 1) > 0) return;
      await new Promise<void>((resolve) => {
        makeRoom = resolve;
      });
    },
    hasLeft: () => sink === undefined,
    end() {
      sink?.close();
      sink = undefined;
    },
    fail(error) {
      sink?.error(error);
      sink = undefined;
      makeRoom?.();
    },
  };
}

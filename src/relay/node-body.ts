/**
 * Bodies on Node. Code that runs everywhere sees streams of the web; a blob on its way from one socket to the other takes
 * none of their steps, which cost more than the copying: what a stream was made of is remembered, and pumped directly.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Refusal } from './refusal.ts';
import { type GuardOptions, guardBody } from './upstream.ts';

type Body = ReadableStream<Uint8Array<ArrayBuffer>>;

interface Shortcut {
  readonly incoming: IncomingMessage;
  readonly guard: GuardOptions;
}

const sources = new WeakMap<Body, IncomingMessage>();
const shortcuts = new WeakMap<Body, Shortcut>();

/** The body, read from the socket only as fast as it is read from the stream. */
export function bodyOf(incoming: IncomingMessage, signal: AbortSignal): Body {
  const chunks: AsyncIterator<Uint8Array<ArrayBuffer>> = incoming[Symbol.asyncIterator]();
  const body: Body = new ReadableStream(
    {
      async pull(sink) {
        try {
          const { done, value } = await chunks.next();
          if (done === true) sink.close();
          else sink.enqueue(value);
        } catch (error) {
          throw signal.aborted ? signal.reason : error;
        }
      },
      cancel() {
        incoming.destroy();
      },
    },
    { highWaterMark: 0 },
  );
  sources.set(body, incoming);
  return body;
}

/** As `guardBody`, with the direct way kept open until the first read. */
export function guardNodeBody(body: Body, guard: GuardOptions): Body {
  const incoming = sources.get(body);
  if (incoming === undefined) return guardBody(body, guard);
  let reader: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>> | undefined;
  const guarded = (): ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>> => {
    reader ??= guardBody(body, guard).getReader();
    return reader;
  };
  const shell: Body = new ReadableStream(
    {
      async pull(sink) {
        const { done, value } = await guarded().read();
        if (done) sink.close();
        else sink.enqueue(value);
      },
      cancel: (reason) => guarded().cancel(reason),
    },
    { highWaterMark: 0 },
  );
  shortcuts.set(shell, { incoming, guard });
  return shell;
}

/** The direct way of a body of `guardNodeBody` that nobody has read from. */
export function shortcutOf(body: Body): Shortcut | undefined {
  return shortcuts.get(body);
}

/**
 * Sends the body and keeps the guard's promises: a registry that stalls is let go, and the end is told with its bytes.
 * How long the client may pause is for the connection to say. Settles when the last byte is handed over.
 * @throws what breaks the body off
 */
export async function pump({ incoming, guard }: Shortcut, outgoing: ServerResponse): Promise<void> {
  const { controller, idleTimeoutMs, onEnd } = guard;
  let bytes = 0;
  let waitsForClient = false;
  let lastMs = Date.now();
  const stalled = new Refusal('upstream-timeout', 'the registry stopped sending');
  const watch = setInterval(() => {
    if (!waitsForClient && Date.now() - lastMs >= idleTimeoutMs) controller.abort(stalled);
  }, idleTimeoutMs / 4);
  const resume = (): void => {
    waitsForClient = false;
    lastMs = Date.now();
    incoming.resume();
  };
  try {
    controller.signal.throwIfAborted();
    await new Promise<void>((resolve, reject) => {
      outgoing.on('drain', resume);
      incoming.once('end', resolve).once('error', reject);
      incoming.once('close', () => reject(new Refusal('upstream-answer', 'the answer broke off')));
      incoming.on('data', (chunk: Uint8Array) => {
        bytes += chunk.length;
        lastMs = Date.now();
        if (outgoing.write(chunk)) return;
        waitsForClient = true;
        incoming.pause();
      });
    });
  } finally {
    clearInterval(watch);
    outgoing.off('drain', resume);
    onEnd(bytes);
  }
}

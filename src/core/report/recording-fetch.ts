/**
 * A `fetch` that tells how each of its requests ended. Small on purpose: it is part of the first load. What it tells
 * still holds secrets; `describeRequest` makes the record that may be shown and kept.
 */

export interface EndedRequest {
  readonly input: RequestInfo | URL;
  readonly init: RequestInit;
  /** Milliseconds since 1970. */
  readonly startedAtMs: number;
  /** Until the head of the answer came, or the failure. */
  readonly waitMs: number;
  /** Until the last byte of the body came, or nobody wanted more of it. */
  readonly tookMs: number;
  /** Undefined where none could be read. Its body is used up. */
  readonly answer: Response | undefined;
  /** Of the body, as it was read: without its Content-Encoding. */
  readonly bytes: number;
  /** What was read of the body of an answer that is not ok. */
  readonly told: readonly Uint8Array[];
  /** What the request or its body failed with, an abort among it. */
  readonly error: unknown;
}

/** Of a body that its reader counts itself. */
export interface BodyCount {
  add(bytes: number): void;
  /** It has ended, or nobody wants more of it; or what it failed with. */
  end(error?: unknown): void;
}

/**
 * Asks with `send`. The response is like the answer, save that its `type` is "default" where it has a body.
 * @param onEnd called once for each request: when its body has ended, was let go of, or failed
 * @param onCount called with the count of a good answer's body, which is then handed on as it is: a body that passes
 * through here is copied on its way
 */
export function recordingFetch(
  send: typeof fetch,
  onEnd: (ended: EndedRequest) => void,
  onCount?: (count: BodyCount) => void,
): typeof fetch {
  return async (input, init = {}) => {
    const startedAtMs = Date.now();
    const from = performance.now();
    const told: Uint8Array[] = [];
    let answer: Response | undefined;
    let waitMs: number | undefined;
    let bytes = 0;
    let ended = false;
    const end = (error?: unknown): void => {
      if (ended) return;
      ended = true;
      const tookMs = performance.now() - from;
      onEnd({ input, init, startedAtMs, waitMs: waitMs ?? tookMs, tookMs, answer, bytes, told, error });
    };
    const fail = (error: unknown): never => {
      end(error);
      throw error;
    };
    answer = await send(input, init).catch(fail);
    waitMs = performance.now() - from;
    const { body, ok } = answer;
    if (body === null) {
      end();
      return answer;
    }
    if (ok && onCount) {
      const add = (more: number): void => {
        bytes += more;
      };
      onCount({ add, end });
      return answer;
    }
    const reader = body.getReader();
    const counted = new ReadableStream<Uint8Array<ArrayBuffer>>(
      {
        async pull(controller) {
          const { done, value } = await reader.read().catch(fail);
          if (done) {
            end();
            controller.close();
          } else {
            bytes += value.length;
            if (!ok) told.push(value);
            controller.enqueue(value);
          }
        },
        cancel(reason) {
          end();
          return reader.cancel(reason);
        },
      },
      { highWaterMark: 0 },
    );
    const { url, redirected } = answer;
    return Object.defineProperties(new Response(counted, answer), {
      url: { value: url },
      redirected: { value: redirected },
    });
  };
}

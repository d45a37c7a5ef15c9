/** A `fetch` that answers from a function and remembers what it was asked: for faults that no real server makes to order. */

export interface Asked {
  readonly url: string;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly init: RequestInit;
}

export type Answer = (asked: Asked) => Response | Promise<Response>;

export interface FakeFetch {
  readonly fetch: typeof fetch;
  readonly asked: Asked[];
  /** The addresses that were asked, each with its Authorization: "https://host/v2/… (Bearer t)". */
  log(): string[];
}

export function fakeFetch(answer: Answer): FakeFetch {
  const asked: Asked[] = [];
  const fetch = async (input: RequestInfo | URL, init: RequestInit = {}): Promise<Response> => {
    init.signal?.throwIfAborted();
    const request: Asked = {
      url: String(input),
      headers: Object.fromEntries(new Headers(init.headers)),
      init,
    };
    asked.push(request);
    return untilAborted(Promise.resolve(answer(request)), init.signal ?? undefined);
  };
  const line = ({ url, headers }: Asked) => (headers.authorization ? `${url} (${headers.authorization})` : url);
  return { fetch, asked, log: () => asked.map(line) };
}

function untilAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work;
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

export function json(value: unknown, init: ResponseInit = {}): Response {
  return new Response(JSON.stringify(value), init);
}

/** What a page sees of a host that CORS hides, or that is not there. */
export function unreachable(): never {
  throw new TypeError('Failed to fetch');
}

/** A body that comes in pieces and counts those that were taken. */
export function streamed(
  pieces: number,
  piece: Uint8Array<ArrayBuffer>,
): { body: ReadableStream; taken: () => number; cancelled: () => boolean } {
  let count = 0;
  let left = false;
  const body = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        if (count === pieces) return controller.close();
        count += 1;
        controller.enqueue(piece);
      },
      cancel() {
        left = true;
      },
    },
    { highWaterMark: 0 },
  );
  return { body, taken: () => count, cancelled: () => left };
}

/** A stream of pieces made while they are asked for, which says how far it is, what is done with, and how it ended. */
import type { FetchedEntry } from './plan.ts';

/** The bytes of one entry, in order; it throws where they turn out not to be what the plan says. */
export type OpenEntry = (entry: FetchedEntry) => AsyncIterable<Uint8Array>;

export interface DeliveryOptions {
  /** Called with the bytes handed on so far, after each hand-on. */
  readonly onDelivered?: (bytes: number) => void;
  /**
   * Called with all bytes in their order, when the reader has done with them; what it returns, if anything, is waited for.
   * @param ofBlob nobody else looks at the buffer; of any other the bytes stay as they are only until this returns
   */
  readonly onConsumed?: (bytes: Uint8Array, ofBlob: boolean) => void | Promise<void>;
  /** Called once: when the last byte was taken, or with why it stopped. `cancelled` when the reader left. */
  readonly onSettled?: (end: DeliveryEnd) => void;
}

export type DeliveryEnd =
  | { readonly type: 'complete'; readonly bytes: number }
  | { readonly type: 'cancelled' }
  | { readonly type: 'failed'; readonly error: unknown };

export interface Piece {
  readonly bytes: Uint8Array;
  /** Nobody else looks at the buffer. */
  readonly ofBlob: boolean;
}

export interface Pieces {
  /** Undefined after the last. */
  next(): Promise<Piece | undefined>;
  cancel(reason: unknown): Promise<void>;
}

export function createDeliveredStream(pieces: Pieces, options: DeliveryOptions): ReadableStream<Uint8Array> {
  let settled = false;
  let delivered = 0;
  let handedOn: Piece | undefined;
  const settle = (end: DeliveryEnd) => {
    if (settled) return;
    settled = true;
    options.onSettled?.(end);
  };
  return new ReadableStream<Uint8Array>(
    {
      async pull(sink) {
        // Nothing is queued ahead, so whoever asks again has done with what it was given: a body's reader copies a chunk
        // before it asks for the next. https://fetch.spec.whatwg.org/#incrementally-read-loop
        const consumed = handedOn;
        handedOn = undefined;
        try {
          const wait = consumed && options.onConsumed?.(consumed.bytes, consumed.ofBlob);
          if (wait) await wait;
          const piece = await pieces.next();
          if (piece === undefined) {
            sink.close();
            settle({ type: 'complete', bytes: delivered });
            return;
          }
          sink.enqueue(piece.bytes);
          handedOn = piece;
          delivered += piece.bytes.byteLength;
          options.onDelivered?.(delivered);
        } catch (error) {
          settle({ type: 'failed', error });
          throw error;
        }
      },
      async cancel(reason) {
        settle({ type: 'cancelled' });
        await pieces.cancel(reason);
      },
    },
    { highWaterMark: 0 },
  );
}

/**
 * The bytes of a plan: a tar, made while it is read. Nothing is produced before it is asked for, memory is a few
 * chunks, and cancelling the stream stops its sources. modern-tar writes the headers and enforces the sizes.
 */
import { createTarPacker } from 'modern-tar';
import type { ArchivePlan, BlobEntry, PlanEntry } from './plan.ts';
import { entrySize } from './plan.ts';

/** The bytes of one blob, in order; it throws where they turn out not to be the blob. */
export type OpenBlob = (entry: BlobEntry) => AsyncIterable<Uint8Array>;

export interface TarStreamOptions {
  /** Called with the bytes handed on so far, after each hand-on. */
  readonly onDelivered?: (bytes: number) => void;
  /** Called with bytes that `openBlob` gave, when the reader has done with them: nothing reads them any more. */
  readonly onConsumed?: (bytes: Uint8Array) => void;
  /** Called once: when the last byte was taken, or with why it stopped. `cancelled` when the reader left. */
  readonly onSettled?: (end: TarStreamEnd) => void;
}

export type TarStreamEnd =
  | { readonly type: 'complete'; readonly bytes: number }
  | { readonly type: 'cancelled' }
  | { readonly type: 'failed'; readonly error: unknown };

export function createTarStream(
  plan: ArchivePlan,
  openBlob: OpenBlob,
  options: TarStreamOptions = {},
): ReadableStream<Uint8Array> {
  const { readable, controller } = createTarPacker();
  const reader = readable.getReader();
  let started = false;
  let settled = false;
  let delivered = 0;
  let handedOn: Uint8Array | undefined;
  /** Headers, padding and small entries pass the same way, and their buffers may be used again. */
  const ofBlobs = new WeakSet<ArrayBufferLike>();
  const settle = (end: TarStreamEnd) => {
    if (settled) return;
    settled = true;
    options.onSettled?.(end);
  };

  async function pack(): Promise<void> {
    for (const entry of plan.entries) await packEntry(entry);
    controller.finalize();
  }

  async function packEntry(entry: PlanEntry): Promise<void> {
    // mtime 0, uid and gid 0 and a fixed mode: the same images always give the same bytes.
    const header = { name: entry.name, size: entrySize(entry), mtime: new Date(0), mode: 0o644, uid: 0, gid: 0 };
    const writer = controller.add(header).getWriter();
    if (entry.kind === 'bytes') await writer.write(entry.bytes);
    else {
      for await (const bytes of openBlob(entry)) {
        ofBlobs.add(bytes.buffer);
        await writer.write(bytes);
      }
    }
    await writer.close();
  }

  return new ReadableStream<Uint8Array>(
    {
      async pull(sink) {
        // Nothing is queued ahead, so whoever asks again has done with what it was given: a body's reader copies a chunk
        // before it asks for the next. https://fetch.spec.whatwg.org/#incrementally-read-loop
        if (handedOn && ofBlobs.has(handedOn.buffer)) options.onConsumed?.(handedOn);
        handedOn = undefined;
        if (!started) {
          started = true;
          // Its failure reaches the reader below through controller.error.
          pack().catch((error) => controller.error(error instanceof Error ? error : new Error(String(error))));
        }
        try {
          const { done, value } = await reader.read();
          if (done) {
            sink.close();
            settle({ type: 'complete', bytes: delivered });
            return;
          }
          sink.enqueue(value);
          handedOn = value;
          delivered += value.byteLength;
          options.onDelivered?.(delivered);
        } catch (error) {
          settle({ type: 'failed', error });
          throw error;
        }
      },
      async cancel(reason) {
        settle({ type: 'cancelled' });
        await reader.cancel(reason);
      },
    },
    { highWaterMark: 0 },
  );
}

/**
 * Hands a blob's chunks from the worker that fetches them to the service worker that drains the archive.
 *
 * The reader says `want` with the bytes it has. If it is behind, it is sent to the cache (`stored`) and comes back; once
 * it has caught up, chunks go to it directly, as transferred buffers, up to `CREDIT` unanswered ones. A reader that is
 * too slow for that is sent to the cache again, so the network never waits for the disk. Without a cache there is
 * nowhere to send it, and the network waits.
 */
import { toWire } from '../core/errors.ts';
import { decodeMessage, type FromHandOver, ToHandOver } from '../protocol/messages.ts';

/** Chunks on their way to the reader at once: enough to hide a message's way, at 8 MiB each. */
const CREDIT = 3;

export interface HandOver {
  /** Says that everything before `fromBytes` is in the cache from an earlier job; the first offer is of what follows. */
  begin(fromBytes: number): void;
  /**
   * Offers the chunk at `fromBytes`; the buffer may be gone afterwards. Resolves when the next one may be offered:
   * at once where a cache holds the chunk, else when the reader has room.
   */
  offer(fromBytes: number, bytes: ArrayBuffer): Promise<void>;
  /**
   * From now on offers wait for the reader: the cache takes no more. First come those that it did not take; the reader may
   * have got them from `offer` already.
   */
  passOn(dropped: readonly { readonly fromBytes: number; readonly bytes: Blob }[]): Promise<void>;
  /** Says that every byte before `toBytes` can be read from the cache. */
  committed(toBytes: number): void;
  /** Says that all `size` bytes were offered and matched their digest. */
  complete(size: number): void;
  fail(error: unknown): void;
}

export function createHandOver(port: MessagePort, options: { readonly stored: boolean }): HandOver {
  /** Offset the reader has reached and asked to go on from; undefined while it is busy with what it was given. */
  let wanted: number | undefined;
  /** Whether the reader receives chunks directly, and how many more it takes. */
  let live = false;
  let credit = 0;
  let offeredBytes = 0;
  let committedBytes = 0;
  let completeBytes: number | undefined;
  let wake: (() => void) | undefined;
  let { stored } = options;

  const post = (message: FromHandOver, transfer: Transferable[] = []) => port.postMessage(message, transfer);

  /** Answers a waiting reader if there is anything to tell it. */
  function answer(): void {
    if (wanted === undefined) return;
    if (wanted === completeBytes) {
      wanted = undefined;
      post({ type: 'complete' });
    } else if (committedBytes > wanted) {
      wanted = undefined;
      live = false;
      post({ type: 'stored', toBytes: committedBytes });
    } else if (wanted === offeredBytes) {
      live = true;
    }
  }

  port.onmessage = (event) => {
    const message = decodeMessage(ToHandOver, event.data);
    if (message.type === 'want') {
      wanted = message.fromBytes;
      credit = CREDIT;
      answer();
    } else {
      credit += 1;
    }
    wake?.();
  };

  /** Resolves when the reader wants this chunk; false where it has it. */
  async function wantedFrom(fromBytes: number): Promise<boolean> {
    offeredBytes = fromBytes;
    while (!(live && credit > 0 && wanted === fromBytes)) {
      if (wanted !== undefined && wanted > fromBytes) return false;
      answer();
      if (live && credit > 0 && wanted === fromBytes) return true;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    return true;
  }

  function give(fromBytes: number, bytes: ArrayBuffer): void {
    credit -= 1;
    wanted = fromBytes + bytes.byteLength;
    post({ type: 'chunk', fromBytes, bytes }, [bytes]);
  }

  return {
    begin(fromBytes) {
      offeredBytes = fromBytes;
      committedBytes = fromBytes;
      // A reader that came first was promised the chunk at 0.
      live = false;
      answer();
    },
    async offer(fromBytes, bytes) {
      const toBytes = fromBytes + bytes.byteLength;
      if (!stored) {
        if (await wantedFrom(fromBytes)) give(fromBytes, bytes);
      } else if (live && credit > 0) give(fromBytes, bytes);
      else live = false;
      offeredBytes = toBytes;
    },
    async passOn(dropped) {
      stored = false;
      for (const { fromBytes, bytes } of dropped) {
        if (await wantedFrom(fromBytes)) give(fromBytes, await bytes.arrayBuffer());
        offeredBytes = fromBytes + bytes.size;
      }
    },
    committed(toBytes) {
      committedBytes = toBytes;
      // A live reader gets what was just committed as a chunk already; only one that fell behind is sent to the cache.
      if (!live) answer();
    },
    complete(size) {
      completeBytes = size;
      committedBytes = stored ? size : committedBytes;
      answer();
    },
    fail(error) {
      post({ type: 'failed', error: toWire(error) });
    },
  };
}

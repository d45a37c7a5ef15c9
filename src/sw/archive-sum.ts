/**
 * Sends what an archive was made of to the worker that makes its sha256, and keeps the archive from running ahead of it
 * by more than memory allows.
 */
import { freeBuffer } from '../protocol/free-buffer.ts';
import { decodeMessage, FromArchiveSum, type ToArchiveSum } from '../protocol/messages.ts';

export interface ArchiveSum {
  /**
   * Takes the next bytes of the archive. What it returns, if anything, is to be waited for.
   * @param own whether nobody else looks at the buffer
   */
  add(bytes: Uint8Array, own: boolean): void | Promise<void>;
  /** Every byte was added. */
  end(): void;
  /** Nobody wants it any more. */
  close(): void;
}

/** Bytes that may wait to be hashed. */
const BEHIND_LIMIT_BYTES = 32 * 1024 * 1024;

/** For an archive whose sum nobody wants. */
export const NO_SUM: ArchiveSum = {
  add: (bytes, own) => void (own && freeBuffer(bytes)),
  end: () => undefined,
  close: () => undefined,
};

export function createArchiveSum(port: MessagePort): ArchiveSum {
  let behindBytes = 0;
  /** Whether the archive waits for its sum; otherwise a sum that is too far behind is given up. */
  let waitFor = true;
  let over = false;
  let wake: (() => void) | undefined;

  const say = (message: ToArchiveSum, transfer: Transferable[] = []): void => port.postMessage(message, transfer);

  port.onmessage = (event) => {
    const message = decodeMessage(FromArchiveSum, event.data);
    if (message.type === 'ready') waitFor = message.waitFor;
    else behindBytes -= message.bytes;
    wake?.();
  };

  async function caughtUp(): Promise<void> {
    while (!over && behindBytes > BEHIND_LIMIT_BYTES) {
      if (!waitFor) return giveUp();
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  }

  function giveUp(): void {
    say({ type: 'behind' });
    close();
  }

  function close(): void {
    over = true;
    port.close();
    wake?.();
  }

  return {
    add(bytes, own) {
      if (over) return NO_SUM.add(bytes, own);
      behindBytes += bytes.byteLength;
      const whole = own && bytes.byteLength === bytes.buffer.byteLength;
      const { buffer } = whole ? bytes : bytes.slice();
      if (buffer instanceof ArrayBuffer) say({ type: 'piece', bytes: buffer }, [buffer]);
      return behindBytes > BEHIND_LIMIT_BYTES ? caughtUp() : undefined;
    },
    end() {
      if (!over) say({ type: 'end' });
    },
    close,
  };
}

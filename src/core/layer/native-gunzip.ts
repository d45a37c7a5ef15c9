/** One gzip member by the browser's own decompressor, which checks its CRC and its length. */
import { type ByteSink, broken } from './decompress.ts';

export interface NativeGunzip {
  /** What has been given to the sink. */
  readonly outputBytes: number;
  /** @returns false when the sink wants no more */
  push(bytes: Uint8Array<ArrayBuffer>): Promise<boolean>;
  /** Resolves when all that was pushed has been decompressed and given to the sink. */
  drain(): Promise<void>;
  /** Resolves when the member was whole. */
  end(): Promise<void>;
  close(): void;
}

const NOTHING = new Uint8Array(0);

export function createNativeGunzip(sink: ByteSink): NativeGunzip {
  return new Member(sink);
}

class Member implements NativeGunzip {
  outputBytes = 0;
  readonly #sink: ByteSink;
  readonly #writer: WritableStreamDefaultWriter<BufferSource>;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>;
  readonly #reading: Promise<void>;
  #hasLeft = false;
  #sinkError: { readonly error: unknown } | undefined;

  constructor(sink: ByteSink) {
    this.#sink = sink;
    const { readable, writable } = new DecompressionStream('gzip');
    this.#writer = writable.getWriter();
    this.#reader = readable.getReader();
    // Failures are met by whoever pushes; these would be said twice.
    this.#writer.closed.catch(() => undefined);
    this.#reading = this.#read();
    this.#reading.catch(() => undefined);
  }

  async push(bytes: Uint8Array<ArrayBuffer>): Promise<boolean> {
    try {
      await this.#writer.write(bytes);
    } catch (error) {
      this.#throwWhy('its gzip data is damaged', error);
    }
    return !this.#hasLeft;
  }

  /** A stream takes another piece only when all that came of the one before has been read. */
  async drain(): Promise<void> {
    await this.push(NOTHING);
  }

  async end(): Promise<void> {
    try {
      await this.#writer.close();
      await this.#reading;
    } catch (error) {
      this.#throwWhy('its gzip data is cut off or damaged', error);
    }
  }

  close(): void {
    this.#reader.cancel().catch(() => undefined);
    this.#writer.abort().catch(() => undefined);
  }

  async #read(): Promise<void> {
    for (let next = await this.#reader.read(); !next.done; next = await this.#reader.read()) {
      this.outputBytes += next.value.length;
      if (await this.#wantsMore(next.value)) continue;
      this.#hasLeft = true;
      await this.#reader.cancel();
      return;
    }
  }

  async #wantsMore(bytes: Uint8Array<ArrayBuffer>): Promise<boolean> {
    try {
      return await this.#sink(bytes);
    } catch (error) {
      this.#sinkError = { error };
      return false;
    }
  }

  /** A sink that has left makes writing fail as well, which is no failure. */
  #throwWhy(seen: string, error: unknown): void {
    if (this.#sinkError !== undefined) throw this.#sinkError.error;
    if (!this.#hasLeft) throw broken(seen, error);
  }
}

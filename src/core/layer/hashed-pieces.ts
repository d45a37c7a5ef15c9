/** Gathers what a decompressor gives into pieces that are worth a message to whoever hashes them. */
import type { TarHash } from './read-layer.ts';

const PIECE_BYTES = 1024 * 1024;

export class HashedPieces {
  readonly #hash: TarHash;
  #piece = new Uint8Array(PIECE_BYTES);
  #filled = 0;

  constructor(hash: TarHash) {
    this.#hash = hash;
  }

  /** Copies the bytes. @returns what to wait for, where a piece was handed over */
  add(bytes: Uint8Array): Promise<void> | undefined {
    const room = PIECE_BYTES - this.#filled;
    if (bytes.length < room) {
      this.#piece.set(bytes, this.#filled);
      this.#filled += bytes.length;
      return undefined;
    }
    return this.#addSeveral(bytes);
  }

  /** Of everything that was added. */
  async hex(): Promise<string | undefined> {
    await this.#hash.update(this.#piece.subarray(0, this.#filled));
    return this.#hash.hex();
  }

  async #addSeveral(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length; ) {
      const part = bytes.subarray(at, at + PIECE_BYTES - this.#filled);
      this.#piece.set(part, this.#filled);
      this.#filled += part.length;
      at += part.length;
      if (this.#filled < PIECE_BYTES) return;
      const piece = this.#piece;
      this.#piece = new Uint8Array(PIECE_BYTES);
      this.#filled = 0;
      await this.#hash.update(piece);
    }
  }
}

/** Puts what may be large together as a Blob, which the browser keeps outside of this realm, and on disk if need be. */

/** Bytes that are kept here until they are many enough for a Blob. */
const PART_BYTES = 4 * 1024 * 1024;

export interface BlobParts {
  /** Copies `bytes`. */
  add(bytes: Uint8Array): void;
  blob(type: string): Blob;
}

export function createBlobParts(): BlobParts {
  const parts: Blob[] = [];
  const part = new Uint8Array(PART_BYTES);
  let filled = 0;

  function flush(): void {
    parts.push(new Blob([part.subarray(0, filled)]));
    filled = 0;
  }

  return {
    add(bytes) {
      for (let from = 0; from < bytes.byteLength; ) {
        const fitting = bytes.subarray(from, from + PART_BYTES - filled);
        part.set(fitting, filled);
        filled += fitting.byteLength;
        from += fitting.byteLength;
        if (filled === PART_BYTES) flush();
      }
    },
    blob(type) {
      flush();
      return new Blob(parts, { type });
    },
  };
}

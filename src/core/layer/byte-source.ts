/** Bytes that can be read from anywhere in them: a file on this machine, or a blob that a registry serves by Range. */

export interface ByteSource {
  /** Bytes. */
  readonly size: number;
  /** Bytes `from` up to but not `to`; both within the size. */
  read(from: number, to: number): Promise<Uint8Array<ArrayBuffer>>;
}

export function blobSource(blob: Blob): ByteSource {
  return {
    size: blob.size,
    read: async (from, to) => new Uint8Array(await blob.slice(from, to).arrayBuffer()),
  };
}

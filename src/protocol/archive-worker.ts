/** What the archive worker does for the page, over comlink: what costs time of an archive on this machine. */
import type { Digest } from '../core/digest.ts';

export interface ArchiveWorker {
  /**
   * The tar that a compressed archive is. May reject with a `WireError`.
   * @param attempted for errors: "open image.tar.gz"
   * @param onBytes how much of the file was read
   */
  unpack(file: Blob, attempted: string, onBytes: (bytes: number) => void): Promise<Blob>;
  hash(part: Blob): Promise<Digest>;
}

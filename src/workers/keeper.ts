/**
 * Writes a blob's chunks behind, and says which of them a full storage did not take. What follows such a chunk may have
 * been taken: whoever goes on without the cache abandons the blob.
 */
import { PulltabError } from '../core/errors.ts';
import type { BlobWriter } from '../store/blobs.ts';

export interface KeptChunk {
  readonly fromBytes: number;
  readonly bytes: Blob;
}

/** Chunks whose commit is awaited at once. */
export const UNCOMMITTED = 2;

export interface Keeper {
  keep(chunk: KeptChunk, hashState: Uint8Array<ArrayBuffer> | undefined): void;
  /**
   * Waits until at most so many commits are awaited.
   * @returns undefined, or the chunks that are not kept and never will be
   * @throws PulltabError of a storage that failed for another reason than being full
   */
  room(uncommitted: number): Promise<readonly KeptChunk[] | undefined>;
  /** Why `room` gave chunks. */
  failure(): PulltabError;
}

/** @param onCommitted told each time more of the blob can be read, with the offset behind it (bytes) */
export function createKeeper(writer: BlobWriter, onCommitted: (toBytes: number) => void = () => undefined): Keeper {
  const waiting: { readonly chunk: KeptChunk; readonly commit: Promise<void> }[] = [];
  let full: PulltabError | undefined;
  let broken = false;
  return {
    keep(chunk, hashState) {
      const toBytes = chunk.fromBytes + chunk.bytes.size;
      const commit = writer.append(chunk.bytes, hashState).then(
        // One that follows a chunk that was not taken cannot be read up to.
        () => void (broken || onCommitted(toBytes)),
        (error: unknown) => {
          broken = true;
          throw error;
        },
      );
      // Its failure is met in `room`, after the next chunks; it must not count as unhandled until then.
      commit.catch(() => undefined);
      waiting.push({ chunk, commit });
    },
    async room(uncommitted) {
      while (waiting.length > uncommitted) {
        try {
          await waiting[0]?.commit;
          waiting.shift();
        } catch (error) {
          if (!(error instanceof PulltabError) || error.code !== 'storage-full') throw error;
          full = error;
          // The later ones may have been taken: without this one they are of no use.
          await Promise.allSettled(waiting.map(({ commit }) => commit));
          return waiting.splice(0).map(({ chunk }) => chunk);
        }
      }
      return undefined;
    },
    failure: () => full ?? new PulltabError('internal', { attempted: 'keep a layer', seen: 'nothing failed' }),
  };
}

/**
 * The bytes of a plan: a tar, made while it is read. Nothing is produced before it is asked for, memory is a few
 * chunks, and cancelling the stream stops its sources. modern-tar writes the headers and enforces the sizes.
 */
import { createTarPacker } from 'modern-tar';
import { createDeliveredStream, type DeliveryOptions, type OpenEntry } from './delivered-stream.ts';
import { type ArchivePlan, entrySize, type PlanEntry } from './plan.ts';

export function createTarStream(
  plan: ArchivePlan,
  openEntry: OpenEntry,
  options: DeliveryOptions = {},
): ReadableStream<Uint8Array> {
  const { readable, controller } = createTarPacker();
  const reader = readable.getReader();
  let started = false;
  /** Headers, padding and small entries pass the same way, and their buffers may be used again. */
  const ofBlobs = new WeakSet<ArrayBufferLike>();

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
      for await (const bytes of openEntry(entry)) {
        // What is unpacked may be a part of what its decompressor still looks at.
        if (entry.kind === 'blob') ofBlobs.add(bytes.buffer);
        await writer.write(bytes);
      }
    }
    await writer.close();
  }

  return createDeliveredStream(
    {
      async next() {
        if (!started) {
          started = true;
          // Its failure reaches the reader below through controller.error.
          pack().catch((error) => controller.error(error instanceof Error ? error : new Error(String(error))));
        }
        const { done, value } = await reader.read();
        return done ? undefined : { bytes: value, ofBlob: ofBlobs.has(value.buffer) };
      },
      cancel: (reason) => reader.cancel(reason),
    },
    options,
  );
}

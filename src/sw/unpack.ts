/** What a plan makes of a blob's bytes: the blob, what it unpacks to, or parts of that. */
import type { FetchedEntry } from '../core/archive/plan.ts';
import { gathered, weave } from '../core/archive/weave.ts';
import { PulltabError } from '../core/errors.ts';
import { decompress } from '../core/layer/decompress.ts';

type Blobs = AsyncGenerator<Uint8Array<ArrayBuffer>>;

/** @throws whatever `blob` throws; PulltabError `layer-broken` where it does not unpack to what it did when it was read */
export function contentOf(entry: FetchedEntry, blob: Blobs, signal: AbortSignal): AsyncIterable<Uint8Array> {
  if (entry.kind === 'blob') return blob;
  const tar = decompress(streamOf(blob), { signal });
  return gathered(entry.kind === 'woven' ? weave(entry, tar) : counted(tar, entry));
}

async function* counted(
  tar: AsyncIterable<Uint8Array>,
  { digest, unpackedBytes }: Extract<FetchedEntry, { kind: 'unpacked' }>,
): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  for await (const piece of tar) {
    bytes += piece.byteLength;
    if (bytes > unpackedBytes) break;
    yield piece;
  }
  if (bytes === unpackedBytes) return;
  const seen = `it is ${bytes > unpackedBytes ? 'longer' : 'shorter'} than the ${unpackedBytes} bytes that it was before`;
  throw new PulltabError('layer-broken', { attempted: `unpack ${digest}`, seen });
}

function streamOf(pieces: Blobs): ReadableStream<Uint8Array<ArrayBuffer>> {
  return new ReadableStream(
    {
      async pull(sink) {
        const { done, value } = await pieces.next();
        if (done) sink.close();
        else sink.enqueue(value);
      },
      async cancel() {
        await pieces.return(undefined);
      },
    },
    { highWaterMark: 0 },
  );
}

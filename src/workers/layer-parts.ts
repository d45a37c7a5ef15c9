/** Parts of a layer: out of the layer cache where it is whole there, else by Range from the registry. */
import { PulltabError } from '../core/errors.ts';
import type { ByteSource } from '../core/layer/byte-source.ts';
import type { RequestRecord } from '../core/report/request-record.ts';
import type { InspectedLayer } from '../protocol/inspector.ts';
import { findCompleteBlobs, readChunks } from '../store/blobs.ts';
import { fetchBlob } from './fetch-blob.ts';

export interface LayerPartsOptions {
  readonly signal: AbortSignal;
  readonly onNotice: (text: string) => void;
  readonly onRequest: (record: RequestRecord) => void;
}

/** Its `read` throws PulltabError, `range-refused` where the registry sends no parts; AbortError when `signal` says so. */
export function layerParts(layer: InspectedLayer, options: LayerPartsOptions): ByteSource {
  const { source, digest, size } = layer;
  if (source.kind === 'file') throw new RangeError('A layer of an archive is read whole');
  return {
    size,
    async read(from, to) {
      if (await isKept(layer)) return joined(readChunks(digest, { fromBytes: from, toBytes: to }), to - from);
      const attempted = `read a part of ${digest}`;
      const response = await fetchBlob({ digest, ...source }, { ...options, fromBytes: from, toBytes: to });
      if (response.status !== 206) {
        await response.body?.cancel();
        const seen = 'the registry does not send parts of it';
        throw new PulltabError('range-refused', { attempted, seen, status: response.status });
      }
      const bytes = new Uint8Array(await response.arrayBuffer());
      if (bytes.length === to - from) return bytes;
      const seen = `${bytes.length} bytes arrived where ${to - from} were asked for`;
      throw new PulltabError('size-mismatch', { attempted, seen });
    },
  };
}

/** Where the browser refuses to store anything nothing is kept. */
async function isKept({ digest }: InspectedLayer): Promise<boolean> {
  return findCompleteBlobs([digest]).then(
    (complete) => complete.has(digest),
    () => false,
  );
}

async function joined(chunks: AsyncIterable<Uint8Array>, length: number): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(length);
  let at = 0;
  for await (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.byteLength;
  }
  return bytes;
}

/**
 * The table of contents of a layer that has one, read by ranges and checked against what the manifest says of it. The
 * layer itself is not read, so nothing is known of its own digest.
 * https://github.com/containerd/stargz-snapshotter/blob/main/docs/estargz.md
 * https://github.com/containers/storage/blob/main/pkg/chunked/internal/minimal/compression.go (zstd:chunked)
 */
import type { Digest } from '../../digest.ts';
import { digestOf } from '../../hash/digest-of.ts';
import type { ByteSource } from '../byte-source.ts';
import { broken, decompress, joined } from '../decompress.ts';
import type { LayerIndex } from '../layer-index.ts';
import { BLOCK_BYTES, blockKind, readHeader } from '../tar-header.ts';
import { readTocEntries, tocIndex } from './toc-json.ts';

type Annotations = Readonly<Record<string, string>>;

const ESTARGZ_DIGEST = 'containerd.io/snapshot/stargz/toc.digest';
const ESTARGZ_SIZE = 'io.containers.estargz.uncompressed-size';
/** The second is what tools before 2023 wrote. */
const ZSTD_PREFIXES = ['io.github.containers.zstd-chunked.', 'io.containers.zstd-chunked.'] as const;

const FOOTER_BYTES = 51;
/** Of the layer: in that much of its end the whole table mostly is, and it is not much where it is not. */
const TAIL_SHARE = 1 / 256;
const TAIL_LIMIT_BYTES = 512 * 1024;
/** Compressed, and as JSON: a layer of 300,000 files has some 10 MB and 100 MB. */
const TOC_LIMIT_BYTES = 64 * 1024 * 1024;
const JSON_LIMIT_BYTES = 384 * 1024 * 1024;

export function hasToc(annotations: Annotations): boolean {
  return annotations[ESTARGZ_DIGEST] !== undefined || zstdAnnotations(annotations) !== undefined;
}

/**
 * @returns undefined for a layer that has no table of contents
 * @throws PulltabError `layer-broken` where the table is not what the manifest says; whatever the source throws
 */
export async function readToc(
  source: ByteSource,
  annotations: Annotations,
  signal: AbortSignal,
): Promise<LayerIndex | undefined> {
  const zstd = zstdAnnotations(annotations);
  if (zstd !== undefined) return readZstdChunked(source, zstd, signal);
  const digest = annotations[ESTARGZ_DIGEST];
  return digest === undefined ? undefined : readEstargz(source, { digest, annotations, signal });
}

function zstdAnnotations(annotations: Annotations): { position: string; checksum: string } | undefined {
  for (const prefix of ZSTD_PREFIXES) {
    const position = annotations[`${prefix}manifest-position`];
    const checksum = annotations[`${prefix}manifest-checksum`];
    if (position !== undefined && checksum !== undefined) return { position, checksum };
  }
  return undefined;
}

async function readZstdChunked(
  source: ByteSource,
  { position, checksum }: { position: string; checksum: string },
  signal: AbortSignal,
): Promise<LayerIndex> {
  const [, from = NaN, length = NaN, jsonLength = NaN] =
    /^(\d{1,15}):(\d{1,15}):(\d{1,15}):1$/.exec(position)?.map(Number) ?? [];
  if (!(from + length <= source.size && length <= TOC_LIMIT_BYTES)) throw broken('its table of contents is nowhere');
  const compressed = await source.read(from, from + length);
  await checked(compressed, checksum);
  const json = await unpack(compressed, jsonLength, signal);
  return tocIndex(readTocEntries(json, from), 0);
}

async function readEstargz(
  source: ByteSource,
  { digest, annotations, signal }: { digest: string; annotations: Annotations; signal: AbortSignal },
): Promise<LayerIndex> {
  const { size } = source;
  const share = Math.min(TAIL_LIMIT_BYTES, Math.ceil(size * TAIL_SHARE));
  const tailFrom = Math.max(0, size - Math.max(share, FOOTER_BYTES));
  const tail = await source.read(tailFrom, size);
  const from = tocOffset(tail.subarray(-FOOTER_BYTES));
  const to = size - FOOTER_BYTES;
  if (!(from < to && to - from <= TOC_LIMIT_BYTES))
    throw broken('it ends without saying where its table of contents is');
  const before = from < tailFrom ? await source.read(from, tailFrom) : new Uint8Array(0);
  const compressed = joined(before, tail.subarray(Math.max(0, from - tailFrom), to - tailFrom));
  const tar = await unpack(compressed, JSON_LIMIT_BYTES, signal);
  const header = tar.length >= BLOCK_BYTES && blockKind(tar, 0) === 'header' ? readHeader(tar, 0) : undefined;
  if (header?.name !== 'stargz.index.json' || !(BLOCK_BYTES + header.size <= tar.length)) {
    throw broken('where its table of contents should be there is something else');
  }
  const json = tar.slice(BLOCK_BYTES, BLOCK_BYTES + header.size);
  const own = { from, to, inner: BLOCK_BYTES, at: 0, size: header.size, digest: await checked(json, digest) };
  const entries = readTocEntries(json, from);
  const uncompressed = Number(annotations[ESTARGZ_SIZE] ?? 0);
  // The table is a file of the layer like any other to whoever knows nothing of it.
  return tocIndex([...entries, { header, xattrs: undefined, chunks: [own] }], Math.max(uncompressed || 0, 0));
}

/** Where the table begins; NaN for what is no footer: an empty gzip member with that in its header. */
function tocOffset(footer: Uint8Array): number {
  if (footer.length !== FOOTER_BYTES || footer[0] !== 0x1f || footer[1] !== 0x8b) return Number.NaN;
  // Behind the header's fixed part: the length of the extra field, and of its one subfield, whose name is SG.
  const told = /^SG.{2}([0-9a-f]{16})STARGZ$/s.exec(String.fromCharCode(...footer.subarray(12, 38)))?.[1];
  return told === undefined ? Number.NaN : Number.parseInt(told, 16);
}

async function checked(bytes: Uint8Array<ArrayBuffer>, expected: string): Promise<Digest> {
  const digest = await digestOf(bytes);
  if (digest === expected) return digest;
  throw broken(`its table of contents is ${digest}, where its manifest says ${expected}`);
}

async function unpack(
  compressed: Uint8Array<ArrayBuffer>,
  limitBytes: number,
  signal: AbortSignal,
): Promise<Uint8Array<ArrayBuffer>> {
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  let bytes = 0;
  for await (const piece of decompress(new Blob([compressed]).stream(), { signal })) {
    bytes += piece.length;
    if (bytes > limitBytes || bytes > JSON_LIMIT_BYTES)
      throw broken('its table of contents is larger than any real one');
    pieces.push(piece);
  }
  return new Uint8Array(await new Blob(pieces).arrayBuffer());
}

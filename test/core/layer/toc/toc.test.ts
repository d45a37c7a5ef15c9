/**
 * Tables of contents that are not what they should be, and forms of them that no tool here writes. The layers are put
 * together from zlib's members by docs/estargz.md; what the real tools write is read in test/e2e/chunked-layers.test.ts.
 */
import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { blobSource } from '../../../../src/core/layer/byte-source.ts';
import { indexEntries, type LayerIndex } from '../../../../src/core/layer/layer-index.ts';
import { readChunks } from '../../../../src/core/layer/toc/read-chunks.ts';
import { hasToc, readToc } from '../../../../src/core/layer/toc/read-toc.ts';

const DIGEST = 'containerd.io/snapshot/stargz/toc.digest';
const { signal } = new AbortController();
const sha256 = (bytes: Uint8Array | string) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

interface Made {
  readonly layer: Buffer;
  readonly annotations: Record<string, string>;
}

/** The members of a layer, and behind them its table and its footer. */
function estargz(members: readonly Buffer[], entries: readonly unknown[], footer?: (at: number) => Buffer): Made {
  const json = JSON.stringify({ version: 1, entries });
  const at = members.reduce((sum, { length }) => sum + length, 0);
  const toc = gzipSync(Buffer.concat([tarHeader('stargz.index.json', json.length), Buffer.from(json)]));
  const layer = Buffer.concat([...members, toc, (footer ?? footerAt)(at)]);
  return { layer, annotations: { [DIGEST]: sha256(json) } };
}

function footerAt(at: number): Buffer {
  const extra = Buffer.from(`${at.toString(16).padStart(16, '0')}STARGZ`);
  const head = Buffer.from([0x1f, 0x8b, 8, 4, 0, 0, 0, 0, 0, 0xff, 26, 0, 0x53, 0x47, 22, 0]);
  return Buffer.concat([head, extra, Buffer.from([1, 0, 0, 0xff, 0xff]), Buffer.alloc(8)]);
}

function tarHeader(name: string, size: number): Buffer {
  const header = Buffer.alloc(512);
  header.write(name);
  header.write('0000644\0', 100);
  header.write(`${size.toString(8).padStart(11, '0')}\0`, 124);
  header.write('        0ustar\u000000', 148);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return header;
}

const FIRST = 'the first piece, ';
const SECOND = 'and the second';
const MEMBERS = [gzipSync(tarHeader('a', 31)), gzipSync(FIRST), gzipSync(SECOND)] as const;
const [HEAD, ONE, TWO] = MEMBERS.map(({ length }) => length) as [number, number, number];
const FILE = {
  ...{ name: 'dir/a', type: 'reg', size: FIRST.length + SECOND.length, mode: 0o104755, uid: 1, gid: 2 },
  ...{ modtime: '2024-02-03T04:05:06Z', offset: HEAD, chunkSize: FIRST.length, chunkDigest: sha256(FIRST) },
};
const REST = {
  name: 'dir/a',
  type: 'chunk',
  offset: HEAD + ONE,
  chunkOffset: FIRST.length,
  chunkDigest: sha256(SECOND),
};

const read = ({ layer, annotations }: Made) =>
  readToc(blobSource(new Blob([new Uint8Array(layer)])), annotations, signal);

async function contents(made: Made, index: LayerIndex | undefined, path: string): Promise<string> {
  const file = index && indexEntries(index).find((entry) => entry.path === path);
  if (index?.chunks === undefined || file === undefined) throw new Error(`${path} is not there`);
  const pieces: Uint8Array[] = [];
  const source = blobSource(new Blob([new Uint8Array(made.layer)]));
  const take = (_: unknown, piece: Uint8Array) => void pieces.push(piece);
  await readChunks(source, index.chunks, { files: [file], take }, { signal, onProgress: () => undefined });
  return Buffer.concat(pieces).toString();
}

test('a file in pieces is listed with all that its entry says, and is put together', async () => {
  const made = estargz(MEMBERS, [
    { name: 'dir/', type: 'dir', mode: 0o755 },
    FILE,
    REST,
    { name: 'dir/b', type: 'hardlink', linkName: './dir/a' },
    { name: 'dir/.wh.gone', type: 'reg' },
    { name: 'dev', type: 'char', devMajor: 1, devMinor: 3, xattrs: { 'user.x': 'eHg=' } },
  ]);
  const index = await read(made);
  expect(index).toMatchObject({ compression: 'table-of-contents', complete: true, problems: [], diffId: undefined });
  expect(index && indexEntries(index)).toMatchObject([
    { path: 'dir', type: 'directory', mode: 0o755 },
    {
      path: 'dir/a',
      type: 'file',
      size: 31,
      mode: 0o4755,
      uid: 1,
      gid: 2,
      modifiedAtMs: Date.UTC(2024, 1, 3, 4, 5, 6),
    },
    { path: 'dir/b', type: 'hardlink', linkTarget: 'dir/a' },
    { path: 'dir/gone', type: 'whiteout' },
    { path: 'dev', device: { major: 1, minor: 3 }, xattrs: { 'user.x': new Uint8Array([120, 120]) } },
    { path: 'stargz.index.json', type: 'file' },
  ]);
  expect(await contents(made, index, 'dir/a')).toBe(FIRST + SECOND);
  expect(JSON.parse(await contents(made, index, 'stargz.index.json'))).toMatchObject({ version: 1 });
});

test('files that share a member are told apart by where they are in it', async () => {
  const member = gzipSync(`${FIRST}${SECOND}`);
  const made = estargz(
    [member],
    [
      { name: 'a', type: 'reg', size: FIRST.length, offset: 0, digest: sha256(FIRST) },
      {
        name: 'b',
        type: 'reg',
        size: SECOND.length,
        offset: 0,
        innerOffset: FIRST.length,
        chunkDigest: sha256(SECOND),
      },
    ],
  );
  const index = await read(made);
  expect(await contents(made, index, 'a')).toBe(FIRST);
  expect(await contents(made, index, 'b')).toBe(SECOND);
});

test('a piece that is another one than the table says is not given', async () => {
  const made = estargz(MEMBERS, [FILE, { ...REST, chunkDigest: sha256('something else') }]);
  const index = await read(made);
  await expect(contents(made, index, 'dir/a')).rejects.toMatchObject({ code: 'digest-mismatch' });
});

describe('a table that is not believed:', () => {
  const BAD: readonly [string, Made, RegExp][] = [
    [
      'another one than the manifest says',
      { ...estargz(MEMBERS, []), annotations: { [DIGEST]: sha256('') } },
      /manifest/,
    ],
    ['no footer', estargz(MEMBERS, [], () => Buffer.alloc(51)), /without saying where/],
    ['a footer that leads out of the layer', estargz(MEMBERS, [], () => footerAt(2 ** 50)), /without saying where/],
    ['a footer that leads elsewhere', estargz(MEMBERS, [], () => footerAt(0)), /something else/],
    ['a gap between pieces', estargz(MEMBERS, [FILE, { ...REST, chunkOffset: FIRST.length + 1 }]), /fit together/],
    ['pieces that are too long', estargz(MEMBERS, [FILE, { ...REST, chunkSize: 1000 }]), /fit together/],
    ['a missing piece', estargz(MEMBERS, [FILE]), /not all there/],
    ['a piece behind the table', estargz(MEMBERS, [FILE, { ...REST, offset: HEAD + ONE + TWO + 999 }]), /fit together/],
    ['no digest', estargz(MEMBERS, [FILE, { ...REST, chunkDigest: undefined }]), /without digests/],
    ['a negative size', estargz(MEMBERS, [{ ...FILE, size: -1 }]), /number/],
    ['an unknown type', estargz(MEMBERS, [{ name: 'a', type: 'door' }]), /door/],
    ['no entries', estargz(MEMBERS, [null]), /none/],
  ];
  test.each(BAD)('%s', async (_, made, seen) => {
    await expect(read(made)).rejects.toMatchObject({ code: 'layer-broken', seen: expect.stringMatching(seen) });
  });

  test('of zstd:chunked, where its place is none', async () => {
    const prefix = 'io.github.containers.zstd-chunked.manifest-';
    for (const position of ['', '-1:2:3:1', '0:2:3:2', '99999999:2:3:1', 'NaN:NaN:NaN:1']) {
      const annotations = { [`${prefix}position`]: position, [`${prefix}checksum`]: sha256('') };
      const read = readToc(blobSource(new Blob(['a layer'])), annotations, signal);
      await expect(read).rejects.toMatchObject({ code: 'layer-broken' });
    }
  });
});

test('names that lead out of the image are left out and told', async () => {
  const index = await read(estargz(MEMBERS, [{ name: '../../etc/passwd', type: 'dir' }]));
  expect(index && indexEntries(index).map(({ path }) => path)).toEqual(['stargz.index.json']);
  expect(index?.problems).toMatchObject([{ kind: 'escapes-root' }]);
});

test('a layer without annotations has no table', async () => {
  expect(hasToc({ 'org.opencontainers.image.title': 'layer' })).toBe(false);
  expect(await readToc(blobSource(new Blob(['a'])), {}, signal)).toBeUndefined();
});

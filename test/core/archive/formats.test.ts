import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createBareStream } from '../../../src/core/archive/bare-stream.ts';
import { type OciContents, planOci } from '../../../src/core/archive/oci.ts';
import { blobFileName } from '../../../src/core/archive/other-file-names.ts';
import type { ArchivePlan, WovenEntry } from '../../../src/core/archive/plan.ts';
import { createBarePlan } from '../../../src/core/archive/plan-blobs.ts';
import { gathered, weave } from '../../../src/core/archive/weave.ts';
import { parseDigest } from '../../../src/core/digest.ts';
import { type Descriptor, type Manifest, parseManifest } from '../../../src/core/manifest.ts';
import { OCI_CONFIG, OCI_INDEX, OCI_MANIFEST } from '../../../src/core/media-types.ts';
import { parseReference } from '../../../src/core/parse-reference.ts';
import { contentOf } from '../../../src/sw/unpack.ts';
import { bytesOf } from '../documents.ts';

const sha256 = (bytes: Uint8Array) => parseDigest(`sha256:${createHash('sha256').update(bytes).digest('hex')}`);
const DIGEST = sha256(bytesOf('a blob'));

type Given = (Uint8Array<ArrayBuffer> | Error)[];

async function* pieces(...given: Given): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  for (const piece of given) {
    if (piece instanceof Error) throw piece;
    yield piece;
  }
}

async function readAll(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = [];
  for await (const piece of source) all.push(piece.slice());
  return Buffer.concat(all);
}

describe('a file without a tar around it', () => {
  const plan = createBarePlan('note', [{ kind: 'blob', name: 'note', digest: DIGEST, size: 6 }]);

  async function delivered(...given: Given): Promise<string> {
    let text = '';
    const stream = createBareStream(plan, () => pieces(...given));
    try {
      for await (const bytes of stream) text += new TextDecoder().decode(bytes);
      return `${text}, whole`;
    } catch {
      return `${text}, failed`;
    }
  }

  test('is its blob', async () => {
    expect(plan.archiveBytes).toBe(6);
    expect(await delivered(bytesOf('a '), bytesOf('blob'))).toBe('a blob, whole');
  });

  test('never has its last bytes where the blob turns out to be wrong at its end', async () => {
    expect(await delivered(bytesOf('a '), bytesOf('bl'), bytesOf('ob'), new Error('wrong digest'))).not.toContain('ob');
    expect(await delivered(bytesOf('a blob'), new Error('wrong digest'))).toBe(', failed');
  });

  test.each([[['a bl']], [['a blob', 's']], [[]]])(
    'fails where the bytes are not as many as planned: %j',
    async (given) => {
      expect(await delivered(...given.map(bytesOf))).toMatch(/, failed$/);
    },
  );
});

describe('parts of a layer behind bytes that are not its own', () => {
  const row = fc.record({
    lead: fc.uint8Array({ maxLength: 5 }),
    zeros: fc.oneof(fc.constant(0), fc.nat(200_000)),
    skipped: fc.nat(7),
    length: fc.nat(9),
  });

  test('are what the rows say, however the layer comes in pieces', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(row, { maxLength: 8 }),
        fc.array(fc.integer({ min: 1, max: 9 })),
        async (rows, cuts) => {
          const expected: Uint8Array[] = [];
          const offsets: number[] = [];
          const tar = new Uint8Array(rows.reduce((sum, { skipped, length }) => sum + skipped + length, 5)).map(
            (_, i) => i,
          );
          let at = 0;
          for (const { lead, zeros, skipped, length } of rows) {
            at += skipped;
            offsets.push(at);
            expected.push(lead, new Uint8Array(zeros), tar.subarray(at, at + length));
            at += length;
          }
          const ends = rows.map((_, i) => rows.slice(0, i + 1).reduce((sum, { lead }) => sum + lead.length, 0));
          const entry: WovenEntry = {
            ...{ kind: 'woven', name: 'files', digest: DIGEST, size: 1 },
            leads: new Uint8Array(Buffer.concat(rows.map(({ lead }) => lead))),
            leadEnds: Float64Array.from(ends),
            zeros: Float64Array.from(rows, ({ zeros }) => zeros),
            offsets: Float64Array.from(offsets),
            lengths: Float64Array.from(rows, ({ length }) => length),
          };
          const cut: Uint8Array<ArrayBuffer>[] = [];
          for (let from = 0, i = 0; from < tar.length; i++) {
            const to = from + (cuts[i % Math.max(1, cuts.length)] ?? tar.length);
            cut.push(tar.slice(from, to));
            from = to;
          }
          const made = await readAll(gathered(weave(entry, pieces(...cut))));
          expect(made.equals(Buffer.concat(expected))).toBe(true);
          expect(createBarePlan('files', [entry]).archiveBytes).toBe(made.length);
        },
      ),
      { numRuns: 60 },
    );
  });

  test('fail where the layer ends before a part does', async () => {
    const entry: WovenEntry = {
      ...{ kind: 'woven', name: 'files', digest: DIGEST, size: 1, leads: new Uint8Array() },
      ...{ leadEnds: Float64Array.of(0), zeros: Float64Array.of(0) },
      ...{ offsets: Float64Array.of(2), lengths: Float64Array.of(5) },
    };
    await expect(readAll(weave(entry, pieces(bytesOf('abcd'))))).rejects.toMatchObject({ code: 'file-broken' });
    await expect(readAll(weave(entry, pieces()))).rejects.toMatchObject({ code: 'file-broken' });
  });
});

describe('an unpacked layer', () => {
  const packed = new Uint8Array(gzipSync('the layer'));
  const { signal } = new AbortController();
  const unpacked = (unpackedBytes: number, ...given: Given) =>
    readAll(
      contentOf(
        { kind: 'unpacked', name: 'layer.tar', digest: DIGEST, size: packed.length, unpackedBytes },
        pieces(...given),
        signal,
      ),
    );

  test('is what its blob unpacks to', async () => {
    expect((await unpacked(9, packed.slice(0, 9), packed.slice(9))).toString()).toBe('the layer');
  });

  test('fails where that has another length, where it is broken, and where its source fails', async () => {
    await expect(unpacked(8, packed)).rejects.toMatchObject({ code: 'layer-broken' });
    await expect(unpacked(10, packed)).rejects.toMatchObject({ code: 'layer-broken' });
    await expect(unpacked(9, packed.slice(0, 15))).rejects.toMatchObject({ code: 'layer-broken' });
    await expect(unpacked(9, packed.slice(0, 9), new Error('the network'))).rejects.toThrow('the network');
  });
});

describe('index.json of an OCI layout', () => {
  const layer = { mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip', digest: DIGEST, size: 6 };
  const image = (architecture: string) =>
    parsed({
      mediaType: OCI_MANIFEST,
      config: { ...layer, mediaType: OCI_CONFIG, size: architecture.length },
      layers: [layer],
    });
  const [amd64, arm64] = [image('amd64'), image('arm6')];
  const inner = index(arm64);
  const root = index(amd64, inner);

  function parsed(document: object): Manifest {
    const bytes = bytesOf({ schemaVersion: 2, ...document });
    return parseManifest(bytes, { digest: sha256(bytes), attempted: 'read it' });
  }

  function index(...children: readonly Manifest[]): Manifest {
    const manifests = children.map(({ mediaType, digest, bytes }) => ({ mediaType, digest, size: bytes.length }));
    return parsed({ mediaType: OCI_INDEX, manifests });
  }

  function listed(manifests: readonly Manifest[]): unknown[] {
    const contents: OciContents = {
      ...{ reference: parseReference('app:1'), root, manifests, platform: undefined },
      blobs: [layer] as readonly Descriptor[],
    };
    return digestsOf(planOci(contents));
  }

  function digestsOf(plan: ArchivePlan): unknown[] {
    return descriptorsIn(plan, 'index.json').map(({ digest }) => digest);
  }

  function descriptorsIn({ entries }: ArchivePlan, file: string): { digest: string; annotations?: object }[] {
    const entry = entries.find(({ name }) => name === file);
    if (entry?.kind !== 'bytes') throw new Error(`there is no ${file}`);
    return (JSON.parse(new TextDecoder().decode(entry.bytes)) as { manifests: { digest: string }[] }).manifests;
  }

  test('names the root where all of it is there, and else only what is', () => {
    expect(listed([root, amd64, inner, arm64])).toEqual([root.digest]);
    expect(listed([root, amd64, inner])).toEqual([amd64.digest]);
    expect(listed([root, inner, arm64])).toEqual([inner.digest]);
    expect(listed([root])).toEqual([]);
  });

  test('lists referrers without a name, and their tags are in a layout of their own', () => {
    const type = 'application/vnd.cncf.notary.signature';
    const signature = parsed({ mediaType: OCI_MANIFEST, artifactType: type, config: { ...layer, mediaType: 'x/y' } });
    const list = index(signature);
    const broken = index(parsed({ mediaType: OCI_MANIFEST, config: layer, layers: [layer] }));
    const plan = planOci({
      ...{ reference: parseReference('app:1'), root: amd64, platform: undefined, blobs: [layer], selected: undefined },
      manifests: [amd64, signature, list, broken, arm64],
      referrers: [
        { manifest: signature, tag: 'sha256-a.sig' },
        { manifest: list, tag: 'sha256-a', isList: true },
        { manifest: arm64, tag: 'sha256-a.sbom' },
        { manifest: broken, tag: 'sha256-b' },
      ],
    });
    const { mediaType, digest, bytes } = signature;
    const descriptor = { mediaType, digest, size: bytes.length, artifactType: type };
    const like = { mediaType, digest: arm64.digest, size: arm64.bytes.length, artifactType: OCI_CONFIG };
    expect(descriptorsIn(plan, 'index.json').slice(1)).toEqual([descriptor, like]);
    const names = descriptorsIn(plan, 'referrers/index.json').map(({ digest, annotations }) => [digest, annotations]);
    const named = (tag: string) => ({ 'org.opencontainers.image.ref.name': tag });
    expect(names).toEqual([
      [amd64.digest, { 'io.containerd.image.name': 'docker.io/library/app:1', ...named('1') }],
      [digest, named('sha256-a.sig')],
      [list.digest, named('sha256-a')],
      [arm64.digest, named('sha256-a.sbom')],
    ]);
    expect(plan.entries.at(-1)?.name).toBe('oci-layout');
  });
});

describe('the name of one blob’s file', () => {
  const named = (title: string) =>
    blobFileName(parseReference('ghcr.io/org/app'), {
      ...{ mediaType: 'application/vnd.oci.image.layer.v1.tar+zstd', digest: DIGEST, size: 1 },
      annotations: { 'org.opencontainers.image.title': title },
    });

  test.each([
    ['note.md', 'note.md'],
    ['../../etc/passwd', 'passwd'],
    ['C:\\Windows\\x.dll', 'x.dll'],
    ['.bashrc', '_bashrc'],
    ['a\u0000b\u202Ec "d".md', 'a_b_c_d_.md'],
    ['', `app_${DIGEST.slice(7, 19)}.tar.zst`],
    ['..', '_'],
  ])('%j is %s', (title, name) => {
    expect(named(title)).toBe(name);
  });
});

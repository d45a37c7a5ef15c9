/** Layers that were made to do harm, or by something broken: named, shown as far as they can be, never followed. */
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { indexEntries, type LayerIndex } from '../../../src/core/layer/layer-index.ts';
import type { LayerLimits } from '../../../src/core/layer/limits.ts';
import { removeFolder, run, temporaryFolder } from '../../lab/process.ts';
import { END, entry, pax, setChecksum, tarOf } from './hand-made-tar.ts';
import { expectSafe, expectSafeTree } from './safe-layer.ts';
import { readLayerFile, readLayerStream, streamOf } from './tar-listing.ts';

const folder = temporaryFolder('hostile');
afterAll(() => removeFolder(folder));

const MIB = 1024 * 1024;

async function read(tar: Uint8Array, limits?: Partial<LayerLimits>): Promise<LayerIndex> {
  const index = await readLayerStream(streamOf(tar), { limits });
  expectSafe(index);
  expectSafeTree([index]);
  return index;
}

const pathsOf = (index: LayerIndex) => indexEntries(index).map(({ path }) => path);
const kindsOf = ({ problems }: LayerIndex) => problems.map(({ kind }) => kind);
const detailsOf = ({ problems }: LayerIndex) => problems.map(({ detail }) => detail).join('\n');

describe('names that lead elsewhere', () => {
  it.each(['../out', 'a/../../out', '..', './..', '/../out', 'a/b/../../../out', '../../../etc/passwd'])(
    '%s is named and left out',
    async (name) => {
      const index = await read(tarOf(entry({ name, content: 'x' }), entry({ name: 'after' })));
      expect(pathsOf(index)).toEqual(['after']);
      expect(index.problems).toEqual([
        { kind: 'escapes-root', path: name, detail: expect.stringContaining('left out') },
      ]);
      expect(index.complete).toBe(true);
    },
  );

  it('a name that stays within by detours is where it leads', async () => {
    const names = ['a/../b', './c//d/', '././e', 'f/./g/..', '/abs', '//abs2'];
    const index = await read(tarOf(...names.map((name) => entry({ name }))));
    expect(pathsOf(index)).toEqual(['b', 'c/d', 'e', 'f', 'abs', 'abs2']);
    // Once for all of them.
    expect(index.problems).toEqual([{ kind: 'escapes-root', path: '/abs', detail: expect.stringContaining('image') }]);
  });

  it('hard links to outside are left out, symbolic ones are kept as they are and end within', async () => {
    const index = await read(
      tarOf(
        entry({ name: 'hard', flag: '1', link: '../../etc/shadow' }),
        entry({ name: 'hard-to-root', flag: '1', link: '/' }),
        entry({ name: 'soft', flag: '2', link: '../../etc/shadow' }),
        entry({ name: 'loop', flag: '2', link: 'loop' }),
        entry({ name: 'ping', flag: '2', link: 'pong' }),
        entry({ name: 'pong', flag: '2', link: './ping' }),
        entry({ name: 'deeper', flag: '2', link: 'deeper/deeper' }),
        entry({ name: 'self', flag: '1', link: 'self' }),
        entry({ name: 'here', flag: '2', link: '.' }),
      ),
    );
    expect(pathsOf(index)).toEqual(['soft', 'loop', 'ping', 'pong', 'deeper', 'self', 'here']);
    expect(kindsOf(index)).toEqual(['escapes-root', 'broken']);
  });

  it('whiteouts hide only what is beside them', async () => {
    const names = [
      'd/.wh.',
      'd/.wh..',
      'd/.wh...',
      '.wh..wh..opq',
      'd/.wh..wh..opq',
      'd/.wh.x',
      '.wh..wh.plnk/1.2',
      '.wh..wh.aufs',
    ];
    const index = await read(tarOf(...names.map((name) => entry({ name }))));
    const found = indexEntries(index).map(({ type, path }) => `${type} ${path}`);
    expect(found).toEqual(['opaque ', 'opaque d', 'whiteout d/x']);
    expect(kindsOf(index)).toEqual(['escapes-root', 'escapes-root', 'escapes-root']);
  });

  it('names that are something to the language are names', async () => {
    const names = ['__proto__', 'constructor', 'toString', '__proto__/x'];
    const records = { 'SCHILY.xattr.__proto__': 'a', 'SCHILY.xattr.user.x': 'b' };
    const index = await read(tarOf(pax(records), ...names.map((name) => entry({ name }))));
    expect(pathsOf(index)).toEqual(names);
    const xattrs = indexEntries(structuredClone(index))[0]?.xattrs ?? {};
    expect(Object.keys(xattrs).sort()).toEqual(['__proto__', 'user.x']);
  });

  it('names without anything, with NULs and with controls', async () => {
    const index = await read(
      tarOf(
        entry({ name: '' }),
        entry({ name: '/' }),
        entry({ name: './', flag: '5' }),
        entry({ name: 'cut\0here' }),
        Buffer.concat([pax({ path: 'pax\0cut' }), entry({})]),
        entry({ name: 'bell\u0007\u001b[31m\r\n' }),
        entry({ name: '../\u001b]0;title\u0007' }),
      ),
    );
    expect(pathsOf(index)).toEqual(['', '', 'cut', 'pax', 'bell\u0007\u001b[31m\r\n']);
    expect(index.problems.map(({ path }) => path)).toEqual(['', '../\\x1b]0;title\\x07']);
  });
});

describe('names that are too long', () => {
  it.each([
    ['GNU', 'L'],
    ['GNU', 'K'],
    ['PAX', 'x'],
  ])('10 MB by %s (%s) are not gathered', async (_, flag) => {
    const content = flag === 'x' ? pax({ path: 'n'.repeat(10 * MIB) }) : entry({ flag, content: 'n'.repeat(10 * MIB) });
    const index = await read(tarOf(content, entry({ name: 'shortened', content: 'xyz' }), entry({ name: 'after' })));
    expect(pathsOf(index)).toEqual(['after']);
    expect(index.problems).toHaveLength(1);
    expect(index.problems[0]?.path).toBe('shortened');
    expect(detailsOf(index)).toMatch(/of 104857\d\d bytes and is left out/);
  });

  it('100 kB are named, cut to a readable length', async () => {
    const index = await read(tarOf(pax({ path: 'n'.repeat(100_000) }), entry({}), entry({ name: 'after' })));
    expect(pathsOf(index)).toEqual(['after']);
    expect(index.problems).toEqual([
      { kind: 'name-too-long', path: `${'n'.repeat(200)}…`, detail: 'has a name of 100000 characters' },
    ]);
  });

  it('a path as deep as Linux could have it is one, a deeper one is named', async () => {
    const [deep, deeper] = [`${'d/'.repeat(2047)}f`, `${'d/'.repeat(2048)}f`];
    const index = await read(tarOf(pax({ path: deep }), entry({}), pax({ path: deeper }), entry({})));
    expect([pathsOf(index), kindsOf(index)]).toEqual([[deep], ['name-too-long']]);
  });

  it('directories that nobody could count', async () => {
    const deep = Array.from({ length: 30 }, (_, i) =>
      Buffer.concat([pax({ path: `${i}/${'d/'.repeat(98)}f` }), entry({})]),
    );
    const index = await read(tarOf(...deep), { names: 1000 });
    expect([index.count, index.complete, kindsOf(index)]).toEqual([11, false, ['too-many-entries']]);
    const beside = Array.from({ length: 500 }, (_, i) =>
      Buffer.concat([pax({ path: `${'d/'.repeat(98)}${i}` }), entry({})]),
    );
    expect((await read(tarOf(...beside), { names: 1000 })).count).toBe(500);
  });

  it('the names of all entries together', async () => {
    const tar = tarOf(...Array.from({ length: 50 }, (_, i) => entry({ name: `${i}`.padEnd(100, 'n') })));
    const index = await read(tar, { allNamesLength: 1000 });
    expect([index.count, index.complete, kindsOf(index)]).toEqual([10, false, ['too-many-entries']]);
  });
});

describe('numbers that are none', () => {
  const base256 = (...tail: number[]) => Uint8Array.from([0x80, ...new Array(11 - tail.length).fill(0), ...tail]);
  it.each([
    ['negative', new Uint8Array(12).fill(0xff)],
    ['2^63', base256(0x80, 0, 0, 0, 0, 0, 0, 0)],
    ['all bits', Uint8Array.from([0x80, ...new Array(11).fill(0xff)])],
    ['letters', 'twelve bytes'],
    ['a sign', '-0000000001'],
    ['hexadecimal', '0x000000010'],
  ])('a size that is %s ends the reading', async (_, sizeField) => {
    const index = await read(
      tarOf(entry({ name: 'before' }), entry({ name: 'odd', sizeField }), entry({ name: 'after' })),
    );
    expect(pathsOf(index)).toEqual(['before']);
    expect(index).toMatchObject({ complete: false });
    expect(index.problems[0]).toEqual({ kind: 'broken', path: 'odd', detail: 'has no readable size' });
  });

  it.each(['-1', '1e3', '99999999999999999999', 'NaN', '0x10', ' 1'])('a PAX size of “%s” too', async (size) => {
    const index = await read(tarOf(pax({ size }), entry({ name: 'odd' })));
    expect([index.count, index.complete]).toEqual([0, false]);
  });

  it('a size far beyond the tar is shown and takes no memory', async () => {
    const index = await read(tarOf(entry({ name: 'huge', sizeField: base256(0x1f, 255, 255, 255, 255, 255, 255) })));
    expect(indexEntries(index)).toEqual([expect.objectContaining({ path: 'huge', size: 2 ** 53 - 1 })]);
    expect(detailsOf(index)).toContain('cut off');
  });

  it.each(['L', 'K', 'x', 'g'])('a header (%s) that says it has 8 EB is not waited for', async (flag) => {
    const sizeField = base256(0x1f, 255, 255, 255, 255, 255, 255);
    const index = await read(tarOf(entry({ name: 'long', flag, sizeField }), entry({ name: 'after' })));
    expect([index.count, index.complete]).toEqual([0, false]);
    expect(detailsOf(index)).toContain('cut off');
  });

  it('times and owners beyond what systems have are brought within', async () => {
    const records = { mtime: '9999999999999999', uid: '9007199254740991', gid: '4294967296' };
    const [found] = indexEntries(await read(tarOf(pax(records), entry({}))));
    expect(found).toMatchObject({ modifiedAtMs: 8.64e15, uid: 4_294_967_295, gid: 4_294_967_295 });
  });

  it('an unreadable mode, time or owner is said, and the entry shown', async () => {
    const odd = Buffer.concat([pax({ uid: 'root', mtime: 'yesterday' }), entry({ name: 'odd', modeField: 'rw-r--r' })]);
    const index = await read(tarOf(odd));
    expect(indexEntries(index)).toEqual([expect.objectContaining({ path: 'odd', mode: 0, uid: 0, modifiedAtMs: 0 })]);
    expect(index.problems.map(({ detail }) => detail)).toEqual([
      'has no readable mode',
      'has no readable owner',
      'has no readable time',
    ]);
  });
});

describe('broken tars', () => {
  it('a wrong checksum ends the reading, and says where', async () => {
    const index = await read(tarOf(entry({ name: 'before', content: 'x' }), entry({ checksumError: 1 })));
    expect([pathsOf(index), index.complete]).toEqual([['before'], false]);
    expect(detailsOf(index)).toBe('At byte 1024 of the tar there is no header of an entry');
  });

  it('a checksum over signed bytes, as some old tars have it, is right', async () => {
    const signed = entry({ name: 'caf\u00e9' });
    // Each of the two bytes of é counts 256 less.
    setChecksum(signed, 0, -512);
    expect(pathsOf(await read(tarOf(signed)))).toEqual(['café']);
  });

  it.each([
    ['text', Buffer.from('This is not a tar, but it is long enough for a header of one. '.repeat(20))],
    ['HTML', Buffer.from(`<!doctype html><title>403</title>${'<p>no'.repeat(200)}`)],
    ['a few bytes', Buffer.from([1, 2, 3])],
    ['a block without an end', Buffer.alloc(511, 65)],
  ])('%s is no tar', async (_, bytes) => {
    const index = await read(bytes);
    expect([index.count, index.complete, kindsOf(index)]).toEqual([0, false, ['broken']]);
  });

  it.each([
    ['nothing at all', Buffer.alloc(0)],
    ['one zero block', Buffer.alloc(512)],
    ['the end alone', Buffer.from(END)],
    ['10 kB of zeros', Buffer.alloc(10_240)],
  ])('%s is an empty layer', async (_, bytes) => {
    const index = await read(bytes);
    expect([index.count, index.complete, index.problems]).toEqual([0, true, []]);
  });

  it('cut off at any byte it has the entries before, and says so', async () => {
    const parts = [
      pax({ path: 'a', mtime: '1.5' }),
      ...['a', 'b', 'c'].map((name) => entry({ name, content: name.repeat(700) })),
    ];
    const tar = tarOf(...parts);
    // Where an entry ends, so may a tar; between a header and what it extends it may not.
    const ends = new Set([1024 + 1536, 1024 + 2 * 1536, 1024 + 3 * 1536]);
    for (const to of [...ends, ...Array.from({ length: tar.length / 32 - 1 }, (_, i) => (i + 1) * 32)]) {
      const index = await read(tar.subarray(0, to));
      expect(pathsOf(index)).toEqual(['a', 'b', 'c'].slice(0, index.count));
      expect([to, index.complete]).toEqual([to, ends.has(to) || to >= tar.length - 512]);
      if (!index.complete) expect(detailsOf(index)).toMatch(/cut off/);
    }
  });

  it('what follows the end is not read, and said', async () => {
    const index = await read(Buffer.concat([tarOf(entry({ name: 'seen' })), entry({ name: 'unseen' })]));
    expect([pathsOf(index), index.complete, kindsOf(index)]).toEqual([['seen'], true, ['broken']]);
    const half = await read(Buffer.concat([entry({ name: 'seen' }), Buffer.alloc(512), entry({ name: 'unseen' })]));
    expect([pathsOf(half), half.complete, kindsOf(half)]).toEqual([['seen'], false, ['broken']]);
  });

  it.each(['A', 'V', 'M', 'N', '9', '\u00ff', ' '])('an entry of the type “%s” is left out', async (flag) => {
    const index = await read(tarOf(entry({ name: 'odd', flag, content: 'x' }), entry({ name: 'after' })));
    expect([pathsOf(index), kindsOf(index)]).toEqual([['after'], ['unknown-type']]);
  });

  it.each([
    ['a length of 0', '0 a=b\n'],
    ['a length beyond', '999 path=x\n'],
    ['a length without a number', 'abc path=x\n'],
    ['a length too long to be one', `${'9'.repeat(30)} path=x\n`],
    ['no line end', '9 path=xy'],
    ['no equals sign', '8 pathx\n'],
    ['no keyword', '5 =x\n'],
    ['a length that ends in the keyword', '4 path=x\n'],
  ])('PAX records with %s are said', async (_, content) => {
    const index = await read(tarOf(entry({ flag: 'x', content }), entry({ name: 'shown' })));
    expect([pathsOf(index), index.complete, kindsOf(index)]).toEqual([['shown'], true, ['broken']]);
  });

  it.each([
    ['beyond the file', { 'GNU.sparse.size': '10', 'GNU.sparse.map': '0,5,20,5' }],
    ['backwards', { 'GNU.sparse.size': '100', 'GNU.sparse.map': '50,5,0,5' }],
    ['of half a piece', { 'GNU.sparse.size': '100', 'GNU.sparse.map': '50' }],
    ['of other words', { 'GNU.sparse.size': '100', 'GNU.sparse.map': 'a,b' }],
    ['of more than is there', { 'GNU.sparse.size': '1000', 'GNU.sparse.map': '0,11' }],
    ['that begins no line', { 'GNU.sparse.major': '1', 'GNU.sparse.minor': '0', 'GNU.sparse.realsize': '100' }],
  ])('a sparse file with a map %s is left out', async (_, records) => {
    const index = await read(
      tarOf(pax(records), entry({ name: 's', content: 'ten bytes.' }), entry({ name: 'after' })),
    );
    expect(pathsOf(index).slice(-1)).toEqual(index.complete ? ['after'] : []);
    expect(pathsOf(index)).not.toContain('s');
    expect(kindsOf(index)).toEqual(['broken']);
  });
});

describe('limits', () => {
  it('gzip bombs of one member and of many end at the ratio', async () => {
    const zeros = gzipSync(Buffer.concat([entry({ name: 'zeros', sizeField: '77777777777' }), Buffer.alloc(64 * MIB)]));
    const limits = { ratioFreeBytes: 8 * MIB };
    const one = await read(zeros, limits);
    const many = await read(Buffer.concat([gzipSync(Buffer.alloc(0)), ...new Array(20).fill(zeros)]), limits);
    for (const index of [one, many]) {
      expect([index.complete, index.diffId, kindsOf(index)[0]]).toEqual([false, undefined, 'ratio']);
      expect(index.uncompressedBytes).toBeLessThan(40 * MIB);
      expect(detailsOf(index)).toContain('Reading was stopped here.');
    }
  });

  it('a zstd bomb of 100 GB ends after the first', async () => {
    const file = `${folder}/bomb.zst`;
    await run('sh', [
      '-c',
      `head -c 256M /dev/zero | zstd -q -1 > ${file}.one; for i in $(seq 400); do cat ${file}.one; done > ${file}`,
    ]);
    const index = await readLayerFile(file);
    expectSafe(index);
    expect([index.complete, kindsOf(index)[0]]).toEqual([false, 'ratio']);
    expect(index.uncompressedBytes).toBeLessThan(1100 * MIB);
  });

  it('what compresses like real layers do is no bomb', async () => {
    const text = 'The same line again and again, as in a log.\n'.repeat(400_000);
    const index = await read(gzipSync(tarOf(entry({ name: 'log', content: text }))), { ratioFreeBytes: MIB });
    expect([index.complete, index.problems]).toEqual([true, []]);
  });

  it('the size of a layer that never ends', async () => {
    let pieces = 0;
    const stream = new ReadableStream<Uint8Array<ArrayBuffer>>({
      pull(controller) {
        pieces += 1;
        controller.enqueue(pieces === 1 ? new Uint8Array(entry({ sizeField: '77777777777' })) : new Uint8Array(MIB));
      },
    });
    const index = await readLayerStream(stream, { limits: { uncompressedBytes: 20 * MIB } });
    expect([index.complete, kindsOf(index)]).toEqual([false, ['too-large']]);
    expect(pieces).toBeLessThan(30);
  });

  it('entries that never end', async () => {
    let count = 0;
    const stream = new ReadableStream<Uint8Array<ArrayBuffer>>({
      pull: (controller) => controller.enqueue(new Uint8Array(entry({ name: `f${count++}` }))),
    });
    const index = await readLayerStream(stream, { limits: { entries: 1000 } });
    expect([index.count, index.complete, kindsOf(index)]).toEqual([1000, false, ['too-many-entries']]);
    expect(count).toBeLessThan(1200);
  });

  it('problems and extended attributes', async () => {
    const bad = Array.from({ length: 50 }, (_, i) => entry({ name: `../${i}` }));
    expect((await read(tarOf(...bad), { problems: 10 })).problems).toHaveLength(10);
    const big = Array.from({ length: 5 }, (_, i) =>
      Buffer.concat([pax({ 'SCHILY.xattr.user.big': 'x'.repeat(1000) }), entry({ name: `${i}` })]),
    );
    const index = await read(tarOf(...big), { xattrBytes: 1500 });
    expect(indexEntries(index).map(({ xattrs }) => xattrs !== undefined)).toEqual([true, true, false, false, false]);
    expect(kindsOf(index)).toEqual(['too-large']);
  });
});

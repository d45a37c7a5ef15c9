/** Layers that were made to do harm, or by something broken: named, shown as far as they can be, never followed. */
import { describe, expect, it } from 'vitest';
import { indexEntries } from '../../../src/core/layer/layer-index.ts';
import { END, entry, pax, setChecksum, tarOf } from './hand-made-tar.ts';
import { kindsOf, pathsOf, readHostile, reasonsOf } from './safe-layer.ts';

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
    const index = await readHostile(
      tarOf(entry({ name: 'before' }), entry({ name: 'odd', sizeField }), entry({ name: 'after' })),
    );
    expect(pathsOf(index)).toEqual(['before']);
    expect(index).toMatchObject({ complete: false });
    expect(index.problems[0]).toEqual({ kind: 'broken', path: 'odd', detail: 'has no readable size' });
  });

  it.each(['-1', '1e3', '99999999999999999999', 'NaN', '0x10', ' 1'])('a PAX size of “%s” too', async (size) => {
    const index = await readHostile(tarOf(pax({ size }), entry({ name: 'odd' })));
    expect([index.count, index.complete]).toEqual([0, false]);
  });

  it('a size far beyond the tar is shown and takes no memory', async () => {
    const index = await readHostile(
      tarOf(entry({ name: 'huge', sizeField: base256(0x1f, 255, 255, 255, 255, 255, 255) })),
    );
    expect(indexEntries(index)).toEqual([expect.objectContaining({ path: 'huge', size: 2 ** 53 - 1 })]);
    expect(reasonsOf(index)).toContain('cut off');
  });

  it.each(['L', 'K', 'x', 'g'])('a header (%s) that says it has 8 EB is not waited for', async (flag) => {
    const sizeField = base256(0x1f, 255, 255, 255, 255, 255, 255);
    const index = await readHostile(tarOf(entry({ name: 'long', flag, sizeField }), entry({ name: 'after' })));
    expect([index.count, index.complete]).toEqual([0, false]);
    expect(reasonsOf(index)).toContain('cut off');
  });

  it('times and owners beyond what systems have are brought within', async () => {
    const records = { mtime: '9999999999999999', uid: '9007199254740991', gid: '4294967296' };
    const [found] = indexEntries(await readHostile(tarOf(pax(records), entry({}))));
    expect(found).toMatchObject({ modifiedAtMs: 8.64e15, uid: 4_294_967_295, gid: 4_294_967_295 });
  });

  it('an unreadable mode, time or owner is said, and the entry shown', async () => {
    const odd = Buffer.concat([pax({ uid: 'root', mtime: 'yesterday' }), entry({ name: 'odd', modeField: 'rw-r--r' })]);
    const index = await readHostile(tarOf(odd));
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
    const index = await readHostile(tarOf(entry({ name: 'before', content: 'x' }), entry({ checksumError: 1 })));
    expect([pathsOf(index), index.complete]).toEqual([['before'], false]);
    expect(reasonsOf(index)).toBe('At byte 1024 of the tar there is no header of an entry');
  });

  it('a checksum over signed bytes, as some old tars have it, is right', async () => {
    const signed = entry({ name: 'caf\u00e9' });
    // Each of the two bytes of é counts 256 less.
    setChecksum(signed, 0, -512);
    expect(pathsOf(await readHostile(tarOf(signed)))).toEqual(['café']);
  });

  it.each([
    ['text', Buffer.from('This is not a tar, but it is long enough for a header of one. '.repeat(20))],
    ['HTML', Buffer.from(`<!doctype html><title>403</title>${'<p>no'.repeat(200)}`)],
    ['a few bytes', Buffer.from([1, 2, 3])],
    ['a block without an end', Buffer.alloc(511, 65)],
  ])('%s is no tar', async (_, bytes) => {
    const index = await readHostile(bytes);
    expect([index.count, index.complete, kindsOf(index)]).toEqual([0, false, ['broken']]);
  });

  it.each([
    ['nothing at all', Buffer.alloc(0)],
    ['one zero block', Buffer.alloc(512)],
    ['the end alone', Buffer.from(END)],
    ['10 kB of zeros', Buffer.alloc(10_240)],
  ])('%s is an empty layer', async (_, bytes) => {
    const index = await readHostile(bytes);
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
      const index = await readHostile(tar.subarray(0, to));
      expect(pathsOf(index)).toEqual(['a', 'b', 'c'].slice(0, index.count));
      expect([to, index.complete]).toEqual([to, ends.has(to) || to >= tar.length - 512]);
      if (!index.complete) expect(reasonsOf(index)).toMatch(/cut off/);
    }
  });

  it('what follows the end is not read, and said', async () => {
    const index = await readHostile(Buffer.concat([tarOf(entry({ name: 'seen' })), entry({ name: 'unseen' })]));
    expect([pathsOf(index), index.complete, kindsOf(index)]).toEqual([['seen'], true, ['broken']]);
    const half = await readHostile(
      Buffer.concat([entry({ name: 'seen' }), Buffer.alloc(512), entry({ name: 'unseen' })]),
    );
    expect([pathsOf(half), half.complete, kindsOf(half)]).toEqual([['seen'], false, ['broken']]);
  });

  it.each(['A', 'V', 'M', 'N', '9', '\u00ff', ' '])('an entry of the type “%s” is left out', async (flag) => {
    const index = await readHostile(tarOf(entry({ name: 'odd', flag, content: 'x' }), entry({ name: 'after' })));
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
    const index = await readHostile(tarOf(entry({ flag: 'x', content }), entry({ name: 'shown' })));
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
    const index = await readHostile(
      tarOf(pax(records), entry({ name: 's', content: 'ten bytes.' }), entry({ name: 'after' })),
    );
    expect(pathsOf(index).slice(-1)).toEqual(index.complete ? ['after'] : []);
    expect(pathsOf(index)).not.toContain('s');
    expect(kindsOf(index)).toEqual(['broken']);
  });
});

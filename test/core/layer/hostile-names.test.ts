/** Names of layers that were made to do harm, or by something broken: named, shown as far as they can be, never followed. */
import { describe, expect, it } from 'vitest';
import { indexEntries } from '../../../src/core/layer/layer-index.ts';
import { entry, pax, tarOf } from './hand-made-tar.ts';
import { kindsOf, pathsOf, readHostile, reasonsOf } from './safe-layer.ts';

const MIB = 1024 * 1024;

describe('names that lead elsewhere', () => {
  it.each(['../out', 'a/../../out', '..', './..', '/../out', 'a/b/../../../out', '../../../etc/passwd'])(
    '%s is named and left out',
    async (name) => {
      const index = await readHostile(tarOf(entry({ name, content: 'x' }), entry({ name: 'after' })));
      expect(pathsOf(index)).toEqual(['after']);
      expect(index.problems).toEqual([
        { kind: 'escapes-root', path: name, detail: expect.stringContaining('left out') },
      ]);
      expect(index.complete).toBe(true);
    },
  );

  it('a name that stays within by detours is where it leads', async () => {
    const names = ['a/../b', './c//d/', '././e', 'f/./g/..', '/abs', '//abs2'];
    const index = await readHostile(tarOf(...names.map((name) => entry({ name }))));
    expect(pathsOf(index)).toEqual(['b', 'c/d', 'e', 'f', 'abs', 'abs2']);
    // Once for all of them.
    expect(index.problems).toEqual([{ kind: 'escapes-root', path: '/abs', detail: expect.stringContaining('image') }]);
  });

  it('hard links to outside are left out, symbolic ones are kept as they are and end within', async () => {
    const index = await readHostile(
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
    const index = await readHostile(tarOf(...names.map((name) => entry({ name }))));
    const found = indexEntries(index).map(({ type, path }) => `${type} ${path}`);
    expect(found).toEqual(['opaque ', 'opaque d', 'whiteout d/x']);
    expect(kindsOf(index)).toEqual(['escapes-root', 'escapes-root', 'escapes-root']);
  });

  it('names that are something to the language are names', async () => {
    const names = ['__proto__', 'constructor', 'toString', '__proto__/x'];
    const records = { 'SCHILY.xattr.__proto__': 'a', 'SCHILY.xattr.user.x': 'b' };
    const index = await readHostile(tarOf(pax(records), ...names.map((name) => entry({ name }))));
    expect(pathsOf(index)).toEqual(names);
    const xattrs = indexEntries(structuredClone(index))[0]?.xattrs ?? {};
    expect(Object.keys(xattrs).sort()).toEqual(['__proto__', 'user.x']);
  });

  it('names without anything, with NULs and with controls', async () => {
    const index = await readHostile(
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
    const index = await readHostile(
      tarOf(content, entry({ name: 'shortened', content: 'xyz' }), entry({ name: 'after' })),
    );
    expect(pathsOf(index)).toEqual(['after']);
    expect(index.problems).toHaveLength(1);
    expect(index.problems[0]?.path).toBe('shortened');
    expect(reasonsOf(index)).toMatch(/of 104857\d\d bytes and is left out/);
  });

  it('100 kB are named, cut to a readable length', async () => {
    const index = await readHostile(tarOf(pax({ path: 'n'.repeat(100_000) }), entry({}), entry({ name: 'after' })));
    expect(pathsOf(index)).toEqual(['after']);
    expect(index.problems).toEqual([
      { kind: 'name-too-long', path: `${'n'.repeat(200)}…`, detail: 'has a name of 100000 characters' },
    ]);
  });

  it('a path as deep as Linux could have it is one, a deeper one is named', async () => {
    const [deep, deeper] = [`${'d/'.repeat(2047)}f`, `${'d/'.repeat(2048)}f`];
    const index = await readHostile(tarOf(pax({ path: deep }), entry({}), pax({ path: deeper }), entry({})));
    expect([pathsOf(index), kindsOf(index)]).toEqual([[deep], ['name-too-long']]);
  });

  it('directories that nobody could count', async () => {
    const deep = Array.from({ length: 30 }, (_, i) =>
      Buffer.concat([pax({ path: `${i}/${'d/'.repeat(98)}f` }), entry({})]),
    );
    const index = await readHostile(tarOf(...deep), { names: 1000 });
    expect([index.count, index.complete, kindsOf(index)]).toEqual([11, false, ['too-many-entries']]);
    const beside = Array.from({ length: 500 }, (_, i) =>
      Buffer.concat([pax({ path: `${'d/'.repeat(98)}${i}` }), entry({})]),
    );
    expect((await readHostile(tarOf(...beside), { names: 1000 })).count).toBe(500);
  });

  it('the names of all entries together', async () => {
    const tar = tarOf(...Array.from({ length: 50 }, (_, i) => entry({ name: `${i}`.padEnd(100, 'n') })));
    const index = await readHostile(tar, { allNamesLength: 1000 });
    expect([index.count, index.complete, kindsOf(index)]).toEqual([10, false, ['too-many-entries']]);
  });
});

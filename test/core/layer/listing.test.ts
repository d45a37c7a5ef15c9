import { describe, expect, it } from 'vitest';
import { createListing, type TreeListing, type TreeQuery } from '../../../src/core/layer/listing.ts';
import { createTree } from '../../../src/core/layer/merged-tree.ts';
import { directory, file, hardlink, makeIndex, symlink } from './make-index.ts';

const view = createTree([
  makeIndex([
    directory('usr', { modifiedAtMs: 5 }),
    file('usr/Zoo', 10, { modifiedAtMs: 9, mode: 0o4755 }),
    file('usr/bin/env', 400, { modifiedAtMs: 1 }),
    file('usr/bin/sh', 300, { modifiedAtMs: 2, mode: 0o2755 }),
    hardlink('usr/bin/dash', 'usr/bin/sh'),
    symlink('usr/lib', 'lib64'),
    directory('tmp', { mode: 0o1777 }),
    directory('var/open', { mode: 0o777 }),
    file('var/open/a.Conf', 1, { mode: 0o666 }),
    directory('var/mail', { mode: 0o2775 }),
    file('b', 2000, { modifiedAtMs: 3 }),
  ]),
]).view({ kind: 'merged' });

function list(query: Partial<TreeQuery>): TreeListing {
  return createListing(view, { unfolded: [], order: 'name', ...query });
}

function pathsOf(query: Partial<TreeQuery>): string[] {
  const listing = list(query);
  return listing.slice(0, listing.rows).map(({ path }) => path);
}

describe('a tree', () => {
  it('has directories first, and what is in unfolded ones', () => {
    expect(pathsOf({})).toEqual(['tmp', 'usr', 'var', 'b']);
    expect(pathsOf({ unfolded: ['usr'] })).toEqual(['tmp', 'usr', 'usr/bin', 'usr/Zoo', 'usr/lib', 'var', 'b']);
    expect(pathsOf({ unfolded: ['usr/bin'] })).toEqual(['tmp', 'usr', 'var', 'b']);
    expect(pathsOf({ unfolded: 'all', folded: ['usr'] })).toEqual([
      ...['tmp', 'usr', 'var', 'var/mail', 'var/open', 'var/open/a.Conf', 'b'],
    ]);
  });

  it('orders what is in a directory by size or by time, largest and newest first', () => {
    expect(pathsOf({ order: 'size' })).toEqual(['b', 'usr', 'var', 'tmp']);
    expect(pathsOf({ order: 'modified' })).toEqual(['usr', 'b', 'tmp', 'var']);
    expect(pathsOf({ order: 'size', unfolded: ['usr', 'usr/bin'] }).slice(2, 6)).toEqual([
      ...['usr/bin', 'usr/bin/env', 'usr/bin/dash', 'usr/bin/sh'],
    ]);
  });

  it('gives windows of rows with all that a row shows', () => {
    const listing = list({ unfolded: ['usr', 'gone'] });
    expect(listing.slice(1, 2)).toEqual([
      {
        ...{ path: 'usr', depth: 0, type: 'directory', mode: 0o755, uid: 0, gid: 0, size: 710, modifiedAtMs: 5 },
        ...{ linkTarget: '', layer: 0, change: 'unchanged', children: 3, unfolded: true },
      },
      {
        ...{ path: 'usr/bin', depth: 1, type: 'directory', mode: 0o755, uid: 0, gid: 0, size: 700, modifiedAtMs: 0 },
        ...{ linkTarget: '', layer: 0, change: 'unchanged', children: 3, unfolded: false },
      },
    ]);
    expect(listing.slice(6, 100).map(({ path }) => path)).toEqual(['b']);
    expect(listing.slice(100, 5)).toEqual([]);
    expect(listing.slice(-3, 4).map(({ path }) => path)).toEqual(['tmp']);
  });

  it('knows where a path is, if it is', () => {
    const listing = list({ unfolded: ['usr'] });
    expect(listing.positionOf('usr/Zoo')).toBe(3);
    expect(listing.positionOf('usr/bin/sh')).toBeUndefined();
    expect(listing.positionOf('nowhere')).toBeUndefined();
  });
});

describe('a search', () => {
  it.each([
    ['name', 'ZO', ['usr/Zoo']],
    ['name', 'r/b', ['usr/bin', 'usr/bin/dash', 'usr/bin/env', 'usr/bin/sh']],
    ['name', '/USR', ['usr', 'usr/bin', 'usr/bin/dash', 'usr/bin/env', 'usr/bin/sh', 'usr/Zoo', 'usr/lib']],
    ['name', '.c', ['var/open/a.Conf']],
    ['glob', '*.Conf', ['var/open/a.Conf']],
    ['glob', '/usr/*h', []],
    ['glob', '**/*sh', ['usr/bin/dash', 'usr/bin/sh']],
    ['regex', '^/(b|tmp)$', ['tmp', 'b']],
    ['regex', '(?<=bin/).*sh', ['usr/bin/dash', 'usr/bin/sh']],
  ] as const)('by %s %s', (kind, text, paths) => {
    expect(pathsOf({ search: { kind, text } })).toEqual(paths);
  });

  it('lists flat, in the order that is asked for', () => {
    const search = { kind: 'glob', text: '/usr/**' } as const;
    expect(list({ search, unfolded: 'all' }).slice(0, 1)[0]).toMatchObject({ path: 'usr/bin', depth: 0 });
    expect(pathsOf({ search, order: 'size' }).slice(0, 2)).toEqual(['usr/bin', 'usr/bin/env']);
    expect(pathsOf({ search, order: 'modified' })[0]).toBe('usr/Zoo');
  });

  it.each([
    ['regex', '(a'],
    ['glob', '[a'],
  ] as const)('says what is wrong with the %s %s', (kind, text) => {
    expect(() => list({ search: { kind, text } })).toThrow(expect.objectContaining({ code: 'pattern-invalid' }));
  });

  it('gives up on an expression that takes too long over many paths', () => {
    // Each path takes this expression longer than the one before; together they would take days.
    const slow = Array.from({ length: 5000 }, (_, at) => file(`${'a'.repeat(19)}${at}`));
    const slowView = createTree([makeIndex(slow)]).view({ kind: 'merged' });
    const search = { kind: 'regex', text: '(a+)+$' } as const;
    expect(() => createListing(slowView, { unfolded: [], order: 'name', search })).toThrow(
      expect.objectContaining({ code: 'pattern-too-slow' }),
    );
  }, 60_000);
});

describe('a lens', () => {
  it('on files that run as their owner or group', () => {
    expect(pathsOf({ lens: 'set-uid' })).toEqual(['usr/bin/dash', 'usr/bin/sh', 'usr/Zoo']);
  });

  it('on what everybody may write to, without links and sticky directories', () => {
    expect(pathsOf({ lens: 'world-writable' })).toEqual(['var/open', 'var/open/a.Conf']);
  });

  it('on the largest files, each once', () => {
    expect(pathsOf({ lens: 'large' })).toEqual(['b', 'usr/bin/env', 'usr/bin/sh', 'usr/Zoo', 'var/open/a.Conf']);
  });

  it('on files that look like secrets', () => {
    const keys = createTree([makeIndex([directory('root/.ssh'), file('root/.ssh/id_rsa'), file('root/notes')])]);
    const listing = createListing(keys.view({ kind: 'merged' }), { unfolded: [], order: 'name', lens: 'secrets' });
    expect(listing.slice(0, 9).map(({ path }) => path)).toEqual(['root/.ssh/id_rsa']);
  });

  it('together with a search', () => {
    expect(pathsOf({ lens: 'set-uid', search: { kind: 'name', text: 'zoo' } })).toEqual(['usr/Zoo']);
  });
});

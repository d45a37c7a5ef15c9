import { describe, expect, it } from 'vitest';
import { detailsOf } from '../../../src/core/layer/details.ts';
import { createListing, type TreeQuery } from '../../../src/core/layer/listing.ts';
import { createTree, type MergedTree, type TreeScope } from '../../../src/core/layer/merged-tree.ts';
import { directory, file, hardlink, makeIndex, opaque, type SomeEntry, symlink, whiteout } from './make-index.ts';

const MERGED: TreeScope = { kind: 'merged' };
const ALL: TreeQuery = { unfolded: 'all', order: 'name' };

function treeOf(...layers: readonly (readonly SomeEntry[])[]): MergedTree {
  return createTree(layers.map((entries) => makeIndex(entries)));
}

function pathsOf(tree: MergedTree, scope: TreeScope = MERGED): string[] {
  const listing = createListing(tree.view(scope), ALL);
  return listing.slice(0, listing.rows).map(({ path }) => path);
}

function changesOf(tree: MergedTree, layer: number, hideUnchanged = false): Record<string, string> {
  const listing = createListing(tree.view({ kind: 'layer', layer }), { ...ALL, hideUnchanged });
  return Object.fromEntries(listing.slice(0, listing.rows).map(({ path, change }) => [path, change]));
}

function row(tree: MergedTree, path: string, scope: TreeScope = MERGED) {
  const found = detailsOf(tree, scope, path);
  if (found === undefined) throw new Error(`No ${path}`);
  return found;
}

/** Where the bytes of a file are: the layer, and the entry's position in it. */
function contentOf(tree: MergedTree, path: string): { layer: number; at: number } | undefined {
  const content = tree.view(MERGED).content(tree.table.find(path));
  if (content <= 0) return undefined;
  const { layer, at } = tree.entries.place(content);
  return { layer, at };
}

describe('merging', () => {
  it('hides what lower layers have and nothing of the own layer, wherever in the tar the whiteout is', () => {
    const lower = [directory('etc'), file('etc/a'), file('etc/b')];
    expect(pathsOf(treeOf(lower, [whiteout('etc/a')]))).toEqual(['etc', 'etc/b']);
    expect(pathsOf(treeOf(lower, [file('etc/a', 7), whiteout('etc/a')]))).toEqual(['etc', 'etc/a', 'etc/b']);
    expect(row(treeOf(lower, [file('etc/a', 7), whiteout('etc/a')]), 'etc/a').size).toBe(7);
  });

  it('removes a directory with all that is in it, and later layers may put it back', () => {
    const tree = treeOf([file('a/b/c'), file('z')], [whiteout('a')], [file('a/new')]);
    expect(pathsOf(tree)).toEqual(['a', 'a/new', 'z']);
    expect(pathsOf(tree, { kind: 'up-to', layer: 1 })).toEqual(['z']);
    expect(pathsOf(tree, { kind: 'up-to', layer: 0 })).toEqual(['a', 'a/b', 'a/b/c', 'z']);
  });

  it('empties an opaque directory of what lower layers have', () => {
    const tree = treeOf(
      [file('d/old'), file('d/both', 1)],
      [directory('d'), file('d/both', 2), opaque('d'), file('d/new')],
    );
    expect(pathsOf(tree)).toEqual(['d', 'd/both', 'd/new']);
    expect(row(tree, 'd').writtenBy).toMatchObject([
      { layer: 0, opaque: false },
      { layer: 1, change: 'unchanged', opaque: true },
    ]);
  });

  it('replaces directories by files and files by directories', () => {
    const tree = treeOf([file('a/b'), file('x')], [file('a', 5)], [directory('a'), file('x/y')]);
    expect(pathsOf(tree, { kind: 'up-to', layer: 1 })).toEqual(['a', 'x']);
    expect(pathsOf(tree)).toEqual(['a', 'x', 'x/y']);
    expect(row(tree, 'x')).toMatchObject({ type: 'directory', layer: 2 });
  });

  it('takes the last of two entries of a path', () => {
    const tree = treeOf([file('a', 1), file('a/b', 2), file('c', 3), file('c', 4)]);
    expect(pathsOf(tree)).toEqual(['a', 'a/b', 'c']);
    expect(row(tree, 'c').size).toBe(4);
  });

  it('makes directories that no layer lists, owned by root', () => {
    const tree = treeOf([file('deep/er/file', 3)]);
    expect(row(tree, 'deep/er')).toMatchObject({ type: 'directory', mode: 0o755, uid: 0, gid: 0, size: 3, layer: 0 });
  });

  it('puts what goes through a linked directory where the link leads', () => {
    const usr = [directory('usr/lib'), symlink('lib', 'usr/lib'), symlink('abs', '/usr/../usr/lib')];
    const tree = treeOf(usr, [file('lib/libc.so'), file('abs/libm.so')], [whiteout('lib/libc.so')]);
    expect(pathsOf(tree, { kind: 'up-to', layer: 1 })).toContain('usr/lib/libc.so');
    expect(pathsOf(tree)).toEqual(['usr', 'usr/lib', 'usr/lib/libm.so', 'abs', 'lib']);
  });

  it('replaces a link that loops by a directory when something is to be in it', () => {
    const tree = treeOf([symlink('a', 'b'), symlink('b', 'a')], [file('a/x')]);
    expect(pathsOf(tree)).toEqual(['a', 'a/x', 'b']);
    expect(row(tree, 'b').resolved).toBe('a');
  });

  it('never leaves the tree', () => {
    const tree = treeOf([symlink('up', '../../..'), file('etc/passwd')], [file('up/tmp/x')]);
    expect(pathsOf(tree)).toEqual(['etc', 'etc/passwd', 'tmp', 'tmp/x', 'up']);
    expect(row(tree, 'up').resolved).toBe('');
  });

  it('goes on without a layer that could not be read', () => {
    const tree = createTree([makeIndex([file('a')]), undefined, makeIndex([file('b')])]);
    expect(pathsOf(tree)).toEqual(['a', 'b']);
    expect(row(tree, 'b').layer).toBe(2);
  });

  it('keeps listings as they were when a layer is added', () => {
    const tree = treeOf([file('a')]);
    const before = createListing(tree.view(MERGED), ALL);
    tree.add(makeIndex([whiteout('a'), file('b')]));
    expect(before.slice(0, 9).map(({ path, type }) => `${path} ${type}`)).toEqual(['a file']);
    expect(pathsOf(tree)).toEqual(['b']);
  });

  it('walks trees that are deeper than a stack', () => {
    const deep = Array.from({ length: 30_000 }, () => 'd').join('/');
    const tree = treeOf([file(`${deep}/f`, 9)], [whiteout('d')]);
    expect(tree.view({ kind: 'up-to', layer: 0 }).totalBytes).toBe(9);
    expect(pathsOf(tree)).toEqual([]);
  });
});

describe('hard links', () => {
  const shared = [file('bin/a', 100), hardlink('bin/b', 'bin/a'), hardlink('sbin/c', 'bin/a'), file('sbin/d', 1)];

  it('count once in every directory that has one of their names or more', () => {
    const tree = treeOf(shared);
    expect(tree.view(MERGED).totalBytes).toBe(101);
    expect(row(tree, 'bin').size).toBe(100);
    expect(row(tree, 'sbin').size).toBe(101);
    expect(row(tree, 'sbin/c')).toMatchObject({ type: 'hardlink', size: 100, linkTarget: 'bin/a' });
  });

  it('keep their content when what they link to is replaced or removed', () => {
    const tree = treeOf(shared, [file('bin/a', 7), whiteout('bin/b')]);
    expect(row(tree, 'sbin/c').size).toBe(100);
    expect(contentOf(tree, 'sbin/c')).toEqual({ layer: 0, at: 0 });
    expect(tree.view(MERGED).totalBytes).toBe(108);
  });

  it('lead to lower layers', () => {
    const tree = treeOf([file('a', 10)], [hardlink('b', 'a')]);
    expect(contentOf(tree, 'b')).toEqual({ layer: 0, at: 0 });
    expect(tree.view(MERGED).totalBytes).toBe(10);
  });

  it('may come before what they link to', () => {
    expect(row(treeOf([hardlink('b', 'a'), file('a', 10)]), 'b').size).toBe(10);
  });

  it('that lead nowhere or to a directory are empty', () => {
    const tree = treeOf([directory('d'), hardlink('a', 'd'), hardlink('b', 'gone'), hardlink('c', 'c')]);
    expect(tree.view(MERGED).totalBytes).toBe(0);
    expect(contentOf(tree, 'a')).toBeUndefined();
  });
});

describe('what a layer did', () => {
  const lower = [
    directory('etc', { modifiedAtMs: 1 }),
    file('etc/conf', 5, { modifiedAtMs: 1 }),
    file('etc/same', 5, { modifiedAtMs: 1 }),
    file('gone', 8),
    file('dir/in', 9),
    symlink('link', 'etc'),
  ];

  it('tells added, changed, metadata, removed and unchanged', () => {
    const tree = treeOf(lower, [
      directory('etc', { modifiedAtMs: 2 }),
      file('etc/conf', 5, { modifiedAtMs: 1, mode: 0o600 }),
      file('etc/same', 5, { modifiedAtMs: 1 }),
      file('etc/new', 3),
      whiteout('gone'),
      whiteout('dir'),
      symlink('link', 'usr'),
      whiteout('never-was'),
    ]);
    expect(changesOf(tree, 1)).toEqual({
      dir: 'removed',
      'dir/in': 'removed',
      etc: 'unchanged',
      'etc/conf': 'metadata',
      'etc/new': 'added',
      'etc/same': 'unchanged',
      gone: 'removed',
      link: 'changed',
    });
    expect(Object.keys(changesOf(tree, 1, true))).toEqual([
      'dir',
      'dir/in',
      'etc',
      'etc/conf',
      'etc/new',
      'gone',
      'link',
    ]);
    expect(changesOf(tree, 0)).toMatchObject({ etc: 'added', 'etc/conf': 'added', link: 'added' });
  });

  it('has sizes of what it wrote, and of what it removed apart', () => {
    const tree = treeOf([file('d/a', 10), file('d/b', 20), file('d/sub/c', 40)], [file('d/new', 1), whiteout('d/sub')]);
    const layer = { kind: 'layer', layer: 1 } as const;
    expect(tree.view(layer).totalBytes).toBe(1);
    expect(row(tree, 'd', layer).size).toBe(1);
    expect(row(tree, 'd/sub', layer)).toMatchObject({ size: 40, change: 'removed', layer: 1 });
    expect(tree.view(layer).totalPaths).toBe(3);
  });

  it('counts a directory that it put back with other content as changed in its parts', () => {
    const tree = treeOf([file('d/a', 1), file('d/b', 1)], [whiteout('d'), directory('d'), file('d/a', 2)]);
    expect(changesOf(tree, 1)).toEqual({ d: 'unchanged', 'd/a': 'changed', 'd/b': 'removed' });
  });

  it('shows what was in a directory that became a file', () => {
    const tree = treeOf([file('d/a', 5)], [file('d', 3)]);
    expect(changesOf(tree, 1)).toEqual({ d: 'changed', 'd/a': 'removed' });
    expect(row(tree, 'd', { kind: 'layer', layer: 1 }).size).toBe(3);
  });

  it('compares extended attributes and devices', () => {
    const xattrs = { 'security.capability': Uint8Array.of(1, 0, 0, 2) };
    const device = (minor: number): SomeEntry => ({
      ...{ path: 'dev', type: 'character-device', device: { major: 1, minor } },
    });
    const tree = treeOf([file('ping', 1), device(3)], [file('ping', 1, { xattrs }), device(5)]);
    expect(changesOf(tree, 1)).toEqual({ dev: 'changed', ping: 'metadata' });
    expect(row(tree, 'ping').xattrs).toEqual({ 'security.capability': '0x01000002' });
    expect(row(tree, 'dev').device).toEqual({ major: 1, minor: 5 });
  });

  it('lists every layer that wrote or removed a path', () => {
    const tree = treeOf([file('a', 1)], [file('b')], [file('a', 2)], [whiteout('a')], [file('a', 3)]);
    expect(row(tree, 'a').writtenBy).toEqual([
      { layer: 0, change: 'added', size: 1, opaque: false },
      { layer: 2, change: 'changed', size: 2, opaque: false },
      { layer: 3, change: 'removed', size: 0, opaque: false },
      { layer: 4, change: 'added', size: 3, opaque: false },
    ]);
  });
});

describe('following links', () => {
  const tree = treeOf([
    file('usr/bin/python3.11', 6),
    symlink('usr/bin/python3', 'python3.11'),
    symlink('usr/bin/python', '/etc/alternatives/python'),
    symlink('etc/alternatives/python', '../../usr/bin/python3'),
    symlink('bin', 'usr/bin'),
    symlink('dangling', 'nowhere'),
  ]);

  it.each([
    ['usr/bin/python', 'usr/bin/python3.11'],
    ['bin', 'usr/bin'],
    ['dangling', undefined],
  ])('from %s to %s', (path, resolved) => {
    expect(row(tree, path).resolved).toBe(resolved);
  });
});

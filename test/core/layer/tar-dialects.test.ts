/** Tars by GNU tar and libarchive in every dialect that they write, against what GNU tar says is in them. */
import { createHash } from 'node:crypto';
import {
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { indexEntries } from '../../../src/core/layer/layer-index.ts';
import { removeFolder, run, temporaryFolder } from '../../lab/process.ts';
import { indexListing, readLayerFile, readLayerStream, streamOf, tarListing } from './tar-listing.ts';

const folder = temporaryFolder('dialects');
const root = join(folder, 'root');
const LONG_DIRECTORY = 'a-directory-with-a-long-name-'.repeat(4).slice(0, 90);
const LONG_NAME = 'x'.repeat(180);

beforeAll(async () => {
  mkdirSync(join(root, 'etc'), { recursive: true });
  writeFileSync(join(root, 'etc/passwd'), 'root:x:0:0:root:/root:/bin/sh\n');
  writeFileSync(join(root, 'empty'), '');
  writeFileSync(join(root, 'block'), Buffer.alloc(512, 1));
  writeFileSync(join(root, 'set-uid'), 'x', { mode: 0o755 });
  symlinkSync('../etc/passwd', join(root, 'etc/link'));
  symlinkSync('/nowhere', join(root, 'dangling'));
  linkSync(join(root, 'etc/passwd'), join(root, 'zz-hard'));
  writeFileSync(join(root, 'naïve-🐳'), 'text');
  writeFileSync(join(root, 'two\nlines\tand a \\'), 'text');
  writeFileSync(Buffer.concat([Buffer.from(`${root}/latin-`), Buffer.from([0xe9, 0x31])]), 'one');
  writeFileSync(Buffer.concat([Buffer.from(`${root}/latin-`), Buffer.from([0xe8, 0x31])]), 'another');
  await run('chmod', ['6755', join(root, 'set-uid')]);
  await run('chmod', ['1777', join(root, 'etc')]);
  await run('mkfifo', [join(root, 'fifo')]);
  await run('mknod', [join(root, 'null'), 'c', '1', '3']);
  await run('mknod', [join(root, 'loop'), 'b', '7', '200']);
  await run('chown', ['1000:2000', join(root, 'block')]);
  mkdirSync(join(root, LONG_DIRECTORY));
  await run('find', [root, '-exec', 'touch', '-h', '-d', '@1700000000', '{}', '+']);
  utimesSync(join(root, 'empty'), 1_000_000_000.25, 1_000_000_000.25);
});

afterAll(() => removeFolder(folder));

async function pack(name: string, from: string, options: readonly string[], command = 'tar'): Promise<string> {
  const tar = join(folder, name);
  const sorted = command === 'tar' ? ['--sort=name'] : [];
  await run(command, [...sorted, ...options, '-cf', tar, '-C', from, '.']);
  return tar;
}

/** Everything that can be said of a tar in one go. */
async function expectAsTarSays(tar: string): Promise<void> {
  const index = await readLayerFile(tar);
  expect(indexListing(index)).toEqual(await tarListing(tar));
  const bytes = readFileSync(tar);
  expect(index).toMatchObject({ complete: true, problems: [], compression: 'none', uncompressedBytes: bytes.length });
  expect(index.diffId).toBe(`sha256:${createHash('sha256').update(bytes).digest('hex')}`);
}

/** By path: the content's sha256 as the tar has it where the index says. */
function contentsOf(tar: string, entries: ReturnType<typeof indexEntries>): Map<string, string> {
  const bytes = readFileSync(tar);
  const files = entries.filter(({ type }) => type === 'file');
  return new Map(
    files.map(({ path, offsetBytes, size }) => [path, sha256(bytes.subarray(offsetBytes, offsetBytes + size))]),
  );
}

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

describe('dialects', () => {
  const SMALL_NAMES = [
    ['v7', '--format=v7'],
    ['ustar', '--format=ustar'],
  ];
  // v7 has no devices and no fifos, and neither has names longer than a header.
  it.each(SMALL_NAMES)('%s', async (name, format) => {
    const excluded = name === 'v7' ? ['--exclude=./fifo', '--exclude=./null', '--exclude=./loop'] : [];
    await expectAsTarSays(await pack(`${name}.tar`, root, [format ?? '', ...excluded]));
  });

  const ANY_NAMES = [
    ['gnu', 'tar', '--format=gnu'],
    ['oldgnu', 'tar', '--format=oldgnu'],
    ['pax', 'tar', '--format=posix'],
    ['libarchive-pax', 'bsdtar', '--format=pax'],
    ['libarchive-restricted-pax', 'bsdtar', '--format=paxr'],
    ['libarchive-gnu', 'bsdtar', '--format=gnutar'],
  ];
  it.each(ANY_NAMES)('%s, with names over 255 bytes', async (name, command, format) => {
    const long = join(folder, `long-${name}`);
    const deep = join(long, LONG_DIRECTORY, LONG_DIRECTORY);
    mkdirSync(deep, { recursive: true });
    writeFileSync(join(deep, LONG_NAME), 'deep');
    symlinkSync(`${LONG_DIRECTORY}/${LONG_DIRECTORY}/${LONG_NAME}`, join(long, 'link'));
    linkSync(join(deep, LONG_NAME), join(long, 'zz-hard'));
    await expectAsTarSays(await pack(`long-${name}.tar`, long, [format ?? ''], command));
    await expectAsTarSays(await pack(`${name}.tar`, root, [format ?? ''], command));
  });

  it('keeps two names apart that differ in bytes which are no UTF-8', async () => {
    const index = await readLayerFile(await pack('latin.tar', root, ['--format=gnu']));
    const names = indexEntries(index).map(({ path }) => path);
    expect(names.filter((name) => name.startsWith('latin-')).sort()).toEqual(['latin-\uf7e81', 'latin-\uf7e91']);
  });

  it('finds contents where they are', async () => {
    for (const format of ['gnu', 'posix', 'ustar']) {
      const tar = await pack(`contents-${format}.tar`, root, [`--format=${format}`]);
      const contents = contentsOf(tar, indexEntries(await readLayerFile(tar)));
      const of = (path: string) => sha256(readFileSync(join(root, path)));
      expect(contents.get('etc/passwd')).toBe(of('etc/passwd'));
      expect(contents.get('block')).toBe(of('block'));
      expect(contents.get('naïve-🐳')).toBe(of('naïve-🐳'));
    }
  });

  it('is read the same however its bytes are cut', async () => {
    const tar = await pack('cut.tar', root, ['--format=posix']);
    const whole = await readLayerFile(tar);
    const bytes = readFileSync(tar);
    for (const pieces of [[1], [511], [513, 1, 1000], [100_000_000]]) {
      const index = await readLayerStream(streamOf(bytes, pieces));
      expect(indexEntries(index)).toEqual(indexEntries(whole));
      expect(index.diffId).toBe(whole.diffId);
    }
  });
});

describe('what few tars have', () => {
  it('numbers that no octal field holds, in base 256 and in PAX', async () => {
    const big = join(folder, 'big');
    mkdirSync(big);
    const file = join(big, 'nine-gib');
    writeFileSync(file, '');
    truncateSync(file, 9 * 2 ** 30);
    const options = ['--owner=:3000000', '--group=:4000000000', '--mtime=1950-01-02 03:04:05Z'];
    for (const format of ['gnu', 'posix']) {
      const tar = join(folder, `big-${format}.tar`);
      // Only the header is needed: the layer ends in the file.
      await run('sh', [
        '-c',
        `tar --format=${format} ${options.map((o) => `'${o}'`).join(' ')} -cf - -C ${big} nine-gib | head -c 8192 > ${tar}`,
      ]);
      const index = await readLayerFile(tar);
      const expected = { path: 'nine-gib', size: 9 * 2 ** 30, uid: 3_000_000, gid: 4_000_000_000 };
      expect(indexEntries(index)).toEqual([expect.objectContaining(expected)]);
      expect(indexEntries(index)[0]?.modifiedAtMs).toBe(Date.UTC(1950, 0, 2, 3, 4, 5));
      expect(index.complete).toBe(false);
      expect(index.problems).toEqual([{ kind: 'broken', path: '', detail: expect.stringContaining('cut off') }]);
    }
  });

  it('a global PAX header, as git archive writes it', async () => {
    const repository = join(folder, 'repository');
    const git = (...args: string[]) =>
      run('git', ['-C', repository, '-c', 'user.name=lab', '-c', 'user.email=lab@lab', ...args]);
    mkdirSync(repository);
    await git('init', '-q');
    writeFileSync(join(repository, 'file'), 'content');
    await git('add', '.');
    await git('commit', '-qm', 'one');
    const tar = join(folder, 'git.tar');
    await git('archive', '--format=tar', '-o', tar, 'HEAD');
    await expectAsTarSays(tar);
  });

  it('a global PAX header that says something of all files, and a header of its own that says otherwise', async () => {
    const tar = await pack('global.tar', root, [
      '--format=posix',
      '--pax-option=globexthdr.name=g,mtime=1234567.5',
      '--exclude=./empty',
    ]);
    await run('tar', ['--format=posix', '-rf', tar, '-C', root, './empty']);
    const times = new Map(indexEntries(await readLayerFile(tar)).map((entry) => [entry.path, entry.modifiedAtMs]));
    expect([times.get('etc/passwd'), times.get('empty')]).toEqual([1_234_567_500, 1_000_000_000_250]);
    expect(indexListing(await readLayerFile(tar))).toEqual(await tarListing(tar));
  });

  it.each([['0.0'], ['0.1'], ['1.0'], ['gnu'], ['oldgnu']])('a sparse file in format %s', async (format) => {
    const sparse = join(folder, `sparse-${format}`);
    mkdirSync(sparse);
    const file = join(sparse, 'holes');
    writeHoles(file, 30);
    writeFileSync(join(sparse, 'zz-after'), 'after');
    const how = format.includes('gnu') ? [`--format=${format}`] : ['--format=posix', `--sparse-version=${format}`];
    const tar = await pack(`sparse-${format}.tar`, sparse, ['--sparse', ...how]);
    const index = await readLayerFile(tar);
    expect(indexListing(index)).toEqual(await tarListing(tar));
    expect(index.problems).toEqual([]);
    const entry = indexEntries(index).find(({ path }) => path === 'holes');
    expect(entry?.sparse?.length).toBeGreaterThan(25);
    expect(sha256(filled(readFileSync(tar), entry))).toBe(sha256(readFileSync(file)));
  });

  it('extended attributes, capabilities among them', async () => {
    const file = join(folder, 'xattrs/capable');
    mkdirSync(join(folder, 'xattrs'));
    writeFileSync(file, '');
    await run('setcap', ['cap_net_raw+ep', file]);
    const tar = await pack('xattrs.tar', join(folder, 'xattrs'), ['--format=posix', '--xattrs', '--xattrs-include=*']);
    const entry = indexEntries(await readLayerFile(tar)).find(({ path }) => path === 'capable');
    // VFS_CAP_REVISION_2 and its effective flag; CAP_NET_RAW is bit 13.
    const expected = Buffer.from('0100000200200000000000000000000000000000', 'hex');
    expect(Buffer.from(entry?.xattrs?.['security.capability'] ?? []).toString('hex')).toBe(expected.toString('hex'));
  });
});

/** `count` pieces of one block, each behind a hole of 64 KiB, and a hole at the end. */
function writeHoles(path: string, count: number): void {
  const descriptor = openSync(path, 'w');
  for (let i = 1; i <= count; i += 1) writeSync(descriptor, Buffer.alloc(4096, i), 0, 4096, i * 65_536);
  truncateSync(path, (count + 2) * 65_536);
}

/** The file that a sparse entry stands for. */
function filled(tar: Uint8Array, entry: ReturnType<typeof indexEntries>[number] | undefined): Uint8Array {
  const whole = new Uint8Array(entry?.size ?? 0);
  let from = entry?.offsetBytes ?? 0;
  for (const { at, bytes } of entry?.sparse ?? []) {
    whole.set(tar.subarray(from, from + bytes), at);
    from += bytes;
  }
  return whole;
}

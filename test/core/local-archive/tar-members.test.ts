/** The members of an outer tar, against GNU tar; an archive is read by its headers alone. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { blobSource } from '../../../src/core/layer/byte-source.ts';
import { findFile, readTarMembers } from '../../../src/core/local-archive/tar-members.ts';
import { removeFolder, temporaryFolder } from '../../lab/process.ts';

const folder = temporaryFolder('members');
const { signal } = new AbortController();
const LONG = `${'folder/'.repeat(30)}${'n'.repeat(120)}`;
const root = join(folder, 'root');
for (const [path, content] of [
  ['manifest.json', '[]'],
  ['large', 'l'.repeat(5_000_000)],
  [LONG, 'long'],
  ['blobs/sha256/a', 'a'],
] as const) {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), content);
}
symlinkSync('../large', join(root, 'blobs/link'));
symlinkSync('link', join(root, 'blobs/link-to-link'));
symlinkSync('/etc/passwd', join(root, 'outside'));

afterAll(() => removeFolder(folder));

function pack(...options: readonly string[]): string {
  const file = join(folder, `${options.join('').replaceAll(/\W/g, '')}.tar`);
  execFileSync('tar', [...options, '-cf', file, '-C', root, '.']);
  return file;
}

/** With what was read of it. */
function source(file: string): { readonly bytesRead: () => number; readonly source: ReturnType<typeof blobSource> } {
  const blob = blobSource(new Blob([readFileSync(file)]));
  let bytes = 0;
  const read = (from: number, to: number) => {
    bytes += to - from;
    return blob.read(from, to);
  };
  return { bytesRead: () => bytes, source: { size: blob.size, read } };
}

const options = { signal, attempted: 'open it' };

describe.each(['gnu', 'pax', 'oldgnu', 'posix'])('in the format %s', (format) => {
  const file = pack(`--format=${format}`);

  test('every file is where its bytes are', async () => {
    const read = await readTarMembers(source(file).source, options);
    const bytes = readFileSync(file);
    for (const path of ['manifest.json', 'large', LONG, 'blobs/sha256/a']) {
      const { from, size } = findFile(read, path) ?? { from: 0, size: -1 };
      expect(bytes.subarray(from, from + size).equals(readFileSync(join(root, path)))).toBe(true);
    }
  });

  test('links are followed within it, and told where they lead out of it', async () => {
    const read = await readTarMembers(source(file).source, options);
    expect(findFile(read, 'blobs/link-to-link')).toEqual(findFile(read, 'large'));
    expect(findFile(read, 'outside')).toBeUndefined();
    expect(read.ignored).toEqual(['./outside → /etc/passwd']);
  });

  test('content is not read', async () => {
    const { bytesRead, source: counted } = source(file);
    await readTarMembers(counted, options);
    expect(bytesRead()).toBeLessThan(100_000);
  });

  test('one that is cut off anywhere within a file says so', async () => {
    const cut = `${file}.cut`;
    for (const bytes of [2_000_000, 700, 513]) {
      writeFileSync(cut, readFileSync(file));
      truncateSync(cut, bytes);
      const members = readTarMembers(source(cut).source, options);
      await expect(members).rejects.toMatchObject({ code: 'archive-invalid' });
    }
  });
});

test('a header that is none is told with its place', async () => {
  const file = pack('--format=gnu', '--sort=name');
  const bytes = readFileSync(file);
  const at = bytes.indexOf('./manifest.json');
  bytes.fill(7, at, at + 512);
  writeFileSync(`${file}.damaged`, bytes);
  const members = readTarMembers(source(`${file}.damaged`).source, options);
  await expect(members).rejects.toMatchObject({ seen: expect.stringContaining(`at byte ${at}`) });
});

test('an archive of nothing but a folder says so', async () => {
  const file = pack('--format=gnu', '--no-recursion');
  const members = readTarMembers(source(file).source, options);
  await expect(members).rejects.toMatchObject({ code: 'archive-invalid', seen: 'nothing is in it' });
});

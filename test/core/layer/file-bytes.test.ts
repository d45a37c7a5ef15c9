/** Files out of a tar that GNU tar made, sparse ones included, cut into pieces of every size. */
import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { createFilePicker, type FileInLayer } from '../../../src/core/layer/file-bytes.ts';
import { removeFolder, temporaryFolder } from '../../lab/process.ts';

const folder = temporaryFolder('file-bytes');
afterAll(() => removeFolder(folder));

const NAMES = ['a', 'empty', 'large', 'b', 'c'];
const CONTENTS = [randomBytes(10), Buffer.alloc(0), randomBytes(300_000), randomBytes(512), randomBytes(1)];
for (const [at, name] of NAMES.entries()) writeFileSync(join(folder, name), CONTENTS[at] ?? '');
execFileSync('tar', ['cf', join(folder, 'all.tar'), '-C', folder, ...NAMES]);
const TAR = readFileSync(join(folder, 'all.tar'));

/** `tar -tR` counts blocks: the header's, so that the content is behind it. */
function places(): FileInLayer[] {
  const lines = execFileSync('tar', ['tvRf', join(folder, 'all.tar')], { encoding: 'utf8' }).split('\n');
  return NAMES.map((path) => {
    const [, block = '', size = ''] =
      lines
        .map((line) => /^block (\d+): \S+ \S+ +(\d+) \S+ \S+ (\S+)$/.exec(line))
        .find((found) => found?.[3] === path) ?? [];
    return { path, offsetBytes: (Number(block) + 1) * 512, size: Number(size) };
  });
}

/** @param size of the pieces that the tar comes in */
async function contentsOf(tar: Uint8Array, size: number, files: readonly FileInLayer[], given: number[] = []) {
  const taken = new Map<string, Buffer[]>(files.map(({ path }) => [path, []]));
  const picker = createFilePicker(files, ({ path }, piece) => void taken.get(path)?.push(Buffer.from(piece)));
  for (let at = 0, more = true; at < tar.length && more; at += size) {
    given.push(at);
    more = await picker.push(tar.subarray(at, at + size));
  }
  picker.end();
  return new Map([...taken].map(([path, pieces]) => [path, Buffer.concat(pieces)]));
}

test.each([1, 511, 512, 4096, 1e6])('contents are those that were packed, in pieces of %i bytes', async (size) => {
  const contents = await contentsOf(TAR, size, places().reverse());
  expect(contents).toEqual(new Map(NAMES.map((name, at) => [name, CONTENTS[at]] as const).reverse()));
});

test('the rest of the layer is left unread', async () => {
  const given: number[] = [];
  await contentsOf(TAR, 512, places().slice(0, 1), given);
  expect(given).toEqual([0, 512]);
  const none: number[] = [];
  await contentsOf(TAR, 512, places().slice(1, 2), none);
  expect(none).toEqual([0]);
});

test('a layer that ends within a file is named', async () => {
  const large = places().slice(2, 3);
  await expect(contentsOf(TAR.subarray(0, 100_000), 4096, large)).rejects.toMatchObject({
    code: 'file-broken',
  });
});

test.each([1, 600, 1e6])('a sparse file has zeros where it has nothing, in pieces of %i bytes', async (size) => {
  const sparse = [
    { at: 0, bytes: 0 },
    { at: 1000, bytes: 10 },
    { at: 200_000, bytes: 5 },
    { at: 300_000, bytes: 0 },
  ];
  const held = randomBytes(15);
  const expected = Buffer.alloc(300_000);
  held.copy(expected, 1000, 0, 10);
  held.copy(expected, 200_000, 10);
  const file = { path: 'sparse', offsetBytes: 512, size: 300_000, sparse };
  const tar = Buffer.concat([Buffer.alloc(512, 1), held, Buffer.alloc(2000, 2)]);
  const found = (await contentsOf(tar, size, [file])).get('sparse') ?? Buffer.alloc(0);
  const hash = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
  expect([found.length, hash(found)]).toEqual([300_000, hash(expected)]);
});

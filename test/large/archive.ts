/** What the tests of large archives ask of them, answered by other tools. */
import { statfsSync } from 'node:fs';
import { run } from '../lab/process.ts';
import { GIB } from './image.ts';

/** @throws Error where the folder's disk has less than so many bytes free. */
export function requireRoom(folder: string, bytes: number): void {
  const { bavail, bsize } = statfsSync(folder);
  const free = bavail * bsize;
  if (free < bytes) throw new Error(`${folder} has ${gib(free)} free; this test needs ${gib(bytes)}`);
}

export function gib(bytes: number): string {
  return `${(bytes / GIB).toFixed(2)} GiB`;
}

/** Name of a blob's entry. */
export function entryOf(digest: string): string {
  return `blobs/sha256/${digest.replace('sha256:', '')}`;
}

/** Sizes by name, as GNU tar lists them. */
export async function listSizes(archive: string): Promise<Map<string, number>> {
  const { stdout } = await run('tar', ['--numeric-owner', '-tvf', archive]);
  // -rw-r--r-- 0/0 4831848448 1970-01-01 00:00 blobs/sha256/…
  const lines = stdout
    .trim()
    .split('\n')
    .map((line) => line.split(/ +/));
  return new Map(lines.map(([, , size, , , name = '']) => [name, Number(size)]));
}

/** sha256 by name of every entry, as sha256sum has it of what tar unpacks. */
export async function hashEntries(archive: string): Promise<{ readonly name: string; readonly hex: string }[]> {
  const command = 'echo "$(sha256sum | cut -c1-64) $TAR_FILENAME"';
  const { stdout } = await run('tar', ['-xf', archive, `--to-command=${command}`]);
  return stdout
    .trim()
    .split('\n')
    .map((line) => line.split(' '))
    .map(([hex = '', name = '']) => ({ name, hex }));
}

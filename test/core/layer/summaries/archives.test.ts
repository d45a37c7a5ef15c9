/** What archives hold, against Info-ZIP's unzip, tar and gzip; and databases against sqlite3 of Python. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fileKind } from '../../../../src/core/layer/file-kind.ts';
import { summarizeSqlite } from '../../../../src/core/layer/summaries/sqlite-header.ts';
import { summarize } from '../../../../src/core/layer/summaries/summarize.ts';
import { summarizeZip } from '../../../../src/core/layer/summaries/zip.ts';
import { removeFolder, temporaryFolder } from '../../../lab/process.ts';

const folder = temporaryFolder('archives');
const { signal } = new AbortController();
afterAll(() => removeFolder(folder));

const run = (command: string, ...args: readonly string[]): string =>
  execFileSync(command, args, { encoding: 'utf8', cwd: folder, env: { ...process.env, TZ: 'UTC' } });
const bytesOf = (name: string) => new Uint8Array(readFileSync(join(folder, name)));

beforeAll(() => {
  mkdirSync(join(folder, 'in/deep'), { recursive: true });
  writeFileSync(join(folder, 'in/a.txt'), 'a'.repeat(5000));
  writeFileSync(join(folder, 'in/deep/größe.bin'), new Uint8Array(70_000));
  writeFileSync(join(folder, 'in/empty'), '');
});

describe('zip', () => {
  /** "  Length      Date    Time    Name" */
  function said(name: string): unknown[] {
    return [...run('unzip', '-l', name).matchAll(/^\s*(\d+)\s+(\d{4}-\d{2}-\d{2}) (\d{2}:\d{2})\s{3}(.*)$/gm)].map(
      ([, size, day, time, path]) => [path, Number(size), `${day}T${time}`],
    );
  }

  function read(name: string): unknown[] | undefined {
    return summarizeZip(bytesOf(name))?.files.map(({ path, size, modifiedAtMs = 0 }) => [
      path,
      size,
      new Date(modifiedAtMs).toISOString().slice(0, 16),
    ]);
  }

  test('files, sizes and times are those of unzip -l', () => {
    run('zip', '-qr', 'plain.zip', 'in');
    // From a pipe zip writes its records of 64 bits; a comment stands behind the end.
    execFileSync('sh', ['-c', 'cat in/a.txt | zip -q big.zip - && echo "a comment" | zip -qz big.zip'], {
      cwd: folder,
    });
    writeFileSync(join(folder, 'sfx.zip'), Buffer.concat([Buffer.from('#!/bin/sh\nexit\n'), bytesOf('plain.zip')]));
    for (const name of ['plain.zip', 'big.zip']) expect([name, read(name)]).toEqual([name, said(name)]);
    expect(read('sfx.zip')).toEqual(read('plain.zip'));
    expect(summarizeZip(bytesOf('plain.zip'))).toMatchObject({ count: 5, uncompressedBytes: 75_000, comment: '' });
    expect(summarizeZip(bytesOf('big.zip'))?.comment.trim()).toBe('a comment');
  });

  test('what is cut or damaged ends, and throws nothing', () => {
    const bytes = bytesOf('plain.zip');
    expect(summarizeZip(bytes.subarray(0, bytes.length - 30))).toBeUndefined();
    for (let at = bytes.length - 400; at < bytes.length; at++) {
      const damaged = Uint8Array.from(bytes);
      damaged[at] = 0xff;
      expect(() => summarizeZip(damaged)).not.toThrow();
    }
  });
});

describe('tar within a file', () => {
  test.each([
    ['plain.tar', '-cf', undefined],
    ['packed.tgz', '-czf', 'gzip'],
    ['packed.tar.zst', '--zstd -cf', 'zstd'],
  ] as const)('%s lists what tar lists', async (name, flags, compression) => {
    run('tar', ...flags.split(' '), name, 'in');
    const bytes = bytesOf(name);
    const kind = fileKind(`srv/${name}`, bytes);
    expect(kind).toBe(compression ?? 'tar');
    if (kind === undefined) return;
    const summary = await summarize({ path: name, kind, bytes }, signal);
    expect(summary).toMatchObject({ kind: 'tar', compression, facts: { isComplete: true } });
    const said = run('tar', '--quoting-style=literal', '-tf', name).trim().split('\n');
    const files = summary?.kind === 'tar' ? summary.facts?.files : undefined;
    expect(files?.map(({ path, isDirectory }) => (isDirectory ? `${path}/` : path))).toEqual(said);
  });

  test('gzip of one file has its name, and lists nothing', async () => {
    run('gzip', '-k', 'in/a.txt');
    const bytes = bytesOf('in/a.txt.gz');
    const summary = await summarize({ path: 'a.txt.gz', kind: 'gzip', bytes }, signal);
    expect(summary).toMatchObject({ kind: 'tar', gzip: { name: 'a.txt' } });
    expect(summary?.kind === 'tar' && summary.facts).toBeUndefined();
  });
});

test('SQLite: header and tables as sqlite3 says', () => {
  const script = `
import sqlite3
for name, encoding in [('utf8', 'UTF-8'), ('utf16', 'UTF-16le')]:
    db = sqlite3.connect(name + '.db')
    db.execute(f"pragma encoding='{encoding}'")
    db.execute('pragma page_size=1024')
    db.execute('pragma user_version=7')
    for i in range(60): db.execute(f'create table "tablé{i}" (a, b, c)')
    db.commit()
    print(sqlite3.sqlite_version, db.execute('pragma page_count').fetchone()[0])
`;
  const [utf8, utf16] = run('python3', '-c', script).trim().split('\n');
  const tables = Array.from({ length: 60 }, (_, i) => `tablé${i}`);
  for (const [name, said, encoding] of [
    ['utf8', utf8, 'UTF-8'],
    ['utf16', utf16, 'UTF-16, little endian'],
  ] as const) {
    const facts = summarizeSqlite(bytesOf(`${name}.db`));
    expect(`${facts?.writtenBy} ${facts?.pages}`).toBe(said);
    expect(facts).toMatchObject({ pageBytes: 1024, encoding, userVersion: 7, tables });
  }
  expect(summarizeSqlite(bytesOf('utf8.db').subarray(0, 2000))).toMatchObject({ userVersion: 7, tables: undefined });
});

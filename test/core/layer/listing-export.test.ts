/** CSV as Python's csv module reads it, JSON as Python's json does. */
import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { LISTING_EXPORTS, type ListedFile } from '../../../src/core/layer/listing-export.ts';

const FILE: ListedFile = {
  path: 'etc/os-release',
  type: 'file',
  mode: 0o4755,
  uid: 0,
  gid: 42,
  size: 267,
  modifiedAtMs: Date.UTC(2024, 1, 3, 4, 5, 6),
  linkTarget: '',
  layer: 2,
  change: 'unchanged',
};
const ODD = 'a,"b"\nc\r\nd é';
const FILES: readonly ListedFile[] = [
  FILE,
  { ...FILE, path: ODD, type: 'symlink', mode: 0o777, linkTarget: '=1+1', modifiedAtMs: Number.NaN },
];

function read(format: 'json' | 'csv', files: readonly ListedFile[]): unknown {
  const reader = format === 'json' ? 'json.load(i)' : 'list(csv.DictReader(i))';
  const script = `import csv,json,sys,io;i=io.TextIOWrapper(sys.stdin.buffer,encoding="utf-8",newline="");print(json.dumps(${reader}))`;
  const input = [...LISTING_EXPORTS[format].text(files)].join('');
  const { stdout, stderr } = spawnSync('python3', ['-c', script], { input, encoding: 'utf8', maxBuffer: 1e8 });
  if (stderr !== '') throw new Error(stderr);
  return JSON.parse(stdout);
}

test('CSV holds every field, and no formula', () => {
  expect(read('csv', FILES)).toEqual([
    {
      ...{ path: '/etc/os-release', type: 'file', mode: '4755', uid: '0', gid: '42', size: '267' },
      ...{ modified: '2024-02-03T04:05:06.000Z', linkTarget: '', layer: '2', change: 'unchanged' },
    },
    expect.objectContaining({ path: `/${ODD}`, type: 'symlink', mode: '0777', linkTarget: "'=1+1", modified: '' }),
  ]);
});

test('JSON holds every field as it is', () => {
  expect(read('json', FILES)).toEqual([
    expect.objectContaining({ path: '/etc/os-release', mode: '4755', gid: 42, size: 267, layer: 2 }),
    expect.objectContaining({ path: `/${ODD}`, linkTarget: '=1+1' }),
  ]);
});

test.each(['json', 'csv'] as const)('a listing of many or of none is whole as %s', (format) => {
  const many = Array.from({ length: 2500 }, (_, at) => ({ ...FILE, path: `file${at}` }));
  expect(read(format, many)).toHaveLength(2500);
  expect(read(format, many)).toMatchObject(many.map(({ path }) => ({ path: `/${path}` })));
  expect(read(format, many.slice(0, 1000))).toHaveLength(1000);
  expect(read(format, [])).toEqual([]);
});

/** The keys of the tree, and the windows of rows that it draws from. */
import { describe, expect, test } from 'vitest';
import type { FileRow } from '../../../src/protocol/inspector.ts';
import { createRowPages } from '../../../src/ui/files/row-pages.ts';
import { findTyped, readTreeKey } from '../../../src/ui/files/tree-keys.ts';

function row(path: string, more: Partial<FileRow> = {}): FileRow {
  return {
    ...{ path, depth: 0, type: 'file', mode: 0o644, uid: 0, gid: 0, size: 1, modifiedAtMs: 0, linkTarget: '' },
    ...{ layer: 0, change: 'unchanged', children: 0, unfolded: false },
    ...more,
  };
}

const ROWS = [
  row('etc', { type: 'directory', children: 1, unfolded: true }),
  row('etc/passwd'),
  row('srv', { type: 'directory', children: 0 }),
  row('usr', { type: 'directory', children: 3 }),
];
const rows = { count: ROWS.length, get: (index: number) => ROWS[index] };
const press = (key: string, index: number, isFlat = false) => readTreeKey(key, rows, { index, screenRows: 2, isFlat });

describe('keys', () => {
  test.each([
    ['ArrowDown', 0, 1],
    ['ArrowDown', 3, 3],
    ['ArrowDown', -1, 0],
    ['ArrowUp', 0, 0],
    ['PageDown', 0, 2],
    ['PageDown', 2, 3],
    ['PageUp', 3, 1],
    ['Home', 3, 0],
    ['End', 0, 3],
    ['ArrowRight', 0, 1],
  ])('%s on row %d goes to row %d', (key, from, to) => {
    expect(press(key, from)).toEqual({ do: 'go', index: to });
  });

  test('right unfolds, left folds and goes up, Enter opens', () => {
    expect(press('ArrowRight', 3)).toEqual({ do: 'unfold', row: ROWS[3] });
    expect(press('ArrowRight', 2)).toBeUndefined();
    expect(press('ArrowRight', 1)).toBeUndefined();
    expect(press('ArrowLeft', 0)).toEqual({ do: 'fold', row: ROWS[0] });
    expect(press('ArrowLeft', 1)).toEqual({ do: 'go-up', path: 'etc' });
    expect(press('ArrowLeft', 3)).toBeUndefined();
    expect(press('Enter', 1)).toEqual({ do: 'open', row: ROWS[1] });
    expect(press('x', 1)).toBeUndefined();
  });

  test('a flat list neither folds nor goes up', () => {
    expect(press('ArrowLeft', 1, true)).toBeUndefined();
    expect(press('ArrowRight', 3, true)).toBeUndefined();
    expect(press('ArrowDown', 0, true)).toEqual({ do: 'go', index: 1 });
  });

  test('type-ahead looks at names, whatever their case', () => {
    expect(findTyped(ROWS, 'PA')).toBe(1);
    expect(findTyped(ROWS, 'u')).toBe(3);
    expect(findTyped(ROWS, 'zz')).toBe(-1);
  });
});

describe('windows of rows', () => {
  function source(count: number) {
    const asked: number[] = [];
    let lost = 0;
    let held = true;
    const pages = createRowPages({
      count,
      fetch: async (from, wanted) => {
        asked.push(from);
        return held ? Array.from({ length: Math.min(wanted, count - from) }, (_, at) => row(`file-${from + at}`)) : [];
      },
      onLost: () => {
        lost += 1;
      },
      onError: (error) => {
        throw error;
      },
    });
    return { pages, asked, lost: () => lost, drop: () => (held = false) };
  }

  test('the rows on screen and the windows around them come, each asked for once', async () => {
    const { pages, asked } = source(300_000);
    await pages.load(150_000, 150_030);
    expect(pages.get(150_000)?.path).toBe('file-150000');
    expect(pages.get(150_030)?.path).toBe('file-150030');
    expect(pages.get(0)).toBeUndefined();
    pages.want(150_000, 150_030);
    await new Promise((resolve) => setTimeout(resolve));
    pages.want(150_000, 150_030);
    await new Promise((resolve) => setTimeout(resolve));
    expect(new Set(asked).size).toBe(asked.length);
    expect(asked.length).toBeLessThanOrEqual(4);
    expect(pages.get(150_200)?.path).toBe('file-150200');
  });

  test('the last window is as long as what is left', async () => {
    const { pages } = source(1001);
    await pages.load(990, 1000);
    expect(pages.get(1000)?.path).toBe('file-1000');
    expect(pages.get(1001)).toBeUndefined();
  });

  test('far windows are let go, near ones stay', async () => {
    const { pages } = source(300_000);
    for (let at = 0; at < 300_000; at += 1000) await pages.load(at, at);
    expect(pages.get(299_000)?.path).toBe('file-299000');
    expect(pages.get(0)).toBeUndefined();
  });

  test('a listing that is no longer held is said to be, once', async () => {
    const { pages, lost, drop } = source(1000);
    drop();
    await pages.load(0, 300);
    pages.want(500, 600);
    await new Promise((resolve) => setTimeout(resolve));
    expect(lost()).toBe(1);
  });
});

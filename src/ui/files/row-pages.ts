/** Windows of rows of one listing, fetched ahead of what is shown and kept while they are near. */
import { type ReadonlySignal, signal } from '@preact/signals';
import type { FileRow } from '../../protocol/inspector.ts';

/** Rows of a window: several screens, a message of some tens of kilobytes. */
const PAGE_ROWS = 128;
/** Windows kept: what one scrolls back to. */
const PAGES_KEPT = 48;
/** Asked for at once: more would only stand in the way of where one scrolls to next. */
const IN_FLIGHT = 2;

export interface RowPages {
  /** Goes up with each window that has come. */
  readonly arrived: ReadonlySignal<number>;
  readonly count: number;
  /** Undefined while it has not come. */
  get(index: number): FileRow | undefined;
  /** What is on screen now: it and the windows around it are fetched, the nearest first. */
  want(first: number, last: number): void;
  /** Like `want`, resolved when the rows are there. */
  load(first: number, last: number): Promise<void>;
}

export interface RowSource {
  readonly count: number;
  /** Fewer rows than asked for within the listing mean that it is no longer held. */
  readonly fetch: (from: number, count: number) => Promise<readonly FileRow[]>;
  readonly onLost: () => void;
  readonly onError: (error: unknown) => void;
}

export function createRowPages({ count, fetch, onLost, onError }: RowSource): RowPages {
  const pages = new Map<number, readonly FileRow[]>();
  const asked = new Set<number>();
  const arrived = signal(0);
  const lastPage = Math.max(0, Math.ceil(count / PAGE_ROWS) - 1);
  let wanted: readonly number[] = [];
  let isLost = false;

  async function fetchPage(page: number): Promise<void> {
    const from = page * PAGE_ROWS;
    const expected = Math.min(PAGE_ROWS, count - from);
    if (expected <= 0 || pages.has(page)) return;
    asked.add(page);
    try {
      const rows = await fetch(from, expected);
      if (rows.length < expected) {
        if (!isLost) onLost();
        isLost = true;
      } else {
        keep(page, rows);
      }
    } finally {
      asked.delete(page);
    }
  }

  function keep(page: number, rows: readonly FileRow[]): void {
    pages.set(page, rows);
    const surplus = pages.size - PAGES_KEPT;
    if (surplus > 0) {
      const byDistance = [...pages.keys()].sort((a, b) => Math.abs(b - page) - Math.abs(a - page));
      for (const far of byDistance.slice(0, surplus)) pages.delete(far);
    }
    arrived.value += 1;
  }

  function pump(): void {
    if (isLost) return;
    for (const page of wanted) {
      if (asked.size >= IN_FLIGHT) return;
      if (pages.has(page) || asked.has(page)) continue;
      fetchPage(page).then(pump, (error: unknown) => {
        isLost = true;
        onError(error);
      });
    }
  }

  function want(first: number, last: number): void {
    const from = clamp(Math.floor(first / PAGE_ROWS), 0, lastPage);
    const to = clamp(Math.floor(last / PAGE_ROWS), 0, lastPage);
    const near = [from - 1, to + 1].filter((page) => page >= 0 && page <= lastPage);
    wanted = [...Array.from({ length: to - from + 1 }, (_, at) => from + at), ...near];
    pump();
  }

  return {
    arrived,
    count,
    get: (index) => pages.get(Math.floor(index / PAGE_ROWS))?.[index % PAGE_ROWS],
    want,
    async load(first, last) {
      const from = clamp(Math.floor(first / PAGE_ROWS), 0, lastPage);
      const to = clamp(Math.floor(last / PAGE_ROWS), 0, lastPage);
      for (let page = from; page <= to; page += 1) await fetchPage(page);
    },
  };
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(Math.max(value, least), most);
}

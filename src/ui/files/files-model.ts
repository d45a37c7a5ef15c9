/** What the files view shows of one inspection: the question that it asks, and the listing that answers it. */
import { batch, effect, type ReadonlySignal, type Signal, signal } from '@preact/signals';
import { asPulltabError, isAbort, type PulltabError } from '../../core/errors.ts';
import type { Lens } from '../../core/layer/lenses.ts';
import type { NameSearch } from '../../core/layer/search.ts';
import type { Inspection } from '../../page/inspection.ts';
import type { Listing, ListingQuery, ListingScope } from '../../protocol/inspector.ts';
import { createRowPages, type RowPages } from './row-pages.ts';
import type { Unfolding } from './unfolding.ts';

export interface ShownListing {
  readonly listing: Listing;
  readonly query: ListingQuery;
  readonly pages: RowPages;
}

/** The row that keys act on. */
export interface ActiveRow {
  /** Clean. */
  readonly path: string;
  /** In the listing that is shown; undefined where it is not among its rows. */
  readonly index: number | undefined;
}

export interface FilesModel {
  readonly scope: Signal<ListingScope>;
  readonly search: Signal<NameSearch | undefined>;
  readonly lens: Signal<Lens | undefined>;
  readonly order: Signal<ListingQuery['order']>;
  readonly hideUnchanged: Signal<boolean>;
  readonly unfolding: Signal<Unfolding>;
  readonly active: Signal<ActiveRow | undefined>;
  /** The listing on screen; the one before stays until the next has its rows. */
  readonly shown: ReadonlySignal<ShownListing | undefined>;
  readonly error: ReadonlySignal<PulltabError | undefined>;
  /** Where the screen is, so that a new listing comes with its rows. */
  range: { first: number; last: number };
  refresh(): void;
  /** Resolves when the listing that is shown is the one that was asked for last, or could not be had. */
  settled(): Promise<void>;
  /** Asks again whenever the question changes or more has been read, until the returned function is called. */
  follow(): () => void;
}

/** Rows fetched before anything is known of the screen. */
const FIRST_ROWS = 60;

const models = new WeakMap<Inspection, FilesModel>();

/** One model an inspection: what was unfolded and searched is still there when someone comes back to the view. */
export function filesModelOf(inspection: Inspection): FilesModel {
  const known = models.get(inspection);
  if (known !== undefined) return known;
  const model = createFilesModel(inspection);
  models.set(inspection, model);
  return model;
}

/** Searches and lenses list whole paths, without a tree. */
export function isFlatQuery({ search, lens }: ListingQuery): boolean {
  return search !== undefined || lens !== undefined;
}

export function createFilesModel(inspection: Inspection, firstScope: ListingScope = { kind: 'merged' }): FilesModel {
  const scope = signal(firstScope);
  const search = signal<NameSearch | undefined>(undefined);
  const lens = signal<Lens | undefined>(undefined);
  const order = signal<ListingQuery['order']>('name');
  const hideUnchanged = signal(true);
  const unfolding = signal<Unfolding>({ unfolded: [] });
  const active = signal<ActiveRow | undefined>(undefined);
  const shown = signal<ShownListing | undefined>(undefined);
  const error = signal<PulltabError | undefined>(undefined);
  let asking = false;
  let askAgain = false;
  let waiting: (() => void)[] = [];

  const query = (): ListingQuery => ({
    scope: scope.value,
    search: search.value,
    lens: lens.value,
    ...unfolding.value,
    order: order.value,
    hideUnchanged: scope.value.kind === 'layer' && hideUnchanged.value,
  });

  const model: FilesModel = {
    ...{ scope, search, lens, order, hideUnchanged, unfolding, active, shown, error },
    range: { first: 0, last: FIRST_ROWS },
    refresh: () => void refresh(),
    follow: () =>
      effect(() => {
        inspection.revision.value;
        query();
        void refresh();
      }),
    settled: () => (asking ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve()),
  };

  /** One question at a time: while its answer is under way only the last of those that follow counts. */
  async function refresh(): Promise<void> {
    askAgain = asking;
    if (asking) return;
    asking = true;
    try {
      await show(query());
    } catch (failure) {
      if (!isAbort(failure)) error.value = asPulltabError(failure, 'list the files');
    } finally {
      asking = false;
      if (askAgain) void refresh();
      else settle();
    }
  }

  function settle(): void {
    const settled = waiting;
    waiting = [];
    for (const resolve of settled) resolve();
  }

  /** The listing comes with the rows that are on screen, and with the place of the active one. */
  async function show(asked: ListingQuery): Promise<void> {
    const listing = await inspection.list(asked);
    const pages = createRowPages({
      count: listing.rows,
      fetch: (from, count) => inspection.rows(listing, from, count),
      onLost: () => void refresh(),
      onError: (failure) => {
        if (!isAbort(failure)) error.value = asPulltabError(failure, 'read rows of the listing');
      },
    });
    await pages.load(model.range.first, Math.min(model.range.last, listing.rows - 1));
    let path: string | undefined;
    let index: number | undefined;
    do {
      path = active.peek()?.path;
      index = path === undefined ? undefined : await inspection.positionOf(listing, path);
      // Someone may have walked on meanwhile, in the listing before.
    } while (path !== active.peek()?.path);
    batch(() => {
      shown.value = { listing, query: asked, pages };
      if (path !== undefined) active.value = { path, index };
      error.value = undefined;
    });
  }

  return model;
}

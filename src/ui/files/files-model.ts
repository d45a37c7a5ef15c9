/** What the files view shows of one inspection: the question that it asks, and the listing that answers it. */
import { batch, effect, type ReadonlySignal, type Signal, signal } from '@preact/signals';
import { asPulltabError, isAbort, type PulltabError } from '../../core/errors.ts';
import type { Inspection } from '../../page/inspection.ts';
import type { Lens, Listing, ListingQuery, ListingScope, NameSearch } from '../../protocol/inspector.ts';
import { createRowPages, type RowPages } from './row-pages.ts';
import { ancestorsOf } from './words.ts';

export interface ShownListing {
  readonly listing: Listing;
  readonly query: ListingQuery;
  readonly pages: RowPages;
  /** The row that was active when this was asked, and where it is now; undefined where it is not among the rows. */
  readonly activePath: string | undefined;
  readonly activeIndex: number | undefined;
}

/** Directories that are unfolded, or all but those that are folded. */
export type Unfolding = Pick<ListingQuery, 'unfolded' | 'folded'>;

export interface FilesModel {
  readonly scope: Signal<ListingScope>;
  readonly search: Signal<NameSearch | undefined>;
  readonly lens: Signal<Lens | undefined>;
  readonly order: Signal<ListingQuery['order']>;
  readonly hideUnchanged: Signal<boolean>;
  readonly unfolding: Signal<Unfolding>;
  /** The clean path of the row that keys act on. */
  readonly active: Signal<string | undefined>;
  /** The listing on screen; the one before stays until the next has its rows. */
  readonly shown: ReadonlySignal<ShownListing | undefined>;
  readonly error: ReadonlySignal<PulltabError | undefined>;
  /** Where the screen is, so that a new listing comes with its rows. */
  range: { first: number; last: number };
  setUnfolded(path: string, unfolded: boolean): void;
  /** Unfolds what lies above a path. */
  reveal(path: string): void;
  refresh(): void;
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

function createFilesModel(inspection: Inspection): FilesModel {
  const scope = signal<ListingScope>({ kind: 'merged' });
  const search = signal<NameSearch | undefined>(undefined);
  const lens = signal<Lens | undefined>(undefined);
  const order = signal<ListingQuery['order']>('name');
  const hideUnchanged = signal(true);
  const unfolding = signal<Unfolding>({ unfolded: [] });
  const active = signal<string | undefined>(undefined);
  const shown = signal<ShownListing | undefined>(undefined);
  const error = signal<PulltabError | undefined>(undefined);
  let asking = false;
  let askAgain = false;

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
    setUnfolded(path, isUnfolded) {
      const { unfolded, folded = [] } = unfolding.peek();
      const others = (unfolded === 'all' ? folded : unfolded).filter((other) => other !== path);
      if (unfolded === 'all') unfolding.value = { unfolded, folded: isUnfolded ? others : [...others, path] };
      else unfolding.value = { unfolded: isUnfolded ? [...others, path] : others };
    },
    reveal(path) {
      const { unfolded, folded = [] } = unfolding.peek();
      const above = new Set(ancestorsOf(path));
      if (unfolded === 'all') {
        if (folded.some((other) => above.has(other))) {
          unfolding.value = { unfolded, folded: folded.filter((other) => !above.has(other)) };
        }
        return;
      }
      for (const known of unfolded) above.delete(known);
      if (above.size > 0) unfolding.value = { unfolded: [...unfolded, ...above] };
    },
  };

  /** One question at a time: while its answer is under way only the last of those that follow counts. */
  async function refresh(): Promise<void> {
    askAgain = asking;
    if (asking) return;
    asking = true;
    try {
      const next = await ask(query());
      batch(() => {
        shown.value = next;
        error.value = undefined;
      });
    } catch (failure) {
      if (!isAbort(failure)) error.value = asPulltabError(failure, 'list the files');
    } finally {
      asking = false;
      if (askAgain) void refresh();
    }
  }

  async function ask(asked: ListingQuery): Promise<ShownListing> {
    const listing = await inspection.list(asked);
    const pages = createRowPages({
      count: listing.rows,
      fetch: (from, count) => inspection.rows(listing, from, count),
      onLost: () => void refresh(),
      onError: (failure) => {
        if (!isAbort(failure)) error.value = asPulltabError(failure, 'read rows of the listing');
      },
    });
    const path = active.peek();
    const [activeIndex] = await Promise.all([
      path === undefined ? undefined : inspection.positionOf(listing, path),
      pages.load(model.range.first, Math.min(model.range.last, listing.rows - 1)),
    ]);
    return { listing, query: asked, pages, activePath: path, activeIndex };
  }

  return model;
}

/**
 * The keys of the tree, one after the other: each acts on the listing that the one before has left, however fast they are
 * typed and however long rows take to come.
 */
import type { RefObject, TargetedKeyboardEvent } from 'preact';
import type { Inspection } from '../../page/inspection.ts';
import { copyText } from '../copy/copied.ts';
import { type FilesModel, isFlatQuery, type ShownListing } from './files-model.ts';
import { findTyped, isTreeKey, type KeyOutcome, readTreeKey } from './tree-keys.ts';
import { withUnfolded } from './unfolding.ts';
import type { RowsHandle } from './virtual-rows.tsx';

/** How long letters that are typed belong together. */
const TYPED_TOGETHER_MS = 800;
/** Rows that type-ahead looks through. */
const TYPED_REACH = 4000;

const NOTHING_TYPED = { text: '', atMs: Number.NEGATIVE_INFINITY };

export interface TreeWalk {
  readonly onKeyDown: (event: TargetedKeyboardEvent<HTMLDivElement>) => void;
}

export interface TreeWalkOptions {
  readonly handle: RefObject<RowsHandle | null>;
  /** Opens a clean path. */
  readonly open: (path: string) => void;
}

export function createTreeWalk(inspection: Inspection, model: FilesModel, { handle, open }: TreeWalkOptions): TreeWalk {
  let before: Promise<void> = Promise.resolve();
  let typed = NOTHING_TYPED;

  /** A row that cannot be had leaves the active one where it is; what is wrong shows where rows are read. */
  function enqueue(step: (shown: ShownListing) => Promise<void>): void {
    before = before
      .then(() => model.settled())
      .then(() => {
        const shown = model.shown.peek();
        return shown && step(shown);
      })
      .catch(() => undefined);
  }

  async function goTo({ pages }: ShownListing, index: number): Promise<void> {
    await pages.load(index, index);
    const row = pages.get(index);
    if (row === undefined) return;
    model.active.value = { path: row.path, index };
    handle.current?.scrollTo(index, 'nearest');
  }

  async function act(shown: ShownListing, outcome: KeyOutcome): Promise<void> {
    if (outcome.do === 'go') return goTo(shown, outcome.index);
    if (outcome.do === 'go-up') {
      const index = await inspection.positionOf(shown.listing, outcome.path);
      return index === undefined ? undefined : goTo(shown, index);
    }
    if (outcome.do === 'open') return open(outcome.row.path);
    model.unfolding.value = withUnfolded(model.unfolding.peek(), outcome.row.path, outcome.do === 'unfold');
  }

  async function press(shown: ShownListing, key: string): Promise<void> {
    const { pages, query } = shown;
    const index = model.active.peek()?.index ?? -1;
    if (index >= 0) await pages.load(index, index);
    const screenRows = handle.current?.screenRows ?? 1;
    const outcome = readTreeKey(key, pages, { index, screenRows, isFlat: isFlatQuery(query) });
    if (outcome !== undefined) await act(shown, outcome);
  }

  /** From the active row on, and then from the first. */
  async function typeAhead(shown: ShownListing, text: string, isLonger: boolean): Promise<void> {
    const from = Math.max(0, (model.active.peek()?.index ?? -1) + (isLonger ? 0 : 1));
    const found = findTyped(await inspection.rows(shown.listing, from, TYPED_REACH), text);
    if (found >= 0) return goTo(shown, from + found);
    const above = findTyped(await inspection.rows(shown.listing, 0, Math.min(TYPED_REACH, from)), text);
    if (above >= 0) await goTo(shown, above);
  }

  function type(key: string, atMs: number): void {
    const isLonger = atMs - typed.atMs < TYPED_TOGETHER_MS;
    const text = isLonger ? typed.text + key : key;
    typed = { text, atMs };
    enqueue((shown) => typeAhead(shown, text, isLonger));
  }

  return {
    onKeyDown(event) {
      const { key } = event;
      if (event.target !== event.currentTarget || event.altKey) return;
      if (event.ctrlKey || event.metaKey) {
        const path = model.active.peek()?.path;
        if (key === 'c' && path !== undefined && String(getSelection()) === '') void copyText(`/${path}`);
        return;
      }
      if (isTreeKey(key)) {
        typed = NOTHING_TYPED;
        enqueue((shown) => press(shown, key));
      } else if (isLetter(key)) type(key, event.timeStamp);
      else return;
      event.preventDefault();
      event.stopPropagation();
    },
  };
}

/** `/` and `?` mean the same on every page. */
function isLetter(key: string): boolean {
  return [...key].length === 1 && key !== ' ' && key !== '/' && key !== '?';
}

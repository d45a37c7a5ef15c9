/** The list of files as a tree grid: one tab stop, arrows walk it, and only rows on screen are in the document. */
import type { TargetedKeyboardEvent, TargetedMouseEvent } from 'preact';
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import type { Inspection } from '../../page/inspection.ts';
import { copyText } from '../copy/copied.ts';
import { FileRow, type RowLinks, rowId } from './file-row.tsx';
import type { FilesModel, ShownListing } from './files-model.ts';
import { TreeHead } from './tree-head.tsx';
import { findTyped, readTreeKey } from './tree-keys.ts';
import { type RowsHandle, VirtualRows } from './virtual-rows.tsx';
import './file-tree.css';

/** As file-tree.css has them (px). */
const ROW_PX = 28;
const FOLDED_ROW_PX = 48;
const HEAD_PX = 28;
/** How long letters that are typed belong together. */
const TYPED_TOGETHER_MS = 800;
/** Rows that type-ahead looks through. */
const TYPED_REACH = 4000;

export interface FileTreeProps {
  readonly inspection: Inspection;
  readonly model: FilesModel;
  readonly shown: ShownListing;
  /** The clean path that the link opens. */
  readonly openPath: string | undefined;
  /** The columns stand below the name. */
  readonly folded: boolean;
  readonly links: RowLinks;
}

export function FileTree(props: FileTreeProps) {
  const { model, shown, openPath, folded, links } = props;
  const { pages, query, listing } = shown;
  const handle = useRef<RowsHandle>(null);
  const [activeIndex, setActiveIndex] = useActiveIndex(props, handle);
  // Read for its effect: rows that have come are drawn.
  pages.arrived.value;
  const isFlat = query.search !== undefined || query.lens !== undefined;
  const showsChange = query.scope.kind === 'layer';

  const onRange = useCallback(
    (first: number, last: number) => {
      model.range = { first, last };
      pages.want(first, last);
    },
    [model, pages],
  );

  function activate(index: number): void {
    const row = pages.get(index);
    setActiveIndex(index);
    if (row !== undefined) model.active.value = row.path;
    handle.current?.scrollTo(index, 'nearest');
  }

  function act(outcome: NonNullable<ReturnType<typeof readTreeKey>>): void {
    if (outcome.do === 'go') {
      const { index } = outcome;
      return void pages.load(index, index).then(() => activate(index), ignore);
    }
    if (outcome.do === 'go-up') {
      const { path } = outcome;
      return void props.inspection.positionOf(listing, path).then((at) => at !== undefined && activate(at), ignore);
    }
    if (outcome.do === 'open') location.hash = links.path(outcome.row.path);
    else model.setUnfolded(outcome.row.path, outcome.do === 'unfold');
  }

  const typeAhead = useTypeAhead(async (typed, isSame) => {
    const from = (activeIndex ?? -1) + (isSame ? 0 : 1);
    const rows = await props.inspection.rows(listing, Math.max(from, 0), TYPED_REACH);
    const found = findTyped(rows, typed);
    if (found >= 0) return act({ do: 'go', index: Math.max(from, 0) + found });
    const before =
      from > 0 ? findTyped(await props.inspection.rows(listing, 0, Math.min(TYPED_REACH, from)), typed) : -1;
    if (before >= 0) act({ do: 'go', index: before });
  });

  function onKeyDown(event: TargetedKeyboardEvent<HTMLDivElement>) {
    if (event.target !== event.currentTarget || event.altKey) return;
    if (event.ctrlKey || event.metaKey) {
      const path = model.active.value;
      if (event.key === 'c' && path !== undefined && String(getSelection()) === '') void copyText(`/${path}`);
      return;
    }
    const screenRows = handle.current?.screenRows ?? 1;
    const outcome = readTreeKey(event.key, pages, { index: activeIndex ?? -1, screenRows, isFlat });
    if (outcome !== undefined) act(outcome);
    else if (!typeAhead(event.key)) return;
    event.preventDefault();
    event.stopPropagation();
  }

  function onClick(event: TargetedMouseEvent<HTMLDivElement>) {
    const target = event.target instanceof Element ? event.target : undefined;
    const index = Number(target?.closest('[data-index]')?.getAttribute('data-index') ?? Number.NaN);
    const row = pages.get(index);
    if (target === undefined || row === undefined || target.closest('.file-layer a')) return;
    activate(index);
    // A link that was clicked would keep the keys to itself.
    handle.current?.element?.focus({ preventScroll: true });
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    const isFold = target.closest('[data-fold]') !== null;
    const isLink = target.closest('a') !== null;
    const canUnfold = row.type === 'directory' && !isFlat && row.children > 0;
    if (canUnfold && (isFold || !isLink || row.path === openPath)) model.setUnfolded(row.path, !row.unfolded);
    else if (canUnfold) model.setUnfolded(row.path, true);
    if (!isLink && !isFold && row.type !== 'directory') location.hash = links.path(row.path);
  }

  return (
    <VirtualRows
      class={`file-tree${folded ? ' file-tree-folded' : ''}${showsChange ? ' file-tree-changes' : ''}`}
      role="treegrid"
      aria-label="Files"
      aria-rowcount={listing.rows + 1}
      aria-activedescendant={activeIndex !== undefined && pages.get(activeIndex) ? rowId(activeIndex) : undefined}
      data-copy={model.active.value === undefined ? undefined : `/${model.active.value}`}
      tabIndex={0}
      onKeyDown={onKeyDown}
      onClick={onClick}
      count={listing.rows}
      rowHeight={folded ? FOLDED_ROW_PX : ROW_PX}
      headHeight={folded ? 0 : HEAD_PX}
      head={folded ? undefined : <TreeHead model={model} showsChange={showsChange} />}
      bodyRole="rowgroup"
      onRange={onRange}
      handle={handle}
      renderRow={(index, top) => {
        const row = pages.get(index);
        const isActive = index === activeIndex;
        const isOpen = openPath !== undefined && row?.path === openPath;
        return <FileRow key={index} {...{ row, index, top, isActive, isOpen, isFlat, showsChange, links }} />;
      }}
    />
  );
}

/** Where the active row is, in listings that come and go; the row that a link opens is brought into view once. */
function useActiveIndex(
  { inspection, model, shown, openPath }: FileTreeProps,
  handle: { readonly current: RowsHandle | null },
): [number | undefined, (index: number) => void] {
  const [index, setIndex] = useState(shown.activeIndex);
  const sought = useRef<string | undefined>(undefined);

  useEffect(() => {
    if (openPath !== undefined && model.active.peek() !== openPath) {
      model.active.value = openPath;
      model.reveal(openPath);
    }
  }, [model, openPath]);

  useEffect(() => {
    // Someone may have walked on while the listing was made.
    if (shown.activePath === model.active.peek()) setIndex(shown.activeIndex);
    if (openPath === undefined || openPath === sought.current) return;
    inspection.positionOf(shown.listing, openPath).then((at) => {
      if (at === undefined) return;
      sought.current = openPath;
      setIndex(at);
      handle.current?.scrollTo(at, 'center');
    }, ignore);
  }, [inspection, model, shown, openPath, handle]);

  return [index, setIndex];
}

/** @returns whether the key is a letter of a name; @param find gets all letters that belong together */
function useTypeAhead(find: (typed: string, isSame: boolean) => Promise<void>): (key: string) => boolean {
  const typed = useRef({ text: '', atMs: 0 });
  return (key) => {
    if ([...key].length !== 1 || key === ' ' || key === '/' || key === '?') return false;
    const nowMs = performance.now();
    const isSame = nowMs - typed.current.atMs < TYPED_TOGETHER_MS;
    typed.current = { text: isSame ? typed.current.text + key : key, atMs: nowMs };
    find(typed.current.text, isSame).catch(ignore);
    return true;
  };
}

/** A position that could not be had leaves the active row where it is; what is wrong shows where rows are read. */
const ignore = (): void => undefined;

/** The list of files as a tree grid: one tab stop, arrows walk it, and only rows on screen are in the document. */
import type { TargetedMouseEvent } from 'preact';
import { useCallback, useEffect, useMemo, useRef } from 'preact/hooks';
import { looksSecret } from '../../core/layer/secrets.ts';
import type { Inspection } from '../../page/inspection.ts';
import { FileRow, type RowLinks, rowId } from './file-row.tsx';
import { type FilesModel, isFlatQuery, type ShownListing } from './files-model.ts';
import { TreeHead } from './tree-head.tsx';
import { createTreeWalk } from './tree-walk.ts';
import { withRevealed, withUnfolded } from './unfolding.ts';
import { type RowsHandle, VirtualRows } from './virtual-rows.tsx';
import './file-tree.css';

/** As file-tree.css has them (px). */
const ROW_PX = 28;
const FOLDED_ROW_PX = 48;
const HEAD_PX = 28;

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
  const { inspection, model, shown, openPath, folded, links } = props;
  const { pages, query, listing } = shown;
  const handle = useRef<RowsHandle>(null);
  const walk = useMemo(
    () => createTreeWalk(inspection, model, { handle, open: (path) => (location.hash = links.path(path)) }),
    [inspection, model, links],
  );
  useOpenedRow(props, handle);
  // Read for its effect: rows that have come are drawn.
  pages.arrived.value;
  const active = model.active.value;
  const activeIndex = active?.index;
  const isFlat = isFlatQuery(query);
  const showsChange = query.scope.kind === 'layer' || query.scope.kind === 'compared';

  const onRange = useCallback(
    (first: number, last: number) => {
      model.range = { first, last };
      pages.want(first, last);
    },
    [model, pages],
  );

  function setUnfolded(path: string, isUnfolded: boolean): void {
    model.unfolding.value = withUnfolded(model.unfolding.peek(), path, isUnfolded);
  }

  function onClick(event: TargetedMouseEvent<HTMLDivElement>) {
    const target = event.target instanceof Element ? event.target : undefined;
    const index = Number(target?.closest('[data-index]')?.getAttribute('data-index') ?? Number.NaN);
    const row = pages.get(index);
    if (target === undefined || row === undefined || target.closest('.file-layer a')) return;
    model.active.value = { path: row.path, index };
    // A link that was clicked would keep the keys to itself.
    handle.current?.element?.focus({ preventScroll: true });
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    const isFold = target.closest('[data-fold]') !== null;
    const isLink = target.closest('a') !== null;
    const canUnfold = row.type === 'directory' && !isFlat && row.children > 0;
    if (canUnfold && (isFold || !isLink || row.path === openPath)) setUnfolded(row.path, !row.unfolded);
    else if (canUnfold) setUnfolded(row.path, true);
    if (!isLink && !isFold && row.type !== 'directory') location.hash = links.path(row.path);
  }

  return (
    <VirtualRows
      class={`file-tree${folded ? ' file-tree-folded' : ''}${showsChange ? ' file-tree-changes' : ''}`}
      role="treegrid"
      aria-label="Files"
      aria-rowcount={listing.rows + 1}
      aria-activedescendant={activeIndex !== undefined && pages.get(activeIndex) ? rowId(activeIndex) : undefined}
      data-copy={active && `/${active.path}`}
      tabIndex={0}
      onKeyDown={walk.onKeyDown}
      onClick={onClick}
      count={listing.rows}
      rowHeight={folded ? FOLDED_ROW_PX : ROW_PX}
      headHeight={folded ? 0 : HEAD_PX}
      head={folded ? undefined : <TreeHead model={model} showsChange={showsChange} />}
      bodyRole="rowgroup"
      onRange={onRange}
      handle={handle}
      renderRow={(index, top, isPassing) => {
        const row = pages.get(index);
        const isActive = index === activeIndex;
        const isOpen = openPath !== undefined && row?.path === openPath;
        const reason = query.lens === 'secrets' && row !== undefined ? looksSecret(row.path)?.reason : undefined;
        return (
          <FileRow
            key={index}
            {...{ row, index, top, isActive, isOpen, isFlat, isPassing, showsChange, reason, links }}
          />
        );
      }}
    />
  );
}

/** The row that a link opens is made active, revealed, and brought into view once it is there. */
function useOpenedRow(
  { model, shown, openPath }: FileTreeProps,
  handle: { readonly current: RowsHandle | null },
): void {
  const sought = useRef<string | undefined>(undefined);
  const active = model.active.value;

  useEffect(() => {
    if (openPath === undefined || model.active.peek()?.path === openPath) return;
    model.active.value = { path: openPath, index: undefined };
    model.unfolding.value = withRevealed(model.unfolding.peek(), openPath);
    // Where nothing had to be unfolded it is in the listing already, but its place is not known.
    model.refresh();
  }, [model, openPath]);

  useEffect(() => {
    if (openPath === undefined) sought.current = undefined;
    if (openPath === undefined || openPath === sought.current || active?.path !== openPath) return;
    if (active.index === undefined || active.index >= shown.listing.rows) return;
    sought.current = openPath;
    handle.current?.scrollTo(active.index, 'center');
  }, [shown, openPath, active, handle]);
}

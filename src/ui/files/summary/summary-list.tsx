/** A list in columns within a summary; only the rows on screen are in the document. */
import { useRef } from 'preact/hooks';
import { type RowsHandle, VirtualRows } from '../virtual-rows.tsx';

export interface SummaryListProps {
  /** Accessible name. */
  readonly name: string;
  readonly heads: readonly [string, string, string];
  readonly count: number;
  readonly row: (index: number) => readonly [string, string, string];
}

/** As file-summary.css has them. */
const ROW_PX = 24;
const HEAD_PX = 24;
/** Longer lists scroll. */
const ROWS_SHOWN = 18;

// Rows that are placed one by one cannot be a table's own elements: those lose their roles with their display.
const rowAt = (index: number) => ({ role: 'row', 'aria-rowindex': index }) as const;
const GROUP = { role: 'rowgroup' } as const;
const CELL = { role: 'cell' } as const;
const HEAD = { role: 'columnheader' } as const;

export function SummaryList({ name, heads, count, row }: SummaryListProps) {
  const handle = useRef<RowsHandle>(null);
  return (
    <VirtualRows
      class="summary-list"
      role="table"
      aria-label={name}
      aria-rowcount={count + 1}
      tabIndex={0}
      // Two for the borders.
      style={{ height: `${HEAD_PX + Math.min(count, ROWS_SHOWN) * ROW_PX + 2}px` }}
      count={count}
      rowHeight={ROW_PX}
      headHeight={HEAD_PX}
      head={
        <div {...GROUP} class="tree-head">
          <div {...rowAt(1)} class="summary-row summary-head">
            {heads.map((head) => (
              <span key={head} {...HEAD}>
                {head}
              </span>
            ))}
          </div>
        </div>
      }
      bodyRole="rowgroup"
      handle={handle}
      renderRow={(index, top) => (
        <div {...rowAt(index + 2)} key={index} class="summary-row" style={{ transform: `translateY(${top}px)` }}>
          {row(index).map((text, column) => (
            <span {...CELL} key={heads[column]} title={text}>
              {text}
            </span>
          ))}
        </div>
      )}
    />
  );
}

/**
 * Rows of one height, of which only those on screen are in the document: what a list of 300,000 paths costs is a screen
 * of them. Browsers cap an element's height (Firefox at some 17 million pixels): a longer list is scrolled in proportion.
 */
import type { ComponentChildren, HTMLAttributes, RefObject } from 'preact';
import { useCallback, useEffect, useImperativeHandle, useLayoutEffect, useRef, useState } from 'preact/hooks';
import './virtual-rows.css';

/** Below every browser's cap (px). */
const HEIGHT_LIMIT = 15_000_000;
/** Scrolling has ended when nothing has moved for so long. */
const STILL_MS = 100;
/** Rows beyond the screen on each side, so that a compositor that scrolls ahead of the page shows rows. */
const OVERSCAN = 12;

export interface RowsHandle {
  readonly element: HTMLElement | null;
  /** Whole rows that fit on the screen. */
  readonly screenRows: number;
  scrollTo(index: number, where: 'nearest' | 'center'): void;
}

export interface VirtualRowsProps extends Omit<HTMLAttributes<HTMLDivElement>, 'class'> {
  readonly class: string;
  readonly count: number;
  /** px */
  readonly rowHeight: number;
  /** Stays on top of the rows while they scroll (px; 0 where there is none). */
  readonly headHeight: number;
  readonly head?: ComponentChildren;
  /** Of the part that holds the rows. */
  readonly bodyRole?: 'rowgroup' | undefined;
  /** Room for the longest row, where rows do not end at the edge: "120ch". */
  readonly minWidth?: string | undefined;
  /**
   * @param top where the row stands (px)
   * @param isPassing whether it passes so fast that nobody reads more of it than its name
   */
  readonly renderRow: (index: number, top: number, isPassing: boolean) => ComponentChildren;
  readonly onRange?: (first: number, last: number) => void;
  readonly handle: RefObject<RowsHandle | null>;
}

export function VirtualRows(props: VirtualRowsProps) {
  const {
    class: name,
    count,
    rowHeight,
    headHeight,
    head,
    bodyRole,
    minWidth,
    renderRow,
    onRange,
    handle,
    ...rest
  } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const [screen, setScreen] = useState<Screen>({ top: 0, height: 0, isPassing: false });
  const stillness = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const whole = count * rowHeight;
  const drawn = Math.min(whole, HEIGHT_LIMIT);
  const bodyHeight = Math.max(screen.height - headHeight, 0);
  // How far the rows move for each pixel that the bar moves: 1 unless the list is longer than an element can be.
  const ratio = drawn > bodyHeight ? (whole - bodyHeight) / (drawn - bodyHeight) : 1;
  const offset = screen.top * ratio;
  const first = Math.max(0, Math.floor(offset / rowHeight) - OVERSCAN);
  const last = Math.min(count - 1, Math.ceil((offset + bodyHeight) / rowHeight) + OVERSCAN);

  const measure = useCallback(() => {
    const element = scroller.current;
    if (element === null) return;
    setScreen(moved(element.scrollTop, element.clientHeight));
    clearTimeout(stillness.current);
    stillness.current = setTimeout(() => setScreen(still), STILL_MS);
  }, []);

  useLayoutEffect(() => {
    measure();
    const observer = new ResizeObserver(measure);
    if (scroller.current !== null) observer.observe(scroller.current);
    return () => {
      observer.disconnect();
      clearTimeout(stillness.current);
    };
  }, [measure]);

  useEffect(() => onRange?.(first, last), [onRange, first, last]);

  useImperativeHandle(
    handle,
    () => ({
      element: scroller.current,
      screenRows: Math.max(1, Math.floor(bodyHeight / rowHeight)),
      scrollTo(index, where) {
        const element = scroller.current;
        if (element === null) return;
        const now = element.scrollTop * ratio;
        const top = index * rowHeight;
        const isAbove = top < now;
        if (!isAbove && top + rowHeight <= now + bodyHeight && where === 'nearest') return;
        const target =
          where === 'center' ? top - (bodyHeight - rowHeight) / 2 : isAbove ? top : top + rowHeight - bodyHeight;
        element.scrollTop = target / ratio;
        // Where one goes by a key is read at once.
        setScreen({ top: element.scrollTop, height: element.clientHeight, isPassing: false });
      },
    }),
    [ratio, rowHeight, bodyHeight],
  );

  const rows: ComponentChildren[] = [];
  for (let index = first; index <= last; index += 1) {
    rows.push(
      renderRow(index, ratio === 1 ? index * rowHeight : screen.top + index * rowHeight - offset, screen.isPassing),
    );
  }
  return (
    <div {...rest} class={`virtual-rows ${name}`} ref={scroller} onScroll={measure}>
      {head}
      <div role={bodyRole} class="virtual-body" style={{ height: `${drawn}px`, minWidth }}>
        {rows}
      </div>
    </div>
  );
}

interface Screen {
  /** px */
  readonly top: number;
  readonly height: number;
  /** Whether more than a screen went by at once. */
  readonly isPassing: boolean;
}

/** The state before where nothing has changed, so that nothing is drawn anew. */
function moved(top: number, height: number): (before: Screen) => Screen {
  return (before) => {
    const isPassing = before.height > 0 && Math.abs(top - before.top) > height;
    return before.top === top && before.height === height ? before : { top, height, isPassing };
  };
}

function still(before: Screen): Screen {
  return before.isPassing ? { ...before, isPassing: false } : before;
}

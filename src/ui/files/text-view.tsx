/** A text with numbered lines: each number is a link, with shift the end of a range; only lines on screen are drawn. */
import type { TargetedMouseEvent } from 'preact';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { CopyButton } from '../copy/copy-button.tsx';
import type { Address } from '../image/address.ts';
import { colourLines, type Token } from './colours.ts';
import { formatLines, parseLines, through } from './line-range.ts';
import { type RowsHandle, VirtualRows } from './virtual-rows.tsx';
import { countOf, showLine } from './words.ts';
import { WrappedLines } from './wrapped-lines.tsx';

/** As file-pane.css has it (px). */
const LINE_PX = 20;
/** A longer line is cut: browsers lay out lines of a mebibyte for seconds. */
const LONGEST_LINE = 4000;
const GUTTER_CH = 9;

export interface TextViewProps {
  readonly text: string;
  readonly name: string;
  readonly line: string | undefined;
  readonly address: Address;
  /** Whether `text` is the whole file. */
  readonly isWhole: boolean;
  /** Loads more of it. */
  readonly more: { readonly isLoading: boolean; readonly load: () => void };
}

export function TextView(props: TextViewProps) {
  const { text, address, isWhole, more } = props;
  const [wraps, setWraps] = useState(false);
  const lines = useMemo(() => linesOf(text), [text]);
  const longest = useMemo(() => lines.reduce((most, { length }) => Math.max(most, length), 0), [lines]);
  const coloured = useColours(props);
  const range = parseLines(props.line, isWhole ? lines.length : Number.MAX_SAFE_INTEGER);
  const handle = useRef<RowsHandle>(null);
  const cut = longest > LONGEST_LINE;
  const first = range?.first;

  const isThere = first !== undefined && first <= lines.length;
  const isBeyond = first !== undefined && !isThere && !more.isLoading;

  useEffect(() => {
    if (isThere) handle.current?.scrollTo(first - 1, 'center');
  }, [first, isThere]);

  // The line that a link names may be far down in a large file.
  useEffect(() => {
    if (isBeyond) more.load();
  }, [isBeyond]);

  const isChosen = (index: number): boolean =>
    range !== undefined && index + 1 >= range.first && index + 1 <= range.last;
  const drawLine = (index: number) => (
    <>
      <a
        class="file-number"
        href={address({ line: String(index + 1) })}
        data-line={index + 1}
        aria-label={`Line ${index + 1}`}
        aria-current={isChosen(index) ? 'location' : undefined}
      >
        {index + 1}
      </a>
      <LineText line={lines[index] ?? ''} tokens={coloured?.[index]} />
    </>
  );
  const className = (index: number): string => `file-line${isChosen(index) ? ' file-line-chosen' : ''}`;

  function onClick(event: TargetedMouseEvent<HTMLDivElement>) {
    const number = event.target instanceof Element ? event.target.getAttribute('data-line') : null;
    if (number === null || !event.shiftKey || range === undefined) return;
    event.preventDefault();
    location.hash = address({ line: formatLines(through(range, Number(number))) });
  }

  const region = { role: 'region', 'aria-label': 'Text', tabIndex: 0, onClick } as const;
  return (
    <div class="file-text">
      <div class="file-text-tools">
        <span class="muted">
          {countOf(lines.length, 'line')}
          {cut && `; lines are cut after ${LONGEST_LINE} characters here`}
        </span>
        <label class="files-check">
          <input type="checkbox" checked={wraps} onChange={(event) => setWraps(event.currentTarget.checked)} />
          Wrap lines
        </label>
        {isWhole && <CopyButton name="Copy text" text={text} />}
      </div>
      {wraps ? (
        <WrappedLines count={lines.length} first={first} {...{ drawLine, className, region }} />
      ) : (
        <VirtualRows
          {...region}
          class="file-lines"
          count={lines.length}
          rowHeight={LINE_PX}
          headHeight={0}
          minWidth={`${Math.min(longest, LONGEST_LINE) + GUTTER_CH + 2}ch`}
          handle={handle}
          renderRow={(index, top) => (
            <div key={index} class={className(index)} style={{ transform: `translateY(${top}px)` }}>
              {drawLine(index)}
            </div>
          )}
        />
      )}
    </div>
  );
}

/** A text that ends with a line feed has no empty line after it. */
function linesOf(text: string): string[] {
  const lines = text.split(/\r\n|\n/);
  if (lines.length > 1 && lines.at(-1) === '') lines.pop();
  return lines;
}

/** Colours come when they are ready; the text does not wait for them. */
function useColours({ name, text }: TextViewProps): Token[][] | undefined {
  const [coloured, setColoured] = useState<{ text: string; lines: Token[][] | undefined } | undefined>(undefined);
  useEffect(() => {
    let left = false;
    colourLines(name, text.replaceAll('\r\n', '\n')).then(
      (lines) => {
        if (!left) setColoured({ text, lines });
      },
      // Without the code for colours the text is there all the same.
      () => undefined,
    );
    return () => {
      left = true;
    };
  }, [name, text]);
  return coloured?.text === text ? coloured.lines : undefined;
}

function LineText({ line, tokens }: { line: string; tokens: readonly Token[] | undefined }) {
  if (tokens === undefined || line.length > LONGEST_LINE) {
    const rest = line.length - LONGEST_LINE;
    return (
      <code>
        {showLine(rest > 0 ? line.slice(0, LONGEST_LINE) : line)}
        {rest > 0 && <span class="muted"> … {countOf(rest, 'more character')}</span>}
      </code>
    );
  }
  return (
    <code>
      {tokens.map(({ text, scope }, at) =>
        scope === undefined ? (
          showLine(text)
        ) : (
          <span key={at} class={`hl-${scope.split('.', 1)[0]}`}>
            {showLine(text)}
          </span>
        ),
      )}
    </code>
  );
}

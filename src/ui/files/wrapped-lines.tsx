/** Lines that wrap have heights of their own, so a part of them is drawn at a time, with ways to the parts around it. */
import type { ComponentChildren, HTMLAttributes } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';

const PART = 1000;

export function WrappedLines(props: {
  count: number;
  /** The line that the link names, from 1. */
  first: number | undefined;
  drawLine: (index: number) => ComponentChildren;
  className: (index: number) => string;
  /** Of the element that holds the lines. */
  region: HTMLAttributes<HTMLDivElement>;
}) {
  const { count, first } = props;
  const partOf = (line: number): number => Math.floor((line - 1) / PART);
  const [part, setPart] = useState(partOf(first ?? 1));
  const chosen = useRef<HTMLDivElement>(null);
  const from = part * PART;
  const to = Math.min(from + PART, count);

  useEffect(() => {
    if (first !== undefined) setPart(partOf(first));
  }, [first]);
  useEffect(() => chosen.current?.scrollIntoView({ block: 'center' }), [first, part]);

  return (
    <>
      <div {...props.region} class="file-lines file-lines-wrapped">
        {Array.from({ length: to - from }, (_, at) => from + at).map((index) => (
          <div key={index} class={props.className(index)} ref={index + 1 === first ? chosen : null}>
            {props.drawLine(index)}
          </div>
        ))}
      </div>
      {count > PART && (
        <p class="file-more">
          <span class="muted">
            Lines {from + 1} to {to} of {count}
          </span>
          <button type="button" class="button button-small" disabled={part === 0} onClick={() => setPart(part - 1)}>
            Earlier lines
          </button>
          <button type="button" class="button button-small" disabled={to === count} onClick={() => setPart(part + 1)}>
            Later lines
          </button>
        </p>
      )}
    </>
  );
}

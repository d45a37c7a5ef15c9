/** The values of a document as a tree: one tab stop, arrows walk it, and only rows on screen are in the document. */
import type { TargetedKeyboardEvent, TargetedMouseEvent } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type { JsonDocumentKind } from '../../core/json/json-links.ts';
import type { JsonTree } from '../../core/json/json-tree.ts';
import { type RowsHandle, VirtualRows } from '../files/virtual-rows.tsx';
import { copiedText } from './json-details.tsx';
import type { HrefOf } from './json-hrefs.ts';
import { readJsonKey } from './json-keys.ts';
import { JsonRow } from './json-row.tsx';
import type { ActiveNode } from './use-active-node.ts';

/** As json-document.css has it (px). */
const ROW_PX = 24;

export function JsonRows(props: {
  tree: JsonTree;
  rows: Int32Array;
  folded: ReadonlySet<number>;
  setFold: (node: number, folded: boolean) => void;
  active: ActiveNode;
  name: string;
  kind: JsonDocumentKind;
  hrefOf: HrefOf;
}) {
  const { tree, rows, folded, setFold, active, kind, hrefOf } = props;
  const handle = useRef<RowsHandle>(null);
  const index = active.node === undefined ? -1 : indexOf(rows, active.node);

  // Folding alone moves nothing.
  useEffect(() => {
    if (index >= 0) handle.current?.scrollTo(index, 'nearest');
    if (index >= 0 && active.seek === 1) handle.current?.element?.scrollIntoView({ block: 'nearest' });
  }, [active.seek]);

  function onKeyDown(event: TargetedKeyboardEvent<HTMLDivElement>) {
    if (event.target !== event.currentTarget || event.altKey || event.ctrlKey || event.metaKey) return;
    const screenRows = handle.current?.screenRows ?? 1;
    const outcome = readJsonKey(event.key, { tree, rows, folded, index, screenRows });
    if (outcome === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    if (outcome.do === 'go') active.go(outcome.node);
    else if (outcome.do === 'open') document.querySelector<HTMLElement>(`#${rowIdOf(props.name, index)} a`)?.click();
    else setFold(outcome.node, outcome.do === 'fold');
  }

  function onClick(event: TargetedMouseEvent<HTMLDivElement>) {
    const target = event.target instanceof Element ? event.target : undefined;
    const clicked = rows[Number(target?.closest('[data-index]')?.getAttribute('data-index') ?? Number.NaN)];
    if (target === undefined || clicked === undefined || target.closest('a')) return;
    handle.current?.element?.focus({ preventScroll: true });
    if (target.closest('[data-fold]') !== null) setFold(clicked, !folded.has(clicked));
    active.go(clicked);
  }

  return (
    <VirtualRows
      class="json-rows"
      role="tree"
      aria-label={props.name}
      aria-activedescendant={index >= 0 ? rowIdOf(props.name, index) : undefined}
      data-copy={active.node === undefined ? undefined : copiedText(tree, active.node)}
      tabIndex={0}
      style={{ height: `min(${rows.length * ROW_PX + 2}px, 70vh)` }}
      onKeyDown={onKeyDown}
      onClick={onClick}
      count={rows.length}
      rowHeight={ROW_PX}
      headHeight={0}
      handle={handle}
      renderRow={(at, top) => {
        const node = rows[at] ?? 0;
        const id = rowIdOf(props.name, at);
        const isFolded = folded.has(node);
        return <JsonRow key={node} {...{ tree, node, id, at, top, kind, hrefOf, isFolded }} isActive={at === index} />;
      }}
    />
  );
}

function rowIdOf(name: string, index: number): string {
  return `json-${name.replace(/\W+/g, '-')}-${index}`;
}

/** Rows are in the order of their numbers. */
function indexOf(rows: Int32Array, node: number): number {
  let low = 0;
  let high = rows.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((rows[middle] ?? 0) < node) low = middle + 1;
    else high = middle;
  }
  return rows[low] === node ? low : -1;
}

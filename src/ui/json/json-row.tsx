/** One value of a document in a line: its key, and the value or how much is in it. */
import { type JsonDocumentKind, targetOf } from '../../core/json/json-links.ts';
import type { JsonTree } from '../../core/json/json-tree.ts';
import { explainMediaType } from '../../core/json/media-type-words.ts';
import { showLine } from '../files/words.ts';
import { Icon } from '../icon/icon.tsx';
import type { HrefOf } from './json-hrefs.ts';

/** Deeper rows stand below each other: a hostile document of a thousand levels would push its values out of sight. */
const DEEPEST_INDENT = 24;
/** More does not fit on a line; the rest is below the tree. */
const SHOWN_CHARACTERS = 400;

export function JsonRow(props: {
  tree: JsonTree;
  node: number;
  id: string;
  /** Position among the rows. */
  at: number;
  /** px */
  top: number;
  kind: JsonDocumentKind;
  hrefOf: HrefOf;
  isFolded: boolean;
  isActive: boolean;
}) {
  const { tree, node, isFolded } = props;
  const depth = Math.max(tree.depth(node) - 1, 0);
  const canUnfold = tree.childCount(node) > 0;
  const parent = tree.parent(node);
  return (
    <div
      role="treeitem"
      id={props.id}
      class={`json-row${props.isActive ? ' json-row-active' : ''}`}
      style={{ transform: `translateY(${props.top}px)`, paddingLeft: `${Math.min(depth, DEEPEST_INDENT)}rem` }}
      data-index={props.at}
      aria-level={depth + 1}
      aria-expanded={canUnfold ? !isFolded : undefined}
      aria-selected={props.isActive}
      aria-setsize={parent < 0 ? 1 : tree.childCount(parent)}
      aria-posinset={tree.position(node) + 1}
      tabIndex={-1}
    >
      <span class={`json-fold${isFolded ? '' : ' json-fold-open'}`} data-fold={canUnfold ? '' : undefined}>
        {canUnfold && <Icon name="chevron" />}
      </span>
      <Key tree={tree} node={node} />
      <Value {...props} />
      {tree.isRepeated(node) && <span class="json-repeated">repeated below</span>}
    </div>
  );
}

function Key({ tree, node }: { tree: JsonTree; node: number }) {
  const key = tree.keySource(node);
  if (key === undefined) return tree.parent(node) < 0 ? null : <span class="json-position">{tree.position(node)}</span>;
  return <span class="json-key">{shown(key.slice(1, -1))}:</span>;
}

function Value(props: { tree: JsonTree; node: number; kind: JsonDocumentKind; hrefOf: HrefOf }) {
  const { tree, node } = props;
  const kind = tree.kind(node);
  if (kind === 'object' || kind === 'array') {
    const count = tree.childCount(node);
    const [open, close] = kind === 'object' ? '{}' : '[]';
    return <span class="json-count">{count === 0 ? `${open}${close}` : `${open} ${count} ${close}`}</span>;
  }
  const text = shown(tree.source(node));
  if (kind !== 'string') return <span class="json-literal">{text}</span>;
  const target = targetOf(tree, node, props.kind);
  const link = target && props.hrefOf(target);
  if (link === undefined) {
    return (
      <span class="json-string" title={explainMediaType(tree.string(node) ?? '')}>
        {text}
      </span>
    );
  }
  return (
    <a
      class="json-string"
      href={link.href}
      tabIndex={-1}
      title={`Go to ${link.words}`}
      {...(link.external ? { target: '_blank', rel: 'noopener noreferrer' } : {})}
    >
      {text}
    </a>
  );
}

function shown(source: string): string {
  return showLine(source.length > SHOWN_CHARACTERS ? `${source.slice(0, SHOWN_CHARACTERS)}…` : source);
}

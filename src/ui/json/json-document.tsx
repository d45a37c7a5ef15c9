/**
 * A manifest or config, to be walked: what was sent stays what is shown, copied and saved, and every value that names
 * something leads there.
 */
import { useMemo, useState } from 'preact/hooks';
import type { Digest as DigestText } from '../../core/digest.ts';
import type { JsonDocumentKind } from '../../core/json/json-links.ts';
import { foldable, foldedAtFirst, revealed, visibleRows } from '../../core/json/json-rows.ts';
import type { JsonTree } from '../../core/json/json-tree.ts';
import { CopyButton } from '../copy/copy-button.tsx';
import { Digest } from '../digest/digest.tsx';
import { saveBlob } from '../files/save-blob.ts';
import { formatExactBytes } from '../format-size.ts';
import { Icon } from '../icon/icon.tsx';
import { JsonDetails } from './json-details.tsx';
import type { HrefOf } from './json-hrefs.ts';
import { JsonRows } from './json-rows.tsx';
import { JsonSearch } from './json-search.tsx';
import type { JsonText } from './json-text.ts';
import { type ActiveNode, useActiveNode } from './use-active-node.ts';
import './json-document.css';

export interface JsonDocumentProps {
  readonly title: string;
  /** "manifest": completes "Copy …". */
  readonly noun: string;
  readonly kind: JsonDocumentKind;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly digest: DigestText;
  readonly text: JsonText;
  /** The value that the link selects, where it is of this document. */
  readonly pointer: string | undefined;
  readonly hrefOf: HrefOf;
  /** The address of a value, by its pointer; undefined for none. */
  readonly addressOf: (pointer: string | undefined) => string;
}

export function JsonDocument(props: JsonDocumentProps) {
  const { noun, bytes, digest, text } = props;
  const save = (): void =>
    saveBlob(new Blob([bytes], { type: 'application/json' }), `${noun}_${digest.replace(':', '-').slice(0, 19)}.json`);
  return (
    <section class="json-document" aria-label={props.title}>
      <header>
        <h2>{props.title}</h2>
        <Digest digest={digest} />
        <span class="muted">{formatExactBytes(bytes.length)}</span>
        <CopyButton name={`Copy ${noun}`} text={text.sent} />
        <button type="button" class="button button-small" title="The bytes as they were sent" onClick={save}>
          <Icon name="download" /> Save {noun}
        </button>
      </header>
      {text.tree === undefined ? (
        <>
          <p class="muted">This is not JSON: shown as it was sent.</p>
          <pre>{text.sent}</pre>
        </>
      ) : (
        <Walk {...props} tree={text.tree} />
      )}
    </section>
  );
}

function Walk(props: JsonDocumentProps & { tree: JsonTree }) {
  const { tree, noun } = props;
  const [folded, setFolded] = useState(() => foldedAtFirst(tree));
  const rows = useMemo(() => visibleRows(tree, folded), [tree, folded]);
  const reveal = (node: number): void => setFolded((before) => revealed(tree, before, node));
  const active: ActiveNode = useActiveNode({ tree, pointer: props.pointer, addressOf: props.addressOf, reveal });
  const repeated = useMemo(() => countRepeated(tree), [tree]);

  function setFold(node: number, isFolded: boolean): void {
    const next = new Set(folded);
    if (isFolded) next.add(node);
    else next.delete(node);
    setFolded(next);
  }

  return (
    <>
      <div class="json-tools">
        <JsonSearch tree={tree} noun={noun} go={active.go} />
        <button type="button" class="button button-quiet button-small" onClick={() => setFolded(new Set())}>
          Unfold all
        </button>
        <button type="button" class="button button-quiet button-small" onClick={() => setFolded(foldable(tree))}>
          Fold all
        </button>
      </div>
      {repeated > 0 && (
        <p class="json-warning">
          <Icon name="alert" /> {repeated === 1 ? 'A key is repeated' : `${repeated} keys are repeated`} in an object
          that has them already. Readers differ on which counts; most take the last, as this page does.
        </p>
      )}
      <JsonRows
        {...{ tree, rows, folded, setFold, active }}
        name={props.title}
        kind={props.kind}
        hrefOf={props.hrefOf}
      />
      {active.node !== undefined && (
        <JsonDetails tree={tree} node={active.node} kind={props.kind} hrefOf={props.hrefOf} />
      )}
    </>
  );
}

function countRepeated(tree: JsonTree): number {
  let count = 0;
  for (let node = 0; node < tree.count; node++) if (tree.isRepeated(node)) count++;
  return count;
}

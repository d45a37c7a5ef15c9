/** The selected value in full: where it is, what it says, where it leads, and copies of all that. */
import { type JsonDocumentKind, targetOf } from '../../core/json/json-links.ts';
import { pointerOf } from '../../core/json/json-pointer.ts';
import type { JsonTree } from '../../core/json/json-tree.ts';
import { explainMediaType } from '../../core/json/media-type-words.ts';
import { CopyButton } from '../copy/copy-button.tsx';
import { showLine } from '../files/words.ts';
import type { HrefOf } from './json-hrefs.ts';

/** More than anyone reads in a box below a tree; copies are whole. */
const SHOWN_CHARACTERS = 20_000;

export function JsonDetails(props: { tree: JsonTree; node: number; kind: JsonDocumentKind; hrefOf: HrefOf }) {
  const { tree, node } = props;
  const pointer = pointerOf(tree, node);
  const text = tree.string(node);
  const target = targetOf(tree, node, props.kind);
  const link = target && props.hrefOf(target);
  const words = text === undefined ? undefined : explainMediaType(text);
  const whole = copiedText(tree, node);
  return (
    <section class="json-details" aria-label="Selected value">
      <p class="json-place">
        <code>{showLine(pointer.length > 400 ? `${pointer.slice(0, 400)}…` : pointer) || '(the document)'}</code>
        <CopyButton name="Copy pointer" text={pointer} />
      </p>
      <div class="json-value">
        <pre>
          {showLines(whole.slice(0, SHOWN_CHARACTERS))}
          {whole.length > SHOWN_CHARACTERS && '…'}
        </pre>
        <CopyButton name="Copy value" text={whole} />
      </div>
      {words !== undefined && <p class="muted">{words}</p>}
      {link !== undefined && (
        <p>
          <a href={link.href} {...(link.external ? { target: '_blank', rel: 'noopener noreferrer' } : {})}>
            Go to {showLine(link.words)}
          </a>
          {link.external && <span class="muted"> (another site, in a new tab)</span>}
        </p>
      )}
    </section>
  );
}

/** A text without its quotes, everything else as it was sent. */
export function copiedText(tree: JsonTree, node: number): string {
  return tree.string(node) ?? tree.source(node);
}

function showLines(text: string): string {
  return text.split('\n').map(showLine).join('\n');
}

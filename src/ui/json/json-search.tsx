/** Finds keys and values in a document, one after another. */
import { useMemo, useState } from 'preact/hooks';
import { MATCHES_LIMIT, searchJson } from '../../core/json/json-search.ts';
import type { JsonTree } from '../../core/json/json-tree.ts';
import { Icon } from '../icon/icon.tsx';
import '../search-field/search-field.css';

export function JsonSearch(props: { tree: JsonTree; noun: string; go: (node: number) => void }) {
  const { tree, noun, go } = props;
  const [text, setText] = useState('');
  const [at, setAt] = useState(-1);
  const found = useMemo(() => searchJson(tree, text), [tree, text]);

  function walk(step: number): void {
    if (found.length === 0) return;
    const next = (at + step + found.length) % found.length;
    setAt(next);
    const node = found[next];
    if (node !== undefined) go(node);
  }

  return (
    <search class="json-search">
      <input
        type="search"
        class="search-field json-search-text"
        aria-label={`Search in ${noun}`}
        placeholder={`Search in ${noun}`}
        value={text}
        spellcheck={false}
        onInput={(event) => {
          setText(event.currentTarget.value);
          setAt(-1);
        }}
        onKeyDown={(event) => {
          if (event.key !== 'Enter') return;
          event.preventDefault();
          walk(event.shiftKey ? -1 : 1);
        }}
      />
      {text !== '' && (
        <>
          <span role="status" class="muted">
            {words(found.length, at)}
          </span>
          <button
            type="button"
            class="button button-quiet button-small"
            onClick={() => walk(-1)}
            disabled={found.length === 0}
          >
            <Icon name="chevron" /> Previous
          </button>
          <button
            type="button"
            class="button button-quiet button-small"
            onClick={() => walk(1)}
            disabled={found.length === 0}
          >
            Next
          </button>
        </>
      )}
    </search>
  );
}

function words(count: number, at: number): string {
  if (count === 0) return 'no match';
  const all = count === MATCHES_LIMIT ? `${count} or more` : String(count);
  return at < 0 ? `${all} ${count === 1 ? 'match' : 'matches'}` : `${at + 1} of ${all}`;
}

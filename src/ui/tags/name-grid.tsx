/** Names as links in as many columns as fit. One of them is in the tab order; arrows walk the others. */
import type { ComponentChildren } from 'preact';
import { useRef, useState } from 'preact/hooks';

/** Names drawn at once: thousands of links make a page slow that nobody reads to the end. */
const DRAWN_AT_ONCE = 300;

export function NameGrid(props: {
  /** Accessible name of the list. */
  name: string;
  names: readonly string[];
  current?: string | undefined;
  address: (name: string) => string;
  mark?: (name: string) => ComponentChildren;
}) {
  const { names, current } = props;
  const [limit, setLimit] = useState(DRAWN_AT_ONCE);
  const list = useRef<HTMLUListElement>(null);
  const drawn = names.slice(0, limit);
  const inTabOrder = current !== undefined && drawn.includes(current) ? current : drawn[0];
  if (drawn.length === 0) return null;

  function walk(event: KeyboardEvent) {
    const links = [...(list.current?.querySelectorAll('a') ?? [])];
    const at = links.findIndex((link) => link.matches(':focus'));
    const next = at < 0 ? undefined : neighbour(links, at, event.key);
    if (next === undefined) return;
    event.preventDefault();
    next.focus();
  }

  return (
    <>
      <ul class="name-grid" aria-label={props.name} ref={list} onKeyDown={walk}>
        {drawn.map((name) => (
          <li key={name} class="name-grid-item">
            <a
              href={props.address(name)}
              tabIndex={name === inTabOrder ? 0 : -1}
              aria-current={name === current ? 'page' : undefined}
            >
              {name}
            </a>
            {name === current && <span class="muted">shown</span>}
            {props.mark?.(name)}
          </li>
        ))}
      </ul>
      {names.length > drawn.length && (
        <p class="list-end">
          <span class="muted">
            {drawn.length.toLocaleString('en')} of {names.length.toLocaleString('en')} are drawn.
          </span>
          <button type="button" class="button button-small" onClick={() => setLimit(limit + DRAWN_AT_ONCE)}>
            Show more
          </button>
        </p>
      )}
    </>
  );
}

/** Left and right go through the list, up and down along a column. */
function neighbour(links: readonly HTMLElement[], at: number, key: string): HTMLElement | undefined {
  const from = links[at];
  const sameColumn = (link: HTMLElement): boolean => link.offsetLeft === from?.offsetLeft;
  switch (key) {
    case 'ArrowLeft':
      return links[at - 1];
    case 'ArrowRight':
      return links[at + 1];
    case 'ArrowUp':
      return links.slice(0, at).findLast(sameColumn);
    case 'ArrowDown':
      return links.slice(at + 1).find(sameColumn);
    case 'Home':
      return links[0];
    case 'End':
      return links.at(-1);
    default:
      return undefined;
  }
}

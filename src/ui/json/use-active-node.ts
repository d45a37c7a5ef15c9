/** The value of a document that is selected: by the link, by a click, by the keys. The address follows it. */
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { findPointer, pointerOf } from '../../core/json/json-pointer.ts';
import { type JsonTree, NO_NODE } from '../../core/json/json-tree.ts';

/** Keys that are held down pass many values; browsers count how often an address changes (ms). */
const ADDRESS_MS = 150;
/** Longer addresses get cut on the way to others. */
const LONGEST_POINTER = 1500;

export interface ActiveNode {
  /** Undefined while none is. */
  readonly node: number | undefined;
  /** Goes up when the node has to be brought into view. */
  readonly seek: number;
  go(node: number): void;
}

export function useActiveNode(options: {
  tree: JsonTree;
  pointer: string | undefined;
  addressOf: (pointer: string | undefined) => string;
  reveal: (node: number) => void;
}): ActiveNode {
  const { tree, pointer, reveal } = options;
  const [{ node, seek }, setActive] = useState<{ node: number | undefined; seek: number }>({
    node: undefined,
    seek: 0,
  });
  const addressOf = useRef(options.addressOf);
  addressOf.current = options.addressOf;
  const shown = useRef<string | undefined>(undefined);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);

  function select(next: number | undefined): void {
    if (next !== undefined) reveal(next);
    setActive((before) => ({ node: next, seek: before.seek + 1 }));
  }

  // Before anything is drawn: the row is looked for in the first drawing already.
  // Only another link selects anew, not another drawing.
  useLayoutEffect(() => {
    if (pointer === shown.current) return;
    shown.current = pointer;
    const found = pointer === undefined ? NO_NODE : findPointer(tree, pointer);
    select(found === NO_NODE ? undefined : found);
  }, [pointer, tree]);

  return {
    node,
    seek,
    go(next) {
      select(next);
      clearTimeout(timer.current);
      timer.current = setTimeout(() => {
        const at = pointerOf(tree, next);
        if (at.length > LONGEST_POINTER) return;
        shown.current = at;
        location.replace(addressOf.current(at));
      }, ADDRESS_MS);
    },
  };
}

/** Values whose key or text holds what is searched, in the order of the document. Upper and lower case are one. */
import type { JsonTree } from './json-tree.ts';

/** Nobody walks through more. */
export const MATCHES_LIMIT = 10_000;

export function searchJson(tree: JsonTree, wanted: string): number[] {
  const text = wanted.toLowerCase();
  const found: number[] = [];
  if (text === '') return found;
  for (let node = 0; node < tree.count && found.length < MATCHES_LIMIT; node++) {
    const isFound = holds(tree.key(node), text) || (!tree.isContainer(node) && holds(textAt(tree, node), text));
    if (isFound) found.push(node);
  }
  return found;
}

function textAt(tree: JsonTree, node: number): string {
  return tree.string(node) ?? tree.source(node);
}

function holds(text: string | undefined, wanted: string): boolean {
  return text?.toLowerCase().includes(wanted) === true;
}

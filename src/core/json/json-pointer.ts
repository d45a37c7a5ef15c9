/** Pointers into a document. https://www.rfc-editor.org/rfc/rfc6901 */
import { JSON_ROOT, type JsonTree, NO_NODE } from './json-tree.ts';

/** "/layers/0/digest"; empty for the document. */
export function pointerOf(tree: JsonTree, node: number): string {
  const parts: string[] = [];
  for (let at = node; at !== JSON_ROOT && at !== NO_NODE; at = tree.parent(at)) {
    parts.push(escapePart(tree.key(at) ?? String(tree.position(at))));
  }
  return parts
    .reverse()
    .map((part) => `/${part}`)
    .join('');
}

/** `NO_NODE` where the document has nothing there; of repeated keys the last. */
export function findPointer(tree: JsonTree, pointer: string): number {
  if (pointer !== '' && !pointer.startsWith('/')) return NO_NODE;
  let node = JSON_ROOT;
  for (const part of pointer.split('/').slice(1)) {
    node = step(tree, node, part.replaceAll('~1', '/').replaceAll('~0', '~'));
    if (node === NO_NODE) return NO_NODE;
  }
  return node;
}

function step(tree: JsonTree, node: number, part: string): number {
  if (tree.kind(node) === 'object') return tree.child(node, part);
  if (tree.kind(node) !== 'array' || !/^(?:0|[1-9]\d*)$/.test(part)) return NO_NODE;
  const wanted = Number(part);
  for (const child of tree.children(node)) if (tree.position(child) === wanted) return child;
  return NO_NODE;
}

function escapePart(part: string): string {
  return part.replaceAll('~', '~0').replaceAll('/', '~1');
}

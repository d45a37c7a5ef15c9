/** A document's bytes as a tree to walk, or as the text they are where they are no JSON. */

import { findPointer } from '../../core/json/json-pointer.ts';
import type { JsonTree } from '../../core/json/json-tree.ts';
import { NO_NODE } from '../../core/json/json-tree.ts';
import { readJsonTree } from '../../core/json/read-json-tree.ts';

export interface JsonText {
  readonly sent: string;
  /** Undefined for what is no JSON. */
  readonly tree: JsonTree | undefined;
}

export function readJsonText(bytes: Uint8Array<ArrayBuffer>): JsonText {
  const sent = new TextDecoder().decode(bytes);
  const tree = readJsonTree(sent);
  return { sent, tree: 'wrongAt' in tree ? undefined : tree };
}

const PINNED = /^(?<digest>sha\d+:[0-9a-f]+)#(?<pointer>.*)$/s;

export interface PointedDocument extends JsonText {
  readonly digest: string;
}

/**
 * What `json=` of the address means where several documents are shown: a pointer counts for the first in which it leads
 * somewhere, unless the document's digest stands before it, as in `sha256:…#/mediaType`.
 */
export function findPointed(
  documents: readonly PointedDocument[],
  json: string | undefined,
): { readonly digest: string; readonly pointer: string } | undefined {
  if (json === undefined) return undefined;
  const { digest, pointer = json } = PINNED.exec(json)?.groups ?? {};
  const found = documents.find(
    (document) =>
      (digest === undefined || document.digest === digest) &&
      document.tree !== undefined &&
      findPointer(document.tree, pointer) !== NO_NODE,
  );
  return found && { digest: found.digest, pointer };
}

/** `json=` for a value of that document: read by `findPointed` it leads back there. */
export function pointedText(documents: readonly PointedDocument[], digest: string, pointer: string): string {
  return findPointed(documents, pointer)?.digest === digest ? pointer : `${digest}#${pointer}`;
}

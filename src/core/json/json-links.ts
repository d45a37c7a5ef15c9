/**
 * Where a value of a manifest or config leads: digests to what they are the digest of, references to images, https
 * addresses to themselves. What leads nowhere within the app leads nowhere here.
 */
import { type Digest, isDigest } from '../digest.ts';
import { isBareReference, type Reference, ReferenceFault, readReference } from '../reference.ts';
import { type JsonTree, NO_NODE } from './json-tree.ts';

export type JsonDocumentKind = 'index' | 'image' | 'artifact' | 'schema1' | 'config';

export type JsonTarget =
  /** Of the same repository: a child of an index, a subject, what an attestation is about. */
  | { readonly kind: 'manifest'; readonly digest: Digest }
  | { readonly kind: 'config' }
  /** Position from 0, lowest first; its digest is known to whoever has the manifest. */
  | { readonly kind: 'layer'; readonly layer: number }
  | { readonly kind: 'image'; readonly reference: Reference }
  | { readonly kind: 'url'; readonly href: string };

const BASE_NAME = 'org.opencontainers.image.base.name';
const BASE_DIGEST = 'org.opencontainers.image.base.digest';
/** Longer texts are no addresses. */
const LONGEST_ADDRESS = 2000;

export function targetOf(tree: JsonTree, node: number, document: JsonDocumentKind): JsonTarget | undefined {
  const text = tree.string(node);
  if (text === undefined || text.length > LONGEST_ADDRESS) return undefined;
  const key = tree.key(node);
  if (key === BASE_NAME) return imageTarget(text);
  if (key === BASE_DIGEST && isDigest(text)) return baseTarget(tree, node, text);
  if (isDigest(text)) return digestTarget({ tree, node, document }, text);
  const href = httpsAddress(text);
  return href === undefined ? undefined : { kind: 'url', href };
}

interface Place {
  readonly tree: JsonTree;
  readonly node: number;
  readonly document: JsonDocumentKind;
}

function digestTarget({ tree, node, document }: Place, digest: Digest): JsonTarget | undefined {
  const path = keysTo(tree, node);
  const [first, second, third] = path;
  const isDigestField = path[path.length - 1] === 'digest';
  if (third === 'annotations' || first === 'annotations') {
    return path[path.length - 1] === 'vnd.docker.reference.digest' ? { kind: 'manifest', digest } : undefined;
  }
  if (document === 'config') {
    const isDiffId = String(first).toLowerCase() === 'rootfs' && second === 'diff_ids' && typeof third === 'number';
    return isDiffId ? { kind: 'layer', layer: third } : undefined;
  }
  if (first === 'subject' && isDigestField) return { kind: 'manifest', digest };
  if (document === 'index' && first === 'manifests' && isDigestField) return { kind: 'manifest', digest };
  if (document !== 'image') return undefined;
  if (first === 'config' && isDigestField) return { kind: 'config' };
  return first === 'layers' && typeof second === 'number' && isDigestField
    ? { kind: 'layer', layer: second }
    : undefined;
}

/** The keys and positions on the way from the document; of deep values only that they are deep. */
function keysTo(tree: JsonTree, node: number): (string | number)[] {
  if (tree.depth(node) > 4) return [];
  const path: (string | number)[] = [];
  for (let at = node; tree.parent(at) !== NO_NODE; at = tree.parent(at)) path.push(tree.key(at) ?? tree.position(at));
  return path.reverse();
}

/** A base's digest says which image of the name beside it. */
function baseTarget(tree: JsonTree, node: number, digest: Digest): JsonTarget | undefined {
  const name = tree.child(tree.parent(node), BASE_NAME);
  const text = name === NO_NODE ? undefined : tree.string(name);
  const target = text === undefined ? undefined : imageTarget(text);
  if (target === undefined) return undefined;
  const { registry, repository } = target.reference;
  return { kind: 'image', reference: { registry, repository, digest } };
}

function imageTarget(text: string): Extract<JsonTarget, { kind: 'image' }> | undefined {
  if (!isBareReference(text)) return undefined;
  try {
    return { kind: 'image', reference: readReference(text) };
  } catch (error) {
    if (error instanceof ReferenceFault) return undefined;
    throw error;
  }
}

/** Addresses without a name and password in them: those are not for following. */
function httpsAddress(text: string): string | undefined {
  if (!/^https:\/\/[^\s]+$/i.test(text)) return undefined;
  try {
    const url = new URL(text);
    return url.username === '' && url.password === '' ? url.href : undefined;
  } catch {
    return undefined;
  }
}

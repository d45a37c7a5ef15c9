/** Where values of manifests and configs lead. */
import { expect, test } from 'vitest';
import { type JsonDocumentKind, targetOf } from '../../../src/core/json/json-links.ts';
import { findPointer } from '../../../src/core/json/json-pointer.ts';
import { JsonTree } from '../../../src/core/json/json-tree.ts';
import { explainMediaType } from '../../../src/core/json/media-type-words.ts';
import { readJsonTree } from '../../../src/core/json/read-json-tree.ts';

const DIGEST = `sha256:${'a'.repeat(64)}`;

function target(kind: JsonDocumentKind, document: unknown, pointer: string) {
  const tree = readJsonTree(JSON.stringify(document));
  if (!(tree instanceof JsonTree)) throw new Error('no JSON');
  return targetOf(tree, findPointer(tree, pointer), kind);
}

test.each<[string, JsonDocumentKind, unknown, string, unknown]>([
  [
    'a child of an index',
    'index',
    { manifests: [{ digest: DIGEST }] },
    '/manifests/0/digest',
    { kind: 'manifest', digest: DIGEST },
  ],
  ['the config', 'image', { config: { digest: DIGEST } }, '/config/digest', { kind: 'config' }],
  ['a layer', 'image', { layers: [{}, { digest: DIGEST }] }, '/layers/1/digest', { kind: 'layer', layer: 1 }],
  ['a diffId', 'config', { rootfs: { diff_ids: [DIGEST, DIGEST] } }, '/rootfs/diff_ids/1', { kind: 'layer', layer: 1 }],
  ['a subject', 'artifact', { subject: { digest: DIGEST } }, '/subject/digest', { kind: 'manifest', digest: DIGEST }],
  [
    'what an attestation is about',
    'index',
    { manifests: [{ annotations: { 'vnd.docker.reference.digest': DIGEST } }] },
    '/manifests/0/annotations/vnd.docker.reference.digest',
    { kind: 'manifest', digest: DIGEST },
  ],
  ['an artifact’s file', 'artifact', { layers: [{ digest: DIGEST }] }, '/layers/0/digest', undefined],
  ['a digest elsewhere', 'image', { annotations: { 'org.example': DIGEST } }, '/annotations/org.example', undefined],
  ['a half digest', 'image', { config: { digest: DIGEST.slice(0, -1) } }, '/config/digest', undefined],
  [
    'an address',
    'config',
    { a: 'https://example.org/x?y#z' },
    '/a',
    { kind: 'url', href: 'https://example.org/x?y#z' },
  ],
  ['http', 'config', { a: 'http://example.org/' }, '/a', undefined],
  ['a script', 'config', { a: 'javascript:alert(1)//https://' }, '/a', undefined],
  ['a password', 'config', { a: 'https://me:secret@example.org/' }, '/a', undefined],
  ['text with an address', 'config', { a: 'see https://example.org' }, '/a', undefined],
])('%s in a document of the kind %s', (_name, kind, document, pointer, expected) => {
  expect(target(kind, document, pointer)).toEqual(expected);
});

test('a base image is linked by its digest where the annotations name both', () => {
  const annotations = {
    'org.opencontainers.image.base.name': 'ghcr.io/org/base:1',
    'org.opencontainers.image.base.digest': DIGEST,
  };
  const name = { registry: 'ghcr.io', repository: 'org/base' };
  expect(target('image', { annotations }, '/annotations/org.opencontainers.image.base.name')).toEqual({
    kind: 'image',
    reference: { ...name, tag: '1' },
  });
  expect(target('image', { annotations }, '/annotations/org.opencontainers.image.base.digest')).toEqual({
    kind: 'image',
    reference: { ...name, digest: DIGEST },
  });
});

test('media types are explained, and other texts are not', () => {
  expect(explainMediaType('application/vnd.oci.image.layer.v1.tar+zstd')).toBe(
    'Layer: a tar of files, compressed with zstd.',
  );
  expect(explainMediaType('application/vnd.docker.image.rootfs.foreign.diff.tar.gzip')).toContain(
    'compressed with gzip. Its owner',
  );
  expect(explainMediaType('application/vnd.oci.image.index.v1+json')).toContain('OCI index');
  expect(explainMediaType('linux')).toBeUndefined();
});

import { expect, test } from 'vitest';
import {
  ACCEPT_DOCKER,
  ACCEPT_INDEX_PAIR,
  ACCEPT_MANIFEST_PAIR,
  ACCEPT_MANIFESTS,
  ACCEPT_OCI,
  baseMediaType,
  isEncryptedLayer,
  isForeignLayer,
  isGzipLayer,
  isZstdLayer,
} from '../../src/core/media-types.ts';

test('each portion of Accept is one that a page may send without asking', () => {
  // https://fetch.spec.whatwg.org/#cors-safelisted-request-header
  for (const value of [ACCEPT_INDEX_PAIR, ACCEPT_MANIFEST_PAIR, ACCEPT_OCI, ACCEPT_DOCKER]) {
    expect(value.length).toBeLessThanOrEqual(128);
    expect(value).not.toMatch(/(?!\t)\p{Cc}|["():<>?@[\\\]{}]/u);
  }
  expect(ACCEPT_MANIFESTS.length).toBeGreaterThan(128);
});

test.each([
  [undefined, ''],
  ['', ''],
  ['application/json', 'application/json'],
  ['Application/JSON; charset=utf-8', 'application/json'],
  [' application/vnd.oci.image.index.v1+json ;x', 'application/vnd.oci.image.index.v1+json'],
])('the base of %j is %j', (contentType, base) => {
  expect(baseMediaType(contentType)).toBe(base);
});

const OCI = 'application/vnd.oci.image.layer.v1.tar';
const DOCKER = 'application/vnd.docker.image.rootfs.diff.tar';
test.each([
  [OCI, ''],
  [`${OCI}+gzip`, 'gzip'],
  [`${OCI}+zstd`, 'zstd'],
  [`${DOCKER}.gzip`, 'gzip'],
  [`${DOCKER}.zstd`, 'zstd'],
  [DOCKER, ''],
  [`${OCI}+gzip+encrypted`, 'gzip encrypted'],
  [`${OCI}+encrypted`, 'encrypted'],
  ['application/vnd.docker.image.rootfs.foreign.diff.tar.gzip', 'gzip foreign'],
  ['application/vnd.oci.image.layer.nondistributable.v1.tar+zstd', 'zstd foreign'],
  ['application/octet-stream', ''],
  ['', ''],
])('what %s says of a layer: %s', (mediaType, words) => {
  const told = [
    isGzipLayer(mediaType) ? 'gzip' : '',
    isZstdLayer(mediaType) ? 'zstd' : '',
    isForeignLayer(mediaType) ? 'foreign' : '',
    isEncryptedLayer(mediaType) ? 'encrypted' : '',
  ];
  expect(told.filter((word) => word !== '').join(' ')).toBe(words);
});

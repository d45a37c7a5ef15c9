/**
 * Media types of manifests, configs and layers, and the questions asked about them.
 * https://github.com/opencontainers/image-spec/blob/main/media-types.md
 * https://distribution.github.io/distribution/spec/manifest-v2-2/#media-types
 */

export const OCI_INDEX = 'application/vnd.oci.image.index.v1+json';
export const OCI_MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
export const OCI_CONFIG = 'application/vnd.oci.image.config.v1+json';
/** Withdrawn before OCI 1.1 was final, but registries still hold some. */
export const OCI_ARTIFACT_MANIFEST = 'application/vnd.oci.artifact.manifest.v1+json';
export const DOCKER_LIST = 'application/vnd.docker.distribution.manifest.list.v2+json';
export const DOCKER_MANIFEST = 'application/vnd.docker.distribution.manifest.v2+json';
export const DOCKER_CONFIG = 'application/vnd.docker.container.image.v1+json';
export const DOCKER_SCHEMA1 = 'application/vnd.docker.distribution.manifest.v1+json';
export const DOCKER_SCHEMA1_SIGNED = 'application/vnd.docker.distribution.manifest.v1+prettyjws';
/** The config of a build cache that BuildKit exports, as a manifest or as an index of layers. */
export const BUILDKIT_CACHE_CONFIG = 'application/vnd.buildkit.cacheconfig.v0';

/**
 * A value of `Accept` over 128 bytes makes a browser ask the registry first (a preflight), which many refuse. Each pair
 * stays below it; all four together do not.
 */
export const ACCEPT_INDEX_PAIR = `${OCI_INDEX}, ${DOCKER_LIST}`;
export const ACCEPT_MANIFEST_PAIR = `${OCI_MANIFEST}, ${DOCKER_MANIFEST}`;
/** By who made them: an index and its manifests mostly are of one make. */
export const ACCEPT_OCI = `${OCI_INDEX}, ${OCI_MANIFEST}`;
export const ACCEPT_DOCKER = `${DOCKER_LIST}, ${DOCKER_MANIFEST}`;
export const ACCEPT_MANIFESTS = `${ACCEPT_INDEX_PAIR}, ${ACCEPT_MANIFEST_PAIR}`;

/** A `Content-Type` without its parameters, in lower case: `application/json`. Empty for an absent one. */
export function baseMediaType(contentType: string | undefined): string {
  const end = contentType?.indexOf(';') ?? -1;
  const base = end < 0 ? contentType : contentType?.slice(0, end);
  return (base ?? '').trim().toLowerCase();
}

export function isIndexType(mediaType: string): boolean {
  return mediaType === OCI_INDEX || mediaType === DOCKER_LIST;
}

export function isImageManifestType(mediaType: string): boolean {
  return mediaType === OCI_MANIFEST || mediaType === DOCKER_MANIFEST;
}

export function isSchema1Type(mediaType: string): boolean {
  return mediaType === DOCKER_SCHEMA1 || mediaType === DOCKER_SCHEMA1_SIGNED;
}

export function isImageConfigType(mediaType: string): boolean {
  return mediaType === OCI_CONFIG || mediaType === DOCKER_CONFIG;
}

/** What the label says. Labels lie: whoever unpacks a layer looks at its first bytes instead. */
export function isGzipLayer(mediaType: string): boolean {
  return /[+.]gzip$/.test(withoutEncryption(mediaType));
}

export function isZstdLayer(mediaType: string): boolean {
  return /[+.]zstd$/.test(withoutEncryption(mediaType));
}

/** Layers whose owner forbids other registries to serve them; they name their own source in `urls`. */
export function isForeignLayer(mediaType: string): boolean {
  return mediaType.includes('.rootfs.foreign.diff.') || mediaType.includes('.layer.nondistributable.');
}

/** Layers that only the holder of a key can read (ocicrypt). */
export function isEncryptedLayer(mediaType: string): boolean {
  return mediaType.endsWith('+encrypted');
}

function withoutEncryption(mediaType: string): string {
  return isEncryptedLayer(mediaType) ? mediaType.slice(0, -'+encrypted'.length) : mediaType;
}

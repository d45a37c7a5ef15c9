/**
 * What the formats share of the OCI layout: where blobs are, and the documents that list them.
 * https://github.com/opencontainers/image-spec/blob/main/image-layout.md
 */
import { type Digest, digestAlgorithm, digestHex } from '../digest.ts';
import { OCI_INDEX } from '../media-types.ts';
import type { Platform } from '../platform.ts';
import { formatCanonical, type Reference } from '../reference.ts';
import type { BytesEntry } from './plan.ts';

export function blobPath(digest: Digest): string {
  return `blobs/${digestAlgorithm(digest)}/${digestHex(digest)}`;
}

export function json(value: unknown): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(JSON.stringify(value));
}

/** The file that says of a folder that it is an OCI layout. */
export const OCI_LAYOUT: BytesEntry = {
  kind: 'bytes',
  name: 'oci-layout',
  bytes: json({ imageLayoutVersion: '1.0.0' }),
};

export function ociIndex(descriptors: readonly unknown[]): unknown {
  return { schemaVersion: 2, mediaType: OCI_INDEX, manifests: descriptors };
}

export function ociPlatform({ architecture, os, variant, osVersion }: Platform): Record<string, string> {
  return {
    architecture,
    os,
    ...(variant ? { variant } : {}),
    ...(osVersion ? { 'os.version': osVersion } : {}),
  };
}

/** The names by which containerd and OCI tools know what a descriptor points to; nothing for an untagged pull. */
export function imageNames(reference: Reference): { annotations?: Record<string, string> } {
  const { tag } = reference;
  if (tag === undefined) return {};
  const name = formatCanonical(withoutDigest(reference));
  return { annotations: { 'io.containerd.image.name': name, 'org.opencontainers.image.ref.name': tag } };
}

export function withoutDigest({ registry, repository, tag }: Reference): Reference {
  return tag === undefined ? { registry, repository } : { registry, repository, tag };
}

/**
 * The `oci` format: an OCI layout of all that a reference points to, every platform and attestation of an index included.
 * https://github.com/opencontainers/image-spec/blob/main/image-layout.md
 *
 * index.json is last, and lists only what is wholly inside: a registry may lack children of an index, and loaders refuse
 * an archive that names what it does not hold.
 */
import type { Digest } from '../digest.ts';
import type { Descriptor, ImageIndex, Manifest } from '../manifest.ts';
import { isImageManifestType, isIndexType, isSchema1Type, OCI_ARTIFACT_MANIFEST } from '../media-types.ts';
import type { Platform } from '../platform.ts';
import type { Reference } from '../reference.ts';
import { blobPath, imageNames, json, OCI_LAYOUT, ociIndex, ociPlatform } from './layout.ts';
import { ociFileName } from './other-file-names.ts';
import { type ArchivePlan, type BlobEntry, createPlan, type PlanEntry } from './plan.ts';

/** All that a reference points to, as far as the registry has it. */
export interface OciContents {
  readonly reference: Reference;
  readonly root: Manifest;
  /** Every manifest once, the root first. */
  readonly manifests: readonly Manifest[];
  /** Every other blob that they name, once. */
  readonly blobs: readonly Descriptor[];
  /** Of a root that is an image. */
  readonly platform: Platform | undefined;
}

export function planOci(contents: OciContents): ArchivePlan {
  const { reference, manifests, blobs } = contents;
  const entries: PlanEntry[] = [
    ...manifests.map(({ digest, bytes }) => ({ kind: 'bytes', name: blobPath(digest), bytes }) as const),
    ...blobs.map(({ digest, size }): BlobEntry => ({ kind: 'blob', name: blobPath(digest), digest, size })),
    { kind: 'bytes', name: 'index.json', bytes: json(ociIndex(listed(contents))) },
    OCI_LAYOUT,
  ];
  return createPlan(ociFileName(reference), entries);
}

/** The root; of one that is not wholly there, what is. */
function listed({ root, manifests, platform, reference }: OciContents): unknown[] {
  const held = new Map(manifests.map((manifest) => [manifest.digest, manifest]));
  if (isWhole(root, held)) return [{ ...descriptorOf(root, platform), ...imageNames(reference) }];
  return root.kind === 'index' ? wholeChildren(root, held) : [];
}

function wholeChildren(index: ImageIndex, held: ReadonlyMap<Digest, Manifest>): unknown[] {
  return index.manifests.flatMap((child) => {
    const manifest = held.get(child.digest);
    if (manifest === undefined) return [];
    if (isWhole(manifest, held)) return [descriptorOf(manifest, child.platform)];
    return manifest.kind === 'index' ? wholeChildren(manifest, held) : [];
  });
}

/** Whether all manifests that it leads to are there. Of an index that leads back to itself it is not. */
function isWhole(manifest: Manifest, held: ReadonlyMap<Digest, Manifest>, above: readonly Digest[] = []): boolean {
  if (manifest.kind === 'schema1') return false;
  if (manifest.kind !== 'index') return true;
  return manifest.manifests.every(({ digest, mediaType }) => {
    if (!isManifestType(mediaType)) return true;
    const child = held.get(digest);
    return child !== undefined && !above.includes(digest) && isWhole(child, held, [...above, manifest.digest]);
  });
}

/** Whether a descriptor of this type points to a manifest; indexes may list other blobs as well. */
export function isManifestType(mediaType: string): boolean {
  return (
    mediaType === '' ||
    mediaType === OCI_ARTIFACT_MANIFEST ||
    isIndexType(mediaType) ||
    isImageManifestType(mediaType) ||
    isSchema1Type(mediaType)
  );
}

function descriptorOf(manifest: Manifest, platform: Platform | undefined): Record<string, unknown> {
  const { mediaType, digest, bytes } = manifest;
  return {
    mediaType,
    digest,
    size: bytes.byteLength,
    ...(platform === undefined ? {} : { platform: ociPlatform(platform) }),
    ...(manifest.kind === 'artifact' ? { artifactType: manifest.artifactType } : {}),
  };
}

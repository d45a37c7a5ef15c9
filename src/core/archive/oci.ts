/**
 * The `oci` format: an OCI layout of all that a reference points to, every platform and attestation of an index included.
 * https://github.com/opencontainers/image-spec/blob/main/image-layout.md
 *
 * index.json is last, and lists only what is wholly inside: a registry may lack children of an index, and loaders refuse
 * an archive that names what it does not hold.
 *
 * Referrers stand in index.json without a name: containerd makes an image of each name and fails to unpack a signature.
 * Their tags, by which cosign finds them, are in a second layout over the same blobs, `referrers/`. Podman and Docker take
 * a layout of more than one manifest by manifest.json.
 */
import type { Digest } from '../digest.ts';
import type { Descriptor, ImageIndex, ImageManifest, Manifest } from '../manifest.ts';
import { isImageManifestType, isIndexType, isSchema1Type, OCI_ARTIFACT_MANIFEST } from '../media-types.ts';
import type { Platform } from '../platform.ts';
import type { Reference } from '../reference.ts';
import { dockerManifest } from './docker-oci.ts';
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
  /** What refers to these manifests, which they do not name; each is among them. */
  readonly referrers?: readonly OciReferrer[];
  /** The image for one platform, by manifest.json: for loaders that take one image. */
  readonly selected?: ImageManifest | undefined;
}

export interface OciReferrer {
  readonly manifest: Manifest;
  /** Where a tag leads to it: "sha256-….sig". */
  readonly tag?: string;
  /** The index of referrers that a tag keeps where a registry has no API for it. It refers to nothing itself. */
  readonly isList?: boolean;
}

/** The index of the layout that has the tags of referrers; not in an archive without any. */
export const NAMED_LAYOUT = 'referrers/index.json';

export function planOci(contents: OciContents): ArchivePlan {
  const { reference, manifests, blobs } = contents;
  const root = listed(contents);
  const referrers = wholeReferrers(contents);
  const entries: PlanEntry[] = [
    ...manifests.map(({ digest, bytes }) => ({ kind: 'bytes', name: blobPath(digest), bytes }) as const),
    ...blobs.map(({ digest, size }): BlobEntry => ({ kind: 'blob', name: blobPath(digest), digest, size })),
    ...(referrers.length === 0 ? [] : namedLayout([...root, ...referrers.map(named)])),
    { kind: 'bytes', name: 'index.json', bytes: json(ociIndex([...root, ...unnamed(referrers)])) },
    ...(referrers.length === 0 ? [] : dockerEntries(contents)),
    OCI_LAYOUT,
  ];
  return createPlan(ociFileName(reference), entries);
}

function namedLayout(descriptors: readonly unknown[]): PlanEntry[] {
  const index: PlanEntry = { kind: 'bytes', name: NAMED_LAYOUT, bytes: json(ociIndex(descriptors)) };
  return [index, { ...OCI_LAYOUT, name: `referrers/${OCI_LAYOUT.name}` }];
}

function dockerEntries({ selected, reference }: OciContents): PlanEntry[] {
  if (selected === undefined) return [];
  return [{ kind: 'bytes', name: 'manifest.json', bytes: json(dockerManifest(selected, reference)) }];
}

function wholeReferrers({ manifests, referrers = [] }: OciContents): readonly OciReferrer[] {
  const held = heldOf(manifests);
  return referrers.filter(({ manifest }) => isWhole(manifest, held));
}

function unnamed(referrers: readonly OciReferrer[]): unknown[] {
  return referrers.flatMap(({ manifest, isList }) => (isList ? [] : [referrerDescriptor(manifest)]));
}

function named({ manifest, tag }: OciReferrer): unknown {
  const annotations = tag === undefined ? {} : { annotations: { 'org.opencontainers.image.ref.name': tag } };
  return { ...referrerDescriptor(manifest), ...annotations };
}

/** What older tools made of an image's parts says what it is by its type all the same: readers tell images by that. */
function referrerDescriptor(manifest: Manifest): Record<string, unknown> {
  const type = manifest.kind === 'image' ? { artifactType: manifest.config.mediaType } : {};
  return { ...descriptorOf(manifest, undefined), ...type };
}

function heldOf(manifests: readonly Manifest[]): ReadonlyMap<Digest, Manifest> {
  return new Map(manifests.map((manifest) => [manifest.digest, manifest]));
}

/** The root; of one that is not wholly there, what is. */
function listed({ root, manifests, platform, reference }: OciContents): unknown[] {
  const held = heldOf(manifests);
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
    ...artifactTypeOf(manifest),
  };
}

function artifactTypeOf(manifest: Manifest): { artifactType?: string } {
  const type = manifest.kind === 'artifact' || manifest.kind === 'index' ? manifest.artifactType : undefined;
  return type === undefined ? {} : { artifactType: type };
}

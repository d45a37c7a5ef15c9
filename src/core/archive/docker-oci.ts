/**
 * The `docker+oci` format: an OCI layout and a docker-archive in one tar, layers exactly as the registry serves them.
 * https://github.com/opencontainers/image-spec/blob/main/image-layout.md
 * https://github.com/moby/docker-image-spec
 *
 * The table of contents (index.json, manifest.json, oci-layout) goes last, so that an archive which stopped early
 * cannot be loaded by anything. index.json lists only what is wholly inside: containerd refuses the archive otherwise.
 */
import type { Digest } from '../digest.ts';
import type { ImageManifest } from '../manifest.ts';
import type { Platform } from '../platform.ts';
import { formatReference, type Reference } from '../reference.ts';
import { archiveFileName } from './file-name.ts';
import { blobPath, imageNames, json, OCI_LAYOUT, ociIndex, ociPlatform, withoutDigest } from './layout.ts';
import { type ArchivePlan, type BlobEntry, createPlan, type PlanEntry } from './plan.ts';

export interface ArchivedImage {
  readonly reference: Reference;
  readonly manifest: ImageManifest;
  /** The config's bytes as the registry served them: the image's ID is their digest. */
  readonly configBytes: Uint8Array<ArrayBuffer>;
  /** As the manifest or the index states it, for the file's name and index.json. */
  readonly platform: Platform;
}

export function planDockerOci(image: ArchivedImage): ArchivePlan {
  const { manifest, configBytes, reference, platform } = image;
  const entries: PlanEntry[] = [
    { kind: 'bytes', name: blobPath(manifest.digest), bytes: manifest.bytes },
    { kind: 'bytes', name: blobPath(manifest.config.digest), bytes: configBytes },
    ...distinctLayers(manifest),
    { kind: 'bytes', name: 'index.json', bytes: json(indexOf(manifest, reference, platform)) },
    { kind: 'bytes', name: 'manifest.json', bytes: json(dockerManifest(manifest, reference)) },
    OCI_LAYOUT,
  ];
  return createPlan(archiveFileName(reference, platform), entries);
}

/** A layer that the manifest lists twice is written once and named twice. */
function distinctLayers(manifest: ImageManifest): BlobEntry[] {
  const layers = new Map<Digest, BlobEntry>();
  for (const { digest, size } of manifest.layers) {
    if (digest === manifest.config.digest || layers.has(digest)) continue;
    layers.set(digest, { kind: 'blob', name: blobPath(digest), digest, size });
  }
  return [...layers.values()];
}

function indexOf(manifest: ImageManifest, reference: Reference, platform: Platform): unknown {
  const { mediaType, digest, bytes } = manifest;
  const descriptor = { mediaType, digest, size: bytes.byteLength, platform: ociPlatform(platform) };
  return ociIndex([{ ...descriptor, ...imageNames(reference) }]);
}

/** An untagged pull stays untagged: Docker takes no digest as a tag, and an invented one would be a lie. */
export function dockerManifest(manifest: ImageManifest, reference: Reference): unknown {
  return [dockerImage(manifest, reference.tag ? [formatReference(withoutDigest(reference))] : [])];
}

/** An image's entry in manifest.json, of a layout whose blobs are named by their digests. */
export function dockerImage({ config, layers }: ImageManifest, tags: readonly string[]): unknown {
  return {
    Config: blobPath(config.digest),
    RepoTags: tags.length === 0 ? null : tags,
    Layers: layers.map(({ digest }) => blobPath(digest)),
  };
}

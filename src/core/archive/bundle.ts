/**
 * A bundle: several images and platforms in one `docker+oci` archive, every blob once, with a list of checksums and the
 * lines that load it. What the loaders want of several images decides its two tables of contents:
 *
 * - manifest.json (Docker, Podman) has one entry an image, with a tag of its own: Docker has no names for several platforms.
 * - index.json (containerd, skopeo) names each image in full, because a tag alone would mean the first that has it. Several
 *   platforms of one reference are behind one name there: by the registry's own index where all of it is inside, else by
 *   one made here of those that are. skopeo finds OCI manifests and indexes by name there, and Docker's not: of these it
 *   reads manifest.json.
 *
 * As in `docker-oci.ts`, the tables of contents go last.
 */
import { type Digest, digestAlgorithm, digestHex } from '../digest.ts';
import { digestOf } from '../hash/digest-of.ts';
import type { ImageIndex, ImageManifest } from '../manifest.ts';
import { OCI_INDEX, OCI_MANIFEST } from '../media-types.ts';
import { formatCanonical, formatReference } from '../reference.ts';
import { fullName, type ImageName, nameImages } from './bundle-names.ts';
import { describeBundle } from './bundle-text.ts';
import { type ArchivedImage, dockerImage } from './docker-oci.ts';
import { blobPath, json, OCI_LAYOUT, ociIndex, ociPlatform, withoutDigest } from './layout.ts';
import { type ArchivePlan, type BlobEntry, type BytesEntry, createPlan, type PlanEntry } from './plan.ts';

export interface BundledImage extends ArchivedImage {
  /** What its reference points to: the index that it is of, or its own manifest. */
  readonly root: ImageIndex | ImageManifest;
}

/** The same images in the same order always give the same bytes. */
export async function planBundle(images: readonly BundledImage[]): Promise<ArchivePlan> {
  const names = nameImages(images);
  const blobs = blobEntries(images);
  const listed = await listImages(images, names, blobs);
  const index = json(ociIndex([...listed.values()]));
  const fileName = bundleFileName(images.length, await digestOf(index));
  const tables: readonly BytesEntry[] = [
    { kind: 'bytes', name: 'index.json', bytes: index },
    { kind: 'bytes', name: 'manifest.json', bytes: json(dockerManifest(images, names)) },
    OCI_LAYOUT,
  ];
  const text = new TextEncoder().encode(describeBundle(images, { fileName, names, ociNames: ociNames(listed) }));
  const described: readonly PlanEntry[] = [...blobs.values(), { kind: 'bytes', name: 'LOAD.txt', bytes: text }];
  const sums = await checksums([...described, ...tables]);
  return createPlan(fileName, [...described, ...sums, ...tables]);
}

/** `bundle_3-images_<first 12 of the digest of index.json>.tar`. */
function bundleFileName(count: number, list: Digest): string {
  return `bundle_${count}-${count === 1 ? 'image' : 'images'}_${digestHex(list).slice(0, 12)}.tar`;
}

/** By name: manifests, configs and layers, image by image. */
function blobEntries(images: readonly BundledImage[]): Map<string, BytesEntry | BlobEntry> {
  const entries = new Map<string, BytesEntry | BlobEntry>();
  const add = (entry: BytesEntry | BlobEntry): void => {
    // What is in memory needs nobody to fetch it.
    if (!entries.has(entry.name) || entry.kind === 'bytes') entries.set(entry.name, entry);
  };
  for (const { manifest, configBytes } of images) {
    add({ kind: 'bytes', name: blobPath(manifest.digest), bytes: manifest.bytes });
    add({ kind: 'bytes', name: blobPath(manifest.config.digest), bytes: configBytes });
    for (const { digest, size } of manifest.layers) add({ kind: 'blob', name: blobPath(digest), digest, size });
  }
  return entries;
}

interface Listed {
  readonly mediaType: string;
  readonly [field: string]: unknown;
}

/** The descriptors of index.json by their names; an index that they need is added to the blobs. */
async function listImages(
  images: readonly BundledImage[],
  names: readonly ImageName[],
  blobs: Map<string, BytesEntry | BlobEntry>,
): Promise<Map<string, Listed>> {
  const listed = new Map<string, Listed>();
  for (const [at, image] of images.entries()) {
    const name = names[at];
    if (name === undefined) continue;
    const full = fullName(name, image);
    if (listed.has(full)) continue;
    const together = name.renamed ? [image] : platformsOf(image, images);
    const descriptor = together.length > 1 ? await indexOf(image, together, blobs) : descriptorOf(image);
    const annotations = { 'io.containerd.image.name': full, 'org.opencontainers.image.ref.name': full };
    listed.set(full, { ...descriptor, annotations });
  }
  return listed;
}

/** Docker's manifests are not among what skopeo looks for by name in an OCI layout. */
function ociNames(listed: ReadonlyMap<string, Listed>): ReadonlySet<string> {
  const found = [...listed].filter(([, { mediaType }]) => mediaType === OCI_MANIFEST || mediaType === OCI_INDEX);
  return new Set(found.map(([name]) => name));
}

/** The images that the same tag led to, each once. */
function platformsOf(image: BundledImage, images: readonly BundledImage[]): BundledImage[] {
  const { reference, root } = image;
  if (reference.tag === undefined || root.kind !== 'index') return [image];
  const name = formatCanonical(withoutDigest(reference));
  const same = images.filter(
    (other) => other.root.digest === root.digest && formatCanonical(withoutDigest(other.reference)) === name,
  );
  return [...new Map(same.map((one) => [one.manifest.digest, one])).values()];
}

async function indexOf(
  { root }: BundledImage,
  platforms: readonly BundledImage[],
  blobs: Map<string, BytesEntry | BlobEntry>,
): Promise<Listed> {
  const inside = new Set(platforms.map(({ manifest }) => manifest.digest));
  // Of Docker's lists skopeo finds none by name.
  const isWhole =
    root.mediaType === OCI_INDEX && root.kind === 'index' && root.manifests.every(({ digest }) => inside.has(digest));
  const bytes = isWhole ? root.bytes : json(ociIndex(platforms.map(descriptorOf)));
  const digest = isWhole ? root.digest : await digestOf(bytes);
  blobs.set(blobPath(digest), { kind: 'bytes', name: blobPath(digest), bytes });
  return { mediaType: OCI_INDEX, digest, size: bytes.byteLength };
}

function descriptorOf({ manifest: { mediaType, digest, bytes }, platform }: BundledImage): Listed {
  return { mediaType, digest, size: bytes.byteLength, platform: ociPlatform(platform) };
}

/** An image under two names is one entry with two tags. */
function dockerManifest(images: readonly BundledImage[], names: readonly ImageName[]): unknown {
  const tags = new Map<Digest, Set<string>>();
  for (const [at, { manifest }] of images.entries()) {
    const own = tags.get(manifest.digest) ?? new Set();
    const tagged = names[at]?.tagged;
    if (tagged !== undefined) own.add(formatReference(tagged));
    tags.set(manifest.digest, own);
  }
  const distinct = new Map(images.map(({ manifest }) => [manifest.digest, manifest]));
  return [...distinct.values()].map((manifest) => dockerImage(manifest, [...(tags.get(manifest.digest) ?? [])]));
}

/** One file for each algorithm that digests of blobs are of; in the first, the sums of the documents too. */
async function checksums(entries: readonly PlanEntry[]): Promise<BytesEntry[]> {
  const lines = { sha256: '', sha512: '' };
  for (const entry of entries) {
    const digest = entry.kind === 'bytes' ? await digestOf(entry.bytes) : entry.digest;
    lines[digestAlgorithm(digest)] += `${digestHex(digest)}  ${entry.name}\n`;
  }
  return (['sha256', 'sha512'] as const)
    .filter((algorithm) => lines[algorithm] !== '')
    .map((algorithm) => ({
      kind: 'bytes',
      name: `${algorithm.toUpperCase()}SUMS`,
      bytes: new TextEncoder().encode(lines[algorithm]),
    }));
}

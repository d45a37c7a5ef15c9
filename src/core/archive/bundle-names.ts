/**
 * What each image of a bundle is called. A name can mean one image alone, and Docker has no names that lead to several
 * platforms: of those that ask for the same name the first gets it, another platform gets its tag with the platform behind
 * it (`app:1-linux-arm64`), and what is still taken then has no tag at all.
 */
import type { Digest } from '../digest.ts';
import type { Platform } from '../platform.ts';
import { formatCanonical, type Reference, TAG_MAX_LENGTH } from '../reference.ts';
import { platformPart } from './file-name.ts';
import { withoutDigest } from './layout.ts';

export interface UnnamedImage {
  readonly reference: Reference;
  readonly platform: Platform;
  readonly manifest: { readonly digest: Digest };
}

export interface ImageName {
  /** With its tag; undefined for an image that has none. */
  readonly tagged: Reference | undefined;
  /** It asked for another tag, which an image before it has. */
  readonly renamed: boolean;
}

/** One for each image, in their order. */
export function nameImages(images: readonly UnnamedImage[]): ImageName[] {
  const owners = new Map<string, Digest>();
  for (const { reference, manifest } of images) {
    if (reference.tag === undefined) continue;
    const name = formatCanonical(withoutDigest(reference));
    if (!owners.has(name)) owners.set(name, manifest.digest);
  }

  function take(name: Reference, digest: Digest): boolean {
    const key = formatCanonical(name);
    if (!owners.has(key)) owners.set(key, digest);
    return owners.get(key) === digest;
  }

  return images.map(({ reference, platform, manifest }) => {
    const { tag } = reference;
    if (tag === undefined) return { tagged: undefined, renamed: false };
    const wanted = withoutDigest(reference);
    if (take(wanted, manifest.digest)) return { tagged: wanted, renamed: false };
    const longer = `${tag}-${platformPart(platform)}`;
    const other = { ...wanted, tag: longer };
    const tagged = longer.length <= TAG_MAX_LENGTH && take(other, manifest.digest) ? other : undefined;
    return { tagged, renamed: true };
  });
}

/**
 * The full name by which containerd and OCI tools know an image; one without a tag goes by its digest, as containerd calls
 * what is pulled by digest.
 */
export function fullName({ tagged }: ImageName, { reference, manifest }: UnnamedImage): string {
  const { registry, repository } = reference;
  return formatCanonical(tagged ?? { registry, repository, digest: manifest.digest });
}

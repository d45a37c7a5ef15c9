/**
 * All manifests that a reference points to, from the cache or from the registry, one after the other: an index names a
 * dozen or two, and registries count them.
 */
import { isManifestType, type OciContents } from '../../core/archive/oci.ts';
import type { Digest } from '../../core/digest.ts';
import { PulltabError } from '../../core/errors.ts';
import type { Descriptor, Manifest } from '../../core/manifest.ts';
import { formatPlatform } from '../../core/platform.ts';
import type { OpenedImage } from '../open-image.ts';

/** An index that leads to more is nobody's image. */
const MANIFESTS_LIMIT = 1000;

export interface CollectedOci extends OciContents {
  /** What the registry does not have although an index names it. */
  readonly missing: readonly Descriptor[];
  /** What a person may call each blob. */
  readonly labels: ReadonlyMap<Digest, string>;
}

export interface CollectOptions {
  readonly signal: AbortSignal;
  /** How many manifests have been read, of those that are known of. */
  readonly onManifest: (read: number, known: number) => void;
}

/** @throws PulltabError of whatever kept a manifest from being read, unless the registry does not have it */
export async function collectOci({ view, read }: OpenedImage, options: CollectOptions): Promise<CollectedOci> {
  const { root, reference, selected } = view;
  const manifests = new Map<Digest, Manifest>([[root.digest, root]]);
  const blobs = new Map<Digest, Descriptor>();
  const labels = new Map<Digest, string>();
  const missing: Descriptor[] = [];
  const open: { manifest: Manifest; name: string }[] = [{ manifest: root, name: '' }];
  let seen = 1;

  async function follow(child: Descriptor): Promise<void> {
    if (manifests.has(child.digest)) return;
    if (++seen > MANIFESTS_LIMIT) throw tooMany(view.title);
    const manifest = await readChild(read, child);
    if (manifest === undefined) missing.push(child);
    else {
      manifests.set(child.digest, manifest);
      open.push({ manifest, name: child.platform ? `${formatPlatform(child.platform)}, ` : '' });
    }
  }

  for (let at = open.shift(); at !== undefined; at = open.shift()) {
    const { manifest, name } = at;
    if (manifest.kind === 'index') {
      for (const [position, child] of manifest.manifests.entries()) {
        options.signal.throwIfAborted();
        options.onManifest(manifests.size, manifests.size + open.length + manifest.manifests.length - position);
        if (isManifestType(child.mediaType)) await follow(child);
        else addBlob(child, `${name}blob`);
      }
    } else if (manifest.kind !== 'schema1') {
      if (manifest.config !== undefined) addBlob(manifest.config, `${name}config`);
      for (const [position, layer] of manifest.layers.entries()) {
        addBlob(layer, `${name}layer ${position + 1} of ${manifest.layers.length}`);
      }
    }
  }
  const platform = root.kind === 'image' ? selected?.config.platform : undefined;
  return { root, reference, platform, manifests: [...manifests.values()], blobs: [...blobs.values()], missing, labels };

  function addBlob(blob: Descriptor, label: string): void {
    if (blobs.has(blob.digest) || manifests.has(blob.digest)) return;
    blobs.set(blob.digest, blob);
    labels.set(blob.digest, label);
  }
}

/** Undefined where the registry has no such manifest, as mirrors of a few platforms do, or none that can be saved. */
async function readChild(read: OpenedImage['read'], { digest }: Descriptor): Promise<Manifest | undefined> {
  try {
    const manifest = await read.byDigest(digest);
    return manifest.kind === 'schema1' ? undefined : manifest;
  } catch (error) {
    if (error instanceof PulltabError && error.code === 'not-found') return undefined;
    throw error;
  }
}

function tooMany(title: string): PulltabError {
  const seen = `it leads to more than ${MANIFESTS_LIMIT} manifests`;
  return new PulltabError('manifest-invalid', { attempted: `collect what ${title} points to`, seen });
}

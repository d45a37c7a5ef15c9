/**
 * All manifests that a reference points to, and where somebody asked for it what refers to them, from the cache or from the
 * registry, one after the other: an index names a dozen or two, and registries count them.
 */
import { isManifestType, type OciContents, type OciReferrer } from '../../core/archive/oci.ts';
import type { Digest } from '../../core/digest.ts';
import { PulltabError } from '../../core/errors.ts';
import type { Descriptor, Manifest } from '../../core/manifest.ts';
import { formatPlatform } from '../../core/platform.ts';
import type { RegistryClient } from '../../core/registry/client.ts';
import type { OpenedImage } from '../open-image.ts';
import { createReferrerSearch, type ReferrersTold } from './referrer-search.ts';

/** An index that leads to more is nobody's image. */
const MANIFESTS_LIMIT = 1000;
const REFERRER = 'referrer, ';

export interface CollectedOci extends OciContents {
  /** What the registry does not have although an index names it. */
  readonly missing: readonly Descriptor[];
  /** What a person may call each blob. */
  readonly labels: ReadonlyMap<Digest, string>;
  /** Undefined where nobody asked for them. */
  readonly found: ReferrersFound | undefined;
}

export interface ReferrersFound extends ReferrersTold {
  readonly count: number;
  /** Of them and of their blobs, as far as the image does not have them itself. */
  readonly bytes: number;
}

export interface CollectOptions {
  readonly signal: AbortSignal;
  /** How many manifests have been read, of those that are known of. */
  readonly onManifest: (read: number, known: number) => void;
  /** Who is asked what refers to the image. */
  readonly referrersOf?: RegistryClient | undefined;
  /** Of how many manifests it was asked what refers to them, and how many are known of. */
  readonly onSubject: (asked: number, known: number) => void;
}

/** @throws PulltabError of whatever kept a manifest from being read, unless the registry does not have it */
export async function collectOci({ view, read }: OpenedImage, options: CollectOptions): Promise<CollectedOci> {
  const { root, reference, selected } = view;
  const { referrersOf: client, signal } = options;
  const manifests = new Map<Digest, Manifest>([[root.digest, root]]);
  const blobs = new Map<Digest, Descriptor>();
  const labels = new Map<Digest, string>();
  const missing: Descriptor[] = [];
  const open: { manifest: Manifest; name: string }[] = [{ manifest: root, name: '' }];

  async function follow(digest: Digest, name: string): Promise<Manifest | undefined> {
    const held = manifests.get(digest);
    if (held !== undefined) return held;
    const manifest = await readChild(read, digest);
    if (manifest !== undefined) hold(manifest, name);
    return manifest;
  }

  function hold(manifest: Manifest, name: string): void {
    if (manifests.has(manifest.digest)) return;
    if (manifests.size + missing.length >= MANIFESTS_LIMIT) throw tooMany(view.title);
    manifests.set(manifest.digest, manifest);
    open.push({ manifest, name });
  }

  async function followAll(): Promise<void> {
    for (let at = open.shift(); at !== undefined; at = open.shift()) {
      const { manifest, name } = at;
      if (manifest.kind === 'index') {
        for (const [position, child] of manifest.manifests.entries()) {
          signal.throwIfAborted();
          options.onManifest(manifests.size, manifests.size + open.length + manifest.manifests.length - position);
          if (isManifestType(child.mediaType)) await followChild(child, name);
          else addBlob(child, `${name}blob`);
        }
      } else if (manifest.kind !== 'schema1') {
        if (manifest.config !== undefined) addBlob(manifest.config, `${name}config`);
        for (const [position, layer] of manifest.layers.entries()) {
          addBlob(layer, `${name}layer ${position + 1} of ${manifest.layers.length}`);
        }
      }
    }
  }

  async function followChild(child: Descriptor, above: string): Promise<void> {
    const name = child.platform ? `${formatPlatform(child.platform)}, ` : above;
    if ((await follow(child.digest, name)) === undefined) missing.push(child);
  }

  function addBlob(blob: Descriptor, label: string): void {
    if (blobs.has(blob.digest) || manifests.has(blob.digest)) return;
    blobs.set(blob.digest, blob);
    labels.set(blob.digest, label);
  }

  /** Of what the image is made of, and then of what is found: a list of contents may be signed itself. */
  async function addReferrers(of: RegistryClient): Promise<{ referrers: OciReferrer[]; told: ReferrersTold }> {
    const search = createReferrerSearch(of, { repository: reference.repository, signal });
    const referrers = new Map<Digest, OciReferrer>();
    const refer = (referrer: OciReferrer): void => {
      const { digest } = referrer.manifest;
      // A tag is worth more than to be found without one.
      if (referrer.tag !== undefined || !referrers.has(digest)) referrers.set(digest, referrer);
    };
    let asked = 0;
    let gone = 0;
    // It grows as it goes.
    for (const subject of manifests.keys()) {
      options.onSubject(asked++, manifests.size);
      if (referrers.get(subject)?.isList) continue;
      const { digests, tagged, list } = await search.of(subject);
      for (const digest of digests) {
        const manifest = await follow(digest, REFERRER);
        if (manifest === undefined) gone += 1;
        else refer({ manifest });
      }
      for (const one of list === undefined ? tagged : [...tagged, list]) {
        hold(one.manifest, REFERRER);
        refer({ ...one, isList: one === list });
      }
      await followAll();
    }
    const told = search.told();
    return { referrers: [...referrers.values()], told: { ...told, unanswered: told.unanswered + gone } };
  }

  await followAll();
  const ownMissing = [...missing];
  const own = { manifests: new Set(manifests.keys()), blobs: new Set(blobs.keys()) };
  const { referrers = [], told } = client === undefined ? {} : await addReferrers(client);
  const found = told && { ...told, count: referrers.filter(({ isList }) => !isList).length, bytes: bytesBeside(own) };
  const platform = root.kind === 'image' ? selected?.config.platform : undefined;
  return {
    ...{ root, reference, platform, referrers, found, labels, missing: ownMissing },
    manifests: [...manifests.values()],
    blobs: [...blobs.values()],
    selected: selected?.manifest,
  };

  function bytesBeside(own: { manifests: ReadonlySet<Digest>; blobs: ReadonlySet<Digest> }): number {
    const sizes = [
      ...[...manifests.values()].filter(({ digest }) => !own.manifests.has(digest)).map(({ bytes }) => bytes.length),
      ...[...blobs.values()].filter(({ digest }) => !own.blobs.has(digest)).map(({ size }) => size),
    ];
    return sizes.reduce((sum, size) => sum + size, 0);
  }
}

/** Undefined where the registry has no such manifest, as mirrors of a few platforms do, or none that can be saved. */
async function readChild(read: OpenedImage['read'], digest: Digest): Promise<Manifest | undefined> {
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

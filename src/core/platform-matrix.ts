/** The children of an index side by side: what each platform has, what it shares with the others, what attests to it. */
import type { Digest } from './digest.ts';
import type { ArtifactManifest, Descriptor, ImageManifest } from './manifest.ts';
import { isGzipLayer, isZstdLayer } from './media-types.ts';

export interface ChildFacts {
  readonly layers: number;
  /** Config and distinct layers (bytes), as a pull transfers them. */
  readonly transferBytes: number;
  readonly compression: 'gzip' | 'zstd' | 'none' | 'mixed';
  /** Layers that at least one other child has too, and their bytes. */
  readonly sharedLayers: number;
  readonly sharedBytes: number;
}

const REFERENCE_DIGEST = 'vnd.docker.reference.digest';
const PREDICATE_TYPE = 'in-toto.io/predicate-type';

/** @param manifests of the children; undefined for those that are not known by now */
export function compareChildren(manifests: readonly (ImageManifest | undefined)[]): (ChildFacts | undefined)[] {
  const owners = new Map<Digest, number>();
  for (const manifest of manifests) {
    for (const digest of distinctLayers(manifest).keys()) owners.set(digest, (owners.get(digest) ?? 0) + 1);
  }
  return manifests.map((manifest) => {
    if (manifest === undefined) return undefined;
    const distinct = [...distinctLayers(manifest).values()];
    const shared = distinct.filter(({ digest }) => (owners.get(digest) ?? 0) > 1);
    return {
      layers: manifest.layers.length,
      transferBytes: manifest.config.size + sum(distinct),
      compression: compressionOf(manifest.layers),
      sharedLayers: shared.length,
      sharedBytes: sum(shared),
    };
  });
}

function distinctLayers(manifest: ImageManifest | undefined): Map<Digest, Descriptor> {
  return new Map((manifest?.layers ?? []).map((layer) => [layer.digest, layer]));
}

function sum(layers: readonly Descriptor[]): number {
  return layers.reduce((bytes, { size }) => bytes + size, 0);
}

/** As the media types say, which tells twins of a platform apart. */
function compressionOf(layers: readonly Descriptor[]): ChildFacts['compression'] {
  const kinds = new Set(
    layers.map(({ mediaType }) => (isGzipLayer(mediaType) ? 'gzip' : isZstdLayer(mediaType) ? 'zstd' : 'none')),
  );
  const [only = 'none', ...others] = kinds;
  return others.length > 0 ? 'mixed' : only;
}

/** The children of an index that say which other child they are about. */
export function attestationsAbout(others: readonly Descriptor[], digest: Digest): Descriptor[] {
  return others.filter(({ annotations }) => annotations?.[REFERENCE_DIGEST] === digest);
}

/** "SPDX", "SLSA provenance": what BuildKit's attestations say, as short as it goes; other predicates as they are. */
export function predicatesOf({ layers }: ArtifactManifest): string[] {
  const types = layers.flatMap(({ annotations }) => annotations?.[PREDICATE_TYPE] ?? []);
  return [...new Set(types.map(predicateName))];
}

function predicateName(type: string): string {
  if (/^https:\/\/slsa\.dev\/provenance\//.test(type)) return 'SLSA provenance';
  if (/^https:\/\/spdx\.dev\/Document/.test(type)) return 'SPDX';
  if (/^https:\/\/cyclonedx\.org\//.test(type)) return 'CycloneDX';
  return type;
}

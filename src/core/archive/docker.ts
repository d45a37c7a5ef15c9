/**
 * The `docker` format: a docker-archive with uncompressed layers, each named by its diffId, as `skopeo copy` to
 * docker-archive writes it: for readers that know neither OCI layouts nor zstd.
 * https://github.com/moby/docker-image-spec
 *
 * The config's bytes stay as they are, so the image keeps its ID. manifest.json is last.
 */
import { type Digest, digestHex } from '../digest.ts';
import { formatReference } from '../reference.ts';
import type { ArchivedImage } from './docker-oci.ts';
import { archiveFileName } from './file-name.ts';
import { json, withoutDigest } from './layout.ts';
import { suffixed } from './other-file-names.ts';
import { type ArchivePlan, createPlan, type PlanEntry } from './plan.ts';

/** A layer that was read to its end, its diffId checked. */
export interface ReadLayer {
  readonly digest: Digest;
  /** As it is served (bytes). */
  readonly size: number;
  readonly diffId: Digest;
  readonly unpackedBytes: number;
  /** Served as it is: there is nothing to unpack. */
  readonly plain: boolean;
}

/** @param layers one for each of the manifest's, bottom first */
export function planDocker(image: ArchivedImage, layers: readonly ReadLayer[]): ArchivePlan {
  const { manifest, configBytes, reference, platform } = image;
  const config = `${digestHex(manifest.config.digest)}.json`;
  const entries = new Map<string, PlanEntry>();
  for (const layer of layers) {
    const { digest, size, unpackedBytes } = layer;
    const name = layerName(layer);
    // One path for each diffId, whatever number of layers or compressions of it there are.
    if (entries.has(name)) continue;
    entries.set(
      name,
      layer.plain ? { kind: 'blob', name, digest, size } : { kind: 'unpacked', name, digest, size, unpackedBytes },
    );
  }
  const RepoTags = reference.tag === undefined ? null : [formatReference(withoutDigest(reference))];
  return createPlan(suffixed(archiveFileName(reference, platform), 'docker'), [
    { kind: 'bytes', name: config, bytes: configBytes },
    ...entries.values(),
    {
      kind: 'bytes',
      name: 'manifest.json',
      bytes: json([{ Config: config, RepoTags, Layers: layers.map(layerName) }]),
    },
  ]);
}

function layerName({ diffId }: ReadLayer): string {
  return `${digestHex(diffId)}.tar`;
}

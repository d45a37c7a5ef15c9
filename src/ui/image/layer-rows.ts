/** What the layer table and the bar show, whatever kind of manifest it came from. */
import type { Digest } from '../../core/digest.ts';
import type { Descriptor } from '../../core/manifest.ts';
import { formatPlatform } from '../../core/platform.ts';
import type { PlatformImage, ReadyImage } from '../../page/model.ts';
import { formatCreatedBy } from './created-by.ts';

export interface LayerRow {
  /** From 1, the lowest layer first. */
  readonly number: number;
  readonly digest: Digest;
  readonly diffId: Digest | undefined;
  /** Undefined where the manifest does not say (schema 1). */
  readonly size: number | undefined;
  readonly mediaType: string | undefined;
  /** The instruction of an image's layer, the file name of an artifact's, the platform of an index's child. */
  readonly note: string | undefined;
  /** Undefined for what the cache never holds. */
  readonly cached: boolean | undefined;
}

export function imageRows(image: PlatformImage): LayerRow[] {
  return image.layers.map((layer, index) => ({
    number: index + 1,
    digest: layer.digest,
    diffId: image.config.diffIds[index],
    size: layer.size,
    mediaType: layer.mediaType,
    note: layer.createdBy === undefined ? undefined : formatCreatedBy(layer.createdBy),
    cached: layer.cached,
  }));
}

/** What a root that is not a downloadable image lists: an artifact's files, schema 1's layers, an index's children. */
export function rootRows(root: ReadyImage['root']): LayerRow[] {
  if (root.kind === 'schema1') {
    return root.layers.map(({ digest, createdBy }, index) => ({
      number: index + 1,
      digest,
      diffId: undefined,
      size: undefined,
      mediaType: undefined,
      note: createdBy === undefined ? undefined : formatCreatedBy(createdBy),
      cached: undefined,
    }));
  }
  return (root.kind === 'index' ? root.manifests : root.layers).map(descriptorRow);
}

function descriptorRow(descriptor: Descriptor, index: number): LayerRow {
  const title = descriptor.annotations?.['org.opencontainers.image.title'];
  return {
    number: index + 1,
    digest: descriptor.digest,
    diffId: undefined,
    size: descriptor.size,
    mediaType: descriptor.artifactType ?? descriptor.mediaType,
    note: title ?? (descriptor.platform && formatPlatform(descriptor.platform)),
    cached: undefined,
  };
}

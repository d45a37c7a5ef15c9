/** Where the layers of an opened image come from, as the inspect worker needs to know it. */
import type { LayerSource } from '../protocol/inspector.ts';
import type { LayeredImage } from './model.ts';
import type { OpenedImage } from './open-image.ts';

/** Undefined for what is no image: artifacts, schema 1. */
export function layeredImage({ view, ways, files }: OpenedImage): LayeredImage | undefined {
  const { selected, title, reference } = view;
  if (selected === undefined) return undefined;
  const { repository } = reference;
  const registry = ways.map(({ client }) => ({
    endpoint: client.endpoint,
    access: client.access(repository),
    grant: client.grant,
  }));
  const { diffIds } = selected.config;
  const { layers } = selected.manifest;
  return {
    title,
    layers: layers.map(
      ({ digest, size, mediaType, annotations = {}, urls = [] }, at): LayeredImage['layers'][number] => {
        // What an archive does not hold is asked of nobody: opening a file must not tell others of it.
        const source: LayerSource =
          files === undefined
            ? { kind: 'registry', repository, ways: registry, urls }
            : { kind: 'file', file: files.get(digest) };
        // With another count than layers nobody knows which of them is whose.
        const diffId = diffIds.length === layers.length ? diffIds[at] : undefined;
        return { digest, size, mediaType, diffId, annotations, source };
      },
    ),
  };
}

/** A layer by its table of contents, where it has one and its registry sends parts of it. */
import { isAbort, PulltabError } from '../core/errors.ts';
import type { LayerIndex } from '../core/layer/layer-index.ts';
import { hasToc, readToc } from '../core/layer/toc/read-toc.ts';
import type { InspectedLayer } from '../protocol/inspector.ts';
import { findCompleteBlobs } from '../store/blobs.ts';
import { type LayerPartsOptions, layerParts } from './layer-parts.ts';

/**
 * @returns undefined where all of the layer has to be read: it is on this machine already, which is checked better so; it
 *   has no table of contents; or that could not be had, which is told
 * @throws AbortError when `signal` says so
 */
export async function inspectToc(layer: InspectedLayer, options: LayerPartsOptions): Promise<LayerIndex | undefined> {
  const { source, annotations, digest } = layer;
  if (source.kind === 'file' || !hasToc(annotations)) return undefined;
  const complete = await findCompleteBlobs([digest]).catch(() => new Set());
  if (complete.has(digest)) return undefined;
  try {
    return await readToc(layerParts(layer, options), annotations, options.signal);
  } catch (error) {
    if (isAbort(error) || !(error instanceof PulltabError)) throw error;
    options.onNotice(
      `A layer has a table of contents, and is read whole all the same (${digest.slice(0, 19)}…): ${error.seen}.`,
    );
    return undefined;
  }
}

/** The one inspection of an open image, which all of its views share. */
import type { Inspection, OpenInspection } from './inspection.ts';
import { openInspection } from './inspection.ts';
import { layeredImage } from './layered-image.ts';
import type { OpenedImage } from './open-image.ts';

const inspections = new WeakMap<AbortSignal, OpenInspection>();

/**
 * @param left aborted when the image is left, which ends its inspection
 * @returns undefined for what has no files: artifacts, schema 1
 */
export function inspectImage(opened: OpenedImage, left: AbortSignal): Inspection | undefined {
  const known = inspections.get(left);
  if (known !== undefined || left.aborted) return known;
  const image = layeredImage(opened);
  if (image === undefined) return undefined;
  const inspection = openInspection(image);
  inspections.set(left, inspection);
  left.addEventListener('abort', inspection.close, { once: true });
  return inspection;
}

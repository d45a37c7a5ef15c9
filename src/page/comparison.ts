/** The image that another one is compared with: found and opened like the one that is shown, for the same platform. */
import { asPulltabError, isAbort, PulltabError } from '../core/errors.ts';
import { parseReference } from '../core/parse-reference.ts';
import { formatPlatform, isPlatformText } from '../core/platform.ts';
import { formatReference, type Reference } from '../core/reference.ts';
import { layeredImage } from './layered-image.ts';
import type { ComparableImage, ReadyImage } from './model.ts';
import { failureOf, type OpenedImage, type OpenRequest, openImage } from './open-image.ts';
import { statedPlatform } from './stated-platform.ts';
import type { Way } from './transport.ts';

/**
 * @param text a reference, as the link has it
 * @param shown the image that it is compared with
 * @throws PulltabError of whatever kept it from being opened; an abort when `signal` says so
 */
export async function openForComparison(
  text: string,
  shown: ReadyImage,
  how: { waysOf: (reference: Reference) => Promise<readonly [Way, ...Way[]]>; signal: AbortSignal },
): Promise<ComparableImage> {
  const reference = parseReference(text);
  const title = formatReference(reference);
  try {
    const ways = await how.waysOf(reference);
    const opened = await openFor({ reference, title, ways }, platformOf(shown), how.signal);
    const { view } = opened;
    const layered = layeredImage(opened);
    if (layered !== undefined && view.selected !== undefined) return { ...layered, reference, selected: view.selected };
    throw new PulltabError('manifest-unsupported', {
      attempted: `compare with ${title}`,
      seen: view.whyNoDownload ?? 'it is not an image',
    });
  } catch (failure) {
    const { error } = failureOf(failure);
    throw isAbort(error) ? error : asPulltabError(error, `open ${title}`);
  }
}

/** A digest may name an image of another platform, which is how platforms are compared; indexes and tags may not. */
async function openFor(
  request: Omit<OpenRequest, 'platform'>,
  platform: string | undefined,
  signal: AbortSignal,
): Promise<OpenedImage> {
  const options = { signal, onDoing: () => undefined };
  try {
    return await openImage({ ...request, platform }, options);
  } catch (failure) {
    const { error } = failureOf(failure);
    const isOther = error instanceof PulltabError && error.code === 'platform-missing';
    if (!isOther || request.reference.digest === undefined) throw failure;
    const opened = await openImage({ ...request, platform: undefined }, options);
    if (opened.view.root.kind === 'index') throw failure;
    return opened;
  }
}

function platformOf(shown: ReadyImage): string | undefined {
  const platform = shown.selected && statedPlatform(shown, shown.selected);
  return platform !== undefined && isPlatformText(platform) ? formatPlatform(platform) : undefined;
}

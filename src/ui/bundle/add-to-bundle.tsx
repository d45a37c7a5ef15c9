/** The link by which the shown image joins the bundle that this tab showed last, or begins one. */
import { formatPlatform, isPlatformText } from '../../core/platform.ts';
import { bundleWith } from '../../page/bundle/last-list.ts';
import type { ReadyImage } from '../../page/model.ts';

export function AddToBundle({ image }: { image: ReadyImage }) {
  const { platforms, selectedDigest, title, transport } = image;
  const chosen = platforms.find(({ digest }) => digest === selectedDigest)?.platform;
  const { address, listed } = bundleWith({
    image: transport.via === 'static' ? 'sample' : title,
    platform: chosen !== undefined && isPlatformText(chosen) ? formatPlatform(chosen) : undefined,
  });
  return <a href={address}>{listed === 0 ? 'Add to a bundle' : `Add to the bundle of ${listed}`}</a>;
}

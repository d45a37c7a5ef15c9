/** Which platform an open image is for, in the index's words where there are some: configs leave the variant out. */
import type { Platform } from '../core/platform.ts';
import type { PlatformImage, ReadyImage } from './model.ts';

export function statedPlatform(
  { platforms, selectedDigest }: Pick<ReadyImage, 'platforms' | 'selectedDigest'>,
  { config }: PlatformImage,
): Platform {
  return platforms.find(({ digest }) => digest === selectedDigest)?.platform ?? config.platform;
}

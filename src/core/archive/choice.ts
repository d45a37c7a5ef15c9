/** What a person chose to save of an image. Plain data: it is kept with a download that is not over. */
import type { Digest } from '../digest.ts';

/** In the order that they are offered in. */
export const ARCHIVE_FORMATS = ['docker+oci', 'docker', 'oci', 'rootfs'] as const;

export type ArchiveFormat = (typeof ARCHIVE_FORMATS)[number];

export type ImageChoice =
  | { readonly format: Exclude<ArchiveFormat, 'oci'> }
  /** With what refers to the image where somebody asked for it. */
  | { readonly format: 'oci'; readonly referrers?: boolean }
  /** One blob alone. */
  | { readonly format: 'blob'; readonly digest: Digest };

/** Of several images there is one format. */
export type DownloadChoice = ImageChoice | { readonly format: 'bundle' };

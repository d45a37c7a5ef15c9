/** Said before a download whose layers some loaders are too old for. */
import type { ArchiveFormat } from '../../core/archive/choice.ts';

const PASSES_ON = {
  'docker+oci': 'Docker before 23.0 and containerd before 1.5',
  oci: 'containerd before 1.5',
  docker: undefined,
  rootfs: undefined,
} as const satisfies Record<ArchiveFormat, string | undefined>;

export function ZstdWarning({ format }: { format: ArchiveFormat }) {
  const tooOld = PASSES_ON[format];
  if (tooOld === undefined) return null;
  return (
    <p class="download-note" role="note">
      Layers of this image are compressed with zstd: {tooOld} cannot load them.
    </p>
  );
}

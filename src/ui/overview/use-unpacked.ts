/** Unpacked sizes of an image's layers, once they are at hand; those that nobody has read stay undefined. */
import { useEffect, useState } from 'preact/hooks';
import type { Actions, PlatformImage } from '../../page/model.ts';

export function useUnpacked(
  selected: PlatformImage,
  unpackedSizes: Actions['unpackedSizes'],
): readonly (number | undefined)[] {
  const [sizes, setSizes] = useState<readonly (number | undefined)[]>([]);
  useEffect(() => {
    let left = false;
    setSizes([]);
    // Nothing is missing without them, so a fault of the storage is no news here.
    unpackedSizes(selected.layers.map(({ digest }) => digest)).then(
      (found) => !left && setSizes(found),
      () => undefined,
    );
    return () => {
      left = true;
    };
  }, [selected.manifest.digest, unpackedSizes]);
  return sizes;
}

/** The sum, where all are known. */
export function sumOfKnown(sizes: readonly (number | undefined)[], layers: number): number | undefined {
  if (layers === 0 || sizes.length !== layers) return undefined;
  return sizes.reduce<number | undefined>(
    (sum, size) => (sum === undefined || size === undefined ? undefined : sum + size),
    0,
  );
}

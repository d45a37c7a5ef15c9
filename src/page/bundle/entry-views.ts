/** What the page shows of each entry of a bundle, from what is known of it by now. */
import { nameImages } from '../../core/archive/bundle-names.ts';
import { withoutDigest } from '../../core/archive/layout.ts';
import type { Digest } from '../../core/digest.ts';
import { isZstdLayer } from '../../core/media-types.ts';
import { formatPlatform, matchPlatform, parsePlatform } from '../../core/platform.ts';
import { formatReference } from '../../core/reference.ts';
import type { BundleEntry } from '../../protocol/bundle-list.ts';
import { formatRoute } from '../../protocol/route.ts';
import type { PlatformChoice } from '../model.ts';
import type { ImageRoute } from '../open-image.ts';
import { bundledImage } from './bundle-request.ts';
import type { BundledImageView, BundleEntryView } from './model.ts';
import type { Part } from './parts.ts';
import { partsIn, type Slot } from './slot.ts';

export interface KnownEntry {
  readonly entry: BundleEntry;
  /** One for each of its platforms. */
  readonly slots: readonly Slot[];
  /** What was known of its index before: while another platform of it is looked for, the choice stays where it is. */
  readonly earlierChoices: readonly PlatformChoice[];
}

export function viewEntries(known: readonly KnownEntry[]): BundleEntryView[] {
  const images = viewImages(known.flatMap(({ slots }) => partsIn(slots)));
  return known.map((one) => viewEntry(one, images));
}

function viewEntry(
  { entry, slots, earlierChoices }: KnownEntry,
  images: ReadonlyMap<Part, BundledImageView>,
): BundleEntryView {
  const at = slots.find((slot) => slot.at !== undefined)?.at;
  const parts = partsIn(slots);
  const failed = slots.filter((slot) => slot.phase === 'failed');
  const choices =
    parts[0]?.opened.view.platforms ?? failed.find((slot) => slot.choices.length > 0)?.choices ?? earlierChoices;
  const open = slots.find((slot) => slot.phase === 'loading' || slot.phase === 'waiting');
  return {
    text: entry.image,
    title: at === undefined ? entry.image : titleOf(at),
    address: at && formatRoute(at),
    root: parts[0]?.root.digest,
    pinned: at?.name === 'sample' || (at?.name === 'image' && at.reference.digest !== undefined),
    choices,
    chosen: new Set([...parts.map(({ selected }) => selected.manifest.digest), ...wantedOf(entry, choices)]),
    doing: open && (open.phase === 'loading' ? open.doing : 'waiting for its turn'),
    images: parts.flatMap((part) => images.get(part) ?? []),
    // One that keeps all of its platforms from being opened is told once.
    errors: [...new Map(failed.map(({ error }) => [`${error.code} ${error.message}`, error])).values()],
  };
}

/** Those that the link names, whether they are open by now or not. */
function wantedOf({ platforms }: BundleEntry, choices: readonly PlatformChoice[]): Digest[] {
  return platforms.flatMap((platform) => {
    try {
      return matchPlatform(choices, parsePlatform(platform))?.digest ?? [];
    } catch {
      // What is no platform says so where it is opened.
      return [];
    }
  });
}

function titleOf(at: ImageRoute): string {
  return at.name === 'sample' ? at.name : formatReference(withoutDigest(at.reference));
}

function viewImages(parts: readonly Part[]): Map<Part, BundledImageView> {
  const names = nameImages(parts.map(bundledImage));
  const holders = new Map<Digest, number>();
  const blobs = parts.map(blobsOfPart);
  for (const digest of blobs.flatMap((own) => [...own.keys()])) holders.set(digest, (holders.get(digest) ?? 0) + 1);
  return new Map(
    parts.map((part, position) => {
      const { tagged, renamed = false } = names[position] ?? {};
      const own = [...(blobs[position] ?? [])];
      const shared = own.filter(([digest]) => (holders.get(digest) ?? 0) > 1);
      const image: BundledImageView = {
        digest: part.selected.manifest.digest,
        platform: formatPlatform(bundledImage(part).platform),
        address: formatRoute(part.at),
        bytes: sumOf(own),
        sharedBytes: sumOf(shared),
        loadsAs: tagged && formatReference(tagged),
        renamed,
        zstd: part.selected.manifest.layers.some(({ mediaType }) => isZstdLayer(mediaType)),
      };
      return [part, image];
    }),
  );
}

/** Manifest, config and layers, each once, with their sizes (bytes). */
function blobsOfPart({ selected: { manifest, config } }: Part): Map<Digest, number> {
  return new Map([
    [manifest.digest, manifest.bytes.byteLength],
    [manifest.config.digest, config.bytes.byteLength],
    ...manifest.layers.map(({ digest, size }) => [digest, size] as const),
  ]);
}

function sumOf(blobs: readonly (readonly [Digest, number])[]): number {
  return blobs.reduce((sum, [, size]) => sum + size, 0);
}

/** What the images take apart, less what they take together (bytes). */
export function savedBytes(parts: readonly Part[]): number {
  const blobs = parts.map(blobsOfPart);
  const apart = blobs.reduce((sum, own) => sum + sumOf([...own]), 0);
  return apart - sumOf([...new Map(blobs.flatMap((own) => [...own]))]);
}

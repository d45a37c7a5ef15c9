/** Changes of a bundle's list: each gives another list, which becomes another address. */
import type { Digest } from '../../core/digest.ts';
import { formatPlatform, isPlatformText, matchPlatform, parsePlatform } from '../../core/platform.ts';
import type { BundleEntry, BundleList } from '../../protocol/bundle-list.ts';
import type { PlatformChoice } from '../model.ts';
import type { PastedImage } from './pasted-list.ts';

/** Another platform of what is listed joins it; what is there already is not listed again: then it is the same list. */
export function addTo(list: BundleList, images: readonly PastedImage[]): BundleList {
  let entries = list.entries;
  for (const { image, platform } of images) {
    const at = entries.findIndex((entry) => entry.image === image);
    const there = entries[at];
    if (there === undefined) entries = [...entries, entryOf(image, platform)];
    else if (platform !== undefined && !there.platforms.includes(platform)) {
      // Without a platform it means the usual one, which a platform beside it would take away.
      if (there.platforms.length === 0) entries = [...entries, entryOf(image, platform)];
      else entries = entries.with(at, { ...there, platforms: [...there.platforms, platform] });
    }
  }
  return entries === list.entries ? list : { ...list, entries };
}

function entryOf(image: string, platform: string | undefined): BundleEntry {
  return { image, platforms: platform === undefined ? [] : [platform], unknown: [] };
}

export function withoutEntry(list: BundleList, position: number): BundleList {
  return { ...list, entries: list.entries.toSpliced(position, 1) };
}

export interface Choosing {
  readonly position: number;
  /** In the order of the index. */
  readonly choices: readonly PlatformChoice[];
  readonly chosen: ReadonlySet<Digest>;
}

/** @param change `byDigest`: how the child that is chosen is listed where no platform names it alone */
export function platformsChosen(
  list: BundleList,
  { position, choices, chosen }: Choosing,
  change: { readonly digest: Digest; readonly chosen: boolean; readonly byDigest: string | undefined },
): BundleList {
  const entry = list.entries[position];
  const choice = choices.find(({ digest }) => digest === change.digest);
  if (entry === undefined || choice === undefined) return list;
  if (change.chosen && nameOf(choice, choices) === undefined) {
    return change.byDigest === undefined ? list : addTo(list, [{ image: change.byDigest, platform: undefined }]);
  }
  const platforms = choices.flatMap((one) => {
    const isIn = one.digest === change.digest ? change.chosen : chosen.has(one.digest);
    return isIn ? (nameOf(one, choices) ?? []) : [];
  });
  // None would mean the usual one.
  if (platforms.length === 0) return list;
  return { ...list, entries: list.entries.with(position, { ...entry, platforms }) };
}

/** The platform that leads to this child; undefined where it leads to another, or there is none. */
function nameOf({ platform, digest }: PlatformChoice, choices: readonly PlatformChoice[]): string | undefined {
  if (platform === undefined || !isPlatformText(platform)) return undefined;
  const name = formatPlatform(platform);
  return matchPlatform(choices, parsePlatform(name))?.digest === digest ? name : undefined;
}

/**
 * The list of a bundle as its address carries it: `image=<reference>&platform=<os/arch>&platform=…&image=…`. Platforms
 * belong to the image before them. All as text, right or wrong, so that one wrong entry loses nothing of the others.
 */
import { encodeValue } from './route.ts';

type Pair = readonly [name: string, value: string];

export interface BundleEntry {
  /** A reference, or what somebody wrote for one. */
  readonly image: string;
  /** Empty for the platform that Docker would take. */
  readonly platforms: readonly string[];
  /** Parameters of other versions that stand behind it, kept in their order. */
  readonly unknown: readonly Pair[];
}

export interface BundleList {
  readonly entries: readonly BundleEntry[];
  /** Those that stand before the first image. */
  readonly unknown: readonly Pair[];
}

/** Reads what follows the `?`. Never throws. */
export function parseBundleList(query: string): BundleList {
  const entries: { image: string; platforms: string[]; unknown: Pair[] }[] = [];
  const unknown: Pair[] = [];
  for (const part of query.split('&')) {
    if (part === '') continue;
    const equals = part.indexOf('=');
    const name = decode(equals < 0 ? part : part.slice(0, equals));
    const value = equals < 0 ? '' : decode(part.slice(equals + 1));
    const last = entries.at(-1);
    if (name === 'image') entries.push({ image: value, platforms: [], unknown: [] });
    else if (name !== 'platform') (last?.unknown ?? unknown).push([name, value]);
    // A platform of nothing: an entry that says so, instead of a loss that nobody sees.
    else if (last === undefined) entries.push({ image: '', platforms: [value], unknown: [] });
    else if (!last.platforms.includes(value)) last.platforms.push(value);
  }
  return { entries, unknown };
}

/** What follows the `?`; `parseBundleList` reads it back to the same list. */
export function formatBundleList({ entries, unknown }: BundleList): string {
  const pairs = entries.flatMap((entry): Pair[] => [
    ['image', entry.image],
    ...entry.platforms.map((platform): Pair => ['platform', platform]),
    ...entry.unknown,
  ]);
  return [...unknown, ...pairs].map(([name, value]) => `${encodeValue(name)}=${encodeValue(value)}`).join('&');
}

/** As written where its escapes are broken: whoever reads the entry then says what is wrong with it. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** An index as a choice of platforms, and which of them a page shows. Never a silent fallback: no match lists what exists. */
import type { Digest } from '../core/digest.ts';
import { PulltabError } from '../core/errors.ts';
import { type Descriptor, type ImageIndex, platformManifests } from '../core/manifest.ts';
import { isIndexType } from '../core/media-types.ts';
import { formatPlatform, matchPlatform, type Platform } from '../core/platform.ts';
import type { PlatformChoice } from './model.ts';

/** What Docker assumes on the machines that most images run on. */
export const DEFAULT_PLATFORM: Platform = { os: 'linux', architecture: 'amd64' };

/** Deeper nesting, or more indexes than that, is nobody's image. */
const NESTING_LIMIT = 3;
const INDEX_LIMIT = 16;

export interface Children {
  readonly choices: readonly PlatformChoice[];
  readonly others: readonly Descriptor[];
}

/** The platforms of an index, those of indexes within it included. `read` fetches such an index. */
export async function childrenOf(
  index: ImageIndex,
  read: (digest: Digest) => Promise<ImageIndex | undefined>,
): Promise<Children> {
  const images: Descriptor[] = [];
  const others: Descriptor[] = [];
  let indexes = 0;
  async function walk(at: ImageIndex, depth: number): Promise<void> {
    const platforms = new Set(platformManifests(at));
    for (const child of at.manifests) {
      if (!platforms.has(child)) others.push(child);
      else if (!isIndexType(child.mediaType)) images.push(child);
      else if (depth >= NESTING_LIMIT || ++indexes > INDEX_LIMIT) others.push(child);
      else {
        const nested = await read(child.digest);
        if (nested === undefined) images.push(child);
        else await walk(nested, depth + 1);
      }
    }
  }
  await walk(index, 0);
  return { choices: choicesOf(images), others };
}

function choicesOf(images: readonly Descriptor[]): PlatformChoice[] {
  // The same child may be reached twice: through an index within the index and directly.
  const distinct = [...new Map(images.map((child) => [child.digest, child])).values()];
  const labels = distinct.map((child) => (child.platform ? formatPlatform(child.platform) : 'no platform named'));
  return distinct.map((child, at) => {
    const label = labels[at] ?? '';
    const twins = labels.filter((other) => other === label).length > 1;
    return { digest: child.digest, label: twins ? `${label} (${twinMark(child)})` : label, platform: child.platform };
  });
}

/** What tells a child from another of the same platform. */
function twinMark(child: Descriptor): string {
  const compression = child.annotations?.['io.github.containers.compression.zstd'] === 'true' ? 'zstd' : undefined;
  return compression ?? child.platform?.osFeatures?.join(' ') ?? child.digest.slice(7, 19);
}

/**
 * The choice that `wanted` means.
 * @throws PulltabError `platform-missing`, which lists what there is.
 */
export function choosePlatform(
  choices: readonly PlatformChoice[],
  wanted: { readonly platform: Platform; readonly asked: boolean },
  name: string,
): PlatformChoice {
  const match = matchPlatform(choices, wanted.platform);
  if (match !== undefined) return match;
  const [only, ...more] = choices;
  // A single child without a platform is what some builders push: there is nothing to choose and nothing to mistake.
  if (!wanted.asked && only !== undefined && more.length === 0 && only.platform === undefined) return only;
  throw platformMissing(
    name,
    wanted.platform,
    choices.map(({ label }) => label),
  );
}

export function platformMissing(name: string, wanted: Platform, existing: readonly string[]): PulltabError {
  const list = existing.length === 0 ? 'it holds no image for any platform' : `it has ${existing.join(', ')}`;
  return new PulltabError('platform-missing', {
    attempted: `find ${formatPlatform(wanted)} in ${name}`,
    seen: list,
  });
}

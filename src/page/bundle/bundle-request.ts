/** From the images of a bundle to the download of it: its plan, and where each blob is. */
import { type BundledImage, planBundle } from '../../core/archive/bundle.ts';
import type { Digest } from '../../core/digest.ts';
import { isAbort, PulltabError } from '../../core/errors.ts';
import type { Descriptor } from '../../core/manifest.ts';
import { parseBundleList } from '../../protocol/bundle-list.ts';
import { formatRoute } from '../../protocol/route.ts';
import type { BlobSource, JobRequest } from '../jobs.ts';
import { failureOf, type OpenAt } from '../open-image.ts';
import { statedPlatform } from '../stated-platform.ts';
import { cacheName, openPart, type Part, readEntry } from './parts.ts';

export function bundledImage({ opened: { view }, root, selected }: Part): BundledImage {
  return {
    ...{ reference: view.reference, root, manifest: selected.manifest },
    configBytes: selected.config.bytes,
    platform: statedPlatform(view, selected),
  };
}

/**
 * @param parts in the order of the list
 * @param query the list that gives the same parts again
 */
export async function bundleRequest(parts: readonly Part[], query: string): Promise<JobRequest> {
  const sources = new Map<Digest, BlobSource>();
  const labels = new Map<Digest, string>();
  const layers = new Map<Digest, Descriptor>();
  const images = new Map<string, Digest[]>();
  for (const part of parts) {
    const { opened, selected } = part;
    const own = selected.manifest.layers;
    const source = { repository: opened.view.reference.repository, ways: opened.ways };
    for (const [at, layer] of own.entries()) {
      // The first image that names a blob is the one whose registry is asked for it.
      if (layers.has(layer.digest)) continue;
      layers.set(layer.digest, layer);
      sources.set(layer.digest, source);
      labels.set(layer.digest, `${opened.view.title}, layer ${at + 1} of ${own.length}`);
    }
    const name = cacheName(part);
    images.set(name, [...(images.get(name) ?? []), ...own.map(({ digest }) => digest)]);
  }
  return {
    title: titleOf(parts),
    choice: { format: 'bundle' },
    plan: await planBundle(parts.map(bundledImage)),
    sourceOf: (digest) => sourceIn(sources, digest),
    ...{ layers: [...layers.values()], labels, images },
    address: formatRoute({ name: 'bundle', query }),
  };
}

function sourceIn(sources: ReadonlyMap<Digest, BlobSource>, digest: Digest): BlobSource {
  const source = sources.get(digest);
  if (source !== undefined) return source;
  throw new PulltabError('internal', { attempted: `fetch ${digest}`, seen: 'no image of the bundle names it' });
}

function titleOf(parts: readonly Part[]): string {
  const [first = '', ...more] = new Set(parts.map(({ opened }) => opened.view.title));
  return more.length === 0 ? `bundle of ${first}` : `bundle of ${first} and ${more.length} more`;
}

/**
 * The download that an earlier page left: every image of it, or the error of one.
 * @throws PulltabError of whatever kept an image from being opened
 */
export async function reopenBundle(query: string, openAt: OpenAt): Promise<JobRequest> {
  const parts: Part[] = [];
  const options = { signal: new AbortController().signal, onDoing: () => undefined };
  for (const { image, platforms } of parseBundleList(query).entries) {
    const at = await readEntry(image);
    let beside: Part | undefined;
    for (const platform of platforms.length === 0 ? [undefined] : platforms) {
      try {
        beside = await openPart(openAt, { at, platform, beside }, options);
      } catch (failure) {
        throw isAbort(failure) ? failure : failureOf(failure).error;
      }
      parts.push(beside);
    }
  }
  return bundleRequest(parts, query);
}

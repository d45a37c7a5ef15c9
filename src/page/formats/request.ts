/** From what a person chose to save of an open image to the download of it: its plan, and what fills it. */
import type { ImageChoice } from '../../core/archive/choice.ts';
import { planDocker } from '../../core/archive/docker.ts';
import { archiveFileName } from '../../core/archive/file-name.ts';
import { planOci } from '../../core/archive/oci.ts';
import { blobFileName, suffixed } from '../../core/archive/other-file-names.ts';
import { createBarePlan } from '../../core/archive/plan-blobs.ts';
import type { Digest } from '../../core/digest.ts';
import { PulltabError } from '../../core/errors.ts';
import type { Descriptor } from '../../core/manifest.ts';
import type { RegistryClient } from '../../core/registry/client.ts';
import { formatRoute, NO_PARAMS, type Route } from '../../protocol/route.ts';
import type { JobRequest } from '../jobs.ts';
import type { OpenedImage } from '../open-image.ts';
import { statedPlatform } from '../stated-platform.ts';
import { layersOf, planFiles, type ReadingOptions, readLayers, requireStorage } from './layer-reading.ts';
import { collectOci, type ReferrersFound } from './oci-contents.ts';

type ViewRoute = Extract<Route, { name: 'image' | 'sample' | 'open' }>;

export interface RequestOptions {
  readonly signal: AbortSignal;
  /** Where the image is shown. */
  readonly at: ViewRoute;
  /** A clause for the person who waits: "reading manifest 3 of 12". */
  readonly onDoing: (doing: string) => void;
  /** What was found where the choice asks for referrers. */
  readonly onReferrers?: (found: ReferrersFound) => void;
}

/** @throws PulltabError of whatever keeps its plan from being made; an abort when `signal` says so */
export async function requestFor(
  opened: OpenedImage,
  choice: ImageChoice,
  options: RequestOptions,
): Promise<JobRequest> {
  const { title, reference } = opened.view;
  const source = { repository: reference.repository, ways: opened.ways };
  const about = {
    title,
    choice,
    sourceOf: () => source,
    address: addressOf(opened, options.at),
  };
  switch (choice.format) {
    case 'docker+oci': {
      const { plan, view } = opened;
      if (plan === undefined || view.selected === undefined) throw notSaved(title, 'it is no image for a platform');
      return { ...about, plan, layers: view.selected.manifest.layers };
    }
    case 'blob':
      return { ...about, ...blobRequest(opened, choice.digest) };
    case 'oci':
      return { ...about, ...(await ociRequest(opened, choice.referrers === true, options)) };
    case 'docker':
      return { ...about, ...(await dockerRequest(opened, options)) };
    case 'rootfs':
      return { ...about, ...(await rootfsRequest(opened, options)) };
  }
}

/** For nobody who would wait for it to say how far it is. */
export function requestAtOnce(opened: OpenedImage, choice: ImageChoice, at: ViewRoute): Promise<JobRequest> {
  const { signal } = new AbortController();
  return requestFor(opened, choice, { signal, at, onDoing: () => undefined });
}

type Filled = Pick<JobRequest, 'plan' | 'layers' | 'labels' | 'notice'>;

function blobRequest({ view }: OpenedImage, digest: Digest): Filled {
  const blob = blobsOf(view).find((candidate) => candidate.digest === digest);
  if (blob === undefined) throw notSaved(digest, `${view.title} names no such blob`);
  const fileName = blobFileName(view.reference, blob);
  const plan = createBarePlan(fileName, [{ kind: 'blob', name: fileName, digest, size: blob.size }]);
  return { plan, layers: [blob], labels: new Map([[digest, blob.mediaType || 'blob']]) };
}

function blobsOf({ root, selected }: OpenedImage['view']): readonly Descriptor[] {
  const manifest = selected?.manifest ?? root;
  if (manifest.kind !== 'image' && manifest.kind !== 'artifact') return [];
  return manifest.config === undefined ? manifest.layers : [...manifest.layers, manifest.config];
}

async function ociRequest(opened: OpenedImage, referrers: boolean, options: RequestOptions): Promise<Filled> {
  const { signal, onDoing, onReferrers } = options;
  const contents = await collectOci(opened, {
    signal,
    onManifest: (read, known) => onDoing(`reading manifest ${read} of ${known}`),
    referrersOf: referrers ? referrersClient(opened) : undefined,
    onSubject: (asked, known) => onDoing(`asking what refers to manifest ${asked + 1} of ${known}`),
  });
  if (contents.found !== undefined) onReferrers?.(contents.found);
  const count = contents.missing.length;
  const notice =
    count === 0
      ? undefined
      : `The registry does not have ${count} of the manifests that the index names: the archive lists the others alone.`;
  return { plan: planOci(contents), layers: contents.blobs, labels: contents.labels, notice };
}

/** Who can be asked what refers to an image: no archive, and no folder of files. */
export function referrersClient({ view, ways }: OpenedImage): RegistryClient | undefined {
  return view.transport.via === 'static' ? undefined : ways[0]?.client;
}

async function dockerRequest(opened: OpenedImage, options: RequestOptions): Promise<Filled> {
  const { selected, reference } = opened.view;
  const layers = layersOf(opened);
  if (selected === undefined) throw notSaved(opened.view.title, 'it is no image for a platform');
  await requireStorage();
  const read = await readLayers(layers, readingOf(options));
  const { manifest, config } = selected;
  const image = { reference, manifest, configBytes: config.bytes, platform: statedPlatform(opened.view, selected) };
  return { plan: planDocker(image, read), layers: manifest.layers };
}

async function rootfsRequest(opened: OpenedImage, options: RequestOptions): Promise<Filled> {
  const { selected, reference } = opened.view;
  const layers = layersOf(opened);
  if (selected === undefined) throw notSaved(opened.view.title, 'it is no image for a platform');
  await requireStorage();
  const entries = await planFiles(layers, readingOf(options));
  const fileName = suffixed(archiveFileName(reference, statedPlatform(opened.view, selected)), 'rootfs');
  return { plan: createBarePlan(fileName, entries), layers: selected.manifest.layers };
}

function readingOf({ signal, onDoing }: RequestOptions): ReadingOptions {
  return {
    signal,
    onBytes: (bytes, ofBytes) => onDoing(`reading the layers, ${Math.floor((100 * bytes) / Math.max(1, ofBytes))} %`),
  };
}

function notSaved(what: string, seen: string): PulltabError {
  return new PulltabError('manifest-unsupported', { attempted: `save ${what}`, seen });
}

/** Of the same image in another page, by digest: when a download is gone on with, a tag may have moved. */
function addressOf({ view: { reference, root } }: OpenedImage, at: ViewRoute): string | undefined {
  if (at.name === 'open') return undefined;
  const params = { ...NO_PARAMS, platform: at.params.platform };
  if (at.name === 'sample') return formatRoute({ name: 'sample', params });
  return formatRoute({ name: 'image', reference: { ...reference, digest: root.digest }, params });
}

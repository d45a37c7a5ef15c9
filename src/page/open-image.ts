/** From a reference to everything its page shows: manifest, platform, config, and what Download would do. */
import { planDockerOci } from '../core/archive/docker-oci.ts';
import type { ArchivePlan } from '../core/archive/plan.ts';
import type { Digest } from '../core/digest.ts';
import { PulltabError } from '../core/errors.ts';
import { layerHistory, parseImageConfig } from '../core/image-config.ts';
import type { ImageIndex, ImageManifest, Manifest } from '../core/manifest.ts';
import { matchPlatform, type Platform, parsePlatform } from '../core/platform.ts';
import { formatReference, type Reference } from '../core/reference.ts';
import type { Route } from '../protocol/route.ts';
import { findCompleteBlobs } from '../store/blobs.ts';
import { createManifestSource, type ManifestSource } from './manifests.ts';
import type { LayerView, PlatformChoice, PlatformImage, ReadyImage, TransportView } from './model.ts';
import { type Children, childrenOf, choosePlatform, DEFAULT_PLATFORM, platformMissing } from './platform-choices.ts';
import type { Way } from './transport.ts';

export interface OpenRequest {
  readonly reference: Reference;
  readonly title: string;
  readonly ways: readonly [Way, ...Way[]];
  /** As the link has it; undefined means the default. */
  readonly platform: string | undefined;
}

export interface OpenOptions {
  readonly signal: AbortSignal;
  /** A clause for the person who waits: "reading the config". */
  readonly onDoing: (doing: string) => void;
}

/** Where an image is shown that is no archive's. */
export type ImageRoute = Extract<Route, { name: 'image' | 'sample' }>;

/** Opens an image of a registry, or the sample. @throws what `openImage` throws */
export type OpenAt = (at: ImageRoute, options: OpenOptions) => Promise<OpenedImage>;

/** An opened image, and what a download of it needs. */
export interface OpenedImage {
  readonly view: ReadyImage;
  readonly plan: ArchivePlan | undefined;
  readonly ways: readonly Way[];
  /** Other manifests and configs of the same place. */
  readonly read: Pick<ImageSource, 'byDigest' | 'configBytes'>;
  /** Blobs that are in an archive on this machine, which are not asked of any registry. */
  readonly files?: ReadonlyMap<Digest, Blob>;
}

/** A failure with what was known by then: the way that was taken, and the platforms to choose from. */
class OpenFailure extends Error {
  constructor(
    override readonly cause: unknown,
    readonly transport: TransportView,
    readonly platforms: readonly PlatformChoice[],
  ) {
    super('the image could not be opened');
  }
}

/** @throws OpenFailure, whose cause is a `PulltabError` or an abort. */
export async function openImage(request: OpenRequest, options: OpenOptions): Promise<OpenedImage> {
  const { reference, title, ways } = request;
  const { registry, repository } = reference;
  const source = createManifestSource({
    repository,
    name: title,
    ways,
    signal: options.signal,
    onWay: (way) => options.onDoing(`${registry} gave no readable answer; asking ${way.view.label}`),
  });
  options.onDoing(`asking ${registry} for ${repository}`);
  const { byDigest, configBytes, rateLimit } = source;
  return openFrom(
    {
      ...{ byDigest, configBytes, rateLimit, ways: source.ways },
      root: () => readRoot(source, reference),
      transport: () => source.current().view,
    },
    request,
    options,
  );
}

/** Where an image is read from: a registry, or an archive on this machine. */
export interface ImageSource extends Pick<ManifestSource, 'byDigest' | 'configBytes' | 'rateLimit' | 'ways'> {
  root(): Promise<Manifest>;
  transport(): TransportView;
  /** Where only some children of an index may be there, as in archives. */
  has?(digest: Digest): boolean;
}

/** @throws OpenFailure, whose cause is a `PulltabError` or an abort. */
export async function openFrom(
  source: ImageSource,
  request: Omit<OpenRequest, 'ways'>,
  options: OpenOptions,
): Promise<OpenedImage> {
  const { reference, title } = request;
  let children: Children = { choices: [], others: [] };
  try {
    const wanted = wantedPlatform(request.platform);
    const root = await source.root();
    const base = { phase: 'ready', title, reference, platforms: [], otherChildren: [] } as const;
    if (root.kind === 'index') {
      children = atHand(source, await childrenOf(root, (digest) => readNested(source, digest)));
      const view = { ...base, root, platforms: children.choices, otherChildren: children.others };
      if (children.choices.length === 0) return notDownloadable({ ...view }, source);
      const choice = choosePlatform(children.choices, wanted, title);
      options.onDoing(`reading ${choice.label}`);
      const manifest = await source.byDigest(choice.digest);
      if (manifest.kind !== 'image') {
        return notDownloadable({ ...view, root: manifest, selectedDigest: choice.digest }, source);
      }
      const opened = await openManifest(source, { reference, manifest, platform: choice.platform, options });
      return downloadable({ ...view, selectedDigest: choice.digest }, opened, source);
    }
    if (root.kind !== 'image') return notDownloadable({ ...base, root }, source);
    const opened = await openManifest(source, { reference, manifest: root, platform: undefined, options });
    const { platform } = opened.selected.config;
    if (wanted.asked && matchPlatform([{ platform }], wanted.platform) === undefined) {
      throw platformMissing(title, wanted.platform, [`${platform.os}/${platform.architecture} only`]);
    }
    return downloadable({ ...base, root, selectedDigest: root.digest }, opened, source);
  } catch (error) {
    throw new OpenFailure(error, source.transport(), children.choices);
  }
}

function wantedPlatform(text: string | undefined): { platform: Platform; asked: boolean } {
  if (text === undefined) return { platform: DEFAULT_PLATFORM, asked: false };
  return { platform: parsePlatform(text), asked: true };
}

/** With both given the digest decides, as everywhere: a tag beside it is only a name. */
function readRoot(source: ManifestSource, { tag, digest }: Reference): Promise<Manifest> {
  return digest === undefined ? source.byTag(tag ?? 'latest') : source.byDigest(digest);
}

/** What is only named can be shown, and not chosen. */
function atHand({ has }: ImageSource, children: Children): Children {
  return has === undefined ? children : { ...children, choices: children.choices.filter(({ digest }) => has(digest)) };
}

async function readNested(source: ImageSource, digest: Digest): Promise<ImageIndex | undefined> {
  const manifest = await source.byDigest(digest);
  return manifest.kind === 'index' ? manifest : undefined;
}

interface OpenedManifest {
  readonly selected: PlatformImage;
  readonly plan: ArchivePlan;
}

async function openManifest(
  source: ImageSource,
  about: { reference: Reference; manifest: ImageManifest; platform: Platform | undefined; options: OpenOptions },
): Promise<OpenedManifest> {
  const { reference, manifest } = about;
  about.options.onDoing('reading the config');
  const configBytes = await source.configBytes(manifest.config);
  const config = parseImageConfig(configBytes, { attempted: `read the config of ${formatReference(reference)}` });
  const plan = planDockerOci({ reference, manifest, configBytes, platform: about.platform ?? config.platform });
  const history = layerHistory(config, manifest.layers.length);
  const layers = manifest.layers.map(({ digest, mediaType, size }, at) => ({
    digest,
    mediaType,
    size,
    createdBy: history[at],
    cached: false,
  }));
  const selected: PlatformImage = {
    manifest,
    config,
    layers,
    transferBytes: plan.entries.reduce(
      (sum, entry) => sum + (entry.kind === 'blob' ? entry.size : 0),
      configBytes.length,
    ),
    offer: { fileName: plan.fileName, archiveBytes: plan.archiveBytes, cachedBytes: 0 },
  };
  return { selected: await withCacheState(selected), plan };
}

/** The same image with what the layer cache holds of it now. */
export async function withCacheState(image: PlatformImage): Promise<PlatformImage> {
  const complete = await findCompleteBlobs(image.layers.map(({ digest }) => digest)).catch(() => new Set<Digest>());
  const layers = image.layers.map((layer): LayerView => ({ ...layer, cached: complete.has(layer.digest) }));
  const distinct = new Map(layers.map((layer) => [layer.digest, layer]));
  const cachedLayers = [...distinct.values()].filter(({ cached }) => cached);
  const allCached = cachedLayers.length === distinct.size;
  const cachedBytes = cachedLayers.reduce((sum, { size }) => sum + size, 0);
  const { offer } = image;
  if (offer === undefined) return { ...image, layers };
  return { ...image, layers, offer: { ...offer, cachedBytes: allCached ? offer.archiveBytes : cachedBytes } };
}

type Base = Omit<ReadyImage, 'transport' | 'rateLimit' | 'selected' | 'selectedDigest' | 'whyNoDownload'> & {
  readonly selectedDigest?: Digest;
};

function downloadable(base: Base, { selected, plan }: OpenedManifest, source: ImageSource): OpenedImage {
  const view: ReadyImage = {
    ...base,
    transport: source.transport(),
    rateLimit: source.rateLimit(),
    selected,
    selectedDigest: base.selectedDigest,
  };
  return { view, plan, ways: source.ways(), read: source };
}

const WHY_NO_DOWNLOAD = {
  index: 'This index holds no image for any platform: all of it can be saved, and no loader would run it.',
  artifact: 'This is an artifact, not a container image: its files can be saved, and no loader would run it.',
  schema1: 'This image is in Docker’s schema 1, which names no config and no sizes: loaders no longer take it.',
  image: 'This image cannot be downloaded.',
} as const satisfies Record<Manifest['kind'], string>;

function notDownloadable(base: Base, source: ImageSource): OpenedImage {
  const view: ReadyImage = {
    ...base,
    transport: source.transport(),
    rateLimit: source.rateLimit(),
    selected: undefined,
    selectedDigest: base.selectedDigest,
    whyNoDownload: WHY_NO_DOWNLOAD[base.root.kind],
  };
  return { view, plan: undefined, ways: source.ways(), read: source };
}

/** What is shown of a failure. @throws the abort of a request that nobody waits for any more. */
export function failureOf(error: unknown): {
  error: unknown;
  transport?: TransportView;
  platforms?: readonly PlatformChoice[];
} {
  if (!(error instanceof OpenFailure)) return { error };
  const { cause, transport, platforms } = error;
  return { error: cause, transport, ...(isMissingPlatform(cause) ? { platforms } : {}) };
}

function isMissingPlatform(error: unknown): boolean {
  return error instanceof PulltabError && (error.code === 'platform-missing' || error.code === 'platform-invalid');
}

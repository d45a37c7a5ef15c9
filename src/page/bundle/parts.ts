/** The images of a bundle, opened one by one as their pages would open them. */
import { PulltabError } from '../../core/errors.ts';
import type { ImageIndex, ImageManifest } from '../../core/manifest.ts';
import { formatReference } from '../../core/reference.ts';
import { NO_PARAMS, readPasted, routeForText } from '../../protocol/route.ts';
import type { PlatformImage } from '../model.ts';
import { type ImageRoute, type OpenAt, type OpenedImage, type OpenOptions, openFrom } from '../open-image.ts';

/** One image of one platform. */
export interface Part {
  readonly at: ImageRoute;
  readonly opened: OpenedImage;
  readonly root: ImageIndex | ImageManifest;
  readonly selected: PlatformImage;
}

export interface PartRequest {
  readonly at: ImageRoute;
  /** As the link has it. Undefined for the platform that Docker would take. */
  readonly platform: string | undefined;
  /** Another platform of the same entry, whose index and tokens do here as well. */
  readonly beside?: Part | undefined;
}

/** What the text of an entry is about. @throws PulltabError `reference-invalid` */
export async function readEntry(text: string): Promise<ImageRoute> {
  const typed = routeForText(text);
  const read = typed.name === 'pasted' ? await readPasted(typed) : typed;
  if (read.name === 'image' || read.name === 'sample') return read;
  if (read.name === 'invalid') throw read.error;
  throw new PulltabError('internal', { attempted: `read ${text}`, seen: `it is a page: ${read.name}` });
}

/** @throws OpenFailure of `open-image.ts`; PulltabError for what no loader would take; an abort when the signal says so */
export async function openPart(openAt: OpenAt, request: PartRequest, options: OpenOptions): Promise<Part> {
  const { platform = request.at.params.platform, beside } = request;
  const at = { ...request.at, params: { ...NO_PARAMS, platform } };
  const opened = await (beside === undefined ? openAt(at, options) : openBeside(beside, at, options));
  const { root, selected, title } = opened.view;
  if (selected !== undefined && (root.kind === 'index' || root.kind === 'image')) return { at, opened, root, selected };
  throw new PulltabError('manifest-unsupported', {
    attempted: `put ${title} into the bundle`,
    seen: WHAT_IT_IS[root.kind],
  });
}

const WHAT_IT_IS = {
  index: 'it is an index without an image for any platform',
  artifact: 'it is an artifact, not a container image',
  schema1: 'it is in Docker’s schema 1, which names no config and no sizes',
  image: 'it is not an image that can be saved',
} as const satisfies Record<OpenedImage['view']['root']['kind'], string>;

function openBeside({ opened, root }: Part, at: ImageRoute, options: OpenOptions): Promise<OpenedImage> {
  const { reference, title, transport } = opened.view;
  const source = {
    ...opened.read,
    root: () => Promise.resolve(root),
    transport: () => transport,
    ways: () => opened.ways,
    rateLimit: () => undefined,
  };
  return openFrom(source, { reference, title, platform: at.params.platform }, options);
}

/** The same entry by digest: what it leads to stays the same when its tag moves. The sample has no other. */
export function pinnedText({ at, opened, root }: Part): string {
  return at.name === 'sample' ? at.name : formatReference({ ...opened.view.reference, digest: root.digest });
}

/** As the cache knows it, which is also the address of its page. */
export function cacheName({ at, opened }: Part): string {
  return at.name === 'sample' ? at.name : opened.view.title;
}

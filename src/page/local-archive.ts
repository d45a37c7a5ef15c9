/**
 * An archive of images on this machine, as a source of images beside the registries. It is read in place: of an archive of
 * 5 GB, what describes its images; the layers when someone looks into them. Nothing of it is sent or kept anywhere.
 */
import { type Digest, isDigest } from '../core/digest.ts';
import { blobSource } from '../core/layer/byte-source.ts';
import {
  type ArchiveContents,
  type ArchivedImage,
  blobPath,
  readArchive,
} from '../core/local-archive/archive-images.ts';
import { type ImageBlobs, imageBlobs } from '../core/local-archive/archived-image.ts';
import { type Reference, ReferenceFault, readReference } from '../core/reference.ts';
import type { ViewParams } from '../protocol/route.ts';
import type { ArchivedImageChoice, ArchiveState } from './model.ts';
import { type OpenedImage, type OpenOptions, openFrom } from './open-image.ts';
import { plainArchive } from './plain-archive.ts';

export interface LocalArchive {
  readonly view: Extract<ArchiveState, { phase: 'open' }>;
  /** The image that the address asks for: the only one where it asks for none; undefined where that has to be chosen. */
  find(params: ViewParams): FoundImage | undefined;
}

export interface FoundImage {
  readonly title: string;
  /** @throws OpenFailure, whose cause is a PulltabError or an abort */
  open(options: OpenOptions): Promise<OpenedImage>;
}

export interface OpenArchiveOptions {
  readonly signal: AbortSignal;
  /** While the archive itself has to be decompressed: bytes of the file. */
  readonly onProgress: (doneBytes: number) => void;
}

type Place = { readonly from: number; readonly size: number };

/** For images whose archive gives them no name that is a reference. */
const NAMELESS: Reference = { registry: 'localhost', repository: 'archive' };

/** @throws PulltabError `archive-invalid`, `manifest-invalid`; an abort when `signal` says so */
export async function openLocalArchive(file: File, options: OpenArchiveOptions): Promise<LocalArchive> {
  const attempted = `open ${file.name}`;
  const plain = await plainArchive(file, { ...options, attempted });
  const contents = await readArchive(blobSource(plain.blob), { signal: options.signal, attempted });
  const slice = ({ from, size }: Place): Blob => plain.blob.slice(from, from + size);
  const images = contents.images.map(choiceOf);

  function found(image: ArchivedImage, key: string, platform: string | undefined): FoundImage {
    const [name] = image.names;
    const title = name ?? (images.length === 1 ? file.name : `${file.name} ${key}`);
    const blobs = imageBlobs(contents, image, {
      attempted,
      head: async (place) => new Uint8Array(await slice(place).slice(0, 8).arrayBuffer()),
      hash: (place) => plain.hash(slice(place)),
    });
    const source = {
      ...blobs,
      has: (digest: Digest) => blobs.find(digest) !== undefined,
      rateLimit: () => undefined,
      ways: () => [],
      transport: () => ({ via: 'file', label: file.name }) as const,
    };
    const request = { title, reference: referenceOf(name), platform };
    const about = { fileName: file.name, manifestMade: contents.format === 'docker' };
    return { title, open: async (how) => withFiles(await openFrom(source, request, how), { blobs, slice, about }) };
  }

  return {
    view: { phase: 'open', fileName: file.name, bytes: file.size, images, ignored: contents.ignored },
    find({ image: asked, platform }) {
      const at = asked === undefined ? onlyOf(images) : positionOf(asked, images);
      const listed = contents.images[at];
      if (listed !== undefined) return found(listed, images[at]?.key ?? '', platform);
      if (asked === undefined || !holds(contents, asked)) return undefined;
      // One of two images for the same platform: no other word tells them apart.
      return found({ names: [], root: { kind: 'oci', digest: asked } }, asked.slice(7, 19), platform);
    },
  };
}

function choiceOf({ names, root }: ArchivedImage, position: number): ArchivedImageChoice {
  return { key: names[0] ?? `@${position}`, names, id: idOf(root) };
}

function idOf(root: ArchivedImage['root']): string {
  // Docker names configs by their digest, which is the image's ID.
  if (root.kind === 'docker')
    return root.config.replace(/^(?:blobs\/sha256\/)?([0-9a-f]{64})(?:\.json)?$/, 'sha256:$1');
  return root.kind === 'index' ? root.index.digest : root.digest;
}

function onlyOf(images: readonly ArchivedImageChoice[]): number {
  return images.length === 1 ? 0 : -1;
}

function positionOf(asked: string, images: readonly ArchivedImageChoice[]): number {
  const named = images.findIndex(({ names }) => names.includes(asked));
  return named >= 0 ? named : Number(/^@(\d+)$/.exec(asked)?.[1] ?? -1);
}

function holds({ format, find }: ArchiveContents, asked: string): asked is Digest {
  return isDigest(asked) && format === 'oci' && find(blobPath(asked)) !== undefined;
}

function referenceOf(name: string | undefined): Reference {
  try {
    return name === undefined ? NAMELESS : readReference(name);
  } catch (error) {
    if (error instanceof ReferenceFault) return NAMELESS;
    throw error;
  }
}

/** Its layers are in the file, and nobody needs to download what is here. */
function withFiles(
  opened: OpenedImage,
  from: {
    readonly blobs: ImageBlobs;
    readonly slice: (place: Place) => Blob;
    readonly about: NonNullable<OpenedImage['view']['archive']>;
  },
): OpenedImage {
  const { whyNoDownload: _, ...view } = opened.view;
  const { selected } = view;
  const files = new Map<Digest, Blob>();
  for (const { digest } of selected?.layers ?? []) {
    const place = from.blobs.find(digest);
    if (place !== undefined) files.set(digest, from.slice(place));
  }
  return {
    view: { ...view, archive: from.about, selected: selected && { ...selected, offer: undefined } },
    plan: undefined,
    ways: [],
    read: opened.read,
    files,
  };
}

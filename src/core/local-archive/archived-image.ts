/**
 * An image of an archive as a registry would serve it: its manifest, checked against its digest, and where its blobs
 * are. A docker-archive has no manifest, so one is made from its list of layers; its digest is nobody's.
 */
import { type Digest, digestAlgorithm, isDigest } from '../digest.ts';
import { PulltabError } from '../errors.ts';
import { digestOf } from '../hash/digest-of.ts';
import { parseImageConfig } from '../image-config.ts';
import { type Descriptor, type Manifest, parseManifest } from '../manifest.ts';
import { DOCKER_CONFIG, DOCKER_MANIFEST } from '../media-types.ts';
import { type ArchiveContents, type ArchivedImage, blobPath } from './archive-images.ts';
import { compressionOf } from './compression.ts';
import { CONFIG_LIMIT_BYTES, MANIFEST_LIMIT_BYTES } from './limits.ts';

type Place = { readonly from: number; readonly size: number };

export interface ImageBlobs {
  root(): Promise<Manifest>;
  byDigest(digest: Digest): Promise<Manifest>;
  configBytes(config: Descriptor): Promise<Uint8Array<ArrayBuffer>>;
  /** Where a blob is in the archive; undefined where the archive does not hold it. */
  find(digest: Digest): Place | undefined;
}

export interface ImageBlobsOptions {
  /** For errors: "open image.tar". */
  readonly attempted: string;
  /** First bytes of a file of the archive. */
  readonly head: (place: Place) => Promise<Uint8Array>;
  /** The digest of a whole file of the archive. */
  readonly hash: (place: Place) => Promise<Digest>;
}

/** Its methods throw PulltabError `archive-invalid`, and what `parseManifest` throws. */
export function imageBlobs(contents: ArchiveContents, image: ArchivedImage, options: ImageBlobsOptions): ImageBlobs {
  return image.root.kind === 'docker'
    ? dockerBlobs(contents, image.root, options)
    : ociBlobs(contents, image.root, options);
}

function ociBlobs(
  contents: ArchiveContents,
  root: Exclude<ArchivedImage['root'], { kind: 'docker' }>,
  { attempted }: ImageBlobsOptions,
): ImageBlobs {
  const read = async (digest: Digest, limitBytes: number): Promise<Uint8Array<ArrayBuffer>> => {
    const bytes = await contents.readFile(blobPath(digest), limitBytes);
    await check(bytes, digest, attempted);
    return bytes;
  };
  const byDigest = async (digest: Digest): Promise<Manifest> =>
    parseManifest(await read(digest, MANIFEST_LIMIT_BYTES), { digest, attempted });
  return {
    root: async () => (root.kind === 'index' ? root.index : byDigest(root.digest)),
    byDigest,
    configBytes: ({ digest }) => read(digest, CONFIG_LIMIT_BYTES),
    find: (digest) => contents.find(blobPath(digest)),
  };
}

function dockerBlobs(
  contents: ArchiveContents,
  { config: configPath, layers: paths }: Extract<ArchivedImage['root'], { kind: 'docker' }>,
  options: ImageBlobsOptions,
): ImageBlobs {
  const { attempted } = options;
  const places = new Map<Digest, Place>();

  async function readConfig(): Promise<{ bytes: Uint8Array<ArrayBuffer>; digest: Digest }> {
    const bytes = await contents.readFile(configPath, CONFIG_LIMIT_BYTES);
    const digest = await digestOf(bytes);
    const named = /(?:^|\/)([0-9a-f]{64})(?:\.json)?$/.exec(configPath)?.[1];
    if (named !== undefined) await check(bytes, `sha256:${named}`, attempted);
    return { bytes, digest };
  }

  async function root(): Promise<Manifest> {
    const { bytes: configBytes, digest: configDigest } = await readConfig();
    const { diffIds } = parseImageConfig(configBytes, { attempted });
    if (diffIds.length !== paths.length) {
      const seen = `manifest.json in it lists ${paths.length} layers and the config ${diffIds.length}`;
      throw new PulltabError('archive-invalid', { attempted, seen });
    }
    const layers = [];
    for (const [at, path] of paths.entries()) layers.push(await layerAt(path, diffIds[at]));
    const config = { mediaType: DOCKER_CONFIG, size: configBytes.length, digest: configDigest };
    const manifest = { schemaVersion: 2, mediaType: DOCKER_MANIFEST, config, layers };
    const bytes = new TextEncoder().encode(JSON.stringify(manifest, undefined, 2));
    return parseManifest(bytes, { digest: await digestOf(bytes), attempted });
  }

  async function layerAt(path: string, diffId: Digest | undefined) {
    const place = contents.find(path);
    if (place === undefined || diffId === undefined) {
      throw new PulltabError('archive-invalid', {
        attempted,
        seen: `it holds no ${path}, which is a layer of the image`,
      });
    }
    const compression = compressionOf(await options.head(place));
    // A tar as it is: what the config says it hashes to is checked when it is read.
    const digest = compression === 'none' ? diffId : (nameInLayout(path) ?? (await options.hash(place)));
    places.set(digest, place);
    const mediaType = `application/vnd.docker.image.rootfs.diff.tar${compression === 'none' ? '' : `.${compression}`}`;
    return { mediaType, size: place.size, digest };
  }

  return {
    root,
    byDigest: root,
    configBytes: async () => (await readConfig()).bytes,
    find: (digest) => places.get(digest),
  };
}

/** The digest that a path of an OCI layout is. */
function nameInLayout(path: string): Digest | undefined {
  const [, algorithm, hex] = /^blobs\/(\w+)\/(\w+)$/.exec(path) ?? [];
  const digest = `${algorithm}:${hex}`;
  return isDigest(digest) ? digest : undefined;
}

async function check(bytes: Uint8Array<ArrayBuffer>, digest: string, attempted: string): Promise<void> {
  if (!isDigest(digest)) return;
  if ((await digestOf(bytes, digestAlgorithm(digest))) === digest) return;
  const seen = `the archive has other bytes where it says that ${digest} is: it is damaged or was changed`;
  throw new PulltabError('archive-invalid', { attempted, seen });
}

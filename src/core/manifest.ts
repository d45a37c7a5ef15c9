/**
 * Manifests: bytes as a registry serves them → what they are. Docker's schema 1 and 2 and its lists, OCI manifests and
 * indexes, artifacts old and new. The raw bytes are kept beside the parsed values, because a digest is one of bytes.
 * https://github.com/opencontainers/image-spec/blob/main/manifest.md https://github.com/opencontainers/image-spec/blob/main/image-index.md
 * https://distribution.github.io/distribution/spec/manifest-v2-1/ https://distribution.github.io/distribution/spec/manifest-v2-2/
 */
import * as v from 'valibot';
import type { Digest } from './digest.ts';
import { PulltabError } from './errors.ts';
import {
  DigestSchema,
  type JsonObject,
  LenientPlatformSchema,
  LenientTextMapSchema,
  LenientTextSchema,
  LenientTextsSchema,
  lenient,
  listOf,
  parseJsonObject,
  readFields,
  TextSchema,
} from './json-document.ts';
import {
  BUILDKIT_CACHE_CONFIG,
  baseMediaType,
  DOCKER_SCHEMA1,
  DOCKER_SCHEMA1_SIGNED,
  isImageConfigType,
  isImageManifestType,
  isIndexType,
  isSchema1Type,
  OCI_ARTIFACT_MANIFEST,
  OCI_INDEX,
  OCI_MANIFEST,
} from './media-types.ts';
import type { Platform } from './platform.ts';

/** What points to a blob or to another manifest. */
export interface Descriptor {
  /** Empty where the registry gave none, which happens for layers. */
  readonly mediaType: string;
  readonly digest: Digest;
  readonly size: number;
  readonly platform?: Platform;
  readonly annotations?: Readonly<Record<string, string>>;
  /** Where else the blob can be had; for foreign layers. */
  readonly urls?: readonly string[];
  readonly artifactType?: string;
  /** The blob itself, inline. As long as `size`, but not checked against `digest` yet. */
  readonly data?: Uint8Array<ArrayBuffer>;
}

interface ManifestBase {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** An OCI index or a Docker manifest list. */
export interface ImageIndex extends ManifestBase {
  readonly kind: 'index';
  readonly manifests: readonly Descriptor[];
  readonly artifactType?: string;
  readonly subject?: Descriptor;
}

export interface ImageManifest extends ManifestBase {
  readonly kind: 'image';
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
  readonly subject?: Descriptor;
}

/** Anything that is stored like an image and is none: charts, signatures, attestations, SBOMs, build caches. */
export interface ArtifactManifest extends ManifestBase {
  readonly kind: 'artifact';
  readonly artifactType: string;
  readonly config?: Descriptor;
  readonly layers: readonly Descriptor[];
  readonly subject?: Descriptor;
}

/** Docker's first format: no config, no sizes, no diffIds, so it can be shown but not downloaded. */
export interface Schema1Manifest extends ManifestBase {
  readonly kind: 'schema1';
  readonly architecture: string;
  /** Oldest first, the other way round than in the document. */
  readonly layers: readonly { readonly digest: Digest; readonly createdBy?: string }[];
}

export type Manifest = ImageIndex | ImageManifest | ArtifactManifest | Schema1Manifest;

type Shape = 'index' | 'manifest' | 'blobs' | 'schema1';

const SHAPE_NAMES: Record<Shape, string> = {
  index: 'an index',
  manifest: 'an image manifest',
  blobs: 'an artifact manifest',
  schema1: 'a manifest of schema 1',
};

const REFERENCE_TYPE = 'vnd.docker.reference.type';
const REFERENCE_DIGEST = 'vnd.docker.reference.digest';

const SizeSchema = v.pipe(
  v.number('is not a number'),
  v.safeInteger('is not a whole number of bytes'),
  v.minValue(0, 'is negative'),
);

const DescriptorSchema = v.pipe(
  v.object(
    {
      mediaType: lenient(TextSchema),
      digest: DigestSchema,
      size: SizeSchema,
      platform: LenientPlatformSchema,
      annotations: LenientTextMapSchema,
      urls: LenientTextsSchema,
      artifactType: LenientTextSchema,
      data: LenientTextSchema,
    },
    'is not an object',
  ),
  v.transform(({ mediaType, digest, size, platform, annotations, urls, artifactType, data }): Descriptor => {
    const inline = data === undefined ? undefined : decodeBase64(data);
    return {
      mediaType: baseMediaType(mediaType),
      digest,
      size,
      ...(platform === undefined ? {} : { platform }),
      ...(annotations === undefined ? {} : { annotations }),
      ...(urls === undefined ? {} : { urls }),
      ...(artifactType === undefined ? {} : { artifactType }),
      // Inline data only saves a request: when it is damaged the blob is fetched instead.
      ...(inline === undefined || inline.length !== size ? {} : { data: inline }),
    };
  }),
);

const COMMON_FIELDS = {
  annotations: LenientTextMapSchema,
  artifactType: LenientTextSchema,
  subject: lenient(DescriptorSchema),
};
const IndexSchema = v.object({ ...COMMON_FIELDS, manifests: listOf(DescriptorSchema) });
const ImageSchema = v.object({
  ...COMMON_FIELDS,
  config: DescriptorSchema,
  layers: v.optional(listOf(DescriptorSchema), []),
});
const BlobsSchema = v.object({ ...COMMON_FIELDS, blobs: listOf(DescriptorSchema) });
const Schema1Schema = v.object({
  architecture: LenientTextSchema,
  fsLayers: listOf(v.object({ blobSum: DigestSchema }, 'is not an object')),
  history: lenient(listOf(v.object({ v1Compatibility: TextSchema }))),
});
const V1CompatibilitySchema = v.object({ container_config: v.object({ Cmd: v.array(v.string()) }) });

/**
 * Tells what the bytes are and reads them. The shape decides (`manifests`, `layers`, `blobs`, `fsLayers`); the media type
 * is the Content-Type, else the field `mediaType`, whichever agrees with the shape, else the OCI type of that shape. A
 * document of two shapes, or one that calls itself something else than it is, is refused: other tools might read the same
 * digest as another image (CVE-2021-41190).
 *
 * @param options.digest of the bytes, known by the caller; it is not computed here
 * @param options.attempted for errors: "read the manifest of nginx:1.27"
 * @throws PulltabError `manifest-invalid`, naming the field that is wrong.
 */
export function parseManifest(
  bytes: Uint8Array<ArrayBuffer>,
  options: { readonly digest: Digest; readonly contentType?: string | undefined; readonly attempted: string },
): Manifest {
  const { digest, attempted } = options;
  const document = parseJsonObject(bytes, attempted);
  const shape = shapeOf(document, attempted);
  const labels = [baseMediaType(options.contentType), mediaTypeField(document)];
  const label = labels.find((mediaType) => shapeOfType(mediaType) === shape);
  const base = { digest, bytes, mediaType: label ?? defaultMediaType(shape, document) };
  switch (shape) {
    case 'index':
      return readIndex({ base, document, attempted });
    case 'manifest':
      return readImage({ base, document, attempted });
    case 'blobs':
      return readBlobs({ base, document, attempted });
    case 'schema1':
      return readSchema1({ base, document, attempted });
  }
}

/**
 * The children of an index that are images for a platform, for a choice of platforms: without attestations and artifacts,
 * with nested indexes and with children that name no platform.
 */
export function platformManifests(index: ImageIndex): Descriptor[] {
  return index.manifests.filter((child) => {
    if (child.annotations?.[REFERENCE_TYPE] !== undefined || child.artifactType !== undefined) return false;
    if (child.platform?.os === 'unknown' && child.platform.architecture === 'unknown') return false;
    return child.mediaType === '' || ['index', 'manifest', 'schema1'].includes(shapeOfType(child.mediaType) ?? '');
  });
}

/** The children of an index that attest to another child: provenance and SBOMs as BuildKit stores them. */
export function attestationsOf(index: ImageIndex, manifestDigest: Digest): Descriptor[] {
  return index.manifests.filter(
    ({ annotations }) =>
      annotations?.[REFERENCE_TYPE] === 'attestation-manifest' && annotations[REFERENCE_DIGEST] === manifestDigest,
  );
}

interface Reading {
  readonly base: Omit<ManifestBase, 'annotations'>;
  readonly document: JsonObject;
  readonly attempted: string;
}

function shapeOf(document: JsonObject, attempted: string): Shape {
  const shapes = new Set<Shape>();
  if (Object.hasOwn(document, 'manifests')) shapes.add('index');
  if (Object.hasOwn(document, 'layers') || Object.hasOwn(document, 'config')) shapes.add('manifest');
  if (Object.hasOwn(document, 'blobs')) shapes.add('blobs');
  if (Object.hasOwn(document, 'fsLayers')) shapes.add('schema1');
  const [shape, other] = shapes;
  if (shape === undefined) throw new PulltabError('manifest-invalid', { attempted, seen: whyNoShape(document) });
  if (other !== undefined) {
    const seen = `it is both ${SHAPE_NAMES[shape]} and ${SHAPE_NAMES[other]}, so tools disagree on what it is`;
    throw new PulltabError('manifest-invalid', { attempted, seen });
  }
  const declared = shapeOfType(mediaTypeField(document));
  if (declared !== undefined && declared !== shape) {
    const seen = `it calls itself ${SHAPE_NAMES[declared]} but has the fields of ${SHAPE_NAMES[shape]}`;
    throw new PulltabError('manifest-invalid', { attempted, seen });
  }
  return shape;
}

function whyNoShape(document: JsonObject): string {
  if (Object.hasOwn(document, 'errors')) return 'it is a registry’s error message';
  if (Object.hasOwn(document, 'rootfs') || Object.hasOwn(document, 'architecture')) {
    return 'it is the config of an image, not a manifest';
  }
  return 'it is JSON, but has neither manifests nor layers';
}

function mediaTypeField(document: JsonObject): string {
  return typeof document.mediaType === 'string' ? baseMediaType(document.mediaType) : '';
}

function shapeOfType(mediaType: string): Shape | undefined {
  if (isIndexType(mediaType)) return 'index';
  if (isImageManifestType(mediaType)) return 'manifest';
  if (isSchema1Type(mediaType)) return 'schema1';
  return mediaType === OCI_ARTIFACT_MANIFEST ? 'blobs' : undefined;
}

function defaultMediaType(shape: Shape, document: JsonObject): string {
  switch (shape) {
    case 'index':
      return OCI_INDEX;
    case 'manifest':
      return OCI_MANIFEST;
    case 'blobs':
      return OCI_ARTIFACT_MANIFEST;
    case 'schema1':
      return Object.hasOwn(document, 'signatures') ? DOCKER_SCHEMA1_SIGNED : DOCKER_SCHEMA1;
  }
}

function readIndex({ base, document, attempted }: Reading): ImageIndex | ArtifactManifest {
  const { annotations = {}, artifactType, subject, manifests } = readFields(IndexSchema, document, { attempted });
  const rest = { ...base, annotations, ...(subject === undefined ? {} : { subject }) };
  const config = manifests.find(({ mediaType }) => mediaType === BUILDKIT_CACHE_CONFIG);
  if (config !== undefined) {
    // BuildKit stores a build cache as an "index" of its layers.
    const layers = manifests.filter((child) => child !== config);
    return { ...rest, kind: 'artifact', artifactType: BUILDKIT_CACHE_CONFIG, config, layers };
  }
  return { ...rest, kind: 'index', manifests, ...(artifactType === undefined ? {} : { artifactType }) };
}

function readImage({ base, document, attempted }: Reading): ImageManifest | ArtifactManifest {
  const { annotations = {}, artifactType, subject, config, layers } = readFields(ImageSchema, document, { attempted });
  const rest = { ...base, annotations, config, layers, ...(subject === undefined ? {} : { subject }) };
  if (!isImageConfig(config.mediaType))
    return { ...rest, kind: 'artifact', artifactType: artifactType ?? config.mediaType };
  // Signatures and attestations borrow the config type of images; their layers are JSON, which no file system is.
  const [first] = layers;
  if (first !== undefined && layers.every(({ mediaType }) => mediaType.endsWith('+json'))) {
    return { ...rest, kind: 'artifact', artifactType: artifactType ?? first.mediaType };
  }
  return { ...rest, kind: 'image' };
}

/** Old tools left the type out or pushed `application/octet-stream`; Docker takes both for an image's config. */
function isImageConfig(mediaType: string): boolean {
  return isImageConfigType(mediaType) || mediaType === '' || mediaType === 'application/octet-stream';
}

function readBlobs({ base, document, attempted }: Reading): ArtifactManifest {
  const { annotations = {}, artifactType, subject, blobs } = readFields(BlobsSchema, document, { attempted });
  return {
    ...base,
    kind: 'artifact',
    annotations,
    artifactType: artifactType ?? base.mediaType,
    layers: blobs,
    ...(subject === undefined ? {} : { subject }),
  };
}

function readSchema1({ base, document, attempted }: Reading): Schema1Manifest {
  const { architecture = 'unknown', fsLayers, history } = readFields(Schema1Schema, document, { attempted });
  const layers = fsLayers.map(({ blobSum }, index) => {
    const createdBy = history?.length === fsLayers.length ? commandOf(history[index]?.v1Compatibility) : undefined;
    return createdBy === undefined ? { digest: blobSum } : { digest: blobSum, createdBy };
  });
  return { ...base, kind: 'schema1', annotations: {}, architecture, layers: layers.reverse() };
}

function commandOf(v1Compatibility: string | undefined): string | undefined {
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), V1CompatibilitySchema), v1Compatibility);
  return parsed.success ? parsed.output.container_config.Cmd.join(' ') : undefined;
}

function decodeBase64(text: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  } catch {
    return undefined;
  }
}

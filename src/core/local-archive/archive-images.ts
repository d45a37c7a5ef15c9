/**
 * The images in an archive: an OCI layout (index.json), a docker-archive (manifest.json), or both in one tar, as Docker
 * 25 and later and this app write them; the OCI layout counts then, because it has the manifests.
 * https://github.com/opencontainers/image-spec/blob/main/image-layout.md
 * https://github.com/moby/moby/blob/master/image/tarexport/load.go (manifest.json)
 */
import * as v from 'valibot';
import { type Digest, digestAlgorithm, digestHex } from '../digest.ts';
import { PulltabError } from '../errors.ts';
import { digestOf } from '../hash/digest-of.ts';
import { listOf, readFields } from '../json-document.ts';
import type { ByteSource } from '../layer/byte-source.ts';
import { type Descriptor, type ImageIndex, parseManifest } from '../manifest.ts';
import { IMAGES_LIMIT, MANIFEST_LIMIT_BYTES } from './limits.ts';
import { findFile, type ReadMembersOptions, readTarMembers, type TarMembers } from './tar-members.ts';

export interface ArchivedImage {
  /** As it may be asked for by; the first one names it. Empty where the archive gives none. */
  readonly names: readonly string[];
  readonly root: /** A manifest or an index in the layout. */
    | { readonly kind: 'oci'; readonly digest: Digest }
    /** index.json itself: it lists one image for several platforms. */
    | { readonly kind: 'index'; readonly index: ImageIndex }
    /** Paths in the archive. Layers from the lowest on. */
    | { readonly kind: 'docker'; readonly config: string; readonly layers: readonly string[] };
}

export interface ArchiveContents {
  readonly format: 'oci' | 'docker';
  /** At least one. */
  readonly images: readonly ArchivedImage[];
  /** See `TarMembers`. */
  readonly ignored: readonly string[];
  /** The file at a path of the layout, links followed; undefined where there is none. */
  find(path: string): { readonly from: number; readonly size: number } | undefined;
  /** @throws PulltabError `archive-invalid` where there is none, or it is larger than `limitBytes` */
  readFile(path: string, limitBytes: number): Promise<Uint8Array<ArrayBuffer>>;
}

/** Where an OCI layout has a blob. */
export function blobPath(digest: Digest): string {
  return `blobs/${digestAlgorithm(digest)}/${digestHex(digest)}`;
}

/** @throws PulltabError `archive-invalid`, `manifest-invalid`; an abort */
export async function readArchive(source: ByteSource, options: ReadMembersOptions): Promise<ArchiveContents> {
  const members = await readTarMembers(source, options);
  const folder = layoutFolder(members);
  const invalid = (seen: string) => new PulltabError('archive-invalid', { attempted: options.attempted, seen });
  const find = (path: string) => findFile(members, folder + path);
  const readFile = async (path: string, limitBytes: number): Promise<Uint8Array<ArrayBuffer>> => {
    const file = find(path);
    if (file === undefined) throw invalid(`it holds no ${path}`);
    if (file.size > limitBytes) throw invalid(`its ${path} has ${file.size} bytes, more than any real one`);
    return source.read(file.from, file.from + file.size);
  };
  const docker = find('manifest.json') && readDocker(await readFile('manifest.json', MANIFEST_LIMIT_BYTES), options);
  const oci =
    find('index.json') && (await readOci(await readFile('index.json', MANIFEST_LIMIT_BYTES), options, docker));
  const isOci = oci !== undefined && (oci.length > 0 || docker === undefined);
  const images = isOci ? oci : docker;
  if (images === undefined) throw invalid(whyNoImage(members));
  if (images.length === 0) throw invalid('its list of images is empty');
  if (images.length > IMAGES_LIMIT) throw invalid(`it lists more than ${IMAGES_LIMIT} images`);
  return { format: isOci ? 'oci' : 'docker', images, ignored: members.ignored, find, readFile };
}

/** Where the layout begins: `tar c folder` puts one folder around it. Empty, or ends with a slash. */
function layoutFolder(members: TarMembers): string {
  const isLayout = (folder: string) =>
    ['manifest.json', 'index.json'].some((name) => findFile(members, folder + name) !== undefined);
  if (isLayout('')) return '';
  const tops = new Set([...members.members.keys()].map((path) => path.slice(0, path.indexOf('/') + 1)));
  const [top = ''] = tops;
  return tops.size === 1 && isLayout(top) ? top : '';
}

function whyNoImage(members: TarMembers): string {
  if (findFile(members, 'repositories') !== undefined) return 'it was made by a Docker older than 1.10';
  if (
    ['etc', 'usr', 'bin'].some((folder) => [...members.members.keys()].some((path) => path.startsWith(`${folder}/`)))
  ) {
    return 'it holds files but no image: a file system as docker export writes it has neither config nor layers';
  }
  return 'it is a tar, but holds neither manifest.json nor index.json';
}

const DockerSchema = v.object({
  images: listOf(
    v.object({
      Config: v.string('is not text'),
      RepoTags: v.optional(listOf(v.string('is not text')), []),
      Layers: listOf(v.string('is not text')),
    }),
  ),
});

function readDocker(bytes: Uint8Array<ArrayBuffer>, { attempted }: ReadMembersOptions): ArchivedImage[] {
  let images: unknown;
  try {
    images = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new PulltabError('archive-invalid', { attempted, seen: 'its manifest.json is not JSON', cause });
  }
  return readFields(DockerSchema, { images }, { attempted }).images.map(({ Config, RepoTags, Layers }) => ({
    names: RepoTags,
    root: { kind: 'docker', config: Config, layers: Layers },
  }));
}

const IMAGE_NAME = 'io.containerd.image.name';
const REF_NAME = 'org.opencontainers.image.ref.name';
const REFERENCE_TYPE = 'vnd.docker.reference.type';

async function readOci(
  bytes: Uint8Array<ArrayBuffer>,
  { attempted }: ReadMembersOptions,
  docker: readonly ArchivedImage[] = [],
): Promise<ArchivedImage[]> {
  const index = parseManifest(bytes, { digest: await digestOf(bytes), attempted });
  if (index.kind !== 'index')
    throw new PulltabError('archive-invalid', { attempted, seen: 'its index.json is no index' });
  const listed = index.manifests.filter(({ annotations }) => annotations?.[REFERENCE_TYPE] === undefined);
  // Beside an image an artifact is its signature, or something else that refers to it.
  const images = listed.filter(({ artifactType }) => artifactType === undefined);
  const children = images.length === 0 ? listed : images;
  if (isOneImage(children)) return [{ names: namesOf(children), root: { kind: 'index', index } }];
  const byDigest = new Map<Digest, Descriptor[]>();
  for (const child of children) byDigest.set(child.digest, [...(byDigest.get(child.digest) ?? []), child]);
  const found = [...byDigest].map(
    ([digest, twins]): ArchivedImage => ({ names: namesOf(twins), root: { kind: 'oci', digest } }),
  );
  // The short names of an OCI layout ("latest") say less than those beside them.
  const [only, ...more] = found;
  const [named, ...others] = docker;
  if (only === undefined || named === undefined || more.length > 0 || others.length > 0) return found;
  return [{ ...only, names: [...new Set([...named.names, ...only.names])] }];
}

/** Several manifests of one name (or none) for one platform each: an image that was written without its index. */
function isOneImage(children: readonly Descriptor[]): boolean {
  if (children.length < 2 || children.some(({ platform }) => platform === undefined)) return false;
  const names = new Set(children.map((child) => namesOf([child]).join(' ')));
  const digests = new Set(children.map(({ digest }) => digest));
  return names.size === 1 && digests.size === children.length;
}

function namesOf(descriptors: readonly Descriptor[]): string[] {
  const names = descriptors.flatMap(({ annotations }) => annotations?.[IMAGE_NAME] ?? annotations?.[REF_NAME] ?? []);
  return [...new Set(names)];
}

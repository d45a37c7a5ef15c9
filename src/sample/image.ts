/**
 * The sample image: an index of linux/amd64 and linux/arm64 with an attestation beside each, and everything it points
 * to, as the files of a static host. A host that serves them speaks enough of the registry's protocol to be pulled from.
 * https://github.com/opencontainers/image-spec/blob/main/manifest.md https://github.com/opencontainers/image-spec/blob/main/config.md
 * https://github.com/opencontainers/distribution-spec/blob/main/spec.md#endpoints
 * Attestations: https://github.com/moby/buildkit/blob/master/docs/attestations/attestation-storage.md
 */
import { createHash } from 'node:crypto';
import { OCI_CONFIG, OCI_INDEX, OCI_MANIFEST } from '../core/media-types.ts';
import type { SampleArchitecture } from './elf.ts';
import { type SampleLayer, sampleLayers } from './layers.ts';

export interface SampleFile {
  /** Relative, with slashes: `v2/pulltab/sample/manifests/latest`. Digests in it have their colon. */
  readonly path: string;
  readonly bytes: Uint8Array;
  /** The Content-Type to serve it with. Hosts that do not know it lose nothing: every manifest names its own type. */
  readonly mediaType: string;
}

interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly platform?: Platform;
  readonly annotations?: Readonly<Record<string, string>>;
}

interface Platform {
  readonly architecture: string;
  readonly os: string;
}

const REPOSITORY = 'pulltab/sample';
const ARCHITECTURES: readonly SampleArchitecture[] = ['amd64', 'arm64'];
/** Fixed, as everything here: the time of the build would give every build another digest. */
const CREATED = '2026-11-24T00:00:00Z';
const OCI_GZIP_LAYER = 'application/vnd.oci.image.layer.v1.tar+gzip';
const IN_TOTO = 'application/vnd.in-toto+json';
const PROVENANCE = 'https://slsa.dev/provenance/v1';
const ANNOTATIONS = {
  'org.opencontainers.image.title': 'Pulltab sample',
  'org.opencontainers.image.description': 'A small image to look at and to download without a network',
  'org.opencontainers.image.created': CREATED,
  'org.opencontainers.image.version': '1',
  'org.opencontainers.image.licenses': 'Apache-2.0',
};
const ENTRYPOINT = ['/hello'];
const CMD = ['world'];
const ENV = ['PATH=/usr/bin', 'SAMPLE=1'];

/** Every file once, in a fixed order; the same bytes on every machine. */
export async function sampleFiles(): Promise<SampleFile[]> {
  const files = new Files();
  const images: Descriptor[] = [];
  for (const architecture of ARCHITECTURES) images.push(await addImage(files, architecture));
  const attestations = images.map((image) => addAttestation(files, image));
  const index = files.addJson('manifests', OCI_INDEX, {
    schemaVersion: 2,
    mediaType: OCI_INDEX,
    manifests: [...images, ...attestations],
    annotations: ANNOTATIONS,
  });
  files.copyManifest(index.digest, 'latest');
  files.addTags(['latest']);
  return files.all();
}

async function addImage(files: Files, architecture: SampleArchitecture): Promise<Descriptor> {
  const platform = { architecture, os: 'linux' };
  const layers = await sampleLayers(architecture);
  const config = {
    created: CREATED,
    author: 'Pulltab',
    ...platform,
    config: {
      User: '1000:1000',
      Env: ENV,
      Entrypoint: ENTRYPOINT,
      Cmd: CMD,
      WorkingDir: '/srv',
      Labels: ANNOTATIONS,
    },
    rootfs: { type: 'layers', diff_ids: layers.map(({ tar }) => digestOf(tar)) },
    history: history(layers),
  };
  const manifest = files.addJson('manifests', OCI_MANIFEST, {
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    config: files.addJson('blobs', OCI_CONFIG, config),
    layers: layers.map(({ gzip }) => files.add('blobs', OCI_GZIP_LAYER, gzip)),
    annotations: ANNOTATIONS,
  });
  return { ...manifest, platform };
}

/** As a Dockerfile with these instructions leaves it. */
function history(layers: readonly SampleLayer[]): object[] {
  const [base, app, cleanUp] = layers.map(({ createdBy }) => made(createdBy));
  return [
    base,
    ...ENV.map((variable) => empty(`ENV ${variable}`)),
    app,
    empty('USER 1000:1000'),
    empty('WORKDIR /srv'),
    cleanUp,
    ...Object.entries(ANNOTATIONS).map(([key, value]) => empty(`LABEL ${key}=${value}`)),
    empty(`ENTRYPOINT ${JSON.stringify(ENTRYPOINT)}`),
    empty(`CMD ${JSON.stringify(CMD)}`),
  ].flatMap((entry) => entry ?? []);
}

function made(createdBy: string): object {
  return { created: CREATED, created_by: createdBy, comment: 'buildkit.dockerfile.v0' };
}

function empty(createdBy: string): object {
  return { ...made(createdBy), empty_layer: true };
}

/** Says where the image came from, unsigned; beside it in the index, as BuildKit puts it. */
function addAttestation(files: Files, image: Descriptor): Descriptor {
  const sha256 = image.digest.slice('sha256:'.length);
  const layer = files.addJson('blobs', IN_TOTO, {
    _type: 'https://in-toto.io/Statement/v1',
    subject: [{ name: REPOSITORY, digest: { sha256 } }],
    predicateType: PROVENANCE,
    predicate: {
      buildDefinition: { buildType: 'urn:pulltab:sample', externalParameters: { platform: image.platform } },
      runDetails: { builder: { id: 'urn:pulltab:src/sample/make.ts' }, metadata: { finishedOn: CREATED } },
    },
  });
  const config = files.addJson('blobs', OCI_CONFIG, {
    architecture: 'unknown',
    os: 'unknown',
    config: {},
    rootfs: { type: 'layers', diff_ids: [layer.digest] },
  });
  const manifest = files.addJson('manifests', OCI_MANIFEST, {
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    config,
    layers: [{ ...layer, annotations: { 'in-toto.io/predicate-type': PROVENANCE } }],
  });
  return {
    ...manifest,
    annotations: {
      'vnd.docker.reference.digest': image.digest,
      'vnd.docker.reference.type': 'attestation-manifest',
    },
    platform: { architecture: 'unknown', os: 'unknown' },
  };
}

/** The files by path: what two platforms share is there once. */
class Files {
  readonly #files = new Map<string, SampleFile>();

  add(kind: 'blobs' | 'manifests', mediaType: string, bytes: Uint8Array): Descriptor {
    const digest = digestOf(bytes);
    this.#put(`${kind}/${digest}`, bytes, mediaType);
    return { mediaType, digest, size: bytes.length };
  }

  addJson(kind: 'blobs' | 'manifests', mediaType: string, document: object): Descriptor {
    return this.add(kind, mediaType, encode(document));
  }

  /** A tag is a second name of the manifest's file. */
  copyManifest(digest: string, tag: string): void {
    const manifest = this.#files.get(pathOf(`manifests/${digest}`));
    if (manifest === undefined) throw new Error(`no manifest ${digest} to tag ${tag}`);
    this.#put(`manifests/${tag}`, manifest.bytes, manifest.mediaType);
  }

  addTags(tags: readonly string[]): void {
    this.#put('tags/list', encode({ name: REPOSITORY, tags }), 'application/json');
  }

  all(): SampleFile[] {
    return [...this.#files.values()];
  }

  #put(name: string, bytes: Uint8Array, mediaType: string): void {
    const path = pathOf(name);
    this.#files.set(path, { path, bytes, mediaType });
  }
}

function pathOf(name: string): string {
  return `v2/${REPOSITORY}/${name}`;
}

function encode(document: object): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(document, undefined, 2));
}

function digestOf(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

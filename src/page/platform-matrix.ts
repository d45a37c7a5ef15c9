/**
 * The platforms of an index side by side: their manifests and configs, read a few at once and from the cache where they
 * are, until whoever looks leaves.
 */
import { type ReadonlySignal, signal } from '@preact/signals-core';
import type { Digest } from '../core/digest.ts';
import { asPulltabError, isAbort, type PulltabError } from '../core/errors.ts';
import { type ImageConfig, parseImageConfig } from '../core/image-config.ts';
import type { Descriptor, ImageManifest } from '../core/manifest.ts';
import { attestationsAbout, type ChildFacts, compareChildren, predicatesOf } from '../core/platform-matrix.ts';
import type { RegistryClient } from '../core/registry/client.ts';
import { findReferrers, type Referrer } from '../core/registry/referrers.ts';
import { createManifestSource } from './manifests.ts';
import type { PlatformChoice } from './model.ts';
import type { ImageSource, OpenedImage } from './open-image.ts';

export interface MatrixAttestation {
  readonly digest: Digest;
  /** Empty while it was not read, and where it says nothing of that. */
  readonly predicates: readonly string[];
}

export interface MatrixRow {
  readonly choice: PlatformChoice;
  readonly manifest: ImageManifest | undefined;
  readonly config: ImageConfig | undefined;
  readonly facts: ChildFacts | undefined;
  readonly attestations: readonly MatrixAttestation[];
  /** What the registry says refers to it; undefined until it was asked. */
  readonly referrers: readonly Referrer[] | undefined;
  /** Why it could not be read. */
  readonly error: PulltabError | undefined;
}

export interface PlatformMatrix {
  /** In the order of the index. */
  readonly rows: ReadonlySignal<readonly MatrixRow[]>;
  readonly phase: ReadonlySignal<'waiting' | 'reading' | 'done'>;
  /** Whether the registry counts each manifest as a pull of the few that it allows: reading waits to be asked for then. */
  readonly costsPulls: boolean;
  /** Children that are neither a platform nor say which one they are about. */
  readonly others: readonly Descriptor[];
  /** Reads what is not known yet, and what has failed again. */
  read(): void;
  /** Asks for signatures and whatever else refers to each child: a request or a few for each. Undefined without a registry. */
  readonly findReferrers: (() => void) | undefined;
  /** Of that search. */
  readonly search: ReadonlySignal<{ readonly running: boolean; readonly error: PulltabError | undefined }>;
}

const PARALLEL = 3;

type Reader = Pick<ImageSource, 'byDigest' | 'configBytes'>;

/** @param left stops the reading; the rows stay as they are */
export function openPlatformMatrix(opened: OpenedImage, left: AbortSignal): PlatformMatrix {
  const { view } = opened;
  const reader = readerOf(opened, left);
  const about = new Set(view.platforms.flatMap(({ digest }) => attestationsAbout(view.otherChildren, digest)));
  const rows = signal<readonly MatrixRow[]>(withFacts(view.platforms.map((choice) => firstRow(opened, choice))));
  const phase = signal<'waiting' | 'reading' | 'done'>('waiting');
  const whole = new Set<Digest>();
  const costsPulls = view.reference.registry === 'docker.io' && view.transport.via !== 'file';

  function update(digest: Digest, news: Partial<MatrixRow>): void {
    if (left.aborted) return;
    rows.value = withFacts(rows.value.map((row) => (row.choice.digest === digest ? { ...row, ...news } : row)));
  }

  async function readRow({ choice, attestations }: MatrixRow): Promise<void> {
    const { digest, label } = choice;
    update(digest, { error: undefined });
    try {
      const manifest = await reader.byDigest(digest);
      if (manifest.kind !== 'image') return void whole.add(digest);
      update(digest, { manifest });
      const bytes = await reader.configBytes(manifest.config);
      update(digest, { config: parseImageConfig(bytes, { attempted: `read the config of ${label}` }) });
      const read: MatrixAttestation[] = [];
      for (const { digest: attestation } of attestations) read.push(await readAttestation(attestation));
      update(digest, { attestations: read });
      whole.add(digest);
    } catch (error) {
      if (!isAbort(error)) update(digest, { error: asPulltabError(error, `read ${label}`) });
    }
  }

  async function readAttestation(digest: Digest): Promise<MatrixAttestation> {
    const manifest = await reader.byDigest(digest);
    return { digest, predicates: manifest.kind === 'artifact' ? predicatesOf(manifest) : [] };
  }

  async function readAll(): Promise<void> {
    phase.value = 'reading';
    const waiting = rows.value.filter(({ choice }) => !whole.has(choice.digest));
    async function readInTurn(): Promise<void> {
      for (let row = waiting.shift(); row !== undefined && !left.aborted; row = waiting.shift()) await readRow(row);
    }
    await Promise.all(Array.from({ length: PARALLEL }, readInTurn));
    phase.value = 'done';
  }

  const search = signal<{ running: boolean; error: PulltabError | undefined }>({ running: false, error: undefined });

  async function findAll(client: RegistryClient): Promise<void> {
    search.value = { running: true, error: undefined };
    const { repository } = view.reference;
    try {
      for (const { choice } of rows.value) {
        const referrers = await findReferrers(client, { repository, digest: choice.digest, signal: left });
        update(choice.digest, { referrers });
      }
      search.value = { running: false, error: undefined };
    } catch (error) {
      if (isAbort(error)) return;
      search.value = { running: false, error: asPulltabError(error, `look for signatures of ${view.title}`) };
    }
  }

  const client = view.transport.via === 'static' ? undefined : opened.ways[0]?.client;
  return {
    ...{ rows, phase, costsPulls, search },
    findReferrers: client && (() => !search.value.running && void findAll(client)),
    others: view.otherChildren.filter((child) => !about.has(child)),
    read() {
      if (phase.value !== 'reading') void readAll();
    },
  };
}

/** What a row says of the others follows from all of them. */
function withFacts(rows: readonly MatrixRow[]): MatrixRow[] {
  const facts = compareChildren(rows.map(({ manifest }) => manifest));
  return rows.map((row, at) => ({ ...row, facts: facts[at] }));
}

/** Requests of their own to a registry, which end when the view is left; an archive is read as it was opened. */
function readerOf({ view, ways, read }: OpenedImage, signal: AbortSignal): Reader {
  const [first, ...others] = ways;
  if (first === undefined) return read;
  const { repository } = view.reference;
  return createManifestSource({
    repository,
    name: view.title,
    ways: [first, ...others],
    signal,
    onWay: () => undefined,
  });
}

function firstRow({ view }: OpenedImage, choice: PlatformChoice): MatrixRow {
  const shown = view.selectedDigest === choice.digest ? view.selected : undefined;
  const attestations = attestationsAbout(view.otherChildren, choice.digest);
  return {
    choice,
    manifest: shown?.manifest,
    config: shown?.config,
    facts: undefined,
    attestations: attestations.map(({ digest }) => ({ digest, predicates: [] })),
    referrers: undefined,
    error: undefined,
  };
}

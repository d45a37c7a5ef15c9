/**
 * What refers to a manifest: signatures, attestations, lists of contents. Asked of the referrers API, where a
 * registry has it, and of the tags that cosign gives to signatures and attestations, which most are still found by.
 * https://github.com/opencontainers/distribution-spec/blob/main/spec.md#listing-referrers
 * https://github.com/sigstore/cosign/blob/main/specs/SIGNATURE_SPEC.md
 */
import * as v from 'valibot';
import { type Digest, digestAlgorithm, digestHex } from '../digest.ts';
import { PulltabError } from '../errors.ts';
import { DigestSchema, LenientTextSchema, listOf, parseJsonObject, readFields } from '../json-document.ts';
import { OCI_INDEX } from '../media-types.ts';
import type { RegistryClient } from './client.ts';
import { linkQuery, nextLink } from './paged-list.ts';
import { readCapped } from './response.ts';
import { headTag } from './tags.ts';

export interface Referrer {
  /** Undefined for a tag whose digest the registry does not let pages read. */
  readonly digest: Digest | undefined;
  /** "cosign signature"; the artifact's type for what has no short name. */
  readonly name: string;
}

export interface ReferrersQuestion {
  readonly repository: string;
  readonly digest: Digest;
  readonly signal: AbortSignal;
}

/** What a registry says of one referrer. */
export interface ListedReferrer {
  readonly digest: Digest;
  readonly mediaType?: string | undefined;
  readonly artifactType?: string | undefined;
}

export interface ReferrersAnswer {
  readonly listed: readonly ListedReferrer[];
  /** The registry has more, and what it gives to ask for that cannot be used. */
  readonly cut: boolean;
}

const ReferrersSchema = v.object({
  manifests: listOf(v.object({ digest: DigestSchema, artifactType: LenientTextSchema, mediaType: LenientTextSchema })),
});

/** As of manifests. */
const LIMIT_BYTES = 4 * 1024 * 1024;
/** Referrers of one manifest; a registry that goes on sending more would never end. */
const LISTED_LIMIT = 10_000;
/** https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pull */
const TAG_LENGTH = 128;

const TAGS = { sig: 'cosign signature', att: 'cosign attestation', sbom: 'cosign SBOM' } as const;

/** The first part of an artifact's type that is known by a shorter name. */
const NAMES: readonly (readonly [start: string, name: string])[] = [
  ['application/vnd.dev.cosign', 'cosign signature'],
  ['application/vnd.dev.sigstore.bundle', 'Sigstore bundle'],
  ['application/vnd.cncf.notary.signature', 'Notation signature'],
  ['application/spdx', 'SPDX'],
  ['application/vnd.cyclonedx', 'CycloneDX'],
  ['application/vnd.in-toto', 'in-toto attestation'],
];

/** @throws what `RegistryClient.read` throws, but `not-found` */
export async function findReferrers(client: RegistryClient, question: ReferrersQuestion): Promise<Referrer[]> {
  const answer = await askReferrersApi(client, question);
  // An answer that pages may not read is mostly that of a registry without the API.
  const listed = typeof answer === 'string' ? [] : answer.listed;
  const named = listed.map(({ digest, artifactType, mediaType }) => ({
    digest,
    name: nameOf(artifactType ?? mediaType ?? 'artifact'),
  }));
  return [...named, ...(await fromTags(client, question))];
}

/**
 * What the referrers API says, all pages of it. `missing` where the registry has no such API, `unreadable` where pages may
 * not read its answer.
 * @throws what `RegistryClient.read` throws of other failures, `manifest-invalid`, `manifest-too-large`
 */
export async function askReferrersApi(
  client: RegistryClient,
  { repository, digest, signal }: ReferrersQuestion,
): Promise<ReferrersAnswer | 'missing' | 'unreadable'> {
  const attempted = `list what refers to ${digest} in ${client.endpoint.registry}/${repository}`;
  const path = `referrers/${digest}`;
  const listed = new Map<Digest, ListedReferrer>();
  const asked = new Set<string>();
  for (let query = ''; ; ) {
    asked.add(query);
    let response: Response;
    try {
      response = await client.read(repository, `${path}${query}`, { attempted, accept: OCI_INDEX, signal });
    } catch (error) {
      // Registries without it answer as to any wrong path, each in its own way.
      if (query !== '' || !(error instanceof PulltabError)) throw error;
      if (error.code === 'network-or-cors') return 'unreadable';
      if (error.code === 'not-found' || error.code === 'registry-failed') return 'missing';
      throw error;
    }
    const before = listed.size;
    for (const one of await readListed(response, attempted)) listed.set(one.digest, one);
    const link = nextLink(response.headers.get('Link'));
    if (link === undefined) return { listed: [...listed.values()], cut: false };
    const next = linkQuery(link, { client, path });
    const isNew = next !== undefined && !asked.has(`?${next}`) && listed.size > before;
    if (!isNew || listed.size > LISTED_LIMIT) return { listed: [...listed.values()], cut: true };
    query = `?${next}`;
  }
}

async function readListed(response: Response, attempted: string): Promise<readonly ListedReferrer[]> {
  const bytes = await readCapped(response, LIMIT_BYTES);
  if (bytes === undefined) {
    throw new PulltabError('manifest-too-large', { attempted, seen: 'the registry sent more than 4 MiB' });
  }
  return readFields(ReferrersSchema, parseJsonObject(bytes, attempted), { attempted }).manifests;
}

/**
 * The tag of the index that stands in for the API.
 * https://github.com/opencontainers/distribution-spec/blob/main/spec.md#referrers-tag-schema
 */
export function referrersTag(digest: Digest): string {
  return `${digestAlgorithm(digest).slice(0, 32)}-${digestHex(digest).slice(0, 64)}`;
}

/** The tags that cosign gives to what is about a manifest. None where its digest makes them longer than a tag may be. */
export function cosignTags(digest: Digest): readonly { readonly tag: string; readonly name: string }[] {
  return Object.entries(TAGS)
    .map(([ending, name]) => ({ tag: `${digest.replace(':', '-')}.${ending}`, name }))
    .filter(({ tag }) => tag.length <= TAG_LENGTH);
}

async function fromTags(
  client: RegistryClient,
  { repository, digest, signal }: ReferrersQuestion,
): Promise<Referrer[]> {
  const found: Referrer[] = [];
  for (const { tag, name } of cosignTags(digest)) {
    const referrer = await headTag(client, { repository, tag, kind: 'manifest', signal });
    if (referrer !== 'missing') found.push({ digest: referrer === 'unreadable' ? undefined : referrer, name });
  }
  return found;
}

function nameOf(type: string): string {
  return NAMES.find(([start]) => type.startsWith(start))?.[1] ?? type;
}

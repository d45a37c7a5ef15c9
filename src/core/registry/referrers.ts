/**
 * What refers to a manifest: signatures, attestations, lists of contents. Asked of the referrers API, where a
 * registry has it, and of the tags that cosign gives to signatures and attestations, which most are still found by.
 * https://github.com/opencontainers/distribution-spec/blob/main/spec.md#listing-referrers
 * https://github.com/sigstore/cosign/blob/main/specs/SIGNATURE_SPEC.md
 */
import * as v from 'valibot';
import type { Digest } from '../digest.ts';
import { PulltabError } from '../errors.ts';
import { DigestSchema, LenientTextSchema, listOf, parseJsonObject, readFields } from '../json-document.ts';
import { OCI_INDEX } from '../media-types.ts';
import type { RegistryClient } from './client.ts';
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

const ReferrersSchema = v.object({
  manifests: listOf(v.object({ digest: DigestSchema, artifactType: LenientTextSchema, mediaType: LenientTextSchema })),
});

/** As of manifests. */
const LIMIT_BYTES = 4 * 1024 * 1024;

const TAGS = { sig: 'cosign signature', att: 'cosign attestation' } as const;

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
  return [...(await fromApi(client, question)), ...(await fromTags(client, question))];
}

/** None where the registry has no such API. */
async function fromApi(client: RegistryClient, { repository, digest, signal }: ReferrersQuestion): Promise<Referrer[]> {
  const attempted = `list what refers to ${digest} in ${client.endpoint.registry}/${repository}`;
  let response: Response;
  try {
    response = await client.read(repository, `referrers/${digest}`, { attempted, accept: OCI_INDEX, signal });
  } catch (error) {
    // Registries without it answer as to any wrong path, each in its own way; pages may not be let read the answer.
    if (error instanceof PulltabError && HAS_NO_API.has(error.code)) return [];
    throw error;
  }
  const bytes = await readCapped(response, LIMIT_BYTES);
  if (bytes === undefined) {
    throw new PulltabError('manifest-too-large', { attempted, seen: 'the registry sent more than 4 MiB' });
  }
  const document = parseJsonObject(bytes, attempted);
  const { manifests } = readFields(ReferrersSchema, document, { attempted });
  return manifests.map(({ digest: referrer, artifactType, mediaType }) => ({
    digest: referrer,
    name: nameOf(artifactType ?? mediaType ?? 'artifact'),
  }));
}

const HAS_NO_API: ReadonlySet<PulltabError['code']> = new Set(['not-found', 'registry-failed', 'network-or-cors']);

async function fromTags(
  client: RegistryClient,
  { repository, digest, signal }: ReferrersQuestion,
): Promise<Referrer[]> {
  const found: Referrer[] = [];
  for (const [ending, name] of Object.entries(TAGS)) {
    const tag = `${digest.replace(':', '-')}.${ending}`;
    const referrer = await headTag(client, { repository, tag, kind: 'manifest', signal });
    if (referrer !== 'missing') found.push({ digest: referrer === 'unreadable' ? undefined : referrer, name });
  }
  return found;
}

function nameOf(type: string): string {
  return NAMES.find(([start]) => type.startsWith(start))?.[1] ?? type;
}

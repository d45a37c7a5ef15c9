/** The tags of a repository, and which digest each of them has. */
import { type Digest, isDigest } from '../digest.ts';
import { PulltabError } from '../errors.ts';
import { ACCEPT_INDEX_PAIR, ACCEPT_MANIFEST_PAIR, ACCEPT_MANIFESTS } from '../media-types.ts';
import type { RegistryClient } from './client.ts';
import { createPagedList, type PagedList } from './paged-list.ts';
import { discard } from './response.ts';

const TAG = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/;

/** @param client asked page by page, as `PagedList.next` is called */
export function listTags(client: RegistryClient, repository: string): PagedList {
  const attempted = `list the tags of ${client.endpoint.registry}/${repository}`;
  return createPagedList({ client, repository, path: 'tags/list', member: 'tags', valid: TAG, attempted });
}

export interface TagQuestion {
  readonly repository: string;
  readonly tag: string;
  /** Which of the two kinds of manifest is asked for. */
  readonly kind: 'index' | 'manifest';
  /** What the tag is compared with, where only that matters: another digest may then be that of one of its platforms. */
  readonly wanted?: Digest;
  readonly signal: AbortSignal;
}

/**
 * The digest of a tag by `HEAD`, which counts against no limit on pulls. `missing` where there is no such tag, or none of
 * this kind; `unreadable` where the registry does not let pages read the digest, or answers no `HEAD` at all.
 * @throws what `RegistryClient.read` throws, but `not-found`.
 */
export async function headTag(
  client: RegistryClient,
  question: TagQuestion,
): Promise<Digest | 'missing' | 'unreadable'> {
  const [own, other] =
    question.kind === 'index' ? [ACCEPT_INDEX_PAIR, ACCEPT_MANIFEST_PAIR] : [ACCEPT_MANIFEST_PAIR, ACCEPT_INDEX_PAIR];
  if (client.endpoint.via !== 'direct') return head(client, question, ACCEPT_MANIFESTS);
  const found = await head(client, question, own);
  if (question.kind === 'index' || found === 'missing' || found === 'unreadable') return found;
  if (question.wanted !== undefined && found !== question.wanted) return found;
  // Asked for a manifest, older registries give that of one platform for a tag that is an index.
  const index = await head(client, question, other);
  return index === 'missing' || index === 'unreadable' ? found : index;
}

async function head(
  client: RegistryClient,
  { repository, tag, signal }: TagQuestion,
  accept: string,
): Promise<Digest | 'missing' | 'unreadable'> {
  const attempted = `look up the tag ${tag} of ${client.endpoint.registry}/${repository}`;
  let response: Response;
  try {
    response = await client.read(repository, `manifests/${tag}`, { attempted, method: 'HEAD', accept, signal });
  } catch (error) {
    if (!(error instanceof PulltabError)) throw error;
    // A kind of manifest that the tag is not: 404 with distribution, others say it better.
    if (error.code === 'not-found' || error.status === 406 || error.status === 415) return 'missing';
    if (error.status === 405) return 'unreadable';
    throw error;
  }
  await discard(response);
  const digest = response.headers.get('Docker-Content-Digest') ?? '';
  return isDigest(digest) ? digest : 'unreadable';
}

/**
 * The digest of a tag by reading its manifest, hashed here. Counts as a pull where pulls are limited.
 * @throws what `RegistryClient.manifest` throws, but `not-found`.
 */
export async function readTag(
  client: RegistryClient,
  { repository, tag, signal }: TagQuestion,
): Promise<Digest | 'missing'> {
  try {
    return (await client.manifest(repository, tag, { signal })).digest;
  } catch (error) {
    if (error instanceof PulltabError && error.code === 'not-found') return 'missing';
    throw error;
  }
}

/**
 * The repositories of a registry, where it tells: https://distribution.github.io/distribution/spec/api/#listing-repositories
 * Public registries refuse it or let only their operators read it; relays do not pass it.
 */
import type { RegistryClient } from './client.ts';
import { createPagedList, type PagedList } from './paged-list.ts';

const REPOSITORY = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/;

export function listRepositories(client: RegistryClient): PagedList {
  const attempted = `list the repositories of ${client.endpoint.registry}`;
  const options = { client, repository: undefined, path: '_catalog', member: 'repositories', attempted } as const;
  return createPagedList({ ...options, valid: REPOSITORY });
}

/**
 * Docker Hub counts each manifest that it sends as a pull, and no HEAD: a tag that has not moved since this browser saw it
 * is opened without one. https://docs.docker.com/docker-hub/usage/pulls/
 */
import { isAbort } from '../core/errors.ts';
import type { RegistryClient } from '../core/registry/client.ts';
import { headTag } from '../core/registry/tags.ts';
import type { ManifestRecord } from '../store/database.ts';
import { findManifest } from '../store/manifests.ts';
import { readTagHistory } from '../store/tag-history.ts';

/** What the tag names, from the cache; undefined where it has to be read. */
export async function findUnmoved(
  client: RegistryClient,
  tagged: { readonly repository: string; readonly tag: string; readonly signal: AbortSignal },
): Promise<ManifestRecord | undefined> {
  try {
    const { repository, tag } = tagged;
    const seen = (await readTagHistory(`${client.endpoint.registry}/${repository}:${tag}`)).at(-1);
    // Without a manifest to save, the question would only be one more.
    if (seen === undefined || (await findManifest(seen.digest)) === undefined) return undefined;
    const digest = await headTag(client, { ...tagged, kind: 'index' });
    return digest === 'missing' || digest === 'unreadable' ? undefined : await findManifest(digest);
  } catch (error) {
    if (isAbort(error)) throw error;
    // Whatever it was, reading the manifest meets it as well, and says it.
    return undefined;
  }
}

/**
 * Asks a registry what refers to manifests: by its referrers API, by the tag that stands in for that, and by cosign's tags.
 * Whatever a registry does not tell is remembered, for the person to know that there may be more.
 * https://github.com/opencontainers/distribution-spec/blob/main/spec.md#listing-referrers
 */
import type { Digest } from '../../core/digest.ts';
import { PulltabError } from '../../core/errors.ts';
import { type Manifest, parseManifest } from '../../core/manifest.ts';
import type { RegistryClient } from '../../core/registry/client.ts';
import { askReferrersApi, cosignTags, referrersTag } from '../../core/registry/referrers.ts';
import { headTag } from '../../core/registry/tags.ts';

export interface TaggedReferrer {
  readonly tag: string;
  readonly manifest: Manifest;
}

export interface FoundReferrers {
  readonly digests: readonly Digest[];
  /** By cosign's tags. */
  readonly tagged: readonly TaggedReferrer[];
  /** Where there is no API: the index that `digests` are of. */
  readonly list: TaggedReferrer | undefined;
}

/** How far the registry told. */
export interface ReferrersTold {
  /** `unreadable`: it lets no page read the answer, as many that have no such API. */
  readonly api: 'answered' | 'missing' | 'unreadable';
  /** Answers that no page may read, lists of which not every page can be asked for, referrers that are not there. */
  readonly unanswered: number;
}

export interface ReferrerSearch {
  /** @throws PulltabError of what is not an answer: limits on requests, refused accounts */
  of(subject: Digest): Promise<FoundReferrers>;
  told(): ReferrersTold;
}

export function createReferrerSearch(
  client: RegistryClient,
  { repository, signal }: { readonly repository: string; readonly signal: AbortSignal },
): ReferrerSearch {
  let api: ReferrersTold['api'] = 'answered';
  let unanswered = 0;

  async function readTag(tag: string, kind: 'index' | 'manifest'): Promise<TaggedReferrer | undefined> {
    try {
      // A look counts against no limit on pulls, and mostly there is no such tag.
      if ((await headTag(client, { repository, tag, kind, signal })) === 'missing') return undefined;
      const answer = await client.manifest(repository, tag, { signal });
      const attempted = `read the manifest of ${repository}:${tag}`;
      const manifest = parseManifest(answer.bytes, { ...answer, attempted });
      return manifest.kind === 'schema1' ? undefined : { tag, manifest };
    } catch (error) {
      if (!(error instanceof PulltabError)) throw error;
      if (error.code === 'not-found') return undefined;
      if (error.code !== 'network-or-cors') throw error;
      unanswered += 1;
      return undefined;
    }
  }

  async function fromList(subject: Digest): Promise<Pick<FoundReferrers, 'digests' | 'list'>> {
    const list = await readTag(referrersTag(subject), 'index');
    // Some registries take such a tag for the digest that it is made of.
    if (list?.manifest.kind !== 'index' || list.manifest.digest === subject) return { digests: [], list: undefined };
    return { digests: list.manifest.manifests.map(({ digest }) => digest), list };
  }

  async function listed(subject: Digest): Promise<Pick<FoundReferrers, 'digests' | 'list'>> {
    // Who has no API for one manifest has none for another.
    if (api !== 'answered') return fromList(subject);
    const answer = await askReferrersApi(client, { repository, digest: subject, signal });
    if (typeof answer === 'string') {
      api = answer;
      return fromList(subject);
    }
    if (answer.cut) unanswered += 1;
    return { digests: answer.listed.map(({ digest }) => digest), list: undefined };
  }

  return {
    async of(subject) {
      const tagged: TaggedReferrer[] = [];
      const found = await listed(subject);
      for (const { tag } of cosignTags(subject)) {
        const one = await readTag(tag, 'manifest');
        if (one !== undefined) tagged.push(one);
      }
      return { ...found, tagged };
    },
    told: () => ({ api, unanswered }),
  };
}

/**
 * Manifests and configs of one repository: from the cache where a digest names them, else from the registry, by the
 * first way that reaches it. The way that answered is kept for everything that follows.
 */
import type { Digest } from '../core/digest.ts';
import { isAbort, PulltabError } from '../core/errors.ts';
import { type Descriptor, type Manifest, parseManifest } from '../core/manifest.ts';
import type { Endpoint, RegistryClient } from '../core/registry/client.ts';
import type { RateLimitHeaders } from '../core/registry/rate-limit.ts';
import type { ManifestRecord } from '../store/database.ts';
import { findManifest, keepManifest } from '../store/manifests.ts';
import type { Way } from './transport.ts';

/** Largest config that is read (bytes). Real ones stay under 100 kB; one with huge labels or history still fits. */
const CONFIG_LIMIT_BYTES = 8 * 1024 * 1024;

export interface ManifestSource {
  /** The way that answered last; the first one as long as none was needed. */
  current(): Way;
  /** In the order to try them, the one that answered first. */
  ways(): readonly Way[];
  /** Of the last manifest that the registry sent. */
  rateLimit(): RateLimitHeaders | undefined;
  byTag(tag: string): Promise<Manifest>;
  byDigest(digest: Digest): Promise<Manifest>;
  configBytes(config: Descriptor): Promise<Uint8Array<ArrayBuffer>>;
}

export interface ManifestSourceOptions {
  readonly repository: string;
  /** For errors: "ghcr.io/org/app". */
  readonly name: string;
  readonly ways: readonly [Way, ...Way[]];
  readonly signal: AbortSignal;
  /** Told when another way is taken. */
  readonly onWay: (way: Way) => void;
}

/** Its methods throw what `RegistryClient` and `parseManifest` throw. */
export function createManifestSource(options: ManifestSourceOptions): ManifestSource {
  const { repository, name, signal } = options;
  let ways: readonly [Way, ...Way[]] = options.ways;
  let rateLimit: RateLimitHeaders | undefined;

  function prefer(way: Way): void {
    ways = [way, ...ways.filter((other) => other !== way)];
  }

  /** What the first way that reaches the registry answers. */
  async function ask<T>(question: (client: RegistryClient) => Promise<T>): Promise<T> {
    let first: unknown;
    for (const way of ways) {
      if (first !== undefined) options.onWay(way);
      try {
        const answer = await question(way.client);
        prefer(way);
        return answer;
      } catch (error) {
        if (isAbort(error)) throw error;
        // A relay that refuses the host says nothing about the registry: why it was not reached stays the news.
        if (first !== undefined && isCode(error, 'relay-refused')) throw first;
        if (!isCode(error, 'network-or-cors')) {
          // A refusal is an answer too.
          prefer(way);
          throw error;
        }
        first ??= error;
      }
    }
    throw first;
  }

  async function read(reference: string): Promise<Manifest> {
    const answer = await ask((client) => client.manifest(repository, reference, { signal }));
    rateLimit = answer.rateLimit;
    const manifest = parseManifest(answer.bytes, { ...answer, attempted: `read the manifest of ${name}` });
    await keep({ digest: answer.digest, bytes: answer.bytes, contentType: answer.contentType });
    return manifest;
  }

  function parseKept(kept: ManifestRecord): Manifest {
    return parseManifest(kept.bytes, { ...kept, attempted: `read the manifest of ${name}` });
  }

  return {
    current: () => ways[0],
    ways: () => ways,
    rateLimit: () => rateLimit,
    async byTag(tag) {
      const { client } = ways[0];
      if (!sparesPulls(client.endpoint)) return read(tag);
      const { findUnmoved } = await import('./unmoved-tag.ts');
      const kept = await findUnmoved(client, { repository, tag, signal });
      return kept === undefined ? read(tag) : parseKept(kept);
    },
    async byDigest(digest) {
      const kept = await find(digest);
      if (kept === undefined) return read(digest);
      return parseKept(kept);
    },
    async configBytes(config) {
      const kept = await find(config.digest);
      if (kept?.bytes.byteLength === config.size) return kept.bytes;
      const bytes = await ask((client) =>
        client.blobBytes(repository, config, { limitBytes: CONFIG_LIMIT_BYTES, signal }),
      );
      await keep({ digest: config.digest, bytes, contentType: undefined });
      return bytes;
    },
  };
}

/** Where a look at a tag is free and a manifest is not. Only a relay lets a page read the header that makes it a look. */
function sparesPulls({ registry, via }: Endpoint): boolean {
  return registry === 'docker.io' && via === 'relay';
}

function isCode(error: unknown, code: PulltabError['code']): boolean {
  return error instanceof PulltabError && error.code === code;
}

/** Without storage nothing was kept: the page says so once (session.ts), and each image is asked for again. */
function find(digest: Digest): ReturnType<typeof findManifest> {
  return findManifest(digest).catch(() => undefined);
}

async function keep(record: Parameters<typeof keepManifest>[0]): Promise<void> {
  await keepManifest(record).catch(() => undefined);
}

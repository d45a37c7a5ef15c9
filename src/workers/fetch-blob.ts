/**
 * Asks for a blob's bytes: from the registry, by each way that may reach it, then from the `urls` of a foreign layer.
 * https://github.com/opencontainers/image-spec/blob/main/descriptor.md (`urls`)
 */
import type { Digest } from '../core/digest.ts';
import { isAbort, PulltabError } from '../core/errors.ts';
import type { Grant } from '../core/registry/account.ts';
import { type Access, createRegistryClient, type Endpoint } from '../core/registry/client.ts';
import { type BodyCount, recordingFetch } from '../core/report/recording-fetch.ts';
import { describeRequest, type RequestRecord } from '../core/report/request-record.ts';

export interface WayToBlob {
  readonly endpoint: Endpoint;
  /** Valid when the job began. */
  readonly access: readonly Access[];
  /** The account, for when that runs out. */
  readonly grant?: Grant | undefined;
}

export interface BlobSource {
  readonly digest: Digest;
  readonly repository: string;
  readonly ways: readonly WayToBlob[];
  readonly urls: readonly string[];
}

export interface FetchBlobOptions {
  readonly signal: AbortSignal;
  /** First byte wanted; see `RegistryClient.blob`. The whole where it is not given. */
  readonly fromBytes?: number;
  /** The first that is not wanted any more. */
  readonly toBytes?: number;
  /** Told when a way other than the first was taken: nothing falls back silently. */
  readonly onNotice: (text: string) => void;
  /** Told when a request has ended; that of the returned response ends with its body. */
  readonly onRequest: (record: RequestRecord) => void;
  /** For whoever counts the bytes of the returned response itself; see `recordingFetch`. */
  readonly onCount?: (count: BodyCount) => void;
}

/** What this worker had to renew: the next blob of the same repository begins with it. */
const renewed = new Map<string, readonly Access[]>();

/**
 * A response whose status is good and whose body is unread.
 * @throws PulltabError of the first way that gave an answer, or `network-or-cors` when none could be reached.
 */
export async function fetchBlob(source: BlobSource, options: FetchBlobOptions): Promise<Response> {
  let unreachable: unknown;
  for (const [index, way] of source.ways.entries()) {
    const { endpoint, grant } = way;
    const key = JSON.stringify([endpoint, source.repository, grant]);
    const access = renewed.get(key) ?? way.access;
    const client = createRegistryClient({ endpoint, access, grant, fetch: recorded(endpoint.via, options) });
    try {
      const response = await client.blob(source.repository, source.digest, {
        signal: options.signal,
        fromBytes: options.fromBytes ?? 0,
        toBytes: options.toBytes,
      });
      renewed.set(key, client.access(source.repository));
      if (index > 0)
        options.onNotice(
          `Some layers go ${endpoint.via === 'relay' ? 'via the relay' : endpoint.via}: a page cannot read them directly.`,
        );
      return response;
    } catch (error) {
      if (isAbort(error)) throw error;
      if (!(error instanceof PulltabError)) throw error;
      // A relay that refuses the host says nothing about the registry: why it was not reached stays the news.
      const refused = unreachable !== undefined && error.code === 'relay-refused';
      if (!refused && error.code !== 'network-or-cors' && source.urls.length === 0) throw error;
      unreachable ??= error;
    }
  }
  for (const url of source.urls) {
    const response = await fetchForeign(url, options);
    if (response) {
      options.onNotice(`A foreign layer comes from ${new URL(url).host}, as its manifest says.`);
      return response;
    }
  }
  throw (
    unreachable ?? new PulltabError('internal', { attempted: `fetch ${source.digest}`, seen: 'no way to it was given' })
  );
}

/** A manifest's `urls` are hostile until proven otherwise: https only, never with credentials (CVE-2020-15157). */
async function fetchForeign(url: string, options: FetchBlobOptions): Promise<Response | undefined> {
  if (!URL.canParse(url) || new URL(url).protocol !== 'https:') return undefined;
  try {
    const response = await recorded('direct', options)(url, {
      headers: options.fromBytes ? { Range: `bytes=${options.fromBytes}-` } : {},
      signal: options.signal,
      credentials: 'omit',
      referrerPolicy: 'no-referrer',
      cache: 'no-store',
    });
    if (response.ok) return response;
    await response.body?.cancel();
  } catch (error) {
    if (isAbort(error)) throw error;
  }
  return undefined;
}

function recorded(via: Endpoint['via'], { onRequest, onCount }: FetchBlobOptions): typeof fetch {
  return recordingFetch(
    (input, init) => fetch(input, init),
    (ended) => onRequest(describeRequest(ended, via)),
    onCount,
  );
}

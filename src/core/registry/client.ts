/**
 * Reads manifests and blobs of one registry: https://github.com/opencontainers/distribution-spec/blob/main/spec.md
 *
 * The only builder of `/v2/` addresses. No ping: the thing itself is asked for first, and only a 401 starts the token
 * flow. `fetch` is passed in, and no request carries a header that a page would have to ask permission for before a
 * token makes that unavoidable.
 */
import { type Digest, digestAlgorithm, isDigest } from '../digest.ts';
import { isAbort, PulltabError } from '../errors.ts';
import { digestOf } from '../hash/digest-of.ts';
import { ACCEPT_DOCKER, ACCEPT_MANIFESTS, ACCEPT_OCI, baseMediaType, isSchema1Type } from '../media-types.ts';
import type { Grant } from './account.ts';
import type { AuthorizedRequest, Authorizer } from './authorizer.ts';
import type { RateLimitHeaders } from './rate-limit.ts';
import { discard, readCapped } from './response.ts';
import type { Access } from './token.ts';

export type { Access } from './token.ts';

/** Where requests for a registry go. */
export interface Endpoint {
  /** As references spell it: "docker.io", "localhost:5000". */
  readonly registry: string;
  /**
   * What `/v2/…` is appended to: "https://registry-1.docker.io", "https://page.example/relay/r/registry-1.docker.io",
   * or the folder of static files.
   */
  readonly base: string;
  readonly via: 'direct' | 'relay' | 'static';
  /** What a proxy cache keeps every repository below: "hubproxy/". Names in arguments go without it. */
  readonly repositoryPrefix?: string | undefined;
}

export interface RegistryClientOptions {
  readonly endpoint: Endpoint;
  readonly fetch: typeof fetch;
  /** Tokens that another realm got from `access()` of its own client. */
  readonly access?: readonly Access[];
  /** The account to use where the registry asks for one. */
  readonly grant?: Grant | undefined;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}

export interface ManifestAnswer {
  /** Exactly as served: the digest is of these. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Our own hash of the bytes, never what a header says. */
  readonly digest: Digest;
  readonly contentType: string | undefined;
  /** What the answer's headers say of a limit on pulls, as sent (rate-limit.ts reads it); absent where they say nothing. */
  readonly rateLimit?: RateLimitHeaders | undefined;
}

export interface ReadOptions {
  readonly attempted: string;
  readonly method?: 'HEAD';
  readonly accept?: string;
  readonly signal?: AbortSignal | undefined;
}

export interface BlobOptions {
  readonly signal?: AbortSignal;
  readonly fromBytes?: number;
  readonly toBytes?: number | undefined;
}

/**
 * Every method throws `PulltabError`: `network-or-cors`, `auth-required`, `auth-denied`, `not-found`, `rate-limited`,
 * `registry-failed`, `relay-refused`, and what its own line adds. An abort passes through as it is.
 */
export interface RegistryClient {
  readonly endpoint: Endpoint;
  readonly grant: Grant | undefined;
  /**
   * A manifest or index by tag or digest, at most 4 MiB.
   * @throws PulltabError `manifest-too-large`; `digest-mismatch` when asked by digest and the bytes are others.
   */
  manifest(repository: string, reference: string, options?: { signal?: AbortSignal }): Promise<ManifestAnswer>;
  /**
   * The response with the blob's body unread and unverified: 200, or where a part was asked for, from `fromBytes` up to but
   * not `toBytes`, what the registry makes of that (200 with the whole, 206, 416). Always asked of the registry itself: signed addresses of its storage expire.
   */
  blob(repository: string, digest: Digest, options?: BlobOptions): Promise<Response>;
  /**
   * A small blob in memory, checked for size and digest. Data inlined in the descriptor is used where it is right.
   * @throws PulltabError `size-mismatch`, `digest-mismatch`, and `manifest-too-large` over `limitBytes`.
   */
  blobBytes(
    repository: string,
    descriptor: { digest: Digest; size: number; data?: Uint8Array<ArrayBuffer> },
    options: { limitBytes: number; signal?: AbortSignal },
  ): Promise<Uint8Array<ArrayBuffer>>;
  /**
   * The ok response to any other read, its body unread: `path` below the repository ("tags/list?n=100"), or below `/v2/`
   * where there is none ("_catalog"). What the path holds is the caller's to check.
   */
  read(repository: string | undefined, path: string, options: ReadOptions): Promise<Response>;
  /** What another realm needs to go on with this repository; empty where no token was needed so far. */
  access(repository: string): Access[];
}

const MANIFEST_LIMIT_BYTES = 4 * 1024 * 1024;
const REPOSITORY_LIMIT = 255;
const REPOSITORY = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/;
const TAG = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/;

/** Answers that may only mean that `Accept` named the wrong kind of manifest. */
const WRONG_KIND_STATUSES: readonly number[] = [400, 404, 406, 415];

export function createRegistryClient(options: RegistryClientOptions): RegistryClient {
  const { endpoint, fetch, access = [], grant, now = Date.now } = options;
  const base = endpoint.base.replace(/\/+$/, '');
  const relayed = endpoint.via === 'relay';
  const prefix = endpoint.repositoryPrefix ?? '';
  const scopeOf = (repository: string | undefined): string =>
    repository === undefined ? 'registry:catalog:*' : `repository:${prefix}${repository}:pull`;
  let loading: Promise<Authorizer> | undefined;
  let authorizer: Authorizer | undefined;

  function loadAuthorizer(): Promise<Authorizer> {
    loading ??= import('./authorizer.ts').then(({ createAuthorizer }) => {
      authorizer = createAuthorizer({ endpoint: { ...endpoint, base }, fetch, access, grant, now });
      return authorizer;
    });
    return loading;
  }

  /** What a 401 takes is loaded with the first one: a registry without them shows its images sooner. */
  async function authorized(
    request: AuthorizedRequest,
    send: (authorization: string | undefined) => Promise<Response>,
  ): Promise<Response> {
    if (loading !== undefined || grant !== undefined || access.length > 0) {
      return (await loadAuthorizer()).authorized(request, send);
    }
    const response = await send(undefined);
    if (response.status !== 401 || endpoint.via === 'static') return response;
    return (await loadAuthorizer()).authorized(request, send, response);
  }

  /** Of the types of manifests, what is asked for first: OCI's, until a registry answers the other only. */
  let portions: readonly [string, string] = [ACCEPT_OCI, ACCEPT_DOCKER];

  interface Ask extends ReadOptions {
    readonly repository: string | undefined;
    readonly cache: RequestCache;
    readonly signal: AbortSignal | undefined;
    /** First byte wanted; 0 asks for the whole without saying so. */
    readonly fromBytes?: number;
    /** The first that is not wanted any more; undefined asks for all from there on. */
    readonly toBytes?: number | undefined;
  }

  /** The response, whatever its status, after the token flow where one was needed. */
  function ask(
    path: string,
    { repository, attempted, method, cache, accept, signal, fromBytes = 0, toBytes }: Ask,
  ): Promise<Response> {
    const url = `${base}/v2/${repository === undefined ? '' : `${prefix}${repository}/`}${path}`;
    return authorized({ scope: scopeOf(repository), attempted, signal }, async (authorization) => {
      const headers: Record<string, string> = {};
      if (accept !== undefined) headers.Accept = accept;
      if (authorization !== undefined) headers.Authorization = authorization;
      // This form of Range needs no preflight. https://fetch.spec.whatwg.org/#cors-safelisted-request-header
      if (fromBytes > 0 || toBytes !== undefined) {
        headers.Range = `bytes=${fromBytes}-${toBytes === undefined ? '' : toBytes - 1}`;
      }
      try {
        return await fetch(url, {
          method: method ?? 'GET',
          headers,
          cache,
          mode: 'cors',
          credentials: 'omit',
          referrerPolicy: 'no-referrer',
          signal: signal ?? null,
        });
      } catch (error) {
        throw unreachable(error, attempted, signal);
      }
    });
  }

  function unreachable(error: unknown, attempted: string, signal: AbortSignal | undefined): unknown {
    if (isAbort(error) || signal?.aborted === true) return error;
    const host = new URL(base).host;
    const whom = relayed ? `the relay ${host}` : host;
    return new PulltabError('network-or-cors', { attempted, seen: `no answer of ${whom} could be read`, cause: error });
  }

  async function failure(response: Response, attempted: string): Promise<PulltabError> {
    const { responseError } = await import('./response-error.ts');
    return responseError(response, { attempted, who: 'the registry', relayed });
  }

  /** The whole body; `undefined` when longer than the limit. */
  async function body(
    response: Response,
    limitBytes: number,
    { attempted, signal }: Pick<Ask, 'attempted' | 'signal'>,
  ) {
    const announced = Number(response.headers.get('Content-Length') ?? 0);
    // Under Content-Encoding the length is that of the encoded bytes, which are fewer: the limit still holds for them.
    if (announced > limitBytes) {
      await discard(response);
      return undefined;
    }
    try {
      return await readCapped(response, limitBytes);
    } catch (error) {
      throw unreachable(error, attempted, signal);
    }
  }

  async function manifest(
    repository: string,
    reference: string,
    { signal }: { signal?: AbortSignal } = {},
  ): Promise<ManifestAnswer> {
    const byDigest = isDigest(reference);
    const attempted = `read the manifest of ${endpoint.registry}/${prefix}${repository}${byDigest ? '@' : ':'}${reference}`;
    checkNames(repository, reference, attempted);
    const response = await manifestResponse(`manifests/${reference}`, {
      repository,
      attempted,
      // A tag moves; what a digest names never changes.
      cache: byDigest ? 'default' : 'no-cache',
      signal,
    });
    const bytes = await body(response, MANIFEST_LIMIT_BYTES, { attempted, signal });
    if (bytes === undefined) {
      throw new PulltabError('manifest-too-large', { attempted, seen: 'the registry sent more than 4 MiB' });
    }
    const digest = await digestOf(bytes, byDigest ? digestAlgorithm(reference) : 'sha256');
    if (byDigest && digest !== reference) throw mismatch(attempted, { expected: reference, arrived: digest });
    const { headers } = response;
    return { bytes, digest, contentType: headers.get('Content-Type') ?? undefined, rateLimit: rateLimitOf(headers) };
  }

  async function okResponse(path: string, question: Ask): Promise<Response> {
    const response = await ask(path, question);
    if (response.ok) return response;
    throw await failure(response, question.attempted);
  }

  /** An ok response. Directly, the four types go in two portions of `Accept`, each short enough to need no preflight. */
  async function manifestResponse(path: string, question: Omit<Ask, 'accept'>): Promise<Response> {
    if (endpoint.via !== 'direct') return okResponse(path, { ...question, accept: ACCEPT_MANIFESTS });
    const [likelier, other] = portions;
    const first = await ask(path, { ...question, accept: likelier });
    if (first.ok && !isDowngraded(first)) return first;
    if (!first.ok && !WRONG_KIND_STATUSES.includes(first.status)) throw await failure(first, question.attempted);
    const firstError = first.ok ? undefined : await failure(first, question.attempted);
    const second = await ask(path, { ...question, accept: other });
    if (second.ok) {
      portions = [other, likelier];
      await discard(first);
      return second;
    }
    if (firstError === undefined) {
      await discard(second);
      return first;
    }
    const secondError = await failure(second, question.attempted);
    throw WRONG_KIND_STATUSES.includes(second.status) ? moreTelling(firstError, secondError) : secondError;
  }

  async function blob(
    repository: string,
    digest: Digest,
    { signal, fromBytes = 0, toBytes }: BlobOptions = {},
  ): Promise<Response> {
    const attempted = `read the blob ${digest} of ${endpoint.registry}/${prefix}${repository}`;
    checkNames(repository, digest, attempted);
    const response = await ask(`blobs/${digest}`, {
      repository,
      attempted,
      cache: 'no-store',
      signal,
      fromBytes,
      toBytes,
    });
    const isPart = fromBytes > 0 || toBytes !== undefined;
    if (response.status === 200 || (isPart && [206, 416].includes(response.status))) return response;
    if (response.status === 403 && isElsewhere(response)) throw await expired(response, attempted);
    throw await failure(response, attempted);
  }

  /** Storage that a registry redirects to refuses with 403 when the address it was given has run out. */
  function isElsewhere({ redirected, url }: Response): boolean {
    return redirected && new URL(url).origin !== new URL(base).origin;
  }

  async function expired(response: Response, attempted: string): Promise<PulltabError> {
    await discard(response);
    const seen = `the storage ${new URL(response.url).host} refused (403): the address that the registry gave may have run out`;
    return new PulltabError('registry-failed', { attempted, seen, status: 403 });
  }

  async function blobBytes(
    repository: string,
    descriptor: { digest: Digest; size: number; data?: Uint8Array<ArrayBuffer> },
    { limitBytes, signal }: { limitBytes: number; signal?: AbortSignal },
  ): Promise<Uint8Array<ArrayBuffer>> {
    const { digest, size, data } = descriptor;
    const attempted = `read the blob ${digest} of ${endpoint.registry}/${prefix}${repository}`;
    if (size > limitBytes) {
      const seen = `its descriptor announces ${size} bytes, and at most ${limitBytes} are read of such a blob`;
      throw new PulltabError('manifest-too-large', { attempted, seen });
    }
    if (data?.length === size && (await digestOf(data, digestAlgorithm(digest))) === digest) return data;
    const response = await blob(repository, digest, signal === undefined ? {} : { signal });
    const bytes = await body(response, size, { attempted, signal });
    if (bytes?.length !== size) {
      const arrived = bytes === undefined ? 'more than that arrived' : `${bytes.length} arrived`;
      throw new PulltabError('size-mismatch', { attempted, seen: `${size} bytes were expected and ${arrived}` });
    }
    const arrived = await digestOf(bytes, digestAlgorithm(digest));
    if (arrived !== digest) throw mismatch(attempted, { expected: digest, arrived });
    return bytes;
  }

  return {
    endpoint,
    grant,
    manifest,
    blob,
    blobBytes,
    read(repository, path, options) {
      if (repository !== undefined) checkNames(repository, 'latest', options.attempted);
      return okResponse(path, { signal: undefined, ...options, repository, cache: 'no-cache' });
    },
    access: (repository) => authorizer?.access(scopeOf(repository)) ?? [...access],
  };
}

function rateLimitOf(headers: Headers): RateLimitHeaders | undefined {
  const remaining = headers.get('RateLimit-Remaining');
  const source = headers.get('Docker-RateLimit-Source');
  return remaining === null ? undefined : { remaining, limit: headers.get('RateLimit-Limit'), source };
}

/** Names come from `parseReference`, but an address is built of them here, so they are checked here. */
function checkNames(repository: string, reference: string, attempted: string): void {
  const fine = repository.length <= REPOSITORY_LIMIT && REPOSITORY.test(repository);
  if (!fine) throw new PulltabError('reference-invalid', { attempted, seen: 'the repository is not a valid name' });
  if (!isDigest(reference) && !TAG.test(reference)) {
    throw new PulltabError('reference-invalid', { attempted, seen: 'the tag is not a valid one' });
  }
}

/**
 * Old registries rewrite a manifest into schema 1 when `Accept` does not name its type. By its type alone such an
 * answer cannot be told from an image that really is schema 1, so the other types are asked for as well.
 */
function isDowngraded(response: Response): boolean {
  return isSchema1Type(baseMediaType(response.headers.get('Content-Type') ?? undefined));
}

/** Of two failures the one to show: "not there" before "not in that form", and the registry's words about either. */
function moreTelling(first: PulltabError, second: PulltabError): PulltabError {
  const rank = (error: PulltabError): number => {
    if (error.code !== 'not-found') return 0;
    return /accept/i.test(error.seen) ? 1 : 2;
  };
  return rank(second) > rank(first) ? second : first;
}

function mismatch(attempted: string, { expected, arrived }: { expected: Digest; arrived: Digest }): PulltabError {
  return new PulltabError('digest-mismatch', { attempted, seen: `${expected} was expected and ${arrived} arrived` });
}

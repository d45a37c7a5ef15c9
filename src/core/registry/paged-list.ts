/**
 * A list that a registry hands out page by page, tags or repositories:
 * https://github.com/opencontainers/distribution-spec/blob/main/spec.md#listing-tags
 *
 * CORS usually hides `Link`, so the next page is asked for by the last name of the one before. Many registries ignore
 * that, or the number asked for, and some never end: whatever one answers, each step brings something new or is the last.
 */
import * as v from 'valibot';
import { isAbort, PulltabError } from '../errors.ts';
import type { RegistryClient } from './client.ts';
import { discard, parseJson, readCapped } from './response.ts';

/** Names asked for at once. Where a registry allows fewer, its pages are shorter. */
const PAGE_SIZE = 1000;
const PAGE_LIMIT_BYTES = 4 * 1024 * 1024;
const QUERY_LIMIT = 1024;

export interface ListPage {
  /** Names that no page had before, in the registry's order. */
  readonly fresh: readonly string[];
  /** Entries that are no valid names, which are left out. */
  readonly invalid: number;
  /**
   * Why there is no further page: the list is whole, or the registry was asked for more and sent what it had sent before.
   * Undefined where there may be more.
   */
  readonly end: 'whole' | 'repeats' | undefined;
}

export interface PagedList {
  /**
   * The next page; after the last one an empty one with the same `end`. When it fails, the same page can be asked for
   * again.
   * @throws what `RegistryClient.read` throws; `registry-failed` for an answer that is no list or over 4 MiB.
   */
  next(signal: AbortSignal): Promise<ListPage>;
}

export interface PagedListOptions {
  readonly client: Pick<RegistryClient, 'read' | 'endpoint'>;
  /** Undefined for a list of the whole registry. */
  readonly repository: string | undefined;
  /** "tags/list", "_catalog". */
  readonly path: string;
  /** The member of the answer that holds the names. */
  readonly member: 'tags' | 'repositories';
  readonly valid: RegExp;
  readonly attempted: string;
}

/** Sends nothing before `next` is called. */
export function createPagedList(options: PagedListOptions): PagedList {
  const { client, valid } = options;
  const seen = new Set<string>();
  const askedQueries = new Set<string>();
  let query: string | undefined = `n=${PAGE_SIZE}`;
  let end: ListPage['end'];
  let linkReadable = client.endpoint.via === 'relay';

  async function next(signal: AbortSignal): Promise<ListPage> {
    if (query === undefined) return { fresh: [], invalid: 0, end };
    const asked: string = query;
    const { names, link } = await readPage(options, asked, signal);
    askedQueries.add(asked);
    const usable = names.filter((name): name is string => typeof name === 'string' && valid.test(name));
    const before = seen.size;
    const fresh = usable.filter((name) => seen.size < seen.add(name).size);
    linkReadable ||= link !== undefined;
    end = whyEnded({ names, link, grown: seen.size > before });
    query = end === undefined ? followingQuery(link, usable.at(-1)) : undefined;
    if (query !== undefined && askedQueries.has(query)) query = undefined;
    if (query === undefined) end ??= 'repeats';
    // What a page repeats was counted with the page that had it first.
    return { fresh, invalid: before > 0 && fresh.length === 0 ? 0 : names.length - usable.length, end };
  }

  function whyEnded(page: { names: readonly unknown[]; link: string | undefined; grown: boolean }): ListPage['end'] {
    if (page.names.length === 0) return 'whole';
    if (!page.grown) return 'repeats';
    if (page.link !== undefined) return undefined;
    // More than was asked for: this registry knows no pages and sent everything at once.
    if (page.names.length > PAGE_SIZE) return 'whole';
    return linkReadable && page.names.length < PAGE_SIZE ? 'whole' : undefined;
  }

  /** The query of the link where it can be used, else the one after the last name. */
  function followingQuery(link: string | undefined, last: string | undefined): string | undefined {
    const linked = link === undefined ? undefined : linkQuery(link, options);
    if (linked !== undefined) return linked;
    return last === undefined ? undefined : new URLSearchParams({ n: String(PAGE_SIZE), last }).toString();
  }

  return { next };
}

async function readPage(
  { client, repository, path, member, attempted }: PagedListOptions,
  query: string,
  signal: AbortSignal,
): Promise<{ names: readonly unknown[]; link: string | undefined }> {
  const response = await client.read(repository, `${path}?${query}`, { attempted, signal });
  const failed = (seen: string): PulltabError =>
    new PulltabError('registry-failed', { attempted, seen, status: response.status });
  if (Number(response.headers.get('Content-Length') ?? 0) > PAGE_LIMIT_BYTES) {
    await discard(response);
    throw failed('one page of the list is over 4 MiB');
  }
  let bytes: Uint8Array | undefined;
  try {
    bytes = await readCapped(response, PAGE_LIMIT_BYTES);
  } catch (error) {
    if (isAbort(error) || signal.aborted) throw error;
    throw new PulltabError('network-or-cors', { attempted, seen: 'the answer broke off', cause: error });
  }
  if (bytes === undefined) throw failed('one page of the list is over 4 MiB');
  // A repository whose last tag was deleted has `null` there.
  const list = v.nullable(v.array(v.unknown()));
  const parsed = v.safeParse(v.object({ [member]: list }), parseJson(bytes));
  if (!parsed.success) throw failed(`it answered ${response.status} with something that is no list of ${member}`);
  return { names: parsed.output[member] ?? [], link: nextLink(response.headers.get('Link')) };
}

/** The target of `rel="next"`: https://www.rfc-editor.org/rfc/rfc8288#section-3 */
export function nextLink(header: string | null): string | undefined {
  return /<([^<>]{1,2000})>\s*;\s*rel="?next"?/i.exec(header ?? '')?.[1];
}

/**
 * What a link adds to the list's own address. Only the query is taken of it: host and path stay those that were asked, so
 * that an answer cannot send anyone elsewhere. A relay passes no other parameters than the standard's.
 */
export function linkQuery(
  link: string,
  { client, path }: Pick<PagedListOptions, 'client' | 'path'>,
): string | undefined {
  const { base, via } = client.endpoint;
  if (!URL.canParse(link, base)) return undefined;
  const url = new URL(link, base);
  if (url.origin !== new URL(base).origin || !url.pathname.endsWith(`/${path}`)) return undefined;
  const query = url.search.slice(1);
  if (query === '' || query.length > QUERY_LIMIT) return undefined;
  const isStandard = [...url.searchParams.keys()].every((name) => name === 'n' || name === 'last');
  return via === 'direct' || isStandard ? query : undefined;
}

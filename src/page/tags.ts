/**
 * The tags of one repository, as the Tags view shows them: read page by page, looked up by digest when someone asks for
 * it, and what this browser remembers of them. Nothing is asked of a registry before one of the methods is called.
 */
import { type ReadonlySignal, signal } from '@preact/signals-core';
import type { Digest } from '../core/digest.ts';
import { asPulltabError, isAbort, PulltabError } from '../core/errors.ts';
import { formatCanonical, type Reference } from '../core/reference.ts';
import { listRepositories } from '../core/registry/catalogue.ts';
import type { RegistryClient } from '../core/registry/client.ts';
import type { PagedList } from '../core/registry/paged-list.ts';
import { headTag, listTags, readTag } from '../core/registry/tags.ts';
import { clearTagHistory, readTagHistory, rememberTag } from '../store/tag-history.ts';
import type { ReadyImage } from './model.ts';
import type { NameList, SeenDigest, TagSearch, Tags } from './tags-model.ts';
import type { Way } from './transport.ts';

/** After so many pages or names someone has to ask for more. */
const PAGES_AT_ONCE = 100;
const NAMES_AT_ONCE = 10_000;
const SEARCHES_AT_ONCE = 4;
/** How long it is news that a tag has moved. */
const NEWS_MS = 7 * 24 * 60 * 60 * 1000;

/**
 * Remembers which digest the image's tag has, and gives the one it had before where that changed lately. Undefined for an
 * image that was opened by its digest, and where nothing can be stored.
 */
export async function seeTag(image: ReadyImage, nowMs = Date.now()): Promise<SeenDigest | undefined> {
  const { reference, transport, root } = image;
  if (reference.digest !== undefined || transport.via === 'static') return undefined;
  // Storage is a comfort: that it is missing is said once, by the session.
  const sightings = await rememberTag(tagName(reference), root.digest, nowMs).catch(() => []);
  const [before, current] = sightings.slice(-2);
  return current !== undefined && nowMs - current.firstSeenMs < NEWS_MS ? before : undefined;
}

function tagName({ registry, repository, tag = 'latest' }: Reference): string {
  return formatCanonical({ registry, repository, tag });
}

/** The list that was read last: whoever goes from tag to tag of a repository does not read it again. */
let kept: { readonly name: string; readonly tags: StoppableList } | undefined;

function tagsOf({ registry, repository }: Reference, ways: readonly Way[], ask: Ask): StoppableList {
  // The same name in another place, a mirror's, has other tags.
  const name = [registry, repository, ...ways.map(({ client }) => client.endpoint.base)].join(' ');
  // After a failure it begins anew: by then the person may have signed in.
  if (kept?.name === name && kept.tags.view.value.error === undefined) {
    kept.tags.askBy(ask);
    return kept.tags;
  }
  kept = { name, tags: createNameList((client) => listTags(client, repository), ask) };
  return kept.tags;
}

/** @param image whose reference names the repository, and whose digest the search is for */
export function createTags(image: ReadyImage, ways: readonly Way[]): Tags {
  const { reference, root } = image;
  const { repository } = reference;
  const ask = createAsk(ways);
  const tags = tagsOf(reference, ways, ask);
  const directWay = ways.find(({ view }) => view.via === 'direct');
  const repositories = directWay && createNameList(listRepositories, (question) => question(directWay.client));
  const search = createTagSearch({
    repository,
    wanted: root.digest,
    kind: root.kind === 'index' ? 'index' : 'manifest',
    ask,
  });
  const history = signal<readonly SeenDigest[]>([]);
  const forgetError = signal<PulltabError | undefined>(undefined);

  async function readHistory(): Promise<void> {
    history.value = await readTagHistory(tagName(reference)).catch(() => []);
  }

  return {
    list: tags.view,
    read: tags.read,
    readAgain: tags.readAgain,
    repositories: repositories && { list: repositories.view, read: repositories.read },
    search: search.view,
    find: search.find,
    stopSearch: search.stop,
    history,
    forgetError,
    readHistory,
    async forget() {
      try {
        await clearTagHistory();
        history.value = [];
        forgetError.value = undefined;
      } catch (error) {
        forgetError.value = asPulltabError(error, 'forget which digests tags had');
      }
    },
    stop() {
      tags.stop();
      repositories?.stop();
      search.stop();
    },
  };
}

type Question<T> = (client: RegistryClient) => Promise<T>;
type Ask = <T>(question: Question<T>) => Promise<T>;

/** Asks by the way that reached the registry last; by the next one where that cannot be reached. */
function createAsk(all: readonly Way[]): Ask {
  let ways = all;
  return async (question) => {
    let first: unknown;
    for (const way of ways) {
      try {
        const answer = await question(way.client);
        ways = [way, ...ways.filter((other) => other !== way)];
        return answer;
      } catch (error) {
        const code = error instanceof PulltabError ? error.code : undefined;
        // A relay that refuses the host says nothing about the registry: why it was not reached stays the news.
        if (first !== undefined && code === 'relay-refused') throw first;
        if (code !== 'network-or-cors') throw error;
        first ??= error;
      }
    }
    throw first;
  };
}

const NO_NAMES: NameList = { names: [], phase: 'idle', end: undefined, invalid: 0, error: undefined };

interface StoppableList {
  readonly view: ReadonlySignal<NameList>;
  read(): Promise<void>;
  readAgain(): Promise<void>;
  stop(): void;
  /** Other ways from the next start on. */
  askBy(ask: Ask): void;
}

/** A list that grows with each call of `read`, and keeps what it has when a page fails. */
function createNameList(start: (client: RegistryClient) => PagedList, firstAsk: Ask): StoppableList {
  let ask = firstAsk;
  const view = signal(NO_NAMES);
  let list: PagedList | undefined;
  let reading: AbortController | undefined;
  let ended: Promise<void> = Promise.resolve();

  /** The way is settled with the first page: another one would begin from the start. */
  function nextPage(stopped: AbortSignal): ReturnType<PagedList['next']> {
    if (list !== undefined) return list.next(stopped);
    return ask(async (client) => {
      const begun = start(client);
      const page = await begun.next(stopped);
      list = begun;
      return page;
    });
  }

  async function read(): Promise<void> {
    if (reading?.signal.aborted === false || view.value.end !== undefined) return;
    const own = new AbortController();
    reading = own;
    // One that was stopped may still be on its way out.
    ended = ended.then(() => readOn(own));
    await ended;
  }

  async function readOn(own: AbortController): Promise<void> {
    view.value = { ...view.value, phase: 'reading', error: undefined };
    let error: PulltabError | undefined;
    try {
      const enough = view.value.names.length + NAMES_AT_ONCE;
      for (let pages = 0; pages < PAGES_AT_ONCE && view.value.names.length < enough; pages++) {
        const { fresh, invalid, end } = await nextPage(own.signal);
        const before = view.value;
        view.value = { ...before, names: [...before.names, ...fresh], invalid: before.invalid + invalid, end };
        if (end !== undefined) break;
      }
    } catch (failure) {
      if (!isAbort(failure)) error = asPulltabError(failure, 'read the list');
    }
    if (reading === own) reading = undefined;
    view.value = { ...view.value, phase: 'idle', error };
  }

  function stop(): void {
    reading?.abort();
  }

  async function readAgain(): Promise<void> {
    stop();
    await ended;
    list = undefined;
    view.value = NO_NAMES;
    await read();
  }

  return {
    view,
    read,
    readAgain,
    stop,
    askBy(next) {
      ask = next;
    },
  };
}

interface SearchOptions {
  readonly repository: string;
  readonly wanted: Digest;
  readonly kind: 'index' | 'manifest';
  readonly ask: Ask;
}

const NO_SEARCH: TagSearch = { phase: 'idle', digests: new Map(), asked: 0, total: 0, error: undefined };

/** Which tags have the image's digest: asks for those it does not know yet, a few at a time. */
function createTagSearch({ repository, wanted, kind, ask }: SearchOptions) {
  const view = signal(NO_SEARCH);
  let searching: AbortController | undefined;

  async function find(tags: readonly string[], options: { readonly pulls: boolean }): Promise<void> {
    if (searching !== undefined) return;
    const own = new AbortController();
    searching = own;
    const waiting = tags.filter((tag) => !view.value.digests.has(tag));
    view.value = { ...view.value, phase: 'asking', asked: 0, total: waiting.length, error: undefined };
    let phase: TagSearch['phase'] = 'done';
    let error: PulltabError | undefined;

    async function digestOf(tag: string): Promise<Digest | 'missing' | 'unreadable'> {
      const question = { repository, tag, wanted, kind, signal: own.signal };
      return ask((client) => (options.pulls ? readTag(client, question) : headTag(client, question)));
    }

    async function work(): Promise<void> {
      for (let tag = waiting.shift(); tag !== undefined && !own.signal.aborted; tag = waiting.shift()) {
        const found = await digestOf(tag);
        if (found === 'unreadable') {
          phase = 'costs';
          return own.abort();
        }
        const { digests, asked } = view.value;
        view.value = { ...view.value, digests: new Map(digests).set(tag, found), asked: asked + 1 };
      }
    }

    async function workUntilFailure(): Promise<void> {
      try {
        await work();
      } catch (failure) {
        if (!isAbort(failure)) error ??= asPulltabError(failure, `look up the tags of ${repository}`);
        own.abort();
      }
    }

    await Promise.all(Array.from({ length: SEARCHES_AT_ONCE }, workUntilFailure));
    if (own.signal.aborted && phase === 'done') phase = 'stopped';
    searching = undefined;
    view.value = { ...view.value, phase, error };
  }

  return { view, find, stop: () => searching?.abort() };
}

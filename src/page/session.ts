/** What one open page knows and does: its route, the image it shows, its downloads. The widgets draw these signals. */
import { type ReadonlySignal, signal } from '@preact/signals-core';
import { asPulltabError, isAbort, PulltabError } from '../core/errors.ts';
import { formatPlatform, matchPlatform, parsePlatform } from '../core/platform.ts';
import { formatReference, type Reference, readReference } from '../core/reference.ts';
import {
  formatRoute,
  NO_PARAMS,
  parseRoute,
  type Route,
  readPasted,
  routeForText,
  routeFromSearch,
} from '../protocol/route.ts';
import { clearRecent, listRecent, rememberRecent } from '../store/recent.ts';
import { noteFailure } from './activity.ts';
import { type Credentials, createCredentials } from './credentials.ts';
import type { JobRequest, Jobs } from './jobs.ts';
import type { LocalArchive } from './local-archive.ts';
import type { Actions, ArchiveState, ImageState, JobView, RecentImage } from './model.ts';
import {
  failureOf,
  type ImageRoute,
  type OpenedImage,
  type OpenOptions,
  openImage,
  withCacheState,
} from './open-image.ts';
import { registerServiceWorker } from './register.ts';
import { staticWay, type Way, waysTo } from './transport.ts';
import { openUserSettings, type UserSettings } from './user-settings.ts';

export interface Session {
  readonly route: ReadonlySignal<Route>;
  readonly image: ReadonlySignal<ImageState | undefined>;
  /** The archive that somebody chose, if any. */
  readonly archive: ReadonlySignal<ArchiveState | undefined>;
  readonly jobs: ReadonlySignal<readonly JobView[]>;
  readonly recent: ReadonlySignal<readonly RecentImage[]>;
  readonly notice: ReadonlySignal<PulltabError | undefined>;
  readonly credentials: Credentials;
  readonly userSettings: Promise<UserSettings>;
  readonly actions: Actions;
}

/** Views of one image, wherever it is. */
type ViewRoute = Extract<Route, { name: 'image' | 'sample' | 'open' }>;

/** By then a usual image has shown (ms). */
const REGISTER_AFTER_MS = 2000;

/** The image that comes with the app, as archives of it are tagged. */
const SAMPLE_REFERENCE = 'localhost/pulltab/sample:latest';

/** Starts the page: reads its settings and follows its address from now on. */
export function startSession(): Session {
  const route = signal<Route>(startRoute());
  const image = signal<ImageState | undefined>(undefined);
  const recent = signal<readonly RecentImage[]>([]);
  const notice = signal<PulltabError | undefined>(undefined);
  const pageBase = document.baseURI;
  const deployer = fetch(new URL('config.json', pageBase), { cache: 'no-cache', credentials: 'same-origin' });
  const userSettings = openUserSettings(deployer);
  const jobViews = signal<readonly JobView[]>([]);
  let jobs: Jobs | undefined;
  const credentials = createCredentials((error) => {
    notice.value ??= asPulltabError(error, 'read the accounts that were kept');
  });
  const archive = signal<ArchiveState | undefined>(undefined);
  let localArchive: LocalArchive | undefined;
  let readingFile = new AbortController();
  let opened: OpenedImage | undefined;
  let openedKey: string | undefined;
  let opening = new AbortController();

  /** Follows the address: an image is opened again only when it is another one, not for another view of it. */
  function follow(next: Route): void {
    route.value = next;
    if (next.name !== 'open' && archive.value?.phase === 'reading') {
      readingFile.abort();
      archive.value = undefined;
    }
    if (next.name === 'pasted') void followPasted(next);
    const shows = isView(next) ? next : undefined;
    const key = shows && keyOf(shows);
    if (key !== undefined && key === openedKey) return;
    openedKey = key;
    opened = undefined;
    opening.abort();
    image.value = undefined;
    if (shows?.name === 'open') openArchived(shows);
    else if (shows !== undefined) void open(shows);
  }

  /** The image of the opened archive that the address asks for; without one the page asks for the file, or which image. */
  function openArchived({ params }: Extract<Route, { name: 'open' }>): void {
    const found = localArchive?.find(params);
    if (found !== undefined) void show(found.title, 'reading the archive', found.open);
  }

  async function openFile(file: File): Promise<void> {
    readingFile.abort();
    readingFile = new AbortController();
    const { signal: stopped } = readingFile;
    const tell = (state: ArchiveState): void => {
      if (!stopped.aborted) archive.value = state;
    };
    const reading = (doneBytes: number): void =>
      tell({ phase: 'reading', doing: `reading ${file.name}`, doneBytes, totalBytes: file.size });
    localArchive = undefined;
    reading(0);
    const at = route.value;
    // A link that was opened before the file keeps what it says of the view.
    go({ name: 'open', params: at.name === 'open' ? at.params : NO_PARAMS });
    try {
      const { openLocalArchive } = await import('./local-archive.ts');
      const result = await openLocalArchive(file, { signal: stopped, onProgress: reading });
      if (stopped.aborted) return;
      localArchive = result;
      tell(result.view);
      if (route.value.name === 'open') actions.reload();
    } catch (error) {
      if (!isAbort(error)) tell({ phase: 'failed', error: asPulltabError(error, `open ${file.name}`) });
    }
  }

  /** The address becomes the one that the pasted text stands for. */
  async function followPasted(pasted: Extract<Route, { name: 'pasted' }>): Promise<void> {
    const read = await readPasted(pasted);
    if (route.value !== pasted) return;
    if (read.name !== 'invalid') history.replaceState(null, '', formatRoute(read));
    follow(read);
  }

  async function open(at: ImageRoute): Promise<void> {
    const reference = referenceOf(at);
    const title = formatReference(reference);
    const result = await show(title, `looking for ${reference.registry}`, (options) => openAt(at, options));
    if (result === undefined) return;
    void remember(at);
    // What is remembered of tags is a comfort: without the code for it the image shows all the same.
    noteTag(result).catch(() => undefined);
  }

  async function openAt(at: ImageRoute, options: OpenOptions): Promise<OpenedImage> {
    const reference = referenceOf(at);
    const title = formatReference(reference);
    requireSecureContext(title);
    const ways =
      at.name === 'sample' ? ([staticWay(reference.registry, pageBase)] as const) : await registryWays(reference);
    return openImage({ reference, title, ways, platform: at.params.platform }, options);
  }

  /** Undefined where it failed, which the page says, or another image was asked for meanwhile. */
  async function show(
    title: string,
    doing: string,
    openIt: (options: OpenOptions) => Promise<OpenedImage>,
  ): Promise<OpenedImage | undefined> {
    opening = new AbortController();
    const { signal: stopped } = opening;
    const tell = (state: ImageState): void => {
      if (!stopped.aborted) image.value = state;
    };
    tell({ phase: 'loading', title, doing });
    try {
      const result = await openIt({ signal: stopped, onDoing: (now) => tell({ phase: 'loading', title, doing: now }) });
      if (stopped.aborted) return undefined;
      opened = result;
      tell(result.view);
      return result;
    } catch (failure) {
      const { error, ...rest } = failureOf(failure);
      if (isAbort(error)) return undefined;
      const told = asPulltabError(error, `open ${title}`);
      noteFailure(told.code);
      tell({ phase: 'failed', title, error: told, ...rest });
      return undefined;
    }
  }

  async function registryWays({ registry, repository }: Reference): Promise<readonly [Way, ...Way[]]> {
    return waysTo(registry, (await userSettings).merged.value, pageBase, await credentials.grantsFor(repository));
  }

  async function remember(at: ImageRoute): Promise<void> {
    const { params: _, ...bare } = at;
    const reference = formatRoute({ ...bare, params: NO_PARAMS }).slice('#/'.length);
    try {
      await rememberRecent({ reference, openedAtMs: Date.now() });
      recent.value = await listRecent();
    } catch (error) {
      notice.value ??= asPulltabError(error, 'remember which images were opened');
    }
  }

  /** What this browser remembers of the tag: where it has moved, the page says so. */
  async function noteTag({ view }: OpenedImage): Promise<void> {
    const movedFrom = await (await import('./tags.ts')).seeTag(view);
    if (movedFrom === undefined || opened?.view.root !== view.root) return;
    opened = { ...opened, view: { ...opened.view, movedFrom } };
    image.value = opened.view;
  }

  /** After a download the cache holds more than the page says. */
  async function refreshCacheState(): Promise<void> {
    const before = opened;
    if (before?.view.selected === undefined) return;
    const selected = await withCacheState(before.view.selected);
    if (opened !== before) return;
    opened = { ...before, view: { ...before.view, selected } };
    image.value = opened.view;
  }

  /** What lists downloads comes after the first image, for those that an earlier page left or the first click. */
  async function loadJobs(): Promise<Jobs> {
    const { createJobs } = await import('./jobs.ts');
    jobs ??= createJobs({
      views: jobViews,
      onEnd: () => void refreshCacheState(),
      settings: userSettings,
      openAt,
    });
    return jobs;
  }

  function startJob(request: JobRequest): void {
    loadJobs().then(
      ({ start }) => start(request),
      (cause: unknown) => {
        const seen = 'a part of this page could not be loaded; it may have been updated';
        notice.value = new PulltabError('internal', { attempted: `save ${request.plan.fileName}`, seen, cause });
      },
    );
  }

  /** Storage is a comfort, not a condition: the page says that it is missing and goes on. */
  async function startStorage(): Promise<void> {
    try {
      recent.value = await listRecent();
      // Elsewhere there are no locks and no downloads, which the page says when an image is opened.
      if (isSecureContext) await (await loadJobs()).restore();
    } catch (error) {
      notice.value ??= asPulltabError(error, 'open the browser’s storage');
    }
  }

  const actions: Actions = {
    async inspect(text) {
      const typed = routeForText(text);
      const next = typed.name === 'pasted' ? await readPasted(typed) : typed;
      if (next.name === 'invalid') return next.error;
      go(next);
      return undefined;
    },
    choosePlatform(digest) {
      const state = image.value;
      const at = route.value;
      if (state === undefined || state.phase === 'loading' || !isView(at)) return;
      const choices = state.platforms ?? [];
      const choice = choices.find((candidate) => candidate.digest === digest);
      if (choice === undefined) return;
      const platform = choice.platform && formatPlatform(choice.platform);
      if (platform !== undefined && matchPlatform(choices, parsePlatform(platform))?.digest === digest) {
        go({ ...at, params: { ...at.params, platform, layer: undefined } });
      } else {
        // No platform names it alone (twins, or none named): its digest does.
        const params = { ...at.params, platform: undefined, layer: undefined };
        if (at.name === 'open') go({ ...at, params: { ...params, image: digest } });
        else go({ name: 'image', reference: { ...referenceOf(at), digest }, params });
      }
    },
    download(choice) {
      const at = route.value;
      if (opened === undefined || !isView(at)) return;
      const shown = opened;
      import('./formats/request.ts')
        .then(({ requestAtOnce }) => requestAtOnce(shown, choice, at))
        .then(startJob, (error: unknown) => {
          notice.value = asPulltabError(error, 'start the download');
        });
    },
    async chooseFormat(format, left) {
      const { chooseFormat } = await import('./formats/format-choice.ts');
      const at = route.value;
      return opened && isView(at) ? chooseFormat(opened, format, { left, at, start: startJob }) : undefined;
    },
    cancel: (id) => jobs?.cancel(id),
    pause: (id) => jobs?.pause(id),
    resume: (id) => jobs?.resume(id),
    retry: (id) => jobs?.retry(id),
    dismiss: (id) => jobs?.dismiss(id),
    reload() {
      openedKey = undefined;
      follow(route.value);
    },
    openFile: (file) => void openFile(file),
    async openTags() {
      const { createTags } = await import('./tags.ts');
      return opened && createTags(opened.view, opened.ways);
    },
    async inspectFiles() {
      const { inspectImage } = await import('./inspected-image.ts');
      return opened && inspectImage(opened, opening.signal);
    },
    async unpackedSizes(layers) {
      return (await import('./unpacked-sizes.ts')).unpackedSizes(layers);
    },
    async openPlatforms(left) {
      const { openPlatformMatrix } = await import('./platform-matrix.ts');
      return opened && openPlatformMatrix(opened, left);
    },
    async compare(text, shown, stopped) {
      const { openForComparison } = await import('./comparison.ts');
      return openForComparison(text, shown, { waysOf: registryWays, signal: stopped });
    },
    async openBundle(left) {
      const { createBundle } = await import('./bundle/bundle.ts');
      return createBundle({ openAt, go, start: startJob, jobs: jobViews, left });
    },
    async diagnose(reference) {
      const { startDiagnosis } = await import('./diagnosis/diagnosis.ts');
      const grantAt = await credentials.grantsFor(reference.repository);
      return startDiagnosis({ reference, pageBase, grantAt, settings: (await userSettings).merged.value });
    },
    clearRecent() {
      recent.value = [];
      clearRecent().catch((error: unknown) => {
        notice.value = asPulltabError(error, 'clear the recent images');
      });
    },
  };

  function go(next: Route): void {
    const address = formatRoute(next);
    if (location.hash === address) actions.reload();
    else location.hash = address;
  }

  addEventListener('hashchange', () => follow(parseRoute(location.hash)));
  // The archive is streamed with this page's help: leaving would cut it off.
  addEventListener('beforeunload', (event) => {
    if (jobs?.anyActive()) event.preventDefault();
  });
  userSettings.then(
    ({ deployerError }) => {
      notice.value ??= deployerError;
    },
    // Whatever needs them says so: an image that is opened, the page of settings.
    () => undefined,
  );
  void startStorage();
  // It fetches the whole app, which the image should not have to share the line and the machine with. Where there is none
  // the page still inspects; Download, which does not wait for this, says what is missing.
  setTimeout(() => registerServiceWorker().catch(() => undefined), REGISTER_AFTER_MS);
  follow(route.value);
  return { route, image, archive, jobs: jobViews, recent, notice, credentials, userSettings, actions };
}

/** Over plain http from another host browsers offer neither the digests nor the service worker that this needs. */
function requireSecureContext(title: string): void {
  if (isSecureContext) return;
  const seen = 'this page came over plain http, where browsers switch off what checking and saving images needs';
  throw new PulltabError('download-unavailable', { attempted: `open ${title}`, seen });
}

/** `?image=` becomes the address that it stands for, so that there is one address from then on. */
function startRoute(): Route {
  const asked = location.hash.length > 2 ? undefined : routeFromSearch(location.search);
  if (asked === undefined) return parseRoute(location.hash);
  history.replaceState(null, '', `${location.pathname}${formatRoute(asked)}`);
  return asked;
}

function referenceOf(at: ImageRoute): Reference {
  return at.name === 'sample' ? readReference(SAMPLE_REFERENCE) : at.reference;
}

function isView(route: Route): route is ViewRoute {
  return route.name === 'image' || route.name === 'sample' || route.name === 'open';
}

function keyOf(at: ViewRoute): string {
  const which = at.name === 'open' ? at.params.image : formatReference(referenceOf(at));
  return JSON.stringify([at.name, which ?? null, at.params.platform ?? null]);
}

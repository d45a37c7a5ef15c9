/**
 * The bundle that a page shows: the list of the link, opened image by image, and what one archive of them takes. The list
 * is nowhere but in the address: whatever changes it goes to another address.
 */
import { computed, effect, type ReadonlySignal, signal } from '@preact/signals-core';
import { asPulltabError, isAbort, PulltabError } from '../../core/errors.ts';
import { formatReference } from '../../core/reference.ts';
import { type BundleEntry, type BundleList, formatBundleList, parseBundleList } from '../../protocol/bundle-list.ts';
import type { Route } from '../../protocol/route.ts';
import type { JobRequest } from '../jobs.ts';
import type { JobView, PlatformChoice } from '../model.ts';
import { offerOf } from '../offer-of.ts';
import { failureOf, type OpenAt } from '../open-image.ts';
import { bundleRequest } from './bundle-request.ts';
import { savedBytes, viewEntries } from './entry-views.ts';
import { noteList } from './last-list.ts';
import { addTo, platformsChosen, withoutEntry } from './list-changes.ts';
import type { Bundle, BundleView } from './model.ts';
import { openPart, type Part, pinnedText, readEntry } from './parts.ts';
import { readPastedList } from './pasted-list.ts';
import { partsIn, type Slot } from './slot.ts';

/** Images that are opened at once. */
const PARALLEL = 3;
/** A list with more was made by no person, and its images are not asked for. */
const ENTRIES_LIMIT = 100;

export interface BundleOptions {
  readonly openAt: OpenAt;
  readonly go: (route: Route) => void;
  readonly start: (request: JobRequest) => void;
  readonly jobs: ReadonlySignal<readonly JobView[]>;
  /** The page was left: nothing is asked for any more. */
  readonly left: AbortSignal;
}

export function createBundle({ openAt, go, start, jobs, left }: BundleOptions): Bundle {
  const view = signal<BundleView>({ entries: [], offer: undefined, pinnedAddress: undefined });
  const slots = new Map<string, Slot>();
  const waiting: BundleEntry[] = [];
  /** By an entry's image. */
  const choices = new Map<string, readonly PlatformChoice[]>();
  let list: BundleList = { entries: [], unknown: [] };
  let running = 0;
  let request: JobRequest | undefined;
  let drawings = 0;

  const slotOf = (entry: BundleEntry, platform: string | undefined): Slot =>
    slots.get(keyOf(entry, platform)) ?? { phase: 'waiting' };
  const slotsOf = (entry: BundleEntry): Slot[] => platformsOf(entry).map((platform) => slotOf(entry, platform));

  function follow(query: string): void {
    noteList(query);
    list = parseBundleList(query);
    if (list.entries.length > ENTRIES_LIMIT) refuse(list.entries);
    for (const entry of list.entries) {
      if (slotsOf(entry).some(({ phase }) => phase === 'waiting')) waiting.push(entry);
    }
    publish();
    while (running < PARALLEL && waiting.length > 0) void work();
  }

  function refuse(entries: readonly BundleEntry[]): void {
    const seen = `it lists ${entries.length} images, and no more than ${ENTRIES_LIMIT} are opened`;
    const error = new PulltabError('route-invalid', { attempted: 'open this bundle', seen });
    for (const entry of entries) {
      for (const platform of platformsOf(entry)) {
        slots.set(keyOf(entry, platform), { phase: 'failed', error, choices: [] });
      }
    }
  }

  async function work(): Promise<void> {
    running++;
    for (let entry = waiting.shift(); entry !== undefined && !left.aborted; entry = waiting.shift()) await load(entry);
    running--;
  }

  /** One platform after the other: the first one's index and tokens do for the others. */
  async function load(entry: BundleEntry): Promise<void> {
    for (const platform of platformsOf(entry)) {
      // Somebody may have been quicker, or the entry was taken off meanwhile.
      if (slotOf(entry, platform).phase === 'waiting' && isListed(entry)) await loadSlot(entry, platform);
    }
  }

  async function loadSlot(entry: BundleEntry, platform: string | undefined): Promise<void> {
    let at: Slot['at'];
    const set = (slot: Slot): void => {
      if (left.aborted) return;
      slots.set(keyOf(entry, platform), slot);
      publish();
    };
    const onDoing = (doing: string): void => set({ phase: 'loading', at, doing });
    onDoing('looking for it');
    try {
      at = await readEntry(entry.image);
      const beside = partsIn(slotsOf(entry))[0];
      set({ phase: 'ready', at, part: await openPart(openAt, { at, platform, beside }, { signal: left, onDoing }) });
    } catch (failure) {
      const { error, platforms = [] } = failureOf(failure);
      if (isAbort(error)) return;
      set({ phase: 'failed', at, error: asPulltabError(error, `open ${entry.image}`), choices: platforms });
    }
  }

  function isListed({ image }: BundleEntry): boolean {
    return list.entries.some((entry) => entry.image === image);
  }

  /** Draws what is known at once; what all of it takes follows when every image came to its end. */
  function publish(): void {
    drawings++;
    request = undefined;
    const known = list.entries.map((entry) => {
      return { entry, slots: slotsOf(entry), earlierChoices: choices.get(entry.image) ?? [] };
    });
    const entries = viewEntries(known);
    for (const entry of entries) choices.set(entry.text, entry.choices);
    view.value = { entries, offer: undefined, pinnedAddress: undefined };
    const isSettled = known.every((one) => one.slots.every(({ phase }) => phase === 'ready' || phase === 'failed'));
    if (isSettled) void offer(drawings).catch(fail);
  }

  async function offer(drawing: number): Promise<void> {
    const parts = [...new Set(list.entries.flatMap((entry) => partsIn(slotsOf(entry))))];
    if (parts.length === 0) return;
    const query = formatBundleList(readyList());
    const made = await bundleRequest(parts, query);
    const offered = await offerOf(made.plan);
    if (drawing !== drawings || left.aborted) return;
    request = made;
    const leftOut = list.entries.flatMap(slotsOf).filter(({ phase }) => phase === 'failed').length;
    view.value = {
      ...view.value,
      // Pinning a list of which something failed would lose that.
      pinnedAddress: leftOut > 0 || query === formatBundleList(list) ? undefined : made.address,
      offer: {
        ...offered,
        leftOut,
        savedBytes: savedBytes(parts),
        images: parts.length,
      },
    };
  }

  function fail(cause: unknown): void {
    if (left.aborted) return;
    const error = asPulltabError(cause, 'plan the archive');
    view.value = { ...view.value, error };
  }

  /** By digest and without what failed: whoever opens it again gets the same file. */
  function readyList(): BundleList {
    const entries = list.entries.flatMap((entry) => {
      const ready = platformsOf(entry).filter((platform) => slotOf(entry, platform).phase === 'ready');
      const part: Part | undefined = partsIn(slotsOf(entry))[0];
      if (part === undefined) return [];
      return { ...entry, image: pinnedText(part), platforms: ready.flatMap((platform) => platform ?? []) };
    });
    return { ...list, entries };
  }

  function show(next: BundleList): void {
    go({ name: 'bundle', query: formatBundleList(next) });
  }

  // A download that ends leaves more in the cache than the page says.
  const unfinished = computed(
    () => jobs.value.filter(({ phase }) => /^(?:starting|running|paused)$/.test(phase)).length,
  );
  const unfollow = effect(() => {
    if (unfinished.value === 0 && view.peek().offer !== undefined) void offer(drawings).catch(fail);
  });
  left.addEventListener('abort', unfollow);

  return {
    view,
    follow,
    add(text) {
      const { images, ...rest } = readPastedList(text);
      const next = addTo(list, images);
      if (next !== list) show(next);
      return rest;
    },
    remove: (position) => show(withoutEntry(list, position)),
    choosePlatform(position, digest, chosen) {
      const entry = view.value.entries[position];
      const at = list.entries[position] && slotsOf(list.entries[position])[0]?.at;
      if (entry === undefined || at === undefined) return;
      const byDigest = at.name === 'image' ? formatReference({ ...at.reference, digest }) : undefined;
      show(
        platformsChosen(list, { position, choices: entry.choices, chosen: entry.chosen }, { digest, chosen, byDigest }),
      );
    },
    retry(position) {
      const entry = list.entries[position];
      if (entry === undefined) return;
      for (const platform of platformsOf(entry)) {
        if (slotOf(entry, platform).phase === 'failed') slots.delete(keyOf(entry, platform));
      }
      follow(formatBundleList(list));
    },
    download() {
      if (request !== undefined) start(request);
    },
  };
}

function platformsOf({ platforms }: BundleEntry): readonly (string | undefined)[] {
  return platforms.length === 0 ? [undefined] : platforms;
}

function keyOf({ image }: BundleEntry, platform: string | undefined): string {
  return JSON.stringify([image, platform ?? null]);
}

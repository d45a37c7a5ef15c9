/** The list of downloads of this page, newest first. What a job does is loaded when the first one starts. */
import type { Signal } from '@preact/signals-core';
import type { ArchivePlan } from '../core/archive/plan.ts';
import { PulltabError } from '../core/errors.ts';
import type { Descriptor } from '../core/manifest.ts';
import type { Job } from './job.ts';
import type { JobView } from './model.ts';
import type { Way } from './transport.ts';
import type { UserSettings } from './user-settings.ts';

export interface JobRequest {
  readonly title: string;
  readonly repository: string;
  readonly plan: ArchivePlan;
  readonly ways: readonly Way[];
  /** The image's layers, bottom first. */
  readonly layers: readonly Descriptor[];
  /** Opens the same image again, in another page as well: from `#` on. Undefined for one of a local archive. */
  readonly address: string | undefined;
}

export interface JobsOptions {
  /** Where the list is published. */
  readonly views: Signal<readonly JobView[]>;
  /** Called when a job is over, whatever its end: the cache may hold more now. */
  readonly onEnd: () => void;
  readonly settings: Promise<UserSettings>;
  /** Opens the image of an address again. @throws what opening an image throws. */
  readonly reopen: (address: string) => Promise<JobRequest>;
}

export interface Jobs {
  start(request: JobRequest): void;
  /** Lists what an earlier page left. @throws PulltabError `storage-refused`. */
  restore(): Promise<void>;
  cancel(id: string): void;
  pause(id: string): void;
  resume(id: string): void;
  /** Starts the same download again, in the same place of the list. */
  retry(id: string): void;
  dismiss(id: string): void;
  anyActive(): boolean;
}

interface Entry {
  /** Or the address that gives it. */
  request: JobRequest | string;
  view: JobView;
  /** Undefined until its code is loaded. */
  job: Job | undefined;
}

export function createJobs({ views, onEnd, settings, reopen }: JobsOptions): Jobs {
  let entries: readonly Entry[] = [];

  const find = (id: string): Entry | undefined => entries.find(({ view }) => view.id === id);

  function show(entry: Entry, view: JobView): void {
    const ended = isActive(entry.view) && !isActive(view);
    entry.view = view;
    publish();
    if (ended) onEnd();
  }

  function publish(): void {
    views.value = entries.map(({ view }) => view);
  }

  async function run(entry: Entry): Promise<void> {
    const { view } = entry;
    try {
      const { startJob } = await import('./job.ts');
      const request = typeof entry.request === 'string' ? await reopen(entry.request) : entry.request;
      const own = await settings;
      // Cancelled while the code was on its way.
      if (entry.view !== view) return;
      entry.request = request;
      entry.job = startJob(request, firstView(request, view.id), {
        settings: own,
        onChange: (next) => show(entry, next),
      });
    } catch (cause) {
      const seen = 'a part of this page could not be loaded; it may have been updated';
      const lost = new PulltabError('internal', { attempted: `save ${view.fileName}`, seen, cause });
      show(entry, { ...view, phase: 'failed', error: cause instanceof PulltabError ? cause : lost });
    }
  }

  function restart(entry: Entry): void {
    const { request, view } = entry;
    show(
      entry,
      typeof request === 'string' ? { ...view, phase: 'starting', error: undefined } : firstView(request, view.id),
    );
    void run(entry);
  }

  return {
    start(request) {
      const entry: Entry = { request, view: firstView(request, crypto.randomUUID()), job: undefined };
      entries = [entry, ...entries];
      publish();
      void run(entry);
    },
    async restore() {
      const { restoreJobs } = await import('./kept-jobs.ts');
      const left = await restoreJobs();
      entries = [...entries, ...left.map(({ view, address }) => ({ request: address, view, job: undefined }))];
      if (left.length > 0) publish();
    },
    pause: (id) => find(id)?.job?.pause(),
    resume(id) {
      const entry = find(id);
      if (entry?.view.phase === 'interrupted') restart(entry);
      else entry?.job?.resume();
    },
    cancel(id) {
      const entry = find(id);
      if (entry === undefined || !isActive(entry.view)) return;
      if (entry.job === undefined) show(entry, { ...entry.view, phase: 'cancelled' });
      else void entry.job.cancel();
    },
    retry(id) {
      const entry = find(id);
      if (entry !== undefined && !isActive(entry.view)) restart(entry);
    },
    dismiss(id) {
      const entry = find(id);
      if (entry === undefined || isActive(entry.view)) return;
      entries = entries.filter((other) => other !== entry);
      publish();
      // What is not dropped now is dropped after a while.
      void import('./kept-jobs.ts').then(({ dropJob }) => dropJob(id)).catch(() => undefined);
    },
    anyActive: () => views.value.some(isActive),
  };
}

function firstView({ title, plan }: JobRequest, id: string): JobView {
  return {
    id,
    title,
    fileName: plan.fileName,
    phase: 'starting',
    archiveBytes: plan.archiveBytes,
    deliveredBytes: 0,
    bytesPerSecond: 0,
    remainingMs: undefined,
    blobs: [],
    error: undefined,
    notice: undefined,
    loadCommands: [],
    elapsedMs: 0,
  };
}

function isActive({ phase }: JobView): boolean {
  return phase === 'starting' || phase === 'running' || phase === 'paused';
}

/** The list of downloads of this page, newest first. What a job does is loaded when the first one starts. */
import type { Signal } from '@preact/signals-core';
import type { DownloadChoice } from '../core/archive/choice.ts';
import type { ArchivePlan } from '../core/archive/plan.ts';
import type { Digest } from '../core/digest.ts';
import { PulltabError } from '../core/errors.ts';
import type { Descriptor } from '../core/manifest.ts';
import type { Job } from './job.ts';
import type { JobView } from './model.ts';
import type { OpenAt } from './open-image.ts';
import type { Way } from './transport.ts';
import type { UserSettings } from './user-settings.ts';

/** Where blobs are asked for: a repository that names them, and the ways to its registry. */
export interface BlobSource {
  readonly repository: string;
  readonly ways: readonly Way[];
}

export interface JobRequest {
  readonly title: string;
  readonly choice: DownloadChoice;
  readonly plan: ArchivePlan;
  readonly sourceOf: (digest: Digest) => BlobSource;
  /** The blobs that the plan may be made of; of an image its layers, bottom first. */
  readonly layers: readonly Descriptor[];
  /** The images that the cache notes the blobs for, by familiar reference; undefined for one alone, which is the title's. */
  readonly images?: ReadonlyMap<string, readonly Digest[]> | undefined;
  /** What a person may call a blob that is not only the layer of its position. */
  readonly labels?: ReadonlyMap<Digest, string> | undefined;
  /** Something worth saying of it while it runs. */
  readonly notice?: string | undefined;
  /** Opens the same image again, in another page as well: from `#` on. Undefined for one of a local archive. */
  readonly address: string | undefined;
}

/** What gives the same request again. */
export interface KeptRequest {
  readonly address: string;
  readonly choice: DownloadChoice;
}

export interface JobsOptions {
  /** Where the list is published. */
  readonly views: Signal<readonly JobView[]>;
  /** Called when a job is over, whatever its end: the cache may hold more now. */
  readonly onEnd: () => void;
  readonly settings: Promise<UserSettings>;
  /** Opens an image again that a download was kept for. */
  readonly openAt: OpenAt;
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
  /** Or what gives it. */
  request: JobRequest | KeptRequest;
  view: JobView;
  /** Undefined until its code is loaded. */
  job: Job | undefined;
}

export function createJobs({ views, onEnd, settings, openAt }: JobsOptions): Jobs {
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
      const request = 'plan' in entry.request ? entry.request : await reopen(entry.request, openAt);
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
    show(entry, 'plan' in request ? firstView(request, view.id) : { ...view, phase: 'starting', error: undefined });
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
      entries = [...entries, ...left.map(({ view, ...request }) => ({ request, view, job: undefined }))];
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

async function reopen(kept: KeptRequest, openAt: OpenAt): Promise<JobRequest> {
  return (await import('./reopen.ts')).reopen(kept, openAt);
}

function firstView({ title, plan, notice }: JobRequest, id: string): JobView {
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
    notice,
    loadCommands: [],
    checkCommands: [],
    elapsedMs: 0,
  };
}

function isActive({ phase }: JobView): boolean {
  return phase === 'starting' || phase === 'running' || phase === 'paused';
}

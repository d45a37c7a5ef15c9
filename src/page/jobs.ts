/** The list of downloads of this page, newest first. What a job does is loaded when the first one starts. */
import { type ReadonlySignal, signal } from '@preact/signals-core';
import type { ArchivePlan } from '../core/archive/plan.ts';
import { PulltabError } from '../core/errors.ts';
import type { Descriptor } from '../core/manifest.ts';
import type { Job } from './job.ts';
import type { JobView } from './model.ts';
import type { Way } from './transport.ts';

export interface JobRequest {
  readonly title: string;
  readonly repository: string;
  readonly plan: ArchivePlan;
  readonly ways: readonly Way[];
  /** The image's layers, bottom first. */
  readonly layers: readonly Descriptor[];
}

export interface Jobs {
  readonly views: ReadonlySignal<readonly JobView[]>;
  start(request: JobRequest): void;
  cancel(id: string): void;
  /** Starts the same download again, in the same place of the list. */
  retry(id: string): void;
  dismiss(id: string): void;
  anyActive(): boolean;
}

interface Entry {
  readonly request: JobRequest;
  view: JobView;
  /** Undefined until its code is loaded. */
  job: Job | undefined;
}

/** @param onEnd called when a job is over, whatever its end: the cache may hold more now */
export function createJobs(onEnd: () => void): Jobs {
  const views = signal<readonly JobView[]>([]);
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
    const { request, view } = entry;
    try {
      const { startJob } = await import('./job.ts');
      // Cancelled while the code was on its way.
      if (entry.view !== view) return;
      entry.job = startJob(request, view, (next) => show(entry, next));
    } catch (cause) {
      const seen = 'a part of this page could not be loaded; it may have been updated';
      const error = new PulltabError('internal', { attempted: `save ${view.fileName}`, seen, cause });
      show(entry, { ...view, phase: 'failed', error });
    }
  }

  return {
    views,
    start(request) {
      const entry: Entry = { request, view: firstView(request), job: undefined };
      entries = [entry, ...entries];
      publish();
      void run(entry);
    },
    cancel(id) {
      const entry = find(id);
      if (entry === undefined || !isActive(entry.view)) return;
      if (entry.job === undefined) show(entry, { ...entry.view, phase: 'cancelled' });
      else void entry.job.cancel();
    },
    retry(id) {
      const entry = find(id);
      if (entry === undefined || isActive(entry.view)) return;
      const again: Entry = { request: entry.request, view: firstView(entry.request), job: undefined };
      entries = entries.map((other) => (other === entry ? again : other));
      publish();
      void run(again);
    },
    dismiss(id) {
      entries = entries.filter(({ view }) => view.id !== id || isActive(view));
      publish();
    },
    anyActive: () => views.value.some(isActive),
  };
}

function firstView({ title, plan }: JobRequest): JobView {
  return {
    id: crypto.randomUUID(),
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
  return phase === 'starting' || phase === 'running';
}

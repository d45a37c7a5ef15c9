/**
 * One download: fill (pull workers) and drain (service worker) brought together, and what a person sees of it.
 *
 * The archive's table of contents is the last thing the drain sends, and it sends it only after every blob matched: a
 * job that fails or is cancelled at any point leaves a file that nothing loads.
 */
import { effect } from '@preact/signals-core';
import type { ArchivePlan } from '../core/archive/plan.ts';
import { blobsOf } from '../core/archive/plan-blobs.ts';
import type { Digest } from '../core/digest.ts';
import { asPulltabError, fromWire, PulltabError } from '../core/errors.ts';
import { jobLockName } from '../protocol/locks.ts';
import { decodeMessage, FromArchive, type ToArchive } from '../protocol/messages.ts';
import { archiveUrl } from '../protocol/urls.ts';
import { blobLockName, findCompleteBlobs } from '../store/blobs.ts';
import { type ArchiveLink, beginArchive } from './archive-link.ts';
import { startArchiveSum } from './archive-sum.ts';
import { limitBandwidth } from './bandwidth.ts';
import { askToPersist, makeRoom } from './cache-room.ts';
import type { JobRequest } from './jobs.ts';
import { dropJob, noteJob } from './kept-jobs.ts';
import { checkCommands, loadCommands } from './load-commands.ts';
import type { JobBlobView, JobView } from './model.ts';
import { type BlobToPull, type PullWorkers, startPullWorkers } from './pull-workers.ts';
import { createSpeed } from './speed.ts';
import { DEFAULT_PARALLEL, type UserSettings } from './user-settings.ts';

export interface Job {
  /** Resolves when nothing of it runs any more. */
  cancel(): Promise<void>;
  /** Stops the network; the file stays open and waits. */
  pause(): void;
  resume(): void;
}

export interface JobOptions {
  readonly settings: UserSettings;
  /** Hears of everything; the last view it gets has a phase that does not change any more. */
  readonly onChange: (view: JobView) => void;
}

/** By then a browser that takes downloads has asked for the archive (ms). */
const START_LIMIT_MS = 15_000;

/** Starts at once from `first`, its view with the phase `starting`. */
export function startJob(request: JobRequest, first: JobView, { settings, onChange }: JobOptions): Job {
  const { plan } = request;
  const { id } = first;
  const startedAtMs = performance.now();
  const speed = createSpeed(startedAtMs);
  const { port1: archive, port2: forWorker } = new MessageChannel();
  let view: JobView = { ...first, blobs: blobViews(request) };
  let workers: PullWorkers | undefined;
  let link: ArchiveLink | undefined;
  let frame: HTMLIFrameElement | undefined;
  let startLimit: ReturnType<typeof setTimeout> | undefined;
  const releases: (() => void)[] = [];
  const sum = startArchiveSum(plan, (made) => {
    if ('missing' in made && !isOver()) say({ type: 'no-sum' });
    change({ sum: made, checkCommands: 'hex' in made ? checkCommands(plan.fileName, made.hex) : [] });
  });

  function change(changes: Partial<JobView>): void {
    view = { ...view, ...changes };
    onChange(view);
  }

  function changeBlob(digest: Digest, changes: Partial<JobBlobView>): void {
    change({ blobs: view.blobs.map((blob) => (blob.digest === digest ? { ...blob, ...changes } : blob)) });
  }

  const unlimit = effect(() => limitBandwidth(settings.own.value.bytesPerSecond));
  const isOver = (): boolean => !/^(?:starting|running|paused)$/.test(view.phase);
  const say = (message: ToArchive, transfer: Transferable[] = []): void => archive.postMessage(message, transfer);

  /** The one way out of a job. Resolves when its parts have stopped; the view says so before. */
  async function end(phase: 'done' | 'failed' | 'cancelled', changes: Partial<JobView> = {}): Promise<void> {
    if (isOver()) return;
    clearTimeout(startLimit);
    change({
      ...changes,
      phase,
      elapsedMs: performance.now() - startedAtMs,
      bytesPerSecond: 0,
      remainingMs: undefined,
    });
    if (phase !== 'done') {
      say({ type: 'stop' });
      sum.stop();
    }
    link?.close();
    // A failed job can be tried again, and goes on from what there is; a cancelled one is not wanted any more.
    await workers?.stop(phase === 'failed');
    release();
    unlimit();
    archive.close();
    // A failed one may be gone on with; what is not dropped now is dropped after a while.
    if (phase !== 'failed') await dropJob(id).catch(() => undefined);
    // Removed late: some browsers take the download down with the frame that asked for it.
    frame?.remove();
  }

  const fail = (error: PulltabError): void => void end('failed', { error });

  async function start(): Promise<void> {
    archive.onmessage = (event) => onArchive(decodeMessage(FromArchive, event.data));
    const { cached, store } = await lookUp(plan);
    if (!store) change({ notice: 'Nothing is kept for the next download: the browser refuses to store data.' });
    for (const digest of cached) changeBlob(digest, { phase: 'cached' });
    // While this is held the service worker knows that somebody fills the archive.
    await hold(jobLockName(id), 'exclusive');
    // Nobody removes what the archive will be read from.
    await Promise.all([...cached].map((digest) => hold(blobLockName(digest), 'shared')));
    if (store) await keepRoom();
    link = await beginArchive({ id, plan, port: forWorker, sum: sum.port }, () =>
      fail(interrupted('the browser stopped the worker')),
    );
    if (isOver()) {
      say({ type: 'stop' });
      link.close();
      release();
      return;
    }
    const missing = blobsOf(plan).filter(({ digest }) => !cached.has(digest));
    workers = startPullWorkers(
      missing.map(({ digest, size }) => ({ digest, size, ...placesOf(request, digest) })),
      {
        store,
        parallel: settings.own.value.parallel ?? DEFAULT_PARALLEL,
        onSource: (digest, port) => say({ type: 'source', digest, port }, [port]),
        onFetched: (digest, bytes) =>
          changeBlob(digest, { fetchedBytes: bytes, phase: 'fetching', waiting: undefined }),
        onWaiting: (digest, { why, untilMs }) => changeBlob(digest, { phase: 'fetching', waiting: { why, untilMs } }),
        onVerified: (digest) => changeBlob(digest, { phase: 'verified', waiting: undefined }),
        onNotice: (notice) => change({ notice }),
        onFailed(error, digest) {
          if (isOver()) return;
          if (digest !== undefined) changeBlob(digest, { phase: 'failed', waiting: undefined });
          fail(error);
        },
        onTick: () => link?.ping(),
      },
    );
  }

  /** Comforts: a download works without any of them, in a full storage as well. */
  async function keepRoom(): Promise<void> {
    try {
      await makeRoom(imagesOf(request), blobsOf(plan), settings.own.value.cacheBytes);
      await noteJob(view, request);
    } catch (error) {
      const { seen } = asPulltabError(error, 'prepare the layer cache');
      change({ notice: `Should this page be closed, this download begins anew: the browser keeps nothing (${seen}).` });
    }
    void askToPersist().catch(() => undefined);
  }

  function hold(name: string, mode: LockMode): Promise<void> {
    return new Promise((held, refused) => {
      navigator.locks
        .request(name, { mode }, () => {
          held();
          return new Promise<void>((letGo) => void releases.push(letGo));
        })
        .catch(refused);
    });
  }

  function release(): void {
    for (const letGo of releases.splice(0)) letGo();
  }

  function onArchive(message: FromArchive): void {
    if (isOver()) return;
    switch (message.type) {
      case 'ready':
        frame = openFrame(archiveUrl(link?.scope ?? document.baseURI, id, plan.fileName));
        startLimit = setTimeout(() => fail(notStarted()), START_LIMIT_MS);
        return;
      case 'started':
        clearTimeout(startLimit);
        if (view.phase === 'starting') change({ phase: 'running' });
        return;
      case 'delivered':
        onDelivered(message.bytes);
        return;
      case 'complete':
        onComplete(message.bytes);
        return;
      case 'interrupted':
        fail(interrupted('the browser stopped taking it: it was cancelled there, or the disk is full'));
        return;
      case 'failed':
        fail(fromWire(message.error));
    }
  }

  function onDelivered(bytes: number): void {
    const nowMs = performance.now();
    speed.note(bytes, nowMs);
    const bytesPerSecond = view.phase === 'paused' ? 0 : speed.bytesPerSecond();
    const remainingMs = bytesPerSecond > 0 ? ((plan.archiveBytes - bytes) / bytesPerSecond) * 1000 : undefined;
    change({ deliveredBytes: bytes, bytesPerSecond, remainingMs, elapsedMs: nowMs - startedAtMs });
  }

  function onComplete(bytes: number): void {
    if (bytes === plan.archiveBytes) {
      void end('done', { deliveredBytes: bytes, loadCommands: loadCommands(request) });
    } else fail(interrupted(`${bytes} of ${plan.archiveBytes} bytes were delivered`));
  }

  function interrupted(seen: string): PulltabError {
    return new PulltabError('download-interrupted', { attempted: `save ${plan.fileName}`, seen });
  }

  function notStarted(): PulltabError {
    const seen = 'the browser did not take the download; it may block downloads of this page';
    return new PulltabError('download-unavailable', { attempted: `save ${plan.fileName}`, seen });
  }

  onChange(view);
  start().catch((error: unknown) => fail(asPulltabError(error, `save ${plan.fileName}`)));
  return {
    cancel: () => end('cancelled'),
    pause() {
      if (view.phase !== 'running') return;
      workers?.pause();
      change({ phase: 'paused', bytesPerSecond: 0, remainingMs: undefined });
    },
    resume() {
      if (view.phase !== 'paused') return;
      workers?.resume();
      change({ phase: 'running' });
    },
  };
}

/** As their addresses have them: the sample goes by its own name. */
function imagesOf({ title, address, plan, images }: JobRequest): ReadonlyMap<string, readonly Digest[]> {
  const image = address?.startsWith('#/sample') ? 'sample' : title;
  return images ?? new Map([[image, blobsOf(plan).map(({ digest }) => digest)]]);
}

/** What the cache holds; a browser that refuses to store anything has nothing, and gets nothing to keep. */
async function lookUp(plan: ArchivePlan): Promise<{ cached: ReadonlySet<Digest>; store: boolean }> {
  try {
    return { cached: await findCompleteBlobs(blobsOf(plan).map(({ digest }) => digest)), store: true };
  } catch (error) {
    if (error instanceof PulltabError && error.code === 'storage-refused') return { cached: new Set(), store: false };
    throw error;
  }
}

/** Where a blob is: each registry hears only of what an image there names, with the account for it alone. */
function placesOf({ sourceOf, layers }: JobRequest, digest: Digest): Pick<BlobToPull, 'repository' | 'ways' | 'urls'> {
  const { repository, ways } = sourceOf(digest);
  return {
    repository,
    ways: ways.map(({ client }) => ({
      endpoint: client.endpoint,
      access: client.access(repository),
      grant: client.grant,
    })),
    urls: layers.find((layer) => layer.digest === digest)?.urls ?? [],
  };
}

function blobViews({ plan, layers, labels }: JobRequest): JobBlobView[] {
  return blobsOf(plan).map(({ digest, size }) => {
    const at = layers.findIndex((layer) => layer.digest === digest);
    const label = labels?.get(digest) ?? `layer ${at + 1} of ${layers.length}`;
    return { digest, size, label, fetchedBytes: 0, phase: 'waiting' };
  });
}

/**
 * A navigation that becomes a download; an anchor with the `download` attribute is cancelled in Chromium instead. The
 * frame begins empty: on a page that was reloaded without its cache (Ctrl+F5), Firefox takes a new frame's first address
 * past the service worker, and a later one to it.
 */
function openFrame(url: string): HTMLIFrameElement {
  const frame = document.createElement('iframe');
  frame.hidden = true;
  frame.title = 'Download';
  document.body.append(frame);
  frame.contentWindow?.location.replace(url);
  return frame;
}

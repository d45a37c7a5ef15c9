/** The one bridge to the service worker: jobs begin here. */
import type { ArchivePlan } from '../core/archive/plan.ts';
import { PulltabError } from '../core/errors.ts';
import { decodeMessage, FromServiceWorker, type ToServiceWorker } from '../protocol/messages.ts';
import { registerServiceWorker } from './register.ts';

export interface ArchiveLink {
  /** What the worker's addresses are relative to. */
  readonly scope: string;
  /** Keeps the worker up; call it every ten seconds while the job runs. */
  ping(): void;
  /** Stops listening for the worker's loss. */
  close(): void;
}

/**
 * Tells the worker about a job; the answers come over the other end of `port`.
 * @param onLost called when the worker was restarted and its stream is gone
 * @throws PulltabError `download-unavailable` where there is no service worker.
 */
export async function beginArchive(
  job: {
    readonly id: string;
    readonly plan: ArchivePlan;
    readonly port: MessagePort;
    readonly sum: MessagePort | undefined;
  },
  onLost: () => void,
): Promise<ArchiveLink> {
  const worker = await activeWorker();
  const post = (message: ToServiceWorker, transfer: Transferable[] = []) =>
    worker.active.postMessage(message, transfer);
  const listen = (event: MessageEvent) => {
    if (decodeMessage(FromServiceWorker, event.data).jobId === job.id) onLost();
  };
  navigator.serviceWorker.addEventListener('message', listen);
  // Messages to a listener that was added so, and not by `onmessage`, wait until this is called.
  navigator.serviceWorker.startMessages();
  const { id: jobId, plan, port, sum } = job;
  post({ type: 'begin', jobId, plan, port, ...(sum && { sum }) }, sum ? [port, sum] : [port]);
  return {
    scope: worker.scope,
    ping: () => post({ type: 'ping', jobId: job.id }),
    close: () => navigator.serviceWorker.removeEventListener('message', listen),
  };
}

async function activeWorker(): Promise<{ scope: string; active: ServiceWorker }> {
  const attempted = 'start the download';
  if (!('serviceWorker' in navigator)) {
    throw new PulltabError('download-unavailable', { attempted, seen: 'this browser offers no service worker here' });
  }
  try {
    await registerServiceWorker();
  } catch (error) {
    const seen = error instanceof Error ? error.message : String(error);
    throw new PulltabError('download-unavailable', { attempted, seen, cause: error });
  }
  const registration = await navigator.serviceWorker.ready;
  if (!registration.active) {
    throw new PulltabError('download-unavailable', { attempted, seen: 'the service worker did not start' });
  }
  return { scope: registration.scope, active: registration.active };
}

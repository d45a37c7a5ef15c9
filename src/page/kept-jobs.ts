/**
 * Downloads across pages: what a job leaves behind so that the next page can go on with it, and what of that nobody will
 * go on with. No secret is kept: a job that goes on opens its image anew, with the accounts that are there then.
 */
import type { DownloadChoice } from '../core/archive/choice.ts';
import type { Digest } from '../core/digest.ts';
import { jobLockName } from '../protocol/locks.ts';
import { findStoredBytes, sweepUnfinishedBlobs } from '../store/blobs.ts';
import type { JobRecord } from '../store/database.ts';
import { forgetJob, keepJob, listKeptJobs } from '../store/jobs.ts';
import type { JobRequest } from './jobs.ts';
import type { JobBlobView, JobView } from './model.ts';

/** A job that nobody went on with for so long is not wanted any more (ms). */
const KEPT_MS = 14 * 24 * 3600_000;

export interface InterruptedJob {
  readonly view: JobView;
  /** From `#` on: what the image is opened by. */
  readonly address: string;
  readonly choice: DownloadChoice;
}

/** Writes down what it takes to go on with the job. Nothing for images of local archives: they are here already. */
export async function noteJob({ id, title, blobs }: JobView, { address, plan, choice }: JobRequest): Promise<void> {
  if (address === undefined) return;
  const kept = blobs.map(({ digest, size, label }) => ({ digest, size, label }));
  const { fileName, archiveBytes } = plan;
  await keepJob({ id, title, address, choice, fileName, archiveBytes, blobs: kept, startedAtMs: Date.now() });
}

/** The job is over, or not wanted any more: what only it could have gone on with goes as well. */
export async function dropJob(id: string): Promise<void> {
  await forgetJob(id);
  await sweep();
}

/** The jobs that an earlier page left, newest first, and none that another page still runs. */
export async function restoreJobs(): Promise<readonly InterruptedJob[]> {
  const records = await listKeptJobs();
  const old = records.filter(({ startedAtMs }) => Date.now() - startedAtMs > KEPT_MS);
  await Promise.all(old.map(({ id }) => forgetJob(id)));
  await sweep();
  const { held = [] } = await navigator.locks.query();
  const running = new Set(held.map(({ name }) => name));
  const left = records.filter((record) => !old.includes(record) && !running.has(jobLockName(record.id)));
  left.sort((a, b) => b.startedAtMs - a.startedAtMs);
  return Promise.all(
    left.map(async (record) => ({ view: await viewOf(record), address: record.address, choice: record.choice })),
  );
}

/** Half a blob is worth something only to a job that may go on with it. */
async function sweep(): Promise<void> {
  const records = await listKeptJobs();
  await sweepUnfinishedBlobs(new Set(records.flatMap(({ blobs }) => blobs.map(({ digest }) => digest))));
}

async function viewOf({ id, title, fileName, archiveBytes, blobs }: JobRecord): Promise<JobView> {
  const stored = await findStoredBytes(blobs.map(({ digest }) => digest));
  return {
    id,
    title,
    fileName,
    phase: 'interrupted',
    archiveBytes,
    deliveredBytes: 0,
    bytesPerSecond: 0,
    remainingMs: undefined,
    blobs: blobs.map((blob) => blobView(blob, stored)),
    error: undefined,
    notice: undefined,
    loadCommands: [],
    checkCommands: [],
    elapsedMs: 0,
  };
}

function blobView(
  { digest, size, label }: JobRecord['blobs'][number],
  stored: ReadonlyMap<Digest, { readonly bytes: number; readonly complete: boolean }>,
): JobBlobView {
  const { bytes, complete } = stored.get(digest) ?? { bytes: 0, complete: false };
  return { digest, size, label, fetchedBytes: bytes, phase: complete ? 'cached' : 'waiting' };
}

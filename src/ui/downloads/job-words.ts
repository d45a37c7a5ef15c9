/** What a job's line says about how far it is. */
import type { JobBlobView, JobView } from '../../page/model.ts';
import { formatDuration } from '../format-duration.ts';
import { formatSize, formatSpeed } from '../format-size.ts';

/** Whether the job still works. */
export function isActive(job: JobView): boolean {
  return job.phase === 'starting' || job.phase === 'running' || job.phase === 'paused';
}

/** Whole percent, rounded down: 100 means that the last byte has gone. */
export function percentOf(doneBytes: number, totalBytes: number): number {
  return totalBytes === 0 ? 100 : Math.floor((doneBytes / totalBytes) * 100);
}

/** "Starting", "64 %", "Delivered", "Failed at 64 %". */
export function phaseWords(job: JobView): string {
  const percent = percentOf(job.deliveredBytes, job.archiveBytes);
  switch (job.phase) {
    case 'starting':
      return 'Starting';
    case 'running':
      return `${percent} %`;
    case 'paused':
      return `Paused at ${percent} %`;
    case 'interrupted':
      return 'Interrupted';
    case 'done':
      return 'Delivered';
    case 'failed':
      return `Failed at ${percent} %`;
    case 'cancelled':
      return `Cancelled at ${percent} %`;
  }
}

/** "41.2 MB/s", "2 s left"; for a finished job its size and the time it took. */
export function paceWords(job: JobView): string[] {
  if (job.phase === 'done') return [formatSize(job.deliveredBytes), `in ${formatDuration(job.elapsedMs)}`];
  if (job.phase === 'interrupted') {
    const hereBytes = job.blobs.reduce((sum, blob) => sum + blobDoneBytes(blob), 0);
    return [`${formatSize(hereBytes)} of ${formatSize(job.archiveBytes)} is here`];
  }
  if (job.phase !== 'running') return [];
  if (isWaiting(job)) return ['waiting for the registry'];
  if (job.bytesPerSecond === 0) return [];
  const speed = formatSpeed(job.bytesPerSecond);
  return job.remainingMs === undefined ? [speed] : [speed, `${formatDuration(job.remainingMs)} left`];
}

/** Whether nothing moves because every blob that is being fetched waits for another try. */
function isWaiting(job: JobView): boolean {
  const fetching = job.blobs.filter(({ phase }) => phase === 'fetching');
  return fetching.length > 0 && fetching.every(({ waiting }) => waiting !== undefined);
}

export function blobWords(blob: JobBlobView): string {
  if (blob.waiting !== undefined) return `waits at ${percentOf(blob.fetchedBytes, blob.size)} %`;
  if (blob.phase === 'waiting' && blob.fetchedBytes > 0) return `${percentOf(blob.fetchedBytes, blob.size)} % here`;
  return blob.phase === 'fetching' ? `${percentOf(blob.fetchedBytes, blob.size)} %` : BLOB_WORDS[blob.phase];
}

/** Bytes of a blob that need no more fetching. */
export function blobDoneBytes(blob: JobBlobView): number {
  return blob.phase === 'cached' || blob.phase === 'verified' ? blob.size : blob.fetchedBytes;
}

const BLOB_WORDS = {
  waiting: 'waiting',
  cached: 'already here',
  verified: 'verified',
  failed: 'failed',
} as const;

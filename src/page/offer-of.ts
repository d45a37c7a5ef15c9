/** What a download is announced as: the file's name, its exact length, and how much of it is here already. */
import type { ArchivePlan } from '../core/archive/plan.ts';
import { blobsOf } from '../core/archive/plan-blobs.ts';
import type { Digest } from '../core/digest.ts';
import { findCompleteBlobs } from '../store/blobs.ts';
import type { DownloadOffer } from './model.ts';

/** Without a storage nothing is here. */
export async function offerOf(plan: ArchivePlan): Promise<DownloadOffer> {
  const blobs = blobsOf(plan);
  const complete = await findCompleteBlobs(blobs.map(({ digest }) => digest)).catch(() => new Set<Digest>());
  const kept = blobs.filter(({ digest }) => complete.has(digest));
  const keptBytes = kept.reduce((sum, { size }) => sum + size, 0);
  const { fileName, archiveBytes } = plan;
  return { fileName, archiveBytes, cachedBytes: kept.length === blobs.length ? archiveBytes : keptBytes };
}

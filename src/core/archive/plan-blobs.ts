/** What a plan is made of, and plans that are nothing else. */
import type { Digest } from '../digest.ts';
import { type ArchivePlan, entrySize, type PlanEntry } from './plan.ts';

/** The plan of a file that is its entries' bytes: one blob alone, or a tar whose headers are among the bytes. */
export function createBarePlan(fileName: string, entries: readonly PlanEntry[]): ArchivePlan {
  const archiveBytes = entries.reduce((sum, entry) => sum + entrySize(entry), 0);
  return { fileName, entries, archiveBytes, bare: true };
}

/** The blobs that a plan is made of, each once, in the order that it needs them. */
export function blobsOf(plan: ArchivePlan): { readonly digest: Digest; readonly size: number }[] {
  const blobs = new Map<Digest, { readonly digest: Digest; readonly size: number }>();
  for (const entry of plan.entries) {
    if (entry.kind !== 'bytes' && !blobs.has(entry.digest)) {
      blobs.set(entry.digest, { digest: entry.digest, size: entry.size });
    }
  }
  return [...blobs.values()];
}

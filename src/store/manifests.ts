/** Manifests and configs by digest: they never change, so asking a registry twice only spends its rate limit. */
import type { Digest } from '../core/digest.ts';
import { type ManifestRecord, openDatabase } from './database.ts';

export async function findManifest(digest: Digest): Promise<ManifestRecord | undefined> {
  return (await openDatabase()).get('manifests', digest);
}

/** Keeps bytes that were matched against `record.digest` by the caller. */
export async function keepManifest(record: ManifestRecord): Promise<void> {
  await (await openDatabase()).put('manifests', record);
}

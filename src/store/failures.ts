/** Requests that failed, kept on this machine only, so that someone can send them to an administrator later. */
import type { RequestRecord } from '../core/report/request-record.ts';
import { openDatabase } from './database.ts';

const KEPT = 100;

/** Oldest first. @throws PulltabError `storage-refused` */
export async function listFailures(): Promise<RequestRecord[]> {
  return (await openDatabase()).getAll('failures');
}

/** Keeps one more; of more than 100 the oldest go. @throws PulltabError `storage-refused` */
export async function keepFailure(record: RequestRecord): Promise<void> {
  const transaction = (await openDatabase()).transaction('failures', 'readwrite');
  await transaction.store.add(record);
  const keys = await transaction.store.getAllKeys();
  for (const key of keys.slice(0, -KEPT)) await transaction.store.delete(key);
  await transaction.done;
}

/** @throws PulltabError `storage-refused` */
export async function clearFailures(): Promise<void> {
  await (await openDatabase()).clear('failures');
}

/** The images that were opened lately, kept on this machine only. */
import { openDatabase, type RecentRecord } from './database.ts';

const KEPT = 8;

/** Latest first. */
export async function listRecent(): Promise<RecentRecord[]> {
  const records = await (await openDatabase()).getAllFromIndex('recent', 'openedAtMs');
  return records.reverse().slice(0, KEPT);
}

export async function rememberRecent(record: RecentRecord): Promise<void> {
  const database = await openDatabase();
  await database.put('recent', record);
  const keys = await database.getAllKeysFromIndex('recent', 'openedAtMs');
  for (const key of keys.slice(0, -KEPT)) await database.delete('recent', key);
}

export async function clearRecent(): Promise<void> {
  await (await openDatabase()).clear('recent');
}

/** What the person set on this machine. What it means, and whether it is still valid, is for the page to say. */
import { openDatabase } from './database.ts';

const KEY = 'user';

/** As it was kept, unchecked; undefined when nothing was. @throws PulltabError `storage-refused`. */
export async function findUserSettings(): Promise<unknown> {
  return (await openDatabase()).get('settings', KEY);
}

/** @throws PulltabError `storage-refused`. */
export async function keepUserSettings(settings: unknown): Promise<void> {
  await (await openDatabase()).put('settings', settings, KEY);
}

import { openDatabase } from './database.ts';

/** Whether accounts are kept. Apart from credentials.ts, because most people have none and need none of that. */
export async function anyCredentials(): Promise<boolean> {
  return (await (await openDatabase()).count('credentials')) > 0;
}

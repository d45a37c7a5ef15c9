/** Downloads that are not over, so that a page that was closed, crashed or reloaded can go on with them. */
import { type JobRecord, openDatabase } from './database.ts';

export async function listKeptJobs(): Promise<JobRecord[]> {
  return (await openDatabase()).getAll('jobs');
}

export async function keepJob(job: JobRecord): Promise<void> {
  await (await openDatabase()).put('jobs', job);
}

export async function forgetJob(id: string): Promise<void> {
  await (await openDatabase()).delete('jobs', id);
}

/** How a test file gets the lab: `const lab = await useLab()`, in `beforeAll` or at the file's top. */
import { inject } from 'vitest';
import { connectLab, type Lab, type LabAddresses } from './lab.ts';

/** Starts the lab if no other test file has. @throws Error with the whole reason when it does not start. */
export async function useLab(): Promise<Lab> {
  const answer = await fetch(inject('labStarter'), { method: 'POST' });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`the lab did not start: ${text}`);
  return connectLab(JSON.parse(text) as LabAddresses);
}

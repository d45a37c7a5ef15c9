/** What gives a download again that an earlier page left: by its address, with the accounts that are there now. */
import { PulltabError } from '../core/errors.ts';
import { parseRoute } from '../protocol/route.ts';
import { reopenBundle } from './bundle/bundle-request.ts';
import { requestAtOnce } from './formats/request.ts';
import type { JobRequest, KeptRequest } from './jobs.ts';
import type { OpenAt } from './open-image.ts';

/** @throws what opening its images throws */
export async function reopen({ address, choice }: KeptRequest, openAt: OpenAt): Promise<JobRequest> {
  const at = parseRoute(address);
  if (at.name === 'bundle') return reopenBundle(at.query, openAt);
  if ((at.name !== 'image' && at.name !== 'sample') || choice.format === 'bundle') {
    throw new PulltabError('internal', { attempted: 'go on with a download', seen: `it was kept for ${at.name}` });
  }
  const options = { signal: new AbortController().signal, onDoing: () => undefined };
  return requestAtOnce(await openAt(at, options), choice, at);
}

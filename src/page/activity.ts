/** What the first load needs for the list of requests: a `fetch` that is listened to. The list itself comes later. */
import { signal } from '@preact/signals-core';
import type { ErrorCode } from '../core/errors.ts';
import { recordingFetch } from '../core/report/recording-fetch.ts';
import type { RequestRecord } from '../core/report/request-record.ts';
import type { ActivityLog } from './activity-log.ts';

/** Whether a request has failed since someone last looked at the list. */
export const hasNewFailure = signal(false);

export function recorded(via: RequestRecord['via']): typeof fetch {
  return recordingFetch(
    (input, init) => fetch(input, init),
    (ended) => withLog((log) => log.ended(ended, via)),
  );
}

/** What the page gave up with; see `ActivityLog.settle`. */
export function noteFailure(code: ErrorCode): void {
  withLog((log) => log.settle(code));
}

/** One promise for all, so that what is told first arrives first. */
let loading: Promise<typeof import('./activity-log.ts')> | undefined;

function withLog(use: (log: ActivityLog) => void): void {
  loading ??= import('./activity-log.ts');
  // Where its code cannot be loaded the list cannot be shown either, and its page says so.
  loading.then(({ activityLog }) => use(activityLog)).catch(() => undefined);
}

/** The list of requests with the page's own log behind it; looking at it takes the mark off the header's link. */
import { useSignalEffect } from '@preact/signals';
import { hasNewFailure } from '../../page/activity.ts';
import { activityLog } from '../../page/activity-log.ts';
import { ActivityPage } from './activity-page.tsx';

export function Activity() {
  useSignalEffect(() => {
    if (hasNewFailure.value) hasNewFailure.value = false;
  });
  const { requests, earlier, storageError, clear } = activityLog;
  return <ActivityPage requests={requests} earlier={earlier} storageError={storageError} clear={() => void clear()} />;
}

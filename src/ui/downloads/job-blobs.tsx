/** The blobs of a job, one bar each, in the order in which the archive needs them. */
import type { JobBlobView } from '../../page/model.ts';
import { formatExactBytes, formatSize } from '../format-size.ts';
import { Countdown } from './countdown.tsx';
import { blobDoneBytes, blobWords } from './job-words.ts';
import { ProgressBar } from './progress-bar.tsx';

const TONES = {
  waiting: 'muted',
  cached: 'muted',
  fetching: 'accent',
  verified: 'good',
  failed: 'bad',
} as const satisfies Record<JobBlobView['phase'], string>;

export function JobBlobs(props: { blobs: readonly JobBlobView[] }) {
  return (
    <ul class="job-blobs">
      {props.blobs.map((blob) => {
        const words = blobWords(blob);
        return (
          <li key={blob.digest} class={`job-blob job-blob-${blob.phase}`} title={blob.digest}>
            <span class="job-blob-label">{blob.label}</span>
            <ProgressBar
              name={blob.label}
              doneBytes={blobDoneBytes(blob)}
              totalBytes={blob.size}
              valueText={`${words}, ${formatSize(blob.size)}`}
              tone={TONES[blob.phase]}
            />
            <span class="job-blob-words">{words}</span>
            <span class="number muted" title={formatExactBytes(blob.size)}>
              {formatSize(blob.size)}
            </span>
            {blob.waiting !== undefined && (
              <span class="job-blob-waiting">
                {blob.waiting.why}; trying again <Countdown untilMs={blob.waiting.untilMs} />
              </span>
            )}
          </li>
        );
      })}
    </ul>
  );
}

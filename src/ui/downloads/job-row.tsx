/** One download: a line with its progress, and unfolded its layers, what went wrong, or how to load the file. */
import { useState } from 'preact/hooks';
import type { JobView } from '../../page/model.ts';
import { ErrorAlert } from '../error/error-alert.tsx';
import { formatExactBytes, formatSize } from '../format-size.ts';
import { Icon } from '../icon/icon.tsx';
import { FileSum } from './file-sum.tsx';
import { JobBlobs } from './job-blobs.tsx';
import { isActive, paceWords, percentOf, phaseWords } from './job-words.ts';
import { LoadCommands } from './load-commands.tsx';
import { ProgressBar } from './progress-bar.tsx';

export interface JobActions {
  cancel(jobId: string): void;
  pause(jobId: string): void;
  resume(jobId: string): void;
  retry(jobId: string): void;
  dismiss(jobId: string): void;
}

const TONES = {
  starting: 'accent',
  running: 'accent',
  paused: 'muted',
  interrupted: 'muted',
  done: 'good',
  failed: 'bad',
  cancelled: 'muted',
} as const satisfies Record<JobView['phase'], string>;

export function JobRow(props: { job: JobView; unfolded: boolean; actions: JobActions }) {
  const { job, actions } = props;
  const [unfolded, setUnfolded] = useState(props.unfolded);
  const detailId = `job-${job.id}`;
  const percent = percentOf(job.deliveredBytes, job.archiveBytes);
  return (
    <li class={`job job-${job.phase}`}>
      <div class="job-line">
        <button
          type="button"
          class="job-name"
          aria-expanded={unfolded}
          aria-controls={detailId}
          title={`${job.title}, ${job.fileName}`}
          onClick={() => setUnfolded(!unfolded)}
        >
          <Icon name="chevron" />
          <code>{job.fileName}</code>
        </button>
        <ProgressBar
          name={job.fileName}
          doneBytes={job.deliveredBytes}
          totalBytes={job.archiveBytes}
          valueText={`${percent} %, ${formatSize(job.deliveredBytes)} of ${formatSize(job.archiveBytes)}`}
          tone={TONES[job.phase]}
        />
        <span class="job-phase">
          {job.phase === 'done' && <Icon name="check" />}
          {job.phase === 'failed' && <Icon name="alert" />}
          {phaseWords(job)}
        </span>
        <span class="job-pace muted">{paceWords(job).join(' · ')}</span>
        <span class="job-buttons">
          <JobButtons job={job} actions={actions} />
        </span>
      </div>
      {job.error !== undefined && <ErrorAlert error={job.error} />}
      <div class="job-detail" id={detailId} hidden={!unfolded}>
        {unfolded && <JobDetail job={job} />}
      </div>
      <output class="unseen">{isActive(job) ? '' : `${job.fileName}: ${phaseWords(job)}`}</output>
    </li>
  );
}

function JobButtons(props: { job: JobView; actions: JobActions }) {
  const { job, actions } = props;
  const button = (name: string, act: (jobId: string) => void, quiet = '') => (
    <button type="button" class={`button ${quiet} button-small`} title={job.fileName} onClick={() => act(job.id)}>
      {name}
    </button>
  );
  if (isActive(job)) {
    return (
      <>
        {job.phase === 'running' && button('Pause', actions.pause)}
        {job.phase === 'paused' && button('Resume', actions.resume)}
        {button('Cancel', actions.cancel)}
      </>
    );
  }
  return (
    <>
      {job.phase === 'interrupted' && button('Resume', actions.resume)}
      {(job.phase === 'failed' || job.phase === 'cancelled') && button('Retry', actions.retry)}
      {button('Dismiss', actions.dismiss, 'button-quiet')}
    </>
  );
}

function JobDetail(props: { job: JobView }) {
  const { job } = props;
  return (
    <>
      {job.notice !== undefined && <p class="job-notice">{job.notice}</p>}
      {job.phase === 'interrupted' && (
        <p>
          This page was closed or reloaded while the download ran. The file on disk is not whole: delete it. What had
          arrived is kept here; Resume saves the file anew and fetches only the rest.
        </p>
      )}
      {job.phase === 'done' && (
        <>
          <p>
            {formatExactBytes(job.deliveredBytes)} delivered to the browser, every blob verified.
            {job.loadCommands.length > 0 && ' Where the file was saved:'}
          </p>
          <LoadCommands commands={job.loadCommands} />
          <FileSum sum={job.sum} checkCommands={job.checkCommands} />
        </>
      )}
      <JobBlobs blobs={job.blobs} />
    </>
  );
}

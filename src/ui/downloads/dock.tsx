/** Downloads, fixed at the bottom of every page. Several jobs fold under one line; each unfolds to its layers. */
import type { ReadonlySignal } from '@preact/signals';
import { useState } from 'preact/hooks';
import type { JobView } from '../../page/model.ts';
import { Icon } from '../icon/icon.tsx';
import { type JobActions, JobRow } from './job-row.tsx';
import { isActive, percentOf } from './job-words.ts';
import './dock.css';

/** From here on there is room for more than a line. */
const ROOMY = '(width >= 800px) and (height >= 560px)';

export function Dock(props: { jobs: ReadonlySignal<readonly JobView[]>; actions: JobActions }) {
  const jobs = props.jobs.value;
  const [roomy] = useState(() => matchMedia(ROOMY).matches);
  const [unfolded, setUnfolded] = useState(roomy);
  if (jobs.length === 0) return null;
  const several = jobs.length > 1;
  return (
    <section class="dock" aria-label="Downloads">
      {several && (
        <button
          type="button"
          class="dock-summary"
          aria-expanded={unfolded}
          aria-controls="dock-jobs"
          onClick={() => setUnfolded(!unfolded)}
        >
          <Icon name="chevron" />
          {summarise(jobs)}
        </button>
      )}
      <ul id="dock-jobs" class="dock-jobs" hidden={several && !unfolded}>
        {jobs.map((job) => (
          <JobRow key={job.id} job={job} unfolded={roomy && !several} actions={props.actions} />
        ))}
      </ul>
    </section>
  );
}

/** "3 downloads · 2 running, 64 %". */
function summarise(jobs: readonly JobView[]): string {
  const active = jobs.filter(isActive);
  const failed = jobs.filter((job) => job.phase === 'failed').length;
  const parts = [`${jobs.length} downloads`];
  if (active.length > 0) {
    const doneBytes = active.reduce((sum, job) => sum + job.deliveredBytes, 0);
    const totalBytes = active.reduce((sum, job) => sum + job.archiveBytes, 0);
    parts.push(`${active.length} running, ${percentOf(doneBytes, totalBytes)} %`);
  }
  if (failed > 0) parts.push(`${failed} failed`);
  return parts.join(' · ');
}

/** How the reading of the layers goes: what is being read, what failed, and what is odd about a layer. */
import type { Reading } from '../../page/inspection.ts';
import type { LayerView } from '../../page/model.ts';
import type { LayerProgress } from '../../protocol/inspector.ts';
import { ProgressBar } from '../downloads/progress-bar.tsx';
import { ErrorAlert } from '../error/error-alert.tsx';
import { formatSize } from '../format-size.ts';
import { Icon } from '../icon/icon.tsx';
import { countOf, showName } from './words.ts';

/** Problems written out; a hostile layer has thousands of one kind. */
const PROBLEMS_SHOWN = 50;

export function ReadingState({ inspection, layers }: { inspection: Reading; layers: readonly LayerView[] }) {
  const progress = inspection.layers.value;
  const phase = inspection.phase.value;
  const notice = inspection.notice.value;
  return (
    <>
      {phase.phase === 'reading' && <Progress progress={progress} layers={layers} />}
      {phase.phase === 'failed' && (
        <ErrorAlert error={phase.error}>
          <button type="button" class="button" onClick={inspection.retry}>
            Retry
          </button>
          <span class="muted">{whichFailed(progress)}</span>
        </ErrorAlert>
      )}
      {notice !== undefined && <p class="files-note">{notice}</p>}
      <ByTable progress={progress} />
      <Mismatches progress={progress} />
      <Problems progress={progress} />
    </>
  );
}

function whichFailed(progress: readonly LayerProgress[]): string {
  const failed = progress.filter(({ phase }) => phase === 'failed').map(({ layer }) => layer + 1);
  if (failed.length === 0) return '';
  const names = failed.length === 1 ? `layer ${failed[0]}` : `layers ${failed.join(', ')}`;
  return `Listed are the files of the others; ${names} of ${progress.length} could not be read.`;
}

function Progress({ progress, layers }: { progress: readonly LayerProgress[]; layers: readonly LayerView[] }) {
  const reading =
    progress.find(({ phase }) => phase === 'reading') ?? progress.find(({ phase }) => phase === 'waiting');
  const totalBytes = layers.reduce((sum, { size }) => sum + size, 0);
  const doneBytes = progress.reduce((sum, { phase, readBytes, layer }) => {
    return sum + (phase === 'read' || phase === 'failed' ? (layers[layer]?.size ?? 0) : readBytes);
  }, 0);
  const entries = progress.reduce((sum, layer) => sum + layer.entries, 0);
  const words = [
    reading === undefined ? 'merging the layers' : `layer ${reading.layer + 1} of ${progress.length}`,
    `${formatSize(doneBytes)} of ${formatSize(totalBytes)}`,
    countOf(entries, 'entry', 'entries'),
  ].join(', ');
  return (
    <div class="files-reading">
      <ProgressBar name="Reading the layers" valueText={words} tone="accent" {...{ doneBytes, totalBytes }} />
      <span class="muted">Reading {words}</span>
    </div>
  );
}

/** What was not read was not checked. */
function ByTable({ progress }: { progress: readonly LayerProgress[] }) {
  const listed = progress.filter(({ compression }) => compression === 'table-of-contents');
  if (listed.length === 0) return null;
  const one = listed.length === 1;
  return (
    <p class="files-note">
      {one ? 'Layer' : 'Layers'} {listed.map(({ layer }) => layer + 1).join(', ')} of {progress.length}{' '}
      {one ? 'was' : 'were'} listed by {one ? 'its table' : 'their tables'} of contents, which the manifest vouches for,
      without being fetched. {one ? 'Its digest and diffId were' : 'Their digests and diffIds were'} not checked; each
      file is when it is opened.
    </p>
  );
}

function Mismatches({ progress }: { progress: readonly LayerProgress[] }) {
  const wrong = progress.filter(({ diffIdMatches }) => diffIdMatches === false);
  if (wrong.length === 0) return null;
  return (
    <p class="files-warning" role="alert">
      <Icon name="alert" /> Unpacked, {wrong.length === 1 ? 'layer' : 'layers'}{' '}
      {wrong.map(({ layer }) => layer + 1).join(', ')} {wrong.length === 1 ? 'is' : 'are'} not what the config says (its
      diffId differs): loaders will refuse this image.
    </p>
  );
}

function Problems({ progress }: { progress: readonly LayerProgress[] }) {
  const problems = progress.flatMap(({ layer, problems = [] }) => problems.map((problem) => ({ layer, ...problem })));
  if (problems.length === 0) return null;
  return (
    <details class="files-problems">
      <summary>
        <Icon name="alert" /> {countOf(problems.length, 'oddity', 'oddities')} of the layers, none of which was followed
      </summary>
      <ul>
        {problems.slice(0, PROBLEMS_SHOWN).map(({ layer, kind, path, detail }) => (
          <li key={`${layer} ${kind} ${path} ${detail}`}>
            <span class="muted">layer {layer + 1}</span> <code>{kind}</code>{' '}
            {path !== '' && <code class="files-problem-path">{showName(path)}</code>} {detail}
          </li>
        ))}
      </ul>
      {problems.length > PROBLEMS_SHOWN && <p class="muted">The first {PROBLEMS_SHOWN} are shown.</p>}
    </details>
  );
}

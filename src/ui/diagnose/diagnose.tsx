/** Why a pull fails: the verdict first, then who can mend it and how, then each step with what was sent and came back. */
import { useEffect, useState } from 'preact/hooks';
import { asPulltabError, type PulltabError } from '../../core/errors.ts';
import { formatReference, type Reference } from '../../core/reference.ts';
import type { Diagnosis } from '../../page/diagnosis/diagnosis.ts';
import { reportText } from '../../page/diagnosis/report.ts';
import type { Actions } from '../../page/model.ts';
import { formatRoute, NO_PARAMS } from '../../protocol/route.ts';
import { copyText } from '../copy/copied.ts';
import { ErrorAlert } from '../error/error-alert.tsx';
import { Icon } from '../icon/icon.tsx';
import { RunView } from './run-view.tsx';
import './diagnose.css';

export function Diagnose(props: { reference: Reference; diagnose: Actions['diagnose'] }) {
  const { reference, diagnose } = props;
  const title = formatReference(reference);
  const [diagnosis, setDiagnosis] = useState<Diagnosis | undefined>(undefined);
  const [error, setError] = useState<PulltabError | undefined>(undefined);

  // Leaving the page stops the diagnosis, whether it had begun by then or not.
  useEffect(() => {
    let left = false;
    let begun: Diagnosis | undefined;
    diagnose(reference).then(
      (started) => {
        begun = started;
        if (left) started.stop();
        else setDiagnosis(started);
      },
      (failure: unknown) => setError(asPulltabError(failure, `diagnose ${title}`)),
    );
    return () => {
      left = true;
      begun?.stop();
    };
  }, [title]);

  return (
    <section class="diagnose" aria-labelledby="diagnose-title">
      <header class="diagnose-head">
        <div>
          <p class="muted">Diagnosis</p>
          <h1 id="diagnose-title">{title}</h1>
        </div>
        {diagnosis !== undefined && <Buttons diagnosis={diagnosis} title={title} reference={reference} />}
      </header>
      {error !== undefined && <ErrorAlert error={error} />}
      {diagnosis !== undefined && <Runs diagnosis={diagnosis} />}
    </section>
  );
}

function Buttons(props: { diagnosis: Diagnosis; title: string; reference: Reference }) {
  const { diagnosis, title, reference } = props;
  const runs = diagnosis.runs.value;
  const done = runs.length > 0 && runs.every(({ state }) => state === 'done');

  function copyReport(): void {
    const about = { title, origin: location.origin, browser: navigator.userAgent, at: new Date() };
    void copyText(reportText(runs, about));
  }

  return (
    <div class="diagnose-buttons">
      <button type="button" class="button" disabled={!done} onClick={diagnosis.again}>
        Run again
      </button>
      <button type="button" class="button" disabled={!done} onClick={copyReport}>
        <Icon name="copy" />
        Copy report
      </button>
      <a class="button button-quiet" href={formatRoute({ name: 'image', reference, params: NO_PARAMS })}>
        Open the image
      </a>
    </div>
  );
}

function Runs(props: { diagnosis: Diagnosis }) {
  const { diagnosis } = props;
  const runs = diagnosis.runs.value;
  const busy = runs.some(({ state }) => state === 'running');
  return (
    <div class="diagnose-runs" data-runs={runs.length}>
      {runs.map((run) => (
        <RunView
          key={run.transport.label}
          run={run}
          base={diagnosis.base}
          otherWays={busy ? [] : diagnosis.untried.value}
          tryWay={diagnosis.start}
        />
      ))}
    </div>
  );
}

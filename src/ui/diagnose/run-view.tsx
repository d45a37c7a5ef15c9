/** One walk through a pull: its verdict, the way out, and its steps. */
import { wordsOf } from '../../page/diagnosis/causes.ts';
import type { Finding, Run } from '../../page/diagnosis/model.ts';
import { doubtOf, verdictOf } from '../../page/diagnosis/report.ts';
import type { TransportView } from '../../page/model.ts';
import { Icon } from '../icon/icon.tsx';
import { NextTests } from './next-tests.tsx';
import { SettingsToPaste } from './settings-to-paste.tsx';
import { StepList } from './step-list.tsx';

export interface RunViewProps {
  readonly run: Run;
  /** The registry's own address. */
  readonly base: string;
  /** Ways that were not tried yet. */
  readonly otherWays: readonly TransportView[];
  readonly tryWay: (way: TransportView) => void;
}

export function RunView(props: RunViewProps) {
  const { run } = props;
  const { finding, transport } = run;
  return (
    <section class="diagnose-run" aria-label={`Asked ${transport.label}`}>
      <p class="diagnose-way muted">
        <Icon name={transport.via === 'relay' ? 'relay' : 'direct'} />
        Asked {transport.label}
      </p>
      <Verdict run={run} />
      {run.state === 'done' && props.otherWays.length > 0 && (
        <p class="diagnose-buttons">
          {props.otherWays.map((way) => (
            <button type="button" class="button button-primary" key={way.label} onClick={() => props.tryWay(way)}>
              {way.via === 'relay' ? 'Try through the relay' : 'Try directly'}
            </button>
          ))}
        </p>
      )}
      {finding !== undefined && <WayOut finding={finding} base={props.base} />}
      <StepList steps={run.steps} />
    </section>
  );
}

/** Spoken when it changes. The cause's code is for tests and for whoever helps. */
function Verdict(props: { run: Run }) {
  const { run } = props;
  const { finding } = run;
  const kind = run.state === 'running' ? 'running' : finding === undefined ? 'good' : 'bad';
  return (
    <div class={`diagnose-verdict diagnose-${kind}`} role="status" data-state={run.state} data-cause={finding?.cause}>
      <p class="diagnose-sentence">{verdictOf(run, location.origin)}</p>
      {finding !== undefined && (
        <>
          {finding.mayBe.length > 0 && (
            <p data-may-be={finding.mayBe.join(' ')}>
              <strong>Not certain.</strong> {doubtOf(finding)}
            </p>
          )}
          <p class="diagnose-cause">
            {finding.mayBe.length > 0 && finding.cause !== 'unreachable' ? 'Most likely: ' : 'Cause: '}
            <strong>{wordsOf(finding.cause).name}</strong>
          </p>
        </>
      )}
    </div>
  );
}

function WayOut(props: { finding: Finding; base: string }) {
  const { finding, base } = props;
  const { origin } = location;
  const about = { host: finding.host, origin };
  const words = wordsOf(finding.cause);
  return (
    <>
      <dl class="diagnose-facts">
        <div>
          <dt>Who can mend it</dt>
          <dd>{words.who}</dd>
        </div>
        <div>
          <dt>How</dt>
          <dd>{words.remedy(about)}</dd>
        </div>
        <div>
          <dt>Evidence</dt>
          <dd>
            <ul>
              {finding.evidence.map((seen) => (
                <li key={seen}>{seen}</li>
              ))}
            </ul>
          </dd>
        </div>
      </dl>
      <NextTests finding={finding} base={base} origin={origin} />
      {words.settings === true && <SettingsToPaste cause={finding.cause} host={finding.host} origin={origin} />}
    </>
  );
}

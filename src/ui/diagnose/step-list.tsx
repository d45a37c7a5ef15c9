/** The steps of a pull, as they come: how each ended, and every request of it. */
import type { Exchange, Step, StepState } from '../../page/diagnosis/model.ts';
import { stateWords } from '../../page/diagnosis/report.ts';
import { Icon, type IconName } from '../icon/icon.tsx';

const ICONS: Readonly<Partial<Record<StepState, IconName>>> = { running: 'arrow', passed: 'check', failed: 'alert' };

export function StepList(props: { steps: readonly Step[] }) {
  return (
    <section class="diagnose-section">
      <h2>The steps of a pull</h2>
      <ol class="diagnose-steps">
        {props.steps.map((step) => (
          <StepRow key={step.id} step={step} />
        ))}
      </ol>
    </section>
  );
}

function StepRow(props: { step: Step }) {
  const { id, title, state, said, exchanges } = props.step;
  const icon = ICONS[state];
  return (
    <li class="diagnose-step" data-step={id} data-state={state}>
      <span class="diagnose-step-icon">{icon !== undefined && <Icon name={icon} />}</span>
      <div class="diagnose-step-body">
        <p class="diagnose-step-title">
          <strong>{title}</strong> <span class="diagnose-step-state">{stateWords(props.step)}</span>
        </p>
        {said !== '' && <p class="muted">{said}</p>}
        {exchanges.length > 0 && (
          <ul class="diagnose-exchanges">
            {exchanges.map((exchange, at) => (
              <ExchangeRow key={at} exchange={exchange} />
            ))}
          </ul>
        )}
      </div>
    </li>
  );
}

function ExchangeRow(props: { exchange: Exchange }) {
  const { method, address, sent, answer, ms } = props.exchange;
  return (
    <li>
      <code>
        {method} {address}
      </code>
      {sent !== '' && <span class="muted">{sent}</span>}
      <span class="diagnose-answer">{answer}</span>
      <span class="number muted">{ms} ms</span>
    </li>
  );
}

/** The view `history`: the Dockerfile that the image was built from, as far as its history tells, step by step. */
import { useMemo } from 'preact/hooks';
import { type BuildStep, type Dockerfile, formatDockerfile, rebuildDockerfile } from '../../core/report/dockerfile.ts';
import type { LayerView, PlatformImage } from '../../page/model.ts';
import { Age } from '../age/age.tsx';
import { copyText, isJustCopied } from '../copy/copied.ts';
import { formatExactBytes, formatSize } from '../format-size.ts';
import { Icon } from '../icon/icon.tsx';
import type { Address } from '../image/address.ts';
import './history-view.css';

export interface HistoryViewProps {
  readonly selected: PlatformImage;
  /** The digest of the layer that the link points at. */
  readonly layer: string | undefined;
  readonly address: Address;
}

export function HistoryView({ selected, layer, address }: HistoryViewProps) {
  const { config, layers } = selected;
  const dockerfile = useMemo(() => rebuildDockerfile(config.history, layers.length), [config, layers.length]);
  const text = formatDockerfile(dockerfile);
  if (dockerfile.steps.length === 0) {
    return <p class="muted">This image records no history: its builder left none, or somebody took it out.</p>;
  }
  return (
    <div class="history">
      <Known dockerfile={dockerfile} />
      <p>
        <button type="button" class="button button-small" data-copy={text} onClick={() => copyText(text)}>
          <Icon name={isJustCopied(text) ? 'check' : 'copy'} />
          Copy as a Dockerfile
        </button>
      </p>
      <ol class="history-steps" aria-label="History">
        {dockerfile.steps.map((step, at) => (
          <Step
            key={at}
            step={step}
            made={step.layer === undefined ? undefined : layers[step.layer]}
            selected={layer}
            address={address}
          />
        ))}
      </ol>
    </div>
  );
}

/** What the history tells, and what no history can. */
function Known({ dockerfile }: { dockerfile: Dockerfile }) {
  const { steps, layerSteps, layerCount, from } = dockerfile;
  const empty = steps.length - layerSteps;
  return (
    <div class="muted history-known">
      <p>
        Rebuilt from {count(steps.length, 'recorded step')}: {layerSteps} with a layer, {empty} that changed metadata
        only.
        {from !== undefined && ` Its builder noted that it was built FROM ${from}.`} Which image it was built FROM, the
        other stages of its build and the files that were copied stand in no history; steps of the base image come
        first.
      </p>
      {layerSteps !== layerCount && (
        <p class="history-mismatch" role="note">
          The history does not fit: {count(layerSteps, 'step')} should have made a layer, and the image has{' '}
          {count(layerCount, 'layer')}. So no step is told which layer it made.
        </p>
      )}
    </div>
  );
}

interface StepProps {
  readonly step: BuildStep;
  readonly made: LayerView | undefined;
  readonly selected: string | undefined;
  readonly address: Address;
}

function Step({ step, made, selected, address }: StepProps) {
  const isSelected = made !== undefined && made.digest === selected;
  return (
    <li class={made === undefined ? 'history-empty' : undefined} aria-current={isSelected ? 'true' : undefined}>
      <span class="history-layer">
        {made !== undefined && step.layer !== undefined && (
          <a href={address({ view: 'layers', layer: made.digest })} title={made.digest}>
            layer {step.layer + 1}
          </a>
        )}
        {made === undefined && (step.empty ? 'no layer' : 'layer unknown')}
      </span>
      <span class="history-size" title={made && formatExactBytes(made.size)}>
        {made && formatSize(made.size)}
      </span>
      <span class="history-time muted">{step.created !== undefined && <Age at={step.created} suffix="ago" />}</span>
      <div class="history-text">
        {step.note !== undefined && <code class="muted">{`# ${step.note}\n`}</code>}
        {step.buildArgs.length > 0 && (
          <code class="muted">{`# with build arguments ${step.buildArgs.join(' ')}\n`}</code>
        )}
        <Text step={step} />
      </div>
    </li>
  );
}

function Text({ step: { text, keyword } }: { step: BuildStep }) {
  if (keyword === undefined) return <code class="muted">{text}</code>;
  return (
    <code>
      <b>{keyword}</b>
      {text.slice(keyword.length)}
    </code>
  );
}

function count(many: number, name: string): string {
  return `${many} ${name}${many === 1 ? '' : 's'}`;
}

/** The fields of two configs that differ, what was beside what is. */
import type { ComparedField, FieldDifference } from '../../core/image-comparison.ts';
import { formatShellLine } from '../image/shell-line.ts';

const NAMES = {
  created: 'Created',
  author: 'Author',
  platform: 'Platform',
  user: 'User',
  entrypoint: 'Entry point',
  cmd: 'Command',
  workingDir: 'Working directory',
  exposedPorts: 'Ports',
  volumes: 'Volumes',
  stopSignal: 'Stop signal',
  env: 'Variable',
  label: 'Label',
} as const satisfies Record<ComparedField, string>;

export function FieldDifferences(props: { fields: readonly FieldDifference[]; sameConfig: boolean }) {
  const { fields } = props;
  return (
    <section>
      <h2>
        Config <span class="muted">{fields.length === 1 ? '1 differs' : `${fields.length} differ`}</span>
      </h2>
      {fields.length === 0 && (
        <p class="muted">
          {props.sameConfig
            ? 'Equal: both have the same config.'
            : 'The same settings. The configs differ elsewhere, in the build history or the layers’ diffIds.'}
        </p>
      )}
      <dl class="compare-fields">
        {fields.map((difference) => (
          <div key={`${difference.field} ${difference.key ?? ''}`}>
            <dt>
              {NAMES[difference.field]} {difference.key !== undefined && <code>{difference.key}</code>}
            </dt>
            <Side name="was" sign="−" field={difference.field} value={difference.was} />
            <Side name="is" sign="+" field={difference.field} value={difference.is} />
          </div>
        ))}
      </dl>
    </section>
  );
}

function Side(props: { name: 'was' | 'is'; sign: string; field: ComparedField; value: FieldDifference['was'] }) {
  const { name, field, value } = props;
  return (
    <dd class={`compare-${name}`}>
      <span class="compare-sign">
        {props.sign} {name}
      </span>{' '}
      {value === undefined ? <span class="muted">not set</span> : <code>{textOf(field, value)}</code>}
    </dd>
  );
}

function textOf(field: ComparedField, value: readonly string[]): string {
  return field === 'entrypoint' || field === 'cmd' ? formatShellLine(value) : value.join(' ');
}

/** The instructions that built two images, as a difference of lists. */
import { diffArrays } from 'diff';
import { useMemo } from 'preact/hooks';
import type { HistoryEntry } from '../../core/image-config.ts';
import { rebuildDockerfile } from '../../core/report/dockerfile.ts';

const SIGNS = { same: '=', added: '+', removed: '−' } as const;

type Kind = keyof typeof SIGNS;

/** Histories that differ in more steps are listed one after the other. */
const MOST_EDITS = 2000;

export function HistoryDifferences(props: { was: readonly HistoryEntry[]; is: readonly HistoryEntry[] }) {
  const { was, is } = props;
  const steps = useMemo(() => compareSteps(instructionsOf(was), instructionsOf(is)), [was, is]);
  const count = (kind: Kind): number => steps.filter((step) => step.kind === kind).length;
  const differs = count('added') + count('removed');
  return (
    <section>
      <h2>
        History{' '}
        <span class="muted">
          {steps.length === 0
            ? 'not recorded'
            : differs === 0
              ? 'equal'
              : `${count('same')} equal, ${count('added')} added, ${count('removed')} removed`}
        </span>
      </h2>
      {differs > 0 && (
        <ol class="compare-history" aria-label="History compared">
          {steps.map(({ kind, text }, at) => (
            <li key={`${at} ${text}`} class={`compare-${kind}`}>
              <span class="compare-sign">
                {SIGNS[kind]} {kind}
              </span>
              <code>{text}</code>
            </li>
          ))}
        </ol>
      )}
    </section>
  );
}

function instructionsOf(history: readonly HistoryEntry[]): string[] {
  // Which layer a step made does not count here.
  return rebuildDockerfile(history, 0).steps.map(({ text }) => text);
}

function compareSteps(was: string[], is: string[]): { kind: Kind; text: string }[] {
  const parts = diffArrays(was, is, { maxEditLength: MOST_EDITS }) ?? [
    { value: was, removed: true, added: false },
    { value: is, removed: false, added: true },
  ];
  return parts.flatMap(({ value, added, removed }) =>
    value.map((text): { kind: Kind; text: string } => ({ kind: added ? 'added' : removed ? 'removed' : 'same', text })),
  );
}

/** A diagnosis as text, to send to whoever runs the registry. Holds what the page shows, and no secret. */
import { wordsOf } from './causes.ts';
import type { Finding, Run, Step } from './model.ts';

export interface ReportAbout {
  readonly title: string;
  readonly origin: string;
  readonly browser: string;
  readonly at: Date;
}

export function reportText(runs: readonly Run[], { title, origin, browser, at }: ReportAbout): string {
  const head = [`Diagnosis of ${title} by Pulltab at ${origin}`, `${at.toISOString()}, ${browser}`];
  return `${[...head, ...runs.flatMap((run) => ['', ...runLines(run, origin)])].join('\n')}\n`;
}

/** The verdict in plain words: one or two sentences. */
export function verdictOf(run: Run, origin: string): string {
  if (run.state === 'running') return 'Looking for the cause.';
  if (run.finding === undefined) return 'Nothing is wrong: every step of a pull works.';
  return wordsOf(run.finding.cause).sentence({ host: run.finding.host, origin });
}

/** "It may also be: wrong certificate, …"; empty where the cause is certain. */
export function doubtOf({ cause, mayBe }: Finding): string {
  if (mayBe.length === 0) return '';
  const names = mayBe.map((other) => wordsOf(other).name).join('; ');
  return cause === 'unreachable' || cause === 'relay-cannot-reach'
    ? `A browser cannot tell which of these it is: ${names}.`
    : `A browser cannot tell it from: ${names}.`;
}

function runLines(run: Run, origin: string): string[] {
  const lines = [`Way: ${run.transport.label}`, `Verdict: ${verdictOf(run, origin)}`];
  const { finding } = run;
  if (finding !== undefined) {
    const words = wordsOf(finding.cause);
    lines.push(`Cause: ${words.name} (${finding.cause})`);
    const doubt = doubtOf(finding);
    if (doubt !== '') lines.push(doubt);
    lines.push(...finding.evidence.map((seen) => `Evidence: ${seen}`));
    lines.push(`Who can mend it: ${words.who}. ${words.remedy({ host: finding.host, origin })}`);
  }
  return [...lines, ...run.steps.flatMap(stepLines)];
}

/** How a step stands, in one or two words. */
export function stateWords({ state, said }: Step): string {
  if (state === 'passed') return 'works';
  if (state === 'failed') return 'fails';
  if (state !== 'skipped') return state;
  return said === '' ? 'not tried' : 'not needed';
}

function stepLines(step: Step): string[] {
  const { title, said, exchanges } = step;
  const requests = exchanges.map(({ method, address, sent, answer, ms }) => {
    return `    ${method} ${address}${sent === '' ? '' : ` (${sent})`} → ${answer}, ${ms} ms`;
  });
  return [`- ${title}: ${stateWords(step)}${said === '' ? '' : `. ${said}`}`, ...requests];
}

/** What a bench run says: a table of medians, and a line for each requirement. */
import type { ContenderName } from './contenders.ts';

/** One figure a round: seconds, or bytes where the contender's name says memory. */
export type Results = ReadonlyMap<ContenderName, readonly number[]>;

interface TimeLimit {
  readonly what: string;
  readonly contender: ContenderName;
  readonly peer: ContenderName;
  /** Times the peer's time. Undefined where it is only to be known. */
  readonly most?: number;
}

const TIME_LIMITS: readonly TimeLimit[] = [
  { what: 'cold', contender: 'Pulltab in Chromium', peer: 'skopeo docker-archive', most: 0.55 },
  { what: 'cold', contender: 'Pulltab in Chromium', peer: 'skopeo oci-archive', most: 2 },
  { what: 'every layer cached', contender: 'every layer cached', peer: 'skopeo oci-archive', most: 1.2 },
  { what: 'passing through, nothing kept', contender: 'passing through', peer: 'skopeo oci-archive', most: 1.4 },
  { what: 'over the line', contender: 'Pulltab on the line', peer: 'curl on the line', most: 1.05 },
  { what: 'cold in Firefox', contender: 'Pulltab in Firefox', peer: 'skopeo docker-archive' },
  { what: 'cold in Firefox', contender: 'Pulltab in Firefox', peer: 'skopeo oci-archive' },
];
const MOST_MEMORY_BYTES = 300e6;
/** Two peaks of the same thing differ by about this much. */
const MEMORY_NOISE_BYTES = 40e6;

/** Says nothing of what was not measured. */
export function printResults(results: Results): void {
  console.info(`\n${['', 'median', 'each round'].map(pad).join('')}`);
  for (const [name, figures] of results) {
    console.info(
      [name, figureOf(name, median(figures)), figures.map((each) => figureOf(name, each)).join('  ')].map(pad).join(''),
    );
  }
  console.info('');
  for (const line of [...times(results), ...memory(results)]) console.info(line);
}

/** As its contender is measured. */
export function figureOf(name: ContenderName, figure: number): string {
  return name.startsWith('memory') ? megabytes(figure) : `${figure.toFixed(2)} s`;
}

function times(results: Results): string[] {
  return TIME_LIMITS.flatMap(({ what, contender, peer, most }) => {
    const [own, other] = [results.get(contender), results.get(peer)];
    if (!own || !other) return [];
    const ratio = median(own) / median(other);
    const said = `${what}: ${ratio.toFixed(2)} × ${peer}`;
    return [most === undefined ? `       ${said}` : verdict(ratio <= most, `${said}; at most ${most}`)];
  });
}

function memory(results: Results): string[] {
  const [once, twice] = [results.get('memory'), results.get('memory, twice as large')].map((all) => all && median(all));
  const lines: string[] = [];
  if (once !== undefined) {
    const limit = megabytes(MOST_MEMORY_BYTES);
    lines.push(verdict(once <= MOST_MEMORY_BYTES, `memory over idle: ${megabytes(once)}; at most ${limit}`));
  }
  if (once !== undefined && twice !== undefined) {
    const limit = `no more than ${megabytes(once)}, give or take ${megabytes(MEMORY_NOISE_BYTES)}`;
    const met = twice <= once + MEMORY_NOISE_BYTES;
    lines.push(verdict(met, `memory over idle, twice as large: ${megabytes(twice)}; ${limit}`));
  }
  return lines;
}

function verdict(met: boolean, text: string): string {
  return `${met ? 'ok    ' : 'MISSED'} ${text}`;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
  const lower = sorted[Math.floor((sorted.length - 1) / 2)] ?? Number.NaN;
  return (lower + upper) / 2;
}

/** Decimal, as the page writes sizes. */
export function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1e6)} MB`;
}

function pad(cell: string, column: number): string {
  return cell.padEnd(column === 0 ? 26 : 12);
}

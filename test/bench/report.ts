/** What a bench run says: a table of medians, and a line for each requirement. */
import type { PEERS } from './peers.ts';

export interface Contender {
  readonly name: string;
  /** One a round. */
  readonly seconds: number[];
  /** Peak memory over idle, one a round (bytes); empty for other tools than Pulltab. */
  readonly memoryBytes: number[];
}

export interface Results {
  readonly pulltab: Contender;
  readonly peers: readonly Contender[];
  /** Pulltab again, with the image twice as large. */
  readonly large: Contender;
}

/** Of the yardstick's. */
const MOST_TIME = 0.75;
const YARDSTICK: keyof typeof PEERS = 'skopeo docker-archive';
const MOST_MEMORY_BYTES = 400e6;
/** Two peaks of the same thing differ by about this much. */
const MEMORY_NOISE_BYTES = 40e6;

export function printResults({ pulltab, peers, large }: Results): void {
  const rows = [pulltab, ...peers, large].map((contender) => row(contender, pulltab));
  console.info(['', heading(), ...rows, ''].join('\n'));
  for (const line of requirements(pulltab, peers, large)) console.info(line);
}

function heading(): string {
  return ['', 'seconds', 'each round', 'Pulltab/it', 'memory over idle'].map(pad).join('');
}

function row(contender: Contender, pulltab: Contender): string {
  const seconds = median(contender.seconds);
  const isPeer = contender.memoryBytes.length === 0;
  const ratio = isPeer ? (median(pulltab.seconds) / seconds).toFixed(2) : '';
  const memory = isPeer ? '' : `${megabytes(median(contender.memoryBytes))}, at most ${megabytes(most(contender))}`;
  const rounds = contender.seconds.map((each) => each.toFixed(1)).join(' ');
  return [contender.name, seconds.toFixed(2), rounds, ratio, memory].map(pad).join('');
}

function requirements(pulltab: Contender, peers: readonly Contender[], large: Contender): string[] {
  const skopeo = peers.find(({ name }) => name === YARDSTICK);
  if (skopeo === undefined) throw new Error(`${YARDSTICK} was not measured`);
  const ratio = median(pulltab.seconds) / median(skopeo.seconds);
  const [small, twice] = [median(pulltab.memoryBytes), median(large.memoryBytes)];
  const verdict = (met: boolean, text: string): string => `${met ? 'ok    ' : 'MISSED'} ${text}`;
  return [
    verdict(ratio <= MOST_TIME, `time is ${ratio.toFixed(2)} of ${YARDSTICK}; at most ${MOST_TIME}`),
    verdict(small <= MOST_MEMORY_BYTES, `memory is ${megabytes(small)}; at most ${megabytes(MOST_MEMORY_BYTES)}`),
    verdict(
      twice <= small + MEMORY_NOISE_BYTES,
      `memory for the image twice as large is ${megabytes(twice)}; no more than ${megabytes(small)}, give or take ${megabytes(MEMORY_NOISE_BYTES)}`,
    ),
  ];
}

function most({ memoryBytes }: Contender): number {
  return Math.max(...memoryBytes);
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
  return column === 0 ? cell.padEnd(26) : cell.padEnd(16);
}

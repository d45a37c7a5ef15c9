/** The requests of a session as plain text: a line for each, and below a failed one what it means and what was said. */
import { HINTS } from '../error-hints.ts';
import { formatOutcome, formatWay, type RequestRecord } from './request-record.ts';

/**
 * Oldest first, ending in a line feed.
 * @param page origin of the page: registries that let pages read them allow origins
 */
export function formatActivity(records: readonly RequestRecord[], page: string): string {
  const oldestFirst = [...records].sort((a, b) => a.startedAtMs - b.startedAtMs);
  const head = [
    `Pulltab: requests of ${page}`,
    'Without secrets: REDACTED stands for what was left out. Requests that a browser sends by itself, such as',
    'preflights (OPTIONS), cannot be seen by a page and are not listed.',
    '',
  ];
  return `${[...head, ...oldestFirst.flatMap(formatLines)].join('\n')}\n`;
}

function formatLines(record: RequestRecord): string[] {
  const { startedAtMs, method, address, bytes, tookMs, failure, registryCode, redirectedTo } = record;
  const outcome = formatOutcome(record);
  const line = [
    new Date(startedAtMs).toISOString(),
    method,
    address,
    formatWay(record),
    outcome,
    `${bytes} bytes`,
    `${tookMs} ms`,
  ].join('  ');
  if (failure === undefined) return [line];
  return [
    line,
    ...(registryCode === undefined ? [] : [`    registry: ${registryCode}`]),
    ...(redirectedTo === undefined ? [] : [`    answered by: ${redirectedTo}`]),
    ...record.headers.map(([name, value]) => `    ${name}: ${value}`),
    `    ${HINTS[failure]}`,
  ];
}

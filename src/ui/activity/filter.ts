/** Which requests are listed. */
import { type RequestRecord, targetHost } from '../../core/report/request-record.ts';

export interface RequestFilter {
  /** Words, each of which is in the address, the host or the failure. */
  readonly text: string;
  readonly only: 'all' | 'failed';
}

export function matches(record: RequestRecord, { text, only }: RequestFilter): boolean {
  if (only === 'failed' && record.failure === undefined) return false;
  const whole = `${targetHost(record)} ${record.address} ${record.failure ?? ''} ${record.status}`.toLowerCase();
  return text
    .toLowerCase()
    .split(/\s+/)
    .every((word) => whole.includes(word));
}

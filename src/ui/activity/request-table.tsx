/** Requests as a table. Each row unfolds to what was sent, what came back, and a line to try it in a shell. */
import { useState } from 'preact/hooks';
import {
  asksForToken,
  formatOutcome,
  formatWay,
  type RequestRecord,
  targetHost,
} from '../../core/report/request-record.ts';
import { formatExactBytes, formatSize } from '../format-size.ts';
import { Icon } from '../icon/icon.tsx';
import { RequestDetails } from './request-details.tsx';
import './request-table.css';

/** Drawn at once; thousands of rows would make the page slow for everyone who only wants the last ones. */
const STEP = 200;
const COLUMNS = 7;

/** A number for each record, so that an unfolded row stays unfolded while others come. */
const numbers = new WeakMap<RequestRecord, number>();
let lastNumber = 0;

function numberOf(record: RequestRecord): number {
  const known = numbers.get(record);
  if (known !== undefined) return known;
  lastNumber += 1;
  numbers.set(record, lastNumber);
  return lastNumber;
}

export interface RequestTableProps {
  /** Accessible name. */
  readonly name: string;
  /** In the order to show them. */
  readonly records: readonly RequestRecord[];
  /** All requests, oldest first: where a token came from is found among them. */
  readonly known: readonly RequestRecord[];
}

export function RequestTable({ name, records, known }: RequestTableProps) {
  const [limit, setLimit] = useState(STEP);
  const rest = records.length - limit;
  return (
    <>
      <table class="table request-table" aria-label={name} onKeyDown={walk}>
        <thead>
          <tr>
            <th scope="col">Time</th>
            <th scope="col">Method</th>
            <th scope="col">Address</th>
            <th scope="col">Way</th>
            <th scope="col">Status</th>
            <th scope="col" class="number" title="Of the body, as far as this page has read it">
              Bytes
            </th>
            <th scope="col" class="number">
              ms
            </th>
          </tr>
        </thead>
        <tbody>
          {records.slice(0, limit).map((record) => (
            <Row key={numberOf(record)} record={record} known={known} />
          ))}
        </tbody>
      </table>
      {rest > 0 && (
        <button type="button" class="button button-small request-more" onClick={() => setLimit(limit + STEP)}>
          Show {Math.min(STEP, rest)} more of {rest}
        </button>
      )}
    </>
  );
}

function Row({ record, known }: { record: RequestRecord; known: readonly RequestRecord[] }) {
  const [isOpen, setOpen] = useState(false);
  const { method, bytes, tookMs, startedAtMs } = record;
  const iso = new Date(startedAtMs).toISOString();
  return (
    <>
      <tr class={record.failure === undefined ? undefined : 'request-failed'}>
        <td class="request-time">
          <time dateTime={iso} title={iso}>
            {shortMoment(startedAtMs)}
          </time>
        </td>
        <td class="request-method">{method}</td>
        <td class="request-address">
          <button type="button" aria-expanded={isOpen} title={record.address} onClick={() => setOpen(!isOpen)}>
            <Icon name="chevron" />
            <Address record={record} />
          </button>
        </td>
        <td class="request-way">
          <span>
            <Icon name={record.via === 'relay' ? 'relay' : 'direct'} /> {formatWay(record)}
          </span>
        </td>
        <td class="request-status">
          <Status record={record} />
        </td>
        <td class="number request-bytes" title={formatExactBytes(bytes)} data-bytes={bytes}>
          {formatSize(bytes)}
        </td>
        <td class="number request-ms">
          {tookMs}
          <span class="request-unit"> ms</span>
        </td>
      </tr>
      {isOpen && (
        <tr class="request-open">
          <td colSpan={COLUMNS}>
            <RequestDetails record={record} known={known} />
          </td>
        </tr>
      )}
    </>
  );
}

/** The time of today, the day of any other. */
function shortMoment(atMs: number): string {
  const moment = new Date(atMs);
  const isToday = moment.toDateString() === new Date().toDateString();
  return isToday ? moment.toLocaleTimeString('en-GB') : moment.toLocaleDateString('en-CA');
}

/** The part before the host stands back: what differs from row to row begins there. */
function Address({ record }: { record: RequestRecord }) {
  const { address, via } = record;
  const at = address.indexOf(targetHost(record), via === 'relay' ? address.indexOf('/r/') : 0);
  return (
    <code>
      <span class="muted">{address.slice(0, Math.max(at, 0))}</span>
      {address.slice(Math.max(at, 0))}
    </code>
  );
}

function Status({ record }: { record: RequestRecord }) {
  const { status, failure, cancelled } = record;
  if (failure !== undefined) {
    return (
      <span class="request-failure">
        <Icon name="alert" />
        <span>
          {status === 0 ? '' : `${status} `}
          {failure}
        </span>
      </span>
    );
  }
  if (cancelled || status === 0) return <span class="muted">{formatOutcome(record)}</span>;
  if (asksForToken(record)) return <span title="The registry asks for a token">{status}</span>;
  return <>{status}</>;
}

/** Up and down go from row to row. */
function walk(event: KeyboardEvent): void {
  if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return;
  if (!(event.currentTarget instanceof Element) || !(event.target instanceof HTMLElement)) return;
  const rows = [...event.currentTarget.querySelectorAll<HTMLElement>('.request-address button')];
  const at = rows.indexOf(event.target);
  const next = rows[at + (event.key === 'ArrowDown' ? 1 : -1)];
  if (at < 0 || next === undefined) return;
  next.focus();
  event.preventDefault();
}

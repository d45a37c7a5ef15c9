/** The list of requests: what this page asked of whom, which way, and what came of it. For people and for administrators. */
import type { ReadonlySignal } from '@preact/signals';
import { useState } from 'preact/hooks';
import type { PulltabError } from '../../core/errors.ts';
import { formatActivity } from '../../core/report/activity-text.ts';
import { formatHar } from '../../core/report/har.ts';
import type { RequestRecord } from '../../core/report/request-record.ts';
import { copyText } from '../copy/copied.ts';
import { ErrorAlert } from '../error/error-alert.tsx';
import { formatExactBytes, formatSize } from '../format-size.ts';
import { saveText } from '../settings/save-text.ts';
import { matches, type RequestFilter } from './filter.ts';
import { RequestTable } from './request-table.tsx';
import './activity-page.css';

export interface ActivityPageProps {
  readonly requests: ReadonlySignal<readonly RequestRecord[]>;
  readonly earlier: ReadonlySignal<readonly RequestRecord[]>;
  readonly storageError: ReadonlySignal<PulltabError | undefined>;
  readonly clear: () => void;
}

export function ActivityPage(props: ActivityPageProps) {
  const [filter, setFilter] = useState<RequestFilter>({ text: '', only: 'all' });
  const [order, setOrder] = useState<'newest' | 'oldest'>('newest');
  const requests = props.requests.value;
  const earlier = props.earlier.value;
  const all = [...earlier, ...requests];
  const listed = (records: readonly RequestRecord[]): readonly RequestRecord[] => {
    const kept = records.filter((record) => matches(record, filter)).sort((a, b) => a.startedAtMs - b.startedAtMs);
    return order === 'newest' ? kept.reverse() : kept;
  };
  const shown = listed(requests);
  const shownEarlier = listed(earlier);
  const error = props.storageError.value;

  return (
    <section class="activity" aria-labelledby="activity-title">
      <div class="activity-head">
        <h1 id="activity-title">Activity</h1>
        <Summary requests={requests} />
      </div>
      {error !== undefined && <ErrorAlert error={error} />}
      {all.length === 0 ? (
        <Nothing />
      ) : (
        <>
          <div class="activity-tools">
            <FilterFields filter={filter} setFilter={setFilter} order={order} setOrder={setOrder} />
            <Exports records={[...shownEarlier, ...shown]} clear={props.clear} />
          </div>
          {shown.length > 0 && <RequestTable name="Requests of this session" records={shown} known={all} />}
          {shown.length === 0 && (
            <p class="activity-none muted">
              {requests.length === 0 ? 'Nothing was requested since this page was opened.' : 'No request matches.'}
            </p>
          )}
          {shownEarlier.length > 0 && (
            <div class="activity-earlier">
              <h2>Failures from before</h2>
              <p class="muted">Kept in this browser until they are cleared, the last 100 of them.</p>
              <RequestTable name="Failures from before" records={shownEarlier} known={all} />
            </div>
          )}
          <p class="activity-note muted">
            No password, token or signature is in this list or in what is saved of it. Requests that the browser sends
            by itself, such as preflights, cannot be seen by a page.
          </p>
        </>
      )}
    </section>
  );
}

function Summary({ requests }: { requests: readonly RequestRecord[] }) {
  const failed = requests.filter(({ failure }) => failure !== undefined).length;
  const bytes = requests.reduce((sum, record) => sum + record.bytes, 0);
  if (requests.length === 0) return null;
  return (
    <p class="muted">
      {requests.length} {requests.length === 1 ? 'request' : 'requests'} ·{' '}
      {failed > 0 && <span class="activity-failed">{failed} failed · </span>}
      <span title={formatExactBytes(bytes)}>{formatSize(bytes)} received</span>
    </p>
  );
}

function Nothing() {
  return (
    <div class="activity-nothing">
      <p>Nothing was requested yet.</p>
      <p class="muted">
        Open an image: each request for it is listed here, with the way it went and what came back. Failures stay here
        after a reload, so that they can be sent to whoever runs the registry.
      </p>
      <p>
        <a class="button" href="#/sample">
          Open the sample
        </a>
      </p>
    </div>
  );
}

function FilterFields(props: {
  filter: RequestFilter;
  setFilter: (filter: RequestFilter) => void;
  order: 'newest' | 'oldest';
  setOrder: (order: 'newest' | 'oldest') => void;
}) {
  const { filter, setFilter } = props;
  return (
    <div class="activity-filter">
      <input
        class="activity-text"
        type="search"
        aria-label="Filter by host or address"
        placeholder="Host or part of an address"
        value={filter.text}
        onInput={(event) => setFilter({ ...filter, text: event.currentTarget.value })}
      />
      <select
        class="select"
        aria-label="Show"
        value={filter.only}
        onChange={(event) => setFilter({ ...filter, only: event.currentTarget.value === 'failed' ? 'failed' : 'all' })}
      >
        <option value="all">All requests</option>
        <option value="failed">Failed only</option>
      </select>
      <select
        class="select"
        aria-label="Order"
        value={props.order}
        onChange={(event) => props.setOrder(event.currentTarget.value === 'oldest' ? 'oldest' : 'newest')}
      >
        <option value="newest">Newest first</option>
        <option value="oldest">Oldest first</option>
      </select>
    </div>
  );
}

/** What is listed, and no more, is what is copied and saved. */
function Exports({ records, clear }: { records: readonly RequestRecord[]; clear: () => void }) {
  const text = (): string => formatActivity(records, location.origin);
  const har = (): string => JSON.stringify(formatHar(records), null, 1);
  const fileName = `pulltab-activity-${new Date().toISOString().slice(0, 10)}`;
  return (
    <div class="activity-exports">
      <button type="button" class="button button-small" onClick={() => copyText(text())}>
        Copy as text
      </button>
      <button
        type="button"
        class="button button-small"
        onClick={() => saveText(text(), { fileName: `${fileName}.txt`, type: 'text/plain' })}
      >
        Save as text
      </button>
      <button
        type="button"
        class="button button-small"
        onClick={() => saveText(har(), { fileName: `${fileName}.har`, type: 'application/json' })}
      >
        Save as HAR
      </button>
      <button type="button" class="button button-small button-quiet" onClick={clear}>
        Clear
      </button>
    </div>
  );
}

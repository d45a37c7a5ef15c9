/** All that is known of one request. */
import type { ComponentChildren } from 'preact';
import { HINTS } from '../../core/error-hints.ts';
import { formatCurl } from '../../core/report/curl.ts';
import { asksForToken, type RequestRecord } from '../../core/report/request-record.ts';
import { CopyButton } from '../copy/copy-button.tsx';
import './request-details.css';

export function RequestDetails({ record, known }: { record: RequestRecord; known: readonly RequestRecord[] }) {
  const { failure, registryCode, headers, accept, range, authorization, redirectedTo } = record;
  const curl = formatCurl(record, known);
  return (
    <div class="request-details">
      {failure !== undefined && (
        <p class="request-hint">
          <strong>
            <code>{failure}</code>
            {registryCode !== undefined && (
              <>
                {' '}
                · the registry says <code>{registryCode}</code>
              </>
            )}
          </strong>{' '}
          {HINTS[failure]}
        </p>
      )}
      {asksForToken(record) && <p class="muted">The registry asks for a token: this is how most pulls begin.</p>}
      <dl>
        <Fact name="Address">{record.address}</Fact>
        {redirectedTo !== undefined && <Fact name="Answered by">{redirectedTo}</Fact>}
        <Fact name="Sent">{new Date(record.startedAtMs).toISOString()}</Fact>
        <Fact name="First answer after">{record.waitMs} ms</Fact>
        {accept !== undefined && <Fact name="Accept (sent)">{accept}</Fact>}
        {range !== undefined && <Fact name="Range (sent)">{range}</Fact>}
        {authorization !== undefined && <Fact name="Authorization (sent)">{authorization}, left out here</Fact>}
        {headers.map(([name, value]) => (
          <Fact key={name} name={name}>
            {value}
          </Fact>
        ))}
      </dl>
      {headers.length === 0 && record.status !== 0 && (
        <p class="muted">The registry lets the page read none of its headers.</p>
      )}
      <div class="request-curl">
        <pre>
          <code>{curl}</code>
        </pre>
        <CopyButton name="Copy curl line" text={curl} />
      </div>
    </div>
  );
}

function Fact(props: { name: string; children: ComponentChildren }) {
  return (
    <div>
      <dt>{props.name}</dt>
      <dd>
        <code>{props.children}</code>
      </dd>
    </div>
  );
}

/** Certificates, and that keys are there: nothing of a private key is shown here. */

import type { CertificateFacts } from '../../../core/layer/summaries/certificate.ts';
import type { PemFacts, PemItem } from '../../../core/layer/summaries/pem.ts';
import { CopyButton } from '../../copy/copy-button.tsx';
import { formatAge } from '../../format-age.ts';
import { formatMoment } from '../../format-moment.ts';
import { Icon } from '../../icon/icon.tsx';
import { countOf, showName } from '../words.ts';
import { SummaryFacts } from './summary-facts.tsx';

/** So many are unfolded at once; a bundle of a system has some 140. */
const UNFOLDED = 3;

export function PemSummary({ facts }: { facts: PemFacts }) {
  const { items, leftOut } = facts;
  const keys = items.filter((item) => item.kind === 'private-key');
  const certificates = items.filter((item) => item.kind === 'certificate');
  const nowMs = Date.now();
  const expired = certificates.filter(({ facts: { notAfterMs = Infinity } }) => notAfterMs < nowMs).length;
  return (
    <>
      {keys.map((key, at) => (
        <p key={at} class="files-warning">
          <Icon name="lock" /> {keyWords(key)} Nothing of it is shown here; whoever has the image has it.
        </p>
      ))}
      {certificates.length > 1 && (
        <p class="muted">
          {countOf(certificates.length, 'certificate')}
          {expired > 0 && `, ${expired} expired`}
        </p>
      )}
      {items.map((item, at) => (
        <Item key={at} item={item} isOpen={items.length <= UNFOLDED} nowMs={nowMs} />
      ))}
      {leftOut > 0 && <p class="muted">{countOf(leftOut, 'more block is', 'more blocks are')} not shown.</p>}
    </>
  );
}

function keyWords({ label, isEncrypted }: Extract<PemItem, { kind: 'private-key' }>): string {
  const how = isEncrypted === undefined ? '' : isEncrypted ? ', encrypted' : ', not encrypted';
  return `A private key is in this file (${label}${how}).`;
}

function Item({ item, isOpen, nowMs }: { item: PemItem; isOpen: boolean; nowMs: number }) {
  switch (item.kind) {
    case 'private-key':
      return null;
    case 'other':
      return <p>{`Also in this file: ${item.label}.`}</p>;
    case 'broken':
      return <p class="files-warning">{`${item.label} could not be read: ${item.reason}`}</p>;
    case 'certificate':
      return <Certificate facts={item.facts} isOpen={isOpen} nowMs={nowMs} />;
  }
}

function Certificate({ facts, isOpen, nowMs }: { facts: CertificateFacts; isOpen: boolean; nowMs: number }) {
  const { subject, issuer, isSelfIssued, isAuthority, names, key, serial, sha256 } = facts;
  const title = subject === '' ? (names[0] ?? 'certificate without a name') : subject;
  return (
    <details class="summary-certificate" open={isOpen}>
      <summary>
        <span class="summary-subject">{showName(title)}</span> <Validity {...facts} nowMs={nowMs} />
      </summary>
      <SummaryFacts
        facts={[
          ['Kind', isAuthority ? 'certificate authority' : 'certificate'],
          ['Issuer', isSelfIssued ? 'itself' : showName(issuer)],
          ['Valid from', momentText(facts.notBeforeMs)],
          ['Valid until', momentText(facts.notAfterMs)],
          ['Names', names.length > 0 && <Names names={names} />],
          ['Key', key],
          ['Serial', <code key="serial">{serial}</code>],
          [
            'SHA-256',
            <span key="sha256" class="summary-copied">
              <code>{sha256}</code>
              <CopyButton name="Copy SHA-256 fingerprint" text={sha256} />
            </span>,
          ],
        ]}
      />
    </details>
  );
}

function Names({ names }: { names: readonly string[] }) {
  return (
    <ul class="summary-words">
      {names.map((name, at) => (
        <li key={`${at} ${name}`}>{showName(name)}</li>
      ))}
    </ul>
  );
}

function momentText(atMs: number | undefined): string {
  return atMs === undefined ? 'not readable' : formatMoment(atMs);
}

type ValidityProps = Pick<CertificateFacts, 'notBeforeMs' | 'notAfterMs'> & { readonly nowMs: number };

function Validity({ notBeforeMs, notAfterMs, nowMs }: ValidityProps) {
  if (notBeforeMs !== undefined && notBeforeMs > nowMs) return <span class="summary-bad">not valid yet</span>;
  if (notAfterMs === undefined) return null;
  if (notAfterMs < nowMs) return <span class="summary-bad">expired {formatAge(nowMs - notAfterMs)} ago</span>;
  return <span class="muted">valid for {formatAge(notAfterMs - nowMs)} more</span>;
}

/** Short facts as names and values in columns, and the one of every image: how it was reached. */
import type { ComponentChildren } from 'preact';
import type { ReadyImage } from '../../page/model.ts';
import { lazily } from '../lazy/lazily.tsx';
import './facts.css';

const RateLimitFact = lazily(async () => (await import('../tags/rate-limit-fact.tsx')).RateLimitFact);

export function TransportFact(props: { image: ReadyImage }) {
  const { rateLimit, transport } = props.image;
  const { label, reason, via } = transport;
  return (
    <>
      <Fact name="Transport">
        {label}
        {reason !== undefined && <span class="muted"> — {reason}</span>}
      </Fact>
      {rateLimit !== undefined && <RateLimitFact headers={rateLimit} via={via} />}
    </>
  );
}

export function Fact(props: { name: string; children: ComponentChildren }) {
  return (
    <div>
      <dt>{props.name}</dt>
      <dd>{props.children}</dd>
    </div>
  );
}

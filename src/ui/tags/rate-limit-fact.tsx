/** How many pulls the registry still allows, where its headers can be read. */
import { parseRateLimit, type RateLimitHeaders } from '../../core/registry/rate-limit.ts';
import type { TransportView } from '../../page/model.ts';
import { formatDuration } from '../format-duration.ts';
import { Fact } from '../image/facts.tsx';

export function RateLimitFact(props: { headers: RateLimitHeaders; via: TransportView['via'] }) {
  const limit = parseRateLimit(props.headers);
  if (limit === undefined) return null;
  const { remaining, limit: allowed, windowSeconds, countedFor } = limit;
  const address = props.via === 'relay' ? 'this relay’s address' : 'your address';
  const whom = countedFor === 'address' ? address : countedFor === 'account' ? 'the account' : undefined;
  return (
    <Fact name="Pulls left">
      {remaining}
      {allowed !== undefined && ` of ${allowed}`}
      {windowSeconds !== undefined && ` per ${formatDuration(windowSeconds * 1000)}`}
      {whom !== undefined && <span class="muted">, counted for {whom}</span>}
    </Fact>
  );
}

/** How long ago something was, in one unit; the exact moment stands in the title beside it. */

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

const UNITS = [
  { name: 'year', ms: 365 * DAY_MS },
  { name: 'month', ms: 30 * DAY_MS },
  { name: 'day', ms: DAY_MS },
  { name: 'hour', ms: HOUR_MS },
  { name: 'minute', ms: MINUTE_MS },
] as const;

/** "3 days", "1 hour", "under a minute"; the caller adds "old" or "ago". Clocks differ: the future counts as now. */
export function formatAge(ageMs: number): string {
  for (const unit of UNITS) {
    const count = Math.floor(ageMs / unit.ms);
    if (count >= 1) return `${count} ${unit.name}${count === 1 ? '' : 's'}`;
  }
  return 'under a minute';
}

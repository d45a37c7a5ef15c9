/**
 * The limit on bytes each second, shared among everything of this page that takes some. A share is a plain part of the
 * whole: what one worker cannot use is not given to another before the next change.
 */

/** Whatever takes bytes, one at a time. */
export interface Taker {
  /** @param bytesPerSecond undefined for as fast as it goes */
  limit(bytesPerSecond: number | undefined): void;
}

const takers = new Set<Taker>();
let total: number | undefined;

/** @param bytesPerSecond undefined takes the limit away */
export function limitBandwidth(bytesPerSecond: number | undefined): void {
  total = bytesPerSecond;
  share();
}

/** Gives it its share, and the others less. */
export function enterBandwidth(taker: Taker): void {
  if (takers.has(taker)) return;
  takers.add(taker);
  share();
}

export function leaveBandwidth(taker: Taker): void {
  if (takers.delete(taker)) share();
}

function share(): void {
  const each = total === undefined ? undefined : Math.max(1, total / Math.max(1, takers.size));
  for (const taker of takers) taker.limit(each);
}

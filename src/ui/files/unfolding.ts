/** Which directories are unfolded: those that are named, or all but those that are named. */
import type { ListingQuery } from '../../protocol/inspector.ts';
import { ancestorsOf } from './words.ts';

export type Unfolding = Pick<ListingQuery, 'unfolded' | 'folded'>;

export function withUnfolded({ unfolded, folded = [] }: Unfolding, path: string, isUnfolded: boolean): Unfolding {
  const others = (unfolded === 'all' ? folded : unfolded).filter((other) => other !== path);
  if (unfolded === 'all') return { unfolded, folded: isUnfolded ? others : [...others, path] };
  return { unfolded: isUnfolded ? [...others, path] : others };
}

/** What lies above the path is unfolded; the same object where it was already. */
export function withRevealed(before: Unfolding, path: string): Unfolding {
  const { unfolded, folded = [] } = before;
  const above = new Set(ancestorsOf(path));
  if (unfolded === 'all') {
    const kept = folded.filter((other) => !above.has(other));
    return kept.length === folded.length ? before : { unfolded, folded: kept };
  }
  for (const known of unfolded) above.delete(known);
  return above.size === 0 ? before : { unfolded: [...unfolded, ...above] };
}

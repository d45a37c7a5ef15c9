/** Byte counts as a change: "+12.3 MB", "−4.10 kB", "no change". */
import { formatSize } from '../format-size.ts';

export function formatEffect(bytes: number): string {
  if (bytes === 0) return 'no change';
  return `${bytes > 0 ? '+' : '−'}${formatSize(Math.abs(bytes))}`;
}

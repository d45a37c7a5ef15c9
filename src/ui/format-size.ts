/**
 * Byte counts as people read them: SI units, three significant digits; and the exact count beside it.
 */
const UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'] as const;

const GROUPED = new Intl.NumberFormat('en-US');

/** "0 B", "999 B", "1.00 kB", "61.2 MB", "182 MB", "5.37 GB". */
export function formatSize(bytes: number): string {
  if (bytes < 1000) return `${Math.round(bytes)} B`;
  let value = bytes;
  let unit = 0;
  // 999.5 would round up to four digits, so it belongs to the next unit already.
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${threeDigits(value)} ${UNITS[unit]}`;
}

/** "182,412,345 bytes", "1 byte". */
export function formatExactBytes(bytes: number): string {
  return `${GROUPED.format(bytes)} ${bytes === 1 ? 'byte' : 'bytes'}`;
}

/** "41.2 MB/s". */
export function formatSpeed(bytesPerSecond: number): string {
  return `${formatSize(bytesPerSecond)}/s`;
}

function threeDigits(value: number): string {
  if (value < 9.995) return value.toFixed(2);
  if (value < 99.95) return value.toFixed(1);
  return value.toFixed(0);
}

/** Exact moments. */

/**
 * "2025-11-18 02:43:10 UTC" of milliseconds since 1970 or an ISO 8601 text.
 * @param otherwise what stands for a time that no calendar has
 */
export function formatMoment(at: number | string, otherwise = ''): string {
  const moment = new Date(at);
  return Number.isNaN(moment.getTime()) ? otherwise : `${moment.toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

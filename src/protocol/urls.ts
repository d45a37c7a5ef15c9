/**
 * Addresses that the service worker answers itself. They live under `-/` so that no file of the app and no registry
 * path (`v2/`) can collide with them, and they are relative to the worker's scope: the app may sit under any path.
 */

const ARCHIVE = '-/archive/';

/** Where the browser downloads the archive of a job; the name is last so that a browser without headers shows it. */
export function archiveUrl(scope: string, jobId: string, fileName: string): string {
  return new URL(`${ARCHIVE}${encodeURIComponent(jobId)}/${encodeURIComponent(fileName)}`, scope).href;
}

/** The job whose archive `url` is, or undefined when it is something else. */
export function matchArchiveUrl(scope: string, url: string): string | undefined {
  const prefix = new URL(ARCHIVE, scope).href;
  if (!url.startsWith(prefix)) return undefined;
  const [jobId] = url.slice(prefix.length).split('/');
  return jobId ? decodeURIComponent(jobId) : undefined;
}

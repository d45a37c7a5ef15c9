/** Names of Web Locks that tell one realm about another's life. */

/** Held by the page of a job for as long as it runs: whoever gets it knows that the page is gone. */
export function jobLockName(jobId: string): string {
  return `pulltab-job-${jobId}`;
}

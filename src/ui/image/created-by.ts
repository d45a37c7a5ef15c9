/**
 * What a build step left in the history, as an instruction would read: the classic builder hides `#(nop)` in a shell
 * command, BuildKit adds a trailing comment. The text itself stays in the config view.
 */
export function formatCreatedBy(createdBy: string): string {
  return createdBy
    .replace(/^\/bin\/sh -c #\(nop\)\s*/, '')
    .replace(/^(RUN )?\/bin\/sh -c /, 'RUN ')
    .replace(/\s+# buildkit$/, '')
    .replace(/\s+/g, ' ')
    .trim();
}

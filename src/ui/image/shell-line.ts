/** An argument vector as a line that a POSIX shell reads back as the same arguments. */
const NEEDS_NO_QUOTES = /^[A-Za-z0-9_@%+=:,./-]+$/;

export function formatShellLine(args: readonly string[]): string {
  return args.map(quoteArgument).join(' ');
}

function quoteArgument(arg: string): string {
  if (NEEDS_NO_QUOTES.test(arg)) return arg;
  return `'${arg.replaceAll("'", `'\\''`)}'`;
}

/** What system an image says it is. https://www.freedesktop.org/software/systemd/man/latest/os-release.html */
import { fieldText } from './installed-package.ts';

export interface OsRelease {
  /** "debian". */
  readonly id: string | undefined;
  /** "12". */
  readonly versionId: string | undefined;
  /** "Debian GNU/Linux 12 (bookworm)". */
  readonly prettyName: string | undefined;
}

export function readOsRelease(text: string): OsRelease {
  const fields = new Map<string, string>();
  for (const line of text.split('\n')) {
    const assigned = /^\s*([A-Z0-9_]+)=(.*)$/.exec(line);
    if (assigned?.[1] !== undefined) fields.set(assigned[1], unquote(assigned[2] ?? ''));
  }
  return {
    id: fieldText(fields.get('ID')),
    versionId: fieldText(fields.get('VERSION_ID')),
    prettyName: fieldText(fields.get('PRETTY_NAME') ?? fields.get('NAME')),
  };
}

/** As a shell would, without what a shell would expand. */
function unquote(value: string): string {
  const trimmed = value.trim();
  if (/^'[^']*'$/.test(trimmed)) return trimmed.slice(1, -1);
  const inner = /^"(.*)"$/s.exec(trimmed)?.[1] ?? trimmed;
  return inner.replace(/\\(["\\$`])/g, '$1');
}

/**
 * Alpine's packages, out of /lib/apk/db/installed: one letter a field, an empty line between packages.
 * https://wiki.alpinelinux.org/wiki/Apk_spec#Installed_Database_V2
 */
import { fieldNumber, fieldText, type InstalledPackage, installedPackage } from './installed-package.ts';

export function readApk(text: string, foundIn: string): InstalledPackage[] {
  const packages: InstalledPackage[] = [];
  let fields = new Map<string, string>();
  function end(): void {
    const field = (letter: string): string | undefined => fieldText(fields.get(letter));
    const found = installedPackage({
      kind: 'apk',
      name: field('P'),
      version: field('V'),
      architecture: field('A'),
      source: field('o'),
      license: field('L'),
      installedBytes: fieldNumber(field('I')),
      foundIn,
    });
    if (found !== undefined) packages.push(found);
    fields = new Map();
  }
  for (const line of text.split('\n')) {
    if (line === '') end();
    // The first counts: fields of files and directories come later, and letters may come again there.
    else if (line[1] === ':' && !fields.has(line.slice(0, 1))) fields.set(line.slice(0, 1), line.slice(2));
  }
  end();
  return packages;
}

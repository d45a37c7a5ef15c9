/**
 * Debian's packages, out of /var/lib/dpkg/status and, in images without dpkg, one file a package in status.d.
 * https://man7.org/linux/man-pages/man1/dpkg-query.1.html
 */
import { paragraphsOf } from './control-fields.ts';
import { fieldNumber, fieldText, type InstalledPackage, installedPackage } from './installed-package.ts';

/** `Installed-Size` is in KiB. */
const SIZE_UNIT = 1024;
/** The third word of `Status`: nothing of these packages is there, or their configuration alone. */
const NOT_THERE = new Set(['not-installed', 'config-files']);

export function readDpkg(text: string, foundIn: string): InstalledPackage[] {
  const packages: InstalledPackage[] = [];
  for (const fields of paragraphsOf(text)) {
    const first = (name: string): string | undefined => fieldText(fields.get(name)?.[0]);
    const state = first('status')?.split(/\s+/)[2];
    if (state !== undefined && NOT_THERE.has(state)) continue;
    const found = installedPackage({
      kind: 'dpkg',
      name: first('package'),
      version: first('version'),
      architecture: first('architecture'),
      source: first('source'),
      license: undefined,
      installedBytes: fieldNumber(first('installed-size'), SIZE_UNIT),
      foundIn,
    });
    if (found !== undefined) packages.push(found);
  }
  return packages;
}

/**
 * Python's packages: METADATA of *.dist-info, PKG-INFO of *.egg-info.
 * https://packaging.python.org/en/latest/specifications/core-metadata/
 */
import { paragraphsOf } from './control-fields.ts';
import { fieldText, type InstalledPackage, installedPackage } from './installed-package.ts';

/** Many packages put the whole text of a licence where its name belongs. */
const LONGEST_LICENSE = 60;

export function readPythonMetadata(text: string, foundIn: string): InstalledPackage[] {
  // What follows the first empty line is the description.
  for (const fields of paragraphsOf(text)) {
    const first = (name: string): string | undefined => fieldText(fields.get(name)?.[0]);
    const found = installedPackage({
      kind: 'python',
      name: first('name'),
      version: first('version'),
      architecture: undefined,
      source: undefined,
      license: licenseOf(first('license-expression') ?? first('license'), fields.get('classifier') ?? []),
      installedBytes: undefined,
      foundIn,
    });
    return found === undefined ? [] : [found];
  }
  return [];
}

function licenseOf(said: string | undefined, classifiers: readonly string[]): string | undefined {
  if (said !== undefined && said !== 'UNKNOWN' && said.length <= LONGEST_LICENSE && !said.includes('\n')) return said;
  const classified = classifiers.find((classifier) => classifier.startsWith('License :: '));
  return fieldText(classified?.split(' :: ').at(-1));
}

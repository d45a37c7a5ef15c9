/** A piece of software that an image says is installed in it, whichever package manager says so. */

export type PackageKind = 'dpkg' | 'apk' | 'rpm' | 'npm' | 'python';

export interface InstalledPackage {
  readonly kind: PackageKind;
  readonly name: string;
  /** As the package manager writes it: with epoch and release. */
  readonly version: string;
  readonly architecture?: string;
  /** What it was built from, where that is told and is another name. */
  readonly source?: string;
  readonly license?: string;
  /** What it says that it takes once installed (bytes). */
  readonly installedBytes?: number;
  /** Clean path of the database or file that says so. */
  readonly foundIn: string;
}

/** Longer texts in a package database are no names: a hostile one must not fill the table. */
const LONGEST = 300;

/** A field of a database as text to keep; undefined for an empty one. */
export function fieldText(text: string | undefined): string | undefined {
  const trimmed = text?.trim();
  if (trimmed === undefined || trimmed === '') return undefined;
  return trimmed.length > LONGEST ? `${trimmed.slice(0, LONGEST)}…` : trimmed;
}

/** @returns undefined for an empty field, and for one that is no count */
export function fieldNumber(text: string | undefined, unitBytes = 1): number | undefined {
  const trimmed = text?.trim() ?? '';
  return /^\d{1,15}$/.test(trimmed) ? Number(trimmed) * unitBytes : undefined;
}

/** Leaves out what is undefined, so that two readings of the same package are alike. */
export function installedPackage(
  fields: {
    readonly [Field in keyof InstalledPackage]: InstalledPackage[Field] | undefined;
  },
): InstalledPackage | undefined {
  const { kind, foundIn, architecture, source, license, installedBytes } = fields;
  const name = fieldText(fields.name);
  const version = fieldText(fields.version);
  if (kind === undefined || foundIn === undefined || name === undefined || version === undefined) return undefined;
  return {
    ...{ kind, name, version, foundIn },
    ...(architecture === undefined ? {} : { architecture }),
    ...(source === undefined || source === name ? {} : { source }),
    ...(license === undefined ? {} : { license }),
    ...(installedBytes === undefined ? {} : { installedBytes }),
  };
}

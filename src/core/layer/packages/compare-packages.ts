/** What is installed in one image and not in another, or in another version. */
import type { InstalledPackage, PackageKind } from './installed-package.ts';

export interface PackageDifference {
  readonly kind: PackageKind;
  readonly name: string;
  /** Versions, oldest text first; none where it is not installed. npm and Python may have several at once. */
  readonly was: readonly string[];
  readonly is: readonly string[];
}

/** By kind and name. */
export function comparePackages(
  was: readonly InstalledPackage[],
  is: readonly InstalledPackage[],
): readonly PackageDifference[] {
  const before = versionsByName(was);
  const after = versionsByName(is);
  const differences: PackageDifference[] = [];
  for (const key of new Set([...before.keys(), ...after.keys()])) {
    const one = before.get(key) ?? after.get(key);
    if (one === undefined) continue;
    const difference = { ...one.named, was: textsOf(before.get(key)), is: textsOf(after.get(key)) };
    if (difference.was.join('\n') !== difference.is.join('\n')) differences.push(difference);
  }
  return differences.sort((a, b) => compareText(a.kind, b.kind) || compareText(a.name, b.name));
}

interface Versions {
  readonly named: { readonly kind: PackageKind; readonly name: string };
  readonly versions: Set<string>;
}

function versionsByName(packages: readonly InstalledPackage[]): Map<string, Versions> {
  const found = new Map<string, Versions>();
  for (const { kind, name, version } of packages) {
    const key = `${kind} ${name}`;
    const known = found.get(key) ?? { named: { kind, name }, versions: new Set<string>() };
    known.versions.add(version);
    found.set(key, known);
  }
  return found;
}

function textsOf(versions: Versions | undefined): readonly string[] {
  return [...(versions?.versions ?? [])].sort(compareText);
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/**
 * Which layer brought a package. A database of packages is written whole by each layer that installs something, so the
 * layer that wrote it last says nothing: what does is since when the package is in it.
 */
import type { InstalledPackage } from './installed-package.ts';

export interface DatabaseVersion {
  /** The layer that wrote it. */
  readonly layer: number;
  readonly packages: readonly InstalledPackage[];
}

/**
 * The last version's packages, each with the lowest layer since which it is there without a gap.
 * @param versions of one database, lowest layer first
 */
export function packagesByLayer(versions: readonly DatabaseVersion[]): (InstalledPackage & { layer: number })[] {
  const last = versions.at(-1);
  if (last === undefined) return [];
  const since = new Map(last.packages.map((found) => [keyOf(found), last.layer]));
  let missing = new Set<string>();
  for (const { layer, packages } of versions.slice(0, -1).reverse()) {
    const here = new Set(packages.map(keyOf));
    missing = new Set([...since.keys()].filter((key) => missing.has(key) || !here.has(key)));
    for (const key of since.keys()) if (!missing.has(key)) since.set(key, layer);
  }
  return last.packages.map((found) => ({ ...found, layer: since.get(keyOf(found)) ?? last.layer }));
}

function keyOf({ name, version, architecture }: InstalledPackage): string {
  return JSON.stringify([name, version, architecture]);
}

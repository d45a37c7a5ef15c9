/** Which packages are shown, and in what order. */
import type { PackageKind } from '../../core/layer/packages/installed-package.ts';
import type { FoundPackage } from '../../protocol/inspector.ts';

export type PackageOrder = 'name' | 'size' | 'layer';

export interface PackageQuestion {
  /** All of its words have to be in the name, the version, the source or the licence. */
  readonly text: string;
  readonly kind: PackageKind | undefined;
  /** What that layer brought. */
  readonly layer: number | undefined;
  readonly order: PackageOrder;
}

export const KIND_NAMES: Readonly<Record<PackageKind, string>> = {
  dpkg: 'dpkg',
  apk: 'apk',
  rpm: 'rpm',
  npm: 'npm',
  python: 'Python',
};

const LENS = 'packages';

/** `lens=packages` or `lens=packages:npm`; undefined where the address asks for another lens. */
export function parsePackageLens(lens: string | undefined): { readonly kind: PackageKind | undefined } | undefined {
  if (lens === LENS) return { kind: undefined };
  const kind = packageKinds().find((known) => lens === `${LENS}:${known}`);
  return kind === undefined ? undefined : { kind };
}

export function formatPackageLens(kind: PackageKind | undefined): string {
  return kind === undefined ? LENS : `${LENS}:${kind}`;
}

export function packageKinds(): PackageKind[] {
  return ['dpkg', 'apk', 'rpm', 'npm', 'python'];
}

export function choosePackages(packages: readonly FoundPackage[], question: PackageQuestion): FoundPackage[] {
  const words = question.text.toLowerCase().split(/\s+/).filter(Boolean);
  const chosen = packages.filter((found) => {
    if (question.kind !== undefined && found.kind !== question.kind) return false;
    if (question.layer !== undefined && found.layer !== question.layer) return false;
    if (words.length === 0) return true;
    const { name, version, source = '', license = '' } = found;
    const text = `${name} ${version} ${source} ${license}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
  return chosen.sort(COMPARING[question.order]);
}

type Comparing = (a: FoundPackage, b: FoundPackage) => number;

const byName: Comparing = (a, b) =>
  compare(a.name.toLowerCase(), b.name.toLowerCase()) || compare(a.version, b.version) || compare(a.foundIn, b.foundIn);

const COMPARING: Readonly<Record<PackageOrder, Comparing>> = {
  name: byName,
  size: (a, b) => (b.installedBytes ?? -1) - (a.installedBytes ?? -1) || byName(a, b),
  layer: (a, b) => a.layer - b.layer || byName(a, b),
};

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

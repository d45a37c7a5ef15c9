/** Which files of an image say what is installed in it, by their paths alone. */

export type PackageSourceKind =
  | 'dpkg'
  | 'apk'
  | 'rpm-sqlite'
  | 'npm-package'
  | 'npm-lock'
  | 'python'
  | 'os-release'
  /** Known, and not read here: `whyUnreadable` says why. */
  | 'rpm-ndb'
  | 'rpm-bdb';

export interface PackageSource {
  readonly kind: PackageSourceKind;
  /** Clean. */
  readonly path: string;
}

const FIXED: Readonly<Record<string, PackageSourceKind>> = {
  'var/lib/dpkg/status': 'dpkg',
  'lib/apk/db/installed': 'apk',
  'usr/lib/apk/db/installed': 'apk',
  'etc/os-release': 'os-release',
  'usr/lib/os-release': 'os-release',
};
const RPM_FOLDERS = ['var/lib/rpm', 'usr/lib/sysimage/rpm', 'usr/share/rpm'];
const RPM_FILES: Readonly<Record<string, PackageSourceKind>> = {
  'rpmdb.sqlite': 'rpm-sqlite',
  'Packages.db': 'rpm-ndb',
  Packages: 'rpm-bdb',
};
const STATUS_D = 'var/lib/dpkg/status.d/';
const NPM_PACKAGE = /(?:^|\/)node_modules\/(?:@[^/]+\/)?[^/@.][^/]*\/package\.json$/;
const PYTHON = /(?:^|\/)[^/]+\.(?:dist-info\/METADATA|egg-info\/PKG-INFO|egg-info)$/;
/** What packages carry inside for themselves; nobody installed it. */
const VENDORED = /(?:^|\/)_vendor\//;

/**
 * Lock files only where nothing is installed beside them: what is installed counts, not what was meant to be.
 * @param paths of files, clean, in any order
 */
export function findPackageSources(paths: Iterable<string>): PackageSource[] {
  const sources: PackageSource[] = [];
  const locks: string[] = [];
  /** Folders that have a node_modules with packages in it. */
  const installed = new Set<string>();
  for (const path of paths) {
    const kind = kindOf(path);
    if (kind === 'npm-lock') {
      locks.push(path);
      continue;
    }
    if (kind === undefined) continue;
    sources.push({ kind, path });
    if (kind === 'npm-package') installed.add(path.slice(0, Math.max(0, path.indexOf('node_modules/') - 1)));
  }
  for (const path of locks) {
    const folder = path.slice(0, Math.max(0, path.lastIndexOf('/')));
    if (!installed.has(folder) && !path.includes('node_modules/')) sources.push({ kind: 'npm-lock', path });
  }
  return sources;
}

function kindOf(path: string): PackageSourceKind | undefined {
  const fixed = Object.hasOwn(FIXED, path) ? FIXED[path] : undefined;
  if (fixed !== undefined) return fixed;
  // Most paths of an image end here.
  if (path.endsWith('.json')) {
    if (NPM_PACKAGE.test(path)) return 'npm-package';
    return /(?:^|\/)package-lock\.json$/.test(path) ? 'npm-lock' : undefined;
  }
  if (path.startsWith(STATUS_D)) return /\.(?:md5sums|list|conffiles)$/.test(path) ? undefined : 'dpkg';
  const slash = path.lastIndexOf('/');
  const name = path.slice(slash + 1);
  if (Object.hasOwn(RPM_FILES, name) && RPM_FOLDERS.includes(path.slice(0, slash))) return RPM_FILES[name];
  return PYTHON.test(path) && !VENDORED.test(path) ? 'python' : undefined;
}

/** Why a database that was found is not read; undefined for those that are. */
export function whyUnreadable(kind: PackageSourceKind): string | undefined {
  if (kind === 'rpm-ndb') return 'It is an rpm database in the format ndb. Only rpmdb.sqlite is read here.';
  if (kind === 'rpm-bdb') return 'It is an rpm database in Berkeley DB’s format. Only rpmdb.sqlite is read here.';
  return undefined;
}

/** What a package database's bytes say is installed. */
import { readApk } from './apk.ts';
import { readDpkg } from './dpkg.ts';
import type { InstalledPackage } from './installed-package.ts';
import { readPackageJson, readPackageLock } from './npm.ts';
import type { PackageSource } from './package-sources.ts';
import { readPythonMetadata } from './python.ts';
import { readRpmSqlite } from './rpm.ts';

/**
 * @returns none for kinds that hold no packages, or that are not read
 * @throws {Error} where the file is not what its name says
 */
export function readPackages({ kind, path }: PackageSource, bytes: Uint8Array): InstalledPackage[] {
  const text = (): string => new TextDecoder().decode(bytes);
  switch (kind) {
    case 'dpkg':
      return readDpkg(text(), path);
    case 'apk':
      return readApk(text(), path);
    case 'rpm-sqlite':
      return readRpmSqlite(bytes, path);
    case 'npm-package':
      return readPackageJson(text(), path);
    case 'npm-lock':
      return readPackageLock(text(), path);
    case 'python':
      return readPythonMetadata(text(), path);
    default:
      return [];
  }
}

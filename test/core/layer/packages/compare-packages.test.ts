/** What is installed in one image and not in another. */
import { expect, test } from 'vitest';
import { comparePackages } from '../../../../src/core/layer/packages/compare-packages.ts';
import type { InstalledPackage } from '../../../../src/core/layer/packages/installed-package.ts';

const one = (kind: InstalledPackage['kind'], name: string, version: string, foundIn = 'db'): InstalledPackage => ({
  ...{ kind, name, version, foundIn },
});

test('packages are told apart by kind, name and versions, wherever they were found', () => {
  const was = [
    one('npm', 'twice', '2.0.0', 'a'),
    one('npm', 'twice', '1.0.0', 'b'),
    one('dpkg', 'libc6', '2.36-9'),
    one('dpkg', 'gone', '1'),
    one('dpkg', 'same', '1'),
    one('python', 'requests', '2'),
  ];
  const is = [
    one('dpkg', 'same', '1', 'elsewhere'),
    one('dpkg', 'libc6', '2.36-10'),
    one('npm', 'twice', '2.0.0', 'c'),
    one('npm', 'requests', '2'),
    one('python', 'requests', '2'),
    one('python', 'requests', '2', 'again'),
  ];
  expect(comparePackages(was, is)).toEqual([
    { kind: 'dpkg', name: 'gone', was: ['1'], is: [] },
    { kind: 'dpkg', name: 'libc6', was: ['2.36-9'], is: ['2.36-10'] },
    { kind: 'npm', name: 'requests', was: [], is: ['2'] },
    { kind: 'npm', name: 'twice', was: ['1.0.0', '2.0.0'], is: ['2.0.0'] },
  ]);
  expect(comparePackages(was, was)).toEqual([]);
});

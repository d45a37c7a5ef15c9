/** What is read as installed, against what the package managers themselves say of the same files. */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import type { InstalledPackage } from '../../../../src/core/layer/packages/installed-package.ts';
import { readOsRelease } from '../../../../src/core/layer/packages/os-release.ts';
import { packagesByLayer } from '../../../../src/core/layer/packages/package-layers.ts';
import { findPackageSources, type PackageSource } from '../../../../src/core/layer/packages/package-sources.ts';
import { readPackages } from '../../../../src/core/layer/packages/read-packages.ts';

const REPOSITORY = join(import.meta.dirname, '../../../..');
const VECTORS = join(import.meta.dirname, 'vectors');

/** @param command may end with an error and say what it says all the same, as `npm ls` does */
function linesOf(command: string, ...args: readonly string[]): string[] {
  const { stdout, error } = spawnSync(command, args, { cwd: REPOSITORY, encoding: 'utf8', maxBuffer: 1 << 28 });
  if (error !== undefined) throw error;
  return stdout.split('\n').filter((line) => line !== '');
}

function* filesIn(folder: string, root = folder): Iterable<string> {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* filesIn(path, root);
    else if (entry.isFile()) yield relative(root, path);
  }
}

function readAll(root: string, sources: readonly PackageSource[]): InstalledPackage[] {
  return sources.flatMap((source) => readPackages(source, readFileSync(join(root, source.path))));
}

const text = (value: string) => new TextEncoder().encode(value);

describe('dpkg', () => {
  test('this machine’s packages are those that dpkg-query lists', () => {
    const said = linesOf(
      'dpkg-query',
      ...[
        '-W',
        '-f',
        `\${db:Status-Status} \${Package} \${Version} \${Architecture} \${source:Package} \${Installed-Size}\n`,
      ],
    )
      .filter((line) => !/^(?:not-installed|config-files) /.test(line))
      .map((line) => line.slice(line.indexOf(' ') + 1).trim());
    const path = 'var/lib/dpkg/status';
    const read = readPackages({ kind: 'dpkg', path }, readFileSync(`/${path}`)).map((found) => {
      const source = found.source?.replace(/ \(.*\)$/, '') ?? found.name;
      const kib = found.installedBytes === undefined ? '' : found.installedBytes / 1024;
      return `${found.name} ${found.version} ${found.architecture} ${source} ${kib}`.trim();
    });
    expect(said.length).toBeGreaterThan(100);
    expect(read.sort()).toEqual(said.sort());
  });

  test('removed packages are none, and what is broken off is read as far as it goes', () => {
    const status = [
      'Package: gone\nStatus: deinstall ok config-files\nVersion: 1\n',
      'Package: half\nStatus: install ok half-configured\nVersion: 2-1\nArchitecture: amd64\nDescription: x\n .\n Version: 9\n',
      'Package: nameless-version\nStatus: install ok installed\n',
      'Package: last\nVersion: 3',
    ].join('\n');
    const read = readPackages({ kind: 'dpkg', path: 'p' }, text(status));
    expect(read).toEqual([
      { kind: 'dpkg', name: 'half', version: '2-1', architecture: 'amd64', foundIn: 'p' },
      { kind: 'dpkg', name: 'last', version: '3', foundIn: 'p' },
    ]);
  });
});

/** Two packages as Alpine 3.19 has them, their lists of files cut. */
const APK = `C:Q1VPm4kWuzOFrOZRaS3ydUWF0Ulw0=
P:musl
V:1.2.4_git20230717-r4
A:x86_64
S:407278
I:667648
T:the musl c library (libc) implementation
U:https://musl.libc.org/
L:MIT
o:musl
m:Timo Teräs <timo.teras@iki.fi>
F:lib
R:ld-musl-x86_64.so.1
a:0:0:755
Z:Q1eF4nRyCmrnjVxUUAdKsqmyhSmxM=

C:Q1Ks4HwCS0bMtlFdPaBaU7oUQTQGA=
P:busybox-binsh
V:1.36.1-r15
A:x86_64
I:8192
L:GPL-2.0-only
o:busybox
F:bin
V:no version
R:sh
`;

test('apk: the fields of a package, and none of its files', () => {
  const foundIn = 'lib/apk/db/installed';
  const common = { kind: 'apk', architecture: 'x86_64', foundIn };
  expect(readPackages({ kind: 'apk', path: foundIn }, text(APK))).toEqual([
    { ...common, name: 'musl', version: '1.2.4_git20230717-r4', license: 'MIT', installedBytes: 667648 },
    {
      ...common,
      ...{ name: 'busybox-binsh', version: '1.36.1-r15', source: 'busybox', license: 'GPL-2.0-only' },
      installedBytes: 8192,
    },
  ]);
});

describe('rpm', () => {
  const path = 'var/lib/rpm/rpmdb.sqlite';
  const database = gunzipSync(readFileSync(join(VECTORS, 'rpmdb.sqlite.gz')));

  test('packages are those that rpm -qa lists (vectors/make-rpmdb.sh)', () => {
    const said = readFileSync(join(VECTORS, 'rpm-qa.txt'), 'utf8').trim().split('\n');
    const read = readPackages({ kind: 'rpm-sqlite', path }, database).map(
      ({ name, version, architecture, source, installedBytes, license }) =>
        `${name} ${version} ${architecture} ${source ?? name}-1.2.3-4.src.rpm ${installedBytes} ${license}`,
    );
    expect(said).toHaveLength(40);
    expect(read.sort()).toEqual(said.sort());
  });

  test('what is no database, or a damaged one, is said to be', () => {
    expect(() => readPackages({ kind: 'rpm-sqlite', path }, text('SQLite'))).toThrow(/does not begin/);
    expect(() => readPackages({ kind: 'rpm-sqlite', path }, database.subarray(0, 4096))).toThrow(/page \d+/);
    // The root page of the first table is its own child.
    const ring = Uint8Array.from(database);
    ring[4096] = 0x05;
    ring.set([0, 0], 4096 + 3);
    ring.set([0, 0, 0, 2], 4096 + 8);
    expect(() => readPackages({ kind: 'rpm-sqlite', path }, ring)).toThrow(/page 2/);
  });
});

describe('Python', () => {
  test('packages are those that pip list knows in the same folders', () => {
    const listed = JSON.parse(linesOf('pip3', 'list', '-v', '--format', 'json').join('')) as PipPackage[];
    const folders = [...new Set(listed.map(({ location }) => location))];
    expect(listed.length).toBeGreaterThan(0);
    for (const folder of folders) {
      const said = listed.filter(({ location }) => location === folder);
      const read = readAll(folder, findPackageSources(filesIn(folder)));
      const names = (packages: readonly { name: string; version: string }[]) =>
        packages.map(({ name, version }) => `${name.toLowerCase().replace(/[-_.]+/g, '-')} ${version}`).sort();
      expect(names(read.filter(({ kind }) => kind === 'python'))).toEqual(names(said));
    }
  });

  interface PipPackage {
    readonly name: string;
    readonly version: string;
    readonly location: string;
  }

  test('a licence is a name, never a text', () => {
    const metadata = `Metadata-Version: 2.1\nName: some.package\nVersion: 1.0\nLicense: Copyright (c)\n        All rights\nClassifier: License :: OSI Approved :: MIT License\n\nName: other\nVersion: 2`;
    expect(readPackages({ kind: 'python', path: 'x.dist-info/METADATA' }, text(metadata))).toEqual([
      { kind: 'python', name: 'some.package', version: '1.0', license: 'MIT License', foundIn: 'x.dist-info/METADATA' },
    ]);
  });
});

describe('npm', () => {
  const nameOf = ({ name, version }: InstalledPackage) => `${name}@${version}`;

  test('packages are those that npm ls lists for this repository', () => {
    const said = linesOf('npm', 'ls', '--all', '--parseable', '--long').map((line) => line.split(':')[1] ?? '');
    const sources = findPackageSources(filesIn(join(REPOSITORY, 'node_modules'), REPOSITORY));
    const read = new Set(readAll(REPOSITORY, sources).map(nameOf));
    expect([...read].sort()).toEqual([...new Set(said)].filter((name) => !name.startsWith('pulltab@')).sort());
  });

  test('a lock file counts where nothing is installed, and lists what npm ls reads from it', () => {
    expect(findPackageSources(['app/package-lock.json'])).toEqual([
      { kind: 'npm-lock', path: 'app/package-lock.json' },
    ]);
    expect(findPackageSources(['a/package-lock.json', 'a/node_modules/b/package.json'])).toEqual([
      { kind: 'npm-package', path: 'a/node_modules/b/package.json' },
    ]);
    const said = linesOf('npm', 'ls', '--all', '--parseable', '--long', '--package-lock-only')
      .map((line) => line.split(':')[1] ?? '')
      .filter((name) => !name.startsWith('pulltab@'));
    const path = 'package-lock.json';
    const read = readPackages({ kind: 'npm-lock', path }, readFileSync(join(REPOSITORY, path)));
    // Packages for other systems are in the lock, and are left out by `npm ls`.
    expect(read.map(nameOf)).toEqual(expect.arrayContaining(said));
    expect(said.length).toBeGreaterThan(50);
  });

  test('locks of version 1 nest what they lock', () => {
    const lock = { dependencies: { a: { version: '1.0.0', dependencies: { '@s/b': { version: '2.0.0' } } } } };
    const read = readPackages({ kind: 'npm-lock', path: 'p' }, text(JSON.stringify(lock)));
    expect(read.map(nameOf)).toEqual(['a@1.0.0', '@s/b@2.0.0']);
  });
});

test('sources are found by their paths, and names that only look like them are not', () => {
  const found = findPackageSources([
    'var/lib/dpkg/status',
    'var/lib/dpkg/status-old',
    'var/lib/dpkg/status.d/base',
    'var/lib/dpkg/status.d/base.md5sums',
    'usr/lib/sysimage/rpm/rpmdb.sqlite',
    'usr/lib/sysimage/rpm/Packages.db',
    'home/Packages',
    'var/lib/rpm/Packages',
    'srv/node_modules/@s/a/package.json',
    'srv/node_modules/@s/package.json',
    'srv/node_modules/a/lib/package.json',
    'srv/node_modules/.bin/package.json',
    'srv/node_modules/a/node_modules/b/package.json',
    'srv/a.dist-info/RECORD',
    'usr/lib/python3/dist-packages/setuptools/_vendor/x.dist-info/METADATA',
    'usr/lib/python3/dist-packages/x.egg-info',
    'constructor',
  ]);
  expect(found.map(({ kind, path }) => `${kind} ${path}`)).toEqual([
    'dpkg var/lib/dpkg/status',
    'dpkg var/lib/dpkg/status.d/base',
    'rpm-sqlite usr/lib/sysimage/rpm/rpmdb.sqlite',
    'rpm-ndb usr/lib/sysimage/rpm/Packages.db',
    'rpm-bdb var/lib/rpm/Packages',
    'npm-package srv/node_modules/@s/a/package.json',
    'npm-package srv/node_modules/a/node_modules/b/package.json',
    'python usr/lib/python3/dist-packages/x.egg-info',
  ]);
});

test('os-release as a shell reads it', () => {
  const file = `# a comment\nPRETTY_NAME="Some \\"Linux\\" 1"\nID=some\nVERSION_ID='1.0'\n`;
  expect(readOsRelease(file)).toEqual({ id: 'some', versionId: '1.0', prettyName: 'Some "Linux" 1' });
});

test('a package is of the layer since which its database has it without a gap', () => {
  const of = (...names: string[]): InstalledPackage[] =>
    names.map((name) => ({ kind: 'dpkg', name: name.slice(0, 1), version: name.slice(1), foundIn: 'status' }));
  const versions = [
    { layer: 0, packages: of('a1', 'b1', 'c1') },
    { layer: 2, packages: of('a1', 'b2', 'd1') },
    { layer: 5, packages: of('a1', 'b2', 'c1', 'e1') },
  ];
  expect(packagesByLayer(versions).map(({ name, version, layer }) => `${name}${version} ${layer}`)).toEqual([
    'a1 0',
    'b2 2',
    'c1 5',
    'e1 5',
  ]);
  expect(packagesByLayer([])).toEqual([]);
});

test('an SQLite file whose cells all lead to one long row is refused, not read a thousand times', () => {
  const page = 4096;
  const database = Uint8Array.from(gunzipSync(readFileSync(join(VECTORS, 'rpmdb.sqlite.gz'))));
  const view = new DataView(database.buffer);
  // Page 2 becomes a leaf with 1,000 cells at one place: a row of 300,000 bytes that goes on in page 3, again and again.
  database.fill(0, page, 3 * page);
  database[page] = 0x0d;
  view.setUint16(page + 3, 1000);
  for (let cell = 0; cell < 1000; cell++) view.setUint16(page + 8 + 2 * cell, 2500);
  database.set([0x92, 0xa7, 0x60, 1], page + 2500);
  view.setUint32(page + 2504 + 1284, 3);
  view.setUint32(2 * page, 3);
  const source = { kind: 'rpm-sqlite', path: 'p' } as const;
  expect(() => readPackages(source, database)).toThrow('Its rows would be longer than the file.');
});

/**
 * npm's packages: package.json of each folder in node_modules, and lock files where nothing is installed beside them.
 * https://docs.npmjs.com/cli/v10/configuring-npm/package-json and …/package-lock-json
 */
import { fieldText, type InstalledPackage, installedPackage } from './installed-package.ts';

export function readPackageJson(text: string, foundIn: string): InstalledPackage[] {
  const found = fromJson(asObject(JSON.parse(text)), undefined, foundIn);
  return found === undefined ? [] : [found];
}

/** Versions 2 and 3 list `packages` by their folder, version 1 `dependencies` by name, nested. */
export function readPackageLock(text: string, foundIn: string): InstalledPackage[] {
  const lock = asObject(JSON.parse(text));
  const packages: InstalledPackage[] = [];
  const seen = new Set<string>();
  const add = (fields: JsonObject, name: string): void => {
    const found = fromJson(fields, name, foundIn);
    if (found === undefined || seen.has(`${found.name}@${found.version}`)) return;
    seen.add(`${found.name}@${found.version}`);
    packages.push(found);
  };
  const byFolder = Object.entries(asObject(lock.packages));
  for (const [folder, value] of byFolder) {
    const name = folder.split('node_modules/').at(-1) ?? '';
    const fields = asObject(value);
    // The folder '' is the project itself; links are folders of the project.
    if (folder.includes('node_modules/') && fields.link !== true) add(fields, asText(fields.name) ?? name);
  }
  if (byFolder.length === 0) addNested(asObject(lock.dependencies), add);
  return packages;
}

function addNested(dependencies: JsonObject, add: (fields: JsonObject, name: string) => void): void {
  const waiting = [dependencies];
  for (let level = waiting.pop(); level !== undefined; level = waiting.pop()) {
    for (const [name, value] of Object.entries(level)) {
      const fields = asObject(value);
      add(fields, name);
      waiting.push(asObject(fields.dependencies));
    }
  }
}

type JsonObject = Readonly<Record<string, unknown>>;

function fromJson(fields: JsonObject, name: string | undefined, foundIn: string): InstalledPackage | undefined {
  return installedPackage({
    kind: 'npm',
    name: name ?? asText(fields.name),
    version: asText(fields.version),
    architecture: undefined,
    source: undefined,
    license: fieldText(asText(fields.license) ?? asText(asObject(fields.license).type)),
    installedBytes: undefined,
    foundIn,
  });
}

function asObject(value: unknown): JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}

function asText(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

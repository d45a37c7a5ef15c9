/** What is installed in an image: all package databases, in one pass over each layer that holds any of them. */
import type { LayerEntry } from '../core/layer/entry.ts';
import { NOTHING } from '../core/layer/layer-entries.ts';
import { indexEntry } from '../core/layer/layer-index.ts';
import type { MergedTree } from '../core/layer/merged-tree.ts';
import type { InstalledPackage } from '../core/layer/packages/installed-package.ts';
import { readOsRelease } from '../core/layer/packages/os-release.ts';
import { packagesByLayer } from '../core/layer/packages/package-layers.ts';
import {
  findPackageSources,
  type PackageSource,
  type PackageSourceKind,
  whyUnreadable,
} from '../core/layer/packages/package-sources.ts';
import { readPackages } from '../core/layer/packages/read-packages.ts';
import { NO_PATH, ROOT } from '../core/layer/path-table.ts';
import { type ImagePackages, PACKAGE_FILES_LIMIT, type UnreadDatabase } from '../protocol/inspector.ts';
import { contentAt } from './find-file.ts';
import { type ReadFilesOptions, readLayerFiles } from './layer-files.ts';
import type { OpenedImage } from './opened-image.ts';

const MIB = 1024 * 1024;
/** One file with all packages, written anew by each layer that installs some: the largest known to us take 150 MB. */
const DATABASE_BYTES = 256 * MIB;
/** One file a package. */
const SMALL_BYTES = 8 * MIB;
/** Kinds whose file is about one package only. */
const SMALL: ReadonlySet<PackageSourceKind> = new Set(['npm-package', 'python', 'os-release']);

/** A version of a source: what one layer wrote. */
interface Version extends LayerEntry {
  readonly source: PackageSource;
  readonly layer: number;
}

/** @throws PulltabError for what keeps a layer from being read; AbortError when stopped */
export async function inspectPackages(image: OpenedImage, options: ReadFilesOptions): Promise<ImagePackages> {
  const tree = image.tree();
  const { sources, leftOut } = chosenSources(tree);
  const unread: UnreadDatabase[] = [];
  const versions: Version[] = [];
  for (const source of sources) {
    const reason = whyUnreadable(source.kind);
    if (reason !== undefined) unread.push({ path: source.path, reason });
    else versions.push(...versionsOf(tree, source));
  }
  const found = await readVersions(image, versions, unread, options);
  const packages = sources.flatMap(({ path }) => packagesByLayer(found.bySource.get(path) ?? []));
  return { packages, system: found.system, unread, leftOut };
}

function chosenSources(tree: MergedTree): { sources: PackageSource[]; leftOut: number } {
  const all = findPackageSources(filePaths(tree));
  const small = all.filter(({ kind }) => SMALL.has(kind));
  const kept = new Set(small.slice(0, PACKAGE_FILES_LIMIT));
  return {
    sources: all.filter((source) => !SMALL.has(source.kind) || kept.has(source)),
    leftOut: small.length - kept.size,
  };
}

function* filePaths(tree: MergedTree): Iterable<string> {
  const view = tree.view({ kind: 'merged' });
  const pathOf = view.table.reader();
  for (let node = ROOT + 1; node < view.count; node++) {
    const content = view.content(node);
    if (content > NOTHING && view.entries.type(content) === 'file') yield pathOf(node);
  }
}

/** What every layer wrote there, lowest first; of files about one package only what the image ends with. */
function versionsOf(tree: MergedTree, source: PackageSource): Version[] {
  const node = tree.table.find(source.path);
  if (node === NO_PATH) return [];
  const last = contentAt(tree.view({ kind: 'merged' }), node);
  if (last === undefined) return [];
  const versions: Version[] = [];
  if (!SMALL.has(source.kind)) {
    for (let layer = 0; layer < last.layer; layer++) {
      const { nodes, contents } = tree.changes(layer);
      const content = contents[nodes.indexOf(node)] ?? NOTHING;
      if (content <= NOTHING || tree.entries.type(content) !== 'file') continue;
      const place = tree.entries.place(content);
      versions.push({ ...indexEntry(place.index, place.at), source, layer: place.layer });
    }
  }
  versions.push({ ...last.entry, source, layer: last.layer });
  return versions;
}

interface Read {
  readonly bySource: ReadonlyMap<string, { layer: number; packages: readonly InstalledPackage[] }[]>;
  readonly system: ImagePackages['system'];
}

async function readVersions(
  image: OpenedImage,
  versions: readonly Version[],
  unread: UnreadDatabase[],
  options: ReadFilesOptions,
): Promise<Read> {
  const bySource = new Map<string, { layer: number; packages: readonly InstalledPackage[] }[]>();
  let system: ImagePackages['system'];
  const take = ({ source, layer }: Version, bytes: Uint8Array): void => {
    try {
      if (source.kind === 'os-release') {
        // That of /etc counts: it is meant for those who change it.
        if (system === undefined || source.path.startsWith('etc/'))
          system = readOsRelease(new TextDecoder().decode(bytes));
        return;
      }
      const known = bySource.get(source.path) ?? [];
      known.push({ layer, packages: readPackages(source, bytes) });
      bySource.set(source.path, known);
    } catch (error) {
      unread.push({ path: source.path, reason: error instanceof Error ? error.message : String(error) });
    }
  };
  const byLayer = new Map<number, Version[]>();
  for (const version of versions) {
    if (version.size > (SMALL.has(version.source.kind) ? SMALL_BYTES : DATABASE_BYTES)) {
      unread.push({
        path: version.source.path,
        reason: `It has ${version.size} bytes, which is more than is read here.`,
      });
      continue;
    }
    const files = byLayer.get(version.layer) ?? [];
    files.push(version);
    byLayer.set(version.layer, files);
  }
  const wanted = [...byLayer].sort(([a], [b]) => a - b).map(([layer, files]) => image.filesOf(layer, files));
  await readLayerFiles(wanted, gathering(take), options);
  return { bySource, system };
}

/** Gives each file on when it is whole. */
function gathering(whole: (file: Version, bytes: Uint8Array) => void): (file: Version, piece: Uint8Array) => void {
  let bytes = new Uint8Array();
  let current: Version | undefined;
  let filled = 0;
  return (file, piece) => {
    if (file !== current) {
      current = file;
      filled = 0;
      bytes = new Uint8Array(file.size);
    }
    bytes.set(piece.subarray(0, file.size - filled), filled);
    filled = Math.min(file.size, filled + piece.byteLength);
    if (filled === file.size) whole(file, bytes);
  };
}

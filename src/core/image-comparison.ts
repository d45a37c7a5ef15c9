/**
 * What differs between two images of one platform, as their manifests and configs state it: `was` is the one before, `is`
 * the one after. Layers are the same where their digests are; what is inside of others is not looked at.
 */
import type { Digest } from './digest.ts';
import { type ImageConfig, layerHistory } from './image-config.ts';
import type { ImageManifest } from './manifest.ts';
import { formatPlatform } from './platform.ts';

export interface ComparedImage {
  readonly manifest: ImageManifest;
  readonly config: ImageConfig;
}

export type ComparedField =
  | 'created'
  | 'author'
  | 'platform'
  | 'user'
  | 'entrypoint'
  | 'cmd'
  | 'workingDir'
  | 'exposedPorts'
  | 'volumes'
  | 'stopSignal'
  | 'env'
  | 'label';

export interface FieldDifference {
  readonly field: ComparedField;
  /** Which variable or label; undefined for the fields that are there once. */
  readonly key: string | undefined;
  /** Undefined where it is not set. */
  readonly was: readonly string[] | undefined;
  readonly is: readonly string[] | undefined;
}

export interface LayerDifference {
  readonly kind: 'shared' | 'added' | 'removed';
  readonly digest: Digest;
  /** Compressed bytes, as the manifest states them. */
  readonly size: number;
  readonly createdBy: string | undefined;
  /** Bytes that it adds to what a pull transfers: 0 where it is shared, or listed elsewhere in the image all the same. */
  readonly effectBytes: number;
}

export interface ImageComparison {
  readonly sameManifest: boolean;
  readonly sameConfig: boolean;
  readonly fields: readonly FieldDifference[];
  /** Bottom first; what was removed stands before what was added in its place. */
  readonly layers: readonly LayerDifference[];
  /** Config and distinct layers in bytes, as a pull transfers them. The layers' effects and the config's make the rest. */
  readonly wasBytes: number;
  readonly isBytes: number;
}

export function compareImages(was: ComparedImage, is: ComparedImage): ImageComparison {
  return {
    sameManifest: was.manifest.digest === is.manifest.digest,
    sameConfig: was.manifest.config.digest === is.manifest.config.digest,
    fields: fieldDifferences(was.config, is.config),
    layers: layerDifferences(layersOf(was), layersOf(is)),
    wasBytes: transferBytes(was.manifest),
    isBytes: transferBytes(is.manifest),
  };
}

type Value = readonly string[] | undefined;

function fieldDifferences(was: ImageConfig, is: ImageConfig): FieldDifference[] {
  const before = singleFields(was);
  const after = singleFields(is);
  const singles = before.map(
    ([field, value], at): FieldDifference => ({ field, key: undefined, was: value, is: after[at]?.[1] }),
  );
  const keyed = [
    ...keyedDifferences('env', variables(was.env), variables(is.env)),
    ...keyedDifferences('label', new Map(Object.entries(was.labels)), new Map(Object.entries(is.labels))),
  ];
  return [...singles.filter((difference) => !isSame(difference.was, difference.is)), ...keyed];
}

/** In the order that they are shown; an empty value is the same as none to whoever runs the image. */
function singleFields(config: ImageConfig): [field: ComparedField, value: Value][] {
  return [
    ['created', textOf(config.created)],
    ['author', textOf(config.author)],
    ['platform', [formatPlatform(config.platform)]],
    ['user', textOf(config.user)],
    ['entrypoint', listOf(config.entrypoint)],
    ['cmd', listOf(config.cmd)],
    ['workingDir', textOf(config.workingDir)],
    ['exposedPorts', setOf(config.exposedPorts)],
    ['volumes', setOf(config.volumes)],
    ['stopSignal', textOf(config.stopSignal)],
  ];
}

function textOf(text: string | undefined): Value {
  return text === undefined || text === '' ? undefined : [text];
}

function listOf(list: readonly string[] | undefined): Value {
  return list === undefined || list.length === 0 ? undefined : list;
}

/** The order of these means nothing. */
function setOf(list: readonly string[]): Value {
  return listOf([...new Set(list)].sort());
}

/** Of a variable that is set twice the last one counts, as it does where the image runs. */
function variables(env: readonly string[]): Map<string, string> {
  return new Map(
    env.map((variable) => {
      const equals = variable.indexOf('=');
      return equals < 0 ? [variable, ''] : [variable.slice(0, equals), variable.slice(equals + 1)];
    }),
  );
}

/** An empty value differs from none here: programs can tell. */
function keyedDifferences(
  field: 'env' | 'label',
  was: ReadonlyMap<string, string>,
  is: ReadonlyMap<string, string>,
): FieldDifference[] {
  const valueIn = (map: ReadonlyMap<string, string>, key: string): Value => {
    const value = map.get(key);
    return value === undefined ? undefined : [value];
  };
  return [...new Set([...was.keys(), ...is.keys()])]
    .map((key) => ({ field, key, was: valueIn(was, key), is: valueIn(is, key) }))
    .filter((difference) => !isSame(difference.was, difference.is));
}

function isSame(one: Value, other: Value): boolean {
  if (one === undefined || other === undefined) return one === other;
  return one.length === other.length && one.every((part, at) => part === other[at]);
}

interface Layer {
  readonly digest: Digest;
  readonly size: number;
  readonly createdBy: string | undefined;
}

function layersOf({ manifest, config }: ComparedImage): Layer[] {
  const history = layerHistory(config, manifest.layers.length);
  return manifest.layers.map(({ digest, size }, at) => ({ digest, size, createdBy: history[at] }));
}

function layerDifferences(was: readonly Layer[], is: readonly Layer[]): LayerDifference[] {
  const partners = keepLongestRising(pairByDigest(was, is));
  const paired = new Set(partners);
  const before = new Set(was.map(({ digest }) => digest));
  const after = new Set(is.map(({ digest }) => digest));
  const rows: LayerDifference[] = [];
  let next = 0;
  /** The layers that are gone from below `end`. */
  const passRemoved = (end: number): void => {
    for (; next < end; next++) {
      const layer = was[next];
      if (layer === undefined || paired.has(next)) continue;
      const counted = !after.has(layer.digest);
      after.add(layer.digest);
      rows.push({ kind: 'removed', ...layer, effectBytes: counted ? -layer.size : 0 });
    }
  };
  for (const [at, layer] of is.entries()) {
    passRemoved(partners.find((partner, place) => place >= at && partner !== undefined) ?? was.length);
    if (partners[at] !== undefined) {
      rows.push({ kind: 'shared', ...layer, effectBytes: 0 });
      continue;
    }
    const counted = !before.has(layer.digest);
    before.add(layer.digest);
    rows.push({ kind: 'added', ...layer, effectBytes: counted ? layer.size : 0 });
  }
  passRemoved(was.length);
  return rows;
}

/** For each layer of `is` the place in `was` of the same one; each place is given once, since a layer may be listed twice. */
function pairByDigest(was: readonly Layer[], is: readonly Layer[]): (number | undefined)[] {
  const places = new Map<Digest, number[]>();
  for (const [at, { digest }] of was.entries()) {
    const known = places.get(digest);
    if (known === undefined) places.set(digest, [at]);
    else known.push(at);
  }
  return is.map(({ digest }) => places.get(digest)?.shift());
}

/**
 * The pairs that leave both images' order as it is, as many as there can be; the others become undefined, since a layer
 * that has moved to another place may give other files.
 */
function keepLongestRising(partners: readonly (number | undefined)[]): (number | undefined)[] {
  /** For each pair the length of the longest run that ends with it, and the place of the pair before. */
  const runs: ({ length: number; before: number } | undefined)[] = [];
  let last = -1;
  for (const [at, partner] of partners.entries()) {
    if (partner === undefined) {
      runs.push(undefined);
      continue;
    }
    let run = { length: 1, before: -1 };
    for (let earlier = 0; earlier < at; earlier++) {
      const length = (runs[earlier]?.length ?? 0) + 1;
      if (length > run.length && (partners[earlier] ?? partner) < partner) run = { length, before: earlier };
    }
    runs.push(run);
    if (run.length > (runs[last]?.length ?? 0)) last = at;
  }
  const kept = new Set<number>();
  for (let at = last; at >= 0; at = runs[at]?.before ?? -1) kept.add(at);
  return partners.map((partner, at) => (kept.has(at) ? partner : undefined));
}

function transferBytes({ config, layers }: ImageManifest): number {
  const sizes = new Map([config, ...layers].map(({ digest, size }) => [digest, size]));
  return [...sizes.values()].reduce((sum, size) => sum + size, 0);
}

/**
 * An image's config: what runs, for which platform, and how it was built. Read tolerantly, as Docker's own reader does:
 * fields may be null or missing, and one of Microsoft's tools once wrote `rootfS`. The raw bytes are kept, because the
 * image's ID is their digest.
 * https://github.com/opencontainers/image-spec/blob/main/config.md
 */
import * as v from 'valibot';
import type { Digest } from './digest.ts';
import {
  DigestSchema,
  type JsonObject,
  LenientKeysSchema,
  LenientPlatformSchema,
  LenientTextMapSchema,
  LenientTextSchema,
  LenientTextsSchema,
  lenient,
  listOf,
  parseJsonObject,
  readFields,
} from './json-document.ts';
import type { Platform } from './platform.ts';

export interface HistoryEntry {
  readonly created?: string;
  readonly createdBy?: string;
  readonly comment?: string;
  /** The step changed metadata only and has no layer. */
  readonly emptyLayer: boolean;
}

export interface ImageConfig {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** RFC 3339, as written. */
  readonly created?: string;
  readonly author?: string;
  /** `unknown/unknown` where the config names none. */
  readonly platform: Platform;
  readonly user?: string;
  readonly env: readonly string[];
  readonly entrypoint?: readonly string[];
  readonly cmd?: readonly string[];
  readonly workingDir?: string;
  /** `80/tcp`. */
  readonly exposedPorts: readonly string[];
  readonly volumes: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly stopSignal?: string;
  /** Digests of the uncompressed layers, bottom first. */
  readonly diffIds: readonly Digest[];
  readonly history: readonly HistoryEntry[];
}

/** A command as a list, or as one text, which old builders wrote. */
const CommandSchema = v.union([
  v.pipe(LenientTextsSchema, v.array(v.string())),
  v.pipe(
    v.string(),
    v.minLength(1),
    v.transform((command) => [command]),
  ),
]);

const RunSchema = v.object({
  User: LenientTextSchema,
  Env: LenientTextsSchema,
  Entrypoint: lenient(CommandSchema),
  Cmd: lenient(CommandSchema),
  WorkingDir: LenientTextSchema,
  ExposedPorts: LenientKeysSchema,
  Volumes: LenientKeysSchema,
  Labels: LenientTextMapSchema,
  StopSignal: LenientTextSchema,
});

const HistorySchema = v.object(
  {
    created: LenientTextSchema,
    created_by: LenientTextSchema,
    comment: LenientTextSchema,
    empty_layer: lenient(v.boolean()),
  },
  'is not an object',
);

const ConfigSchema = v.object({
  created: LenientTextSchema,
  author: LenientTextSchema,
  config: lenient(RunSchema),
  rootfs: v.optional(v.nullable(v.object({ diff_ids: v.optional(listOf(DigestSchema), []) }, 'is not an object'))),
  history: v.optional(listOf(HistorySchema), []),
});

/**
 * @param options.attempted for errors: "read the config of nginx:1.27"
 * @throws PulltabError `manifest-invalid` for bytes that are no JSON object, for a diffId that is no digest, and for lists
 * that are none or longer than any image’s.
 */
export function parseImageConfig(bytes: Uint8Array<ArrayBuffer>, options: { readonly attempted: string }): ImageConfig {
  const document = withRootfs(parseJsonObject(bytes, options.attempted));
  const { created, author, config, rootfs, history } = readFields(ConfigSchema, document, options);
  const platform = readFields(LenientPlatformSchema, document, options) ?? { os: 'unknown', architecture: 'unknown' };
  return {
    bytes,
    ...(created === undefined ? {} : { created }),
    ...(author === undefined ? {} : { author }),
    platform,
    ...readRun(config),
    diffIds: rootfs?.diff_ids ?? [],
    history: history.map(readHistoryEntry),
  };
}

/**
 * The build step of each layer, bottom first; `undefined` where it is not known, and everywhere when the steps that made
 * layers are not as many as the layers, since any pairing would be a guess then.
 */
export function layerHistory(config: ImageConfig, layerCount: number): (string | undefined)[] {
  const steps = config.history.filter(({ emptyLayer }) => !emptyLayer);
  return Array.from({ length: layerCount }, (_, index) =>
    steps.length === layerCount ? steps[index]?.createdBy : undefined,
  );
}

/** Go reads field names in any case, so a config with `rootfS` runs in Docker. */
function withRootfs(document: JsonObject): JsonObject {
  if (Object.hasOwn(document, 'rootfs')) return document;
  const other = Object.entries(document).find(([key]) => key.toLowerCase() === 'rootfs');
  return other === undefined ? document : { ...document, rootfs: other[1] };
}

function readRun(run: v.InferOutput<typeof RunSchema> | undefined) {
  return {
    env: run?.Env ?? [],
    exposedPorts: run?.ExposedPorts ?? [],
    volumes: run?.Volumes ?? [],
    labels: run?.Labels ?? {},
    ...(run?.User === undefined ? {} : { user: run.User }),
    ...(run?.Entrypoint === undefined ? {} : { entrypoint: run.Entrypoint }),
    ...(run?.Cmd === undefined ? {} : { cmd: run.Cmd }),
    ...(run?.WorkingDir === undefined ? {} : { workingDir: run.WorkingDir }),
    ...(run?.StopSignal === undefined ? {} : { stopSignal: run.StopSignal }),
  };
}

function readHistoryEntry(entry: v.InferOutput<typeof HistorySchema>): HistoryEntry {
  return {
    ...(entry.created === undefined ? {} : { created: entry.created }),
    ...(entry.created_by === undefined ? {} : { createdBy: entry.created_by }),
    ...(entry.comment === undefined ? {} : { comment: entry.comment }),
    emptyLayer: entry.empty_layer ?? false,
  };
}

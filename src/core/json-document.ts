/**
 * JSON from registries: bytes → an object, and the valibot pieces that manifests and configs are read with. Optional
 * fields that are null or of another type count as absent, as they do for the Go programs that write and read these
 * documents; what a pull depends on (digests, sizes) is refused when it is wrong.
 */
import * as v from 'valibot';
import { type Digest, isDigest, whyNotDigest } from './digest.ts';
import { PulltabError } from './errors.ts';
import { isPlatformText } from './platform.ts';

/** No real image comes near; a list longer than this is there to exhaust the reader. */
const MAX_ENTRIES = 10_000;

export type JsonObject = Readonly<Record<string, unknown>>;

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** @throws PulltabError `manifest-invalid`, saying what the bytes are instead. */
export function parseJsonObject(bytes: Uint8Array<ArrayBuffer>, attempted: string): JsonObject {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new PulltabError('manifest-invalid', { attempted, seen: 'it is not text', cause });
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new PulltabError('manifest-invalid', { attempted, seen: whyNotJson(text), cause });
  }
  if (!isObject(value))
    throw new PulltabError('manifest-invalid', { attempted, seen: 'it is JSON, but not an object' });
  return value;
}

function whyNotJson(text: string): string {
  if (text.trim() === '') return 'it is empty';
  return /^\s*</.test(text) ? 'it is a web page, not JSON' : 'it is not JSON';
}

/** @throws PulltabError `manifest-invalid`, naming the field and what is wrong with it. */
export function readFields<Schema extends v.GenericSchema>(
  schema: Schema,
  value: unknown,
  options: { attempted: string },
): v.InferOutput<Schema> {
  const result = v.safeParse(schema, value, { abortEarly: true });
  if (result.success) return result.output;
  const [issue] = result.issues;
  const field = (issue.path ?? [])
    .map(({ key }) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`))
    .join('');
  const fault = issue.input === undefined ? 'is missing' : issue.message;
  throw new PulltabError('manifest-invalid', {
    attempted: options.attempted,
    seen: `its field ${field.replace(/^\./, '')} ${fault}`,
  });
}

/** The schema's value, or `undefined` for null, an absent field and a value that does not fit. */
export function lenient<Schema extends v.GenericSchema>(schema: Schema) {
  return v.fallback(v.optional(schema), undefined);
}

export const TextSchema = v.string('is not text');

/** Text that says something. */
export const LenientTextSchema = lenient(v.pipe(TextSchema, v.minLength(1)));

export const DigestSchema = v.custom<Digest>(
  (input) => typeof input === 'string' && isDigest(input),
  ({ input }) => (typeof input === 'string' ? `is “${shorten(input)}”: ${whyNotDigest(input)}` : 'is not text'),
);

function shorten(text: string): string {
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}

/** Null stands for an empty list, as Go writes it. */
export function listOf<Schema extends v.GenericSchema>(schema: Schema) {
  return v.pipe(
    v.nullable(v.array(v.unknown(), 'is not a list'), []),
    v.maxLength(MAX_ENTRIES, `has more than ${MAX_ENTRIES} entries`),
    v.array(schema),
  );
}

/** The texts of a list; anything else in it is left out. */
export const LenientTextsSchema = lenient(
  v.pipe(
    v.array(v.unknown()),
    v.maxLength(MAX_ENTRIES),
    v.transform((items) => items.filter((item) => typeof item === 'string')),
  ),
);

/** A map of texts; values that are no text are left out. Keys such as `__proto__` are keys like any other. */
export const LenientTextMapSchema = lenient(
  v.pipe(
    v.custom<JsonObject>(isObject),
    v.transform(
      (map): Readonly<Record<string, string>> =>
        Object.fromEntries(
          Object.entries(map).flatMap(([key, value]) => (typeof value === 'string' ? [[key, value]] : [])),
        ),
    ),
  ),
);

/** The keys of a map, which is how Docker writes sets: `{"80/tcp": {}}`. */
export const LenientKeysSchema = lenient(
  v.pipe(
    v.custom<JsonObject>(isObject),
    v.transform((map) => Object.keys(map)),
  ),
);

const PLATFORM_FIELDS = {
  os: LenientTextSchema,
  architecture: LenientTextSchema,
  variant: LenientTextSchema,
  'os.version': LenientTextSchema,
  'os.features': LenientTextsSchema,
};

/** The fields of a platform, in a descriptor or in an image's config; `undefined` when they name none. */
export const LenientPlatformSchema = lenient(
  v.pipe(
    v.object(PLATFORM_FIELDS),
    v.transform(({ os, architecture, variant, 'os.version': osVersion, 'os.features': osFeatures }) => {
      if (os === undefined || architecture === undefined) return undefined;
      const platform = {
        os,
        architecture,
        ...(variant === undefined ? {} : { variant }),
        ...(osVersion === undefined ? {} : { osVersion }),
        ...(osFeatures === undefined ? {} : { osFeatures }),
      };
      // As written: names of files keep a variant that comparisons take for the default.
      return isPlatformText(platform) ? platform : undefined;
    }),
  ),
);

/**
 * Everything that crosses a realm by `postMessage`, and the one decoder for it.
 *
 * Five conversations:
 * - page ⇄ service worker (`ToServiceWorker`, `FromServiceWorker`): a job begins, with the port of its job conversation;
 *   a ping keeps the worker up, and tells the page when it was restarted nevertheless.
 * - page ⇄ service worker over a job's port (`ToArchive`, `FromArchive`): sources for its blobs, progress, the end.
 * - page ⇄ pull worker (`ToPullWorker`, `FromPullWorker`): which blob to fetch, progress, the end.
 * - service worker ⇄ pull worker over a blob's port (`ToHandOver`, `FromHandOver`): its bytes; see workers/hand-over.ts.
 * - service worker ⇄ sum worker over a port that the page gave both (`ToArchiveSum`, `FromArchiveSum`): what the archive
 *   was made of; the page hears the `Sum`.
 *
 * A page and a service worker of different versions may meet after an update, so what arrives is checked, not believed.
 */
import * as v from 'valibot';
import type { ArchivePlan } from '../core/archive/plan.ts';
import { type Digest, isDigest } from '../core/digest.ts';
import { HINTS } from '../core/error-hints.ts';
import { type ErrorCode, PulltabError, type WireError } from '../core/errors.ts';
import type { Grant } from '../core/registry/account.ts';
import type { RequestRecord } from '../core/report/request-record.ts';

const bytesCount = v.pipe(v.number(), v.integer(), v.minValue(0));
const digest = v.custom<Digest>((value) => typeof value === 'string' && isDigest(value));
const port = v.instance(MessagePort);
const buffer = v.instance(ArrayBuffer);
const wireError = v.custom<WireError>(
  (value) => typeof value === 'object' && value !== null && 'code' in value && Object.hasOwn(HINTS, String(value.code)),
);

const bytesEntry = v.object({
  kind: v.literal('bytes'),
  name: v.string(),
  bytes: v.custom<Uint8Array<ArrayBuffer>>((value) => value instanceof Uint8Array),
});
const blobEntry = v.object({ kind: v.literal('blob'), name: v.string(), digest, size: bytesCount });
const unpackedEntry = v.object({ ...blobEntry.entries, kind: v.literal('unpacked'), unpackedBytes: bytesCount });
const column = v.custom<Float64Array<ArrayBuffer>>((value) => value instanceof Float64Array);
const wovenEntry = v.object({
  ...blobEntry.entries,
  kind: v.literal('woven'),
  leads: bytesEntry.entries.bytes,
  leadEnds: column,
  zeros: column,
  offsets: column,
  lengths: column,
});
const archivePlan: v.GenericSchema<unknown, ArchivePlan> = v.object({
  fileName: v.string(),
  archiveBytes: bytesCount,
  entries: v.array(v.variant('kind', [bytesEntry, blobEntry, unpackedEntry, wovenEntry])),
  bare: v.optional(v.literal(true)),
});

export const ToServiceWorker = v.variant('type', [
  v.object({
    type: v.literal('begin'),
    jobId: v.string(),
    plan: archivePlan,
    port,
    /** To whoever makes the archive's sha256. */
    sum: v.optional(port),
  }),
  /** Keeps the worker up; one that does not know the job any more answers `lost`. */
  v.object({ type: v.literal('ping'), jobId: v.string() }),
]);
export type ToServiceWorker = v.InferOutput<typeof ToServiceWorker>;

export const FromServiceWorker = v.variant('type', [
  /** The worker was restarted since the job began, and with it went the stream of its archive. */
  v.object({ type: v.literal('lost'), jobId: v.string() }),
]);
export type FromServiceWorker = v.InferOutput<typeof FromServiceWorker>;

export const ToArchive = v.variant('type', [
  v.object({ type: v.literal('source'), digest, port }),
  /** Nobody makes the archive's sha256 any more. */
  v.object({ type: v.literal('no-sum') }),
  v.object({ type: v.literal('stop') }),
]);
export type ToArchive = v.InferOutput<typeof ToArchive>;

export const FromArchive = v.variant('type', [
  /** The plan has arrived: the browser may be sent to the archive's address. */
  v.object({ type: v.literal('ready') }),
  /** The browser asked for the archive. */
  v.object({ type: v.literal('started') }),
  v.object({ type: v.literal('delivered'), bytes: bytesCount }),
  v.object({ type: v.literal('complete'), bytes: bytesCount }),
  /** The browser closed the stream: someone cancelled it in its download list, or its disk is full. */
  v.object({ type: v.literal('interrupted') }),
  v.object({ type: v.literal('failed'), error: wireError }),
]);
export type FromArchive = v.InferOutput<typeof FromArchive>;

const endpoint = v.object({
  registry: v.string(),
  base: v.string(),
  via: v.picklist(['direct', 'relay', 'static']),
  repositoryPrefix: v.optional(v.string()),
});
const requestRecord: v.GenericSchema<unknown, RequestRecord> = v.object({
  startedAtMs: v.number(),
  method: v.string(),
  address: v.string(),
  via: endpoint.entries.via,
  accept: v.undefinedable(v.string()),
  range: v.undefinedable(v.string()),
  authorization: v.undefinedable(v.picklist(['Bearer', 'Basic', 'other'])),
  status: bytesCount,
  bytes: bytesCount,
  waitMs: bytesCount,
  tookMs: bytesCount,
  headers: v.array(v.tuple([v.string(), v.string()])),
  redirectedTo: v.undefinedable(v.string()),
  failure: v.undefinedable(v.custom<ErrorCode>((value) => typeof value === 'string' && Object.hasOwn(HINTS, value))),
  registryCode: v.undefinedable(v.string()),
  cancelled: v.boolean(),
});
const access = v.object({ scope: v.string(), authorization: v.string(), expiresAtMs: v.number() });
const grant: v.GenericSchema<unknown, Grant> = v.object({
  account: v.variant('kind', [
    v.object({ kind: v.literal('password'), username: v.string(), password: v.string() }),
    v.object({ kind: v.literal('identity-token'), username: v.undefinedable(v.string()), token: v.string() }),
    v.object({ kind: v.literal('registry-token'), token: v.string() }),
  ]),
  viaRelay: v.boolean(),
  realmHosts: v.array(v.string()),
});

export const ToPullWorker = v.variant('type', [
  v.object({
    type: v.literal('pull'),
    digest,
    size: bytesCount,
    repository: v.string(),
    /** Tried in order; a later one only when the one before could not be reached at all. */
    ways: v.array(v.object({ endpoint, access: v.array(access), grant: v.optional(grant) })),
    /** Foreign layers name other places; tried without credentials after the registry. */
    urls: v.array(v.string()),
    /** Whether the cache may be used; otherwise the bytes only pass through. */
    store: v.boolean(),
    port,
  }),
  /** Hash what the cache holds of it again: `fetched` as it is read, then `verified` or `failed`. */
  v.object({ type: v.literal('verify'), digest, size: bytesCount }),
  /** The connection is closed, and opened again where it was by `resume`. */
  v.object({ type: v.literal('pause') }),
  v.object({ type: v.literal('resume') }),
  /** From now on at most so many bytes each second; undefined takes the limit away. */
  v.object({ type: v.literal('limit'), bytesPerSecond: v.optional(v.pipe(v.number(), v.minValue(1))) }),
  /** `keep`: what is not whole stays in the cache, for a job that goes on from there. */
  v.object({ type: v.literal('stop'), keep: v.boolean() }),
]);
export type ToPullWorker = v.InferOutput<typeof ToPullWorker>;

export const FromPullWorker = v.variant('type', [
  /** Every ten seconds: a worker's timers are not throttled where a hidden page's are. */
  v.object({ type: v.literal('tick') }),
  /**
   * Once: the network is what this worker waits for, so that another blob at once would help. `multiplexed`: one
   * connection takes many requests, so that more of them take nothing from other tabs.
   */
  v.object({ type: v.literal('starved'), multiplexed: v.boolean() }),
  v.object({ type: v.literal('fetched'), digest, bytes: bytesCount }),
  /** Nothing moves until then; what comes next is `fetched` or `failed`. */
  v.object({ type: v.literal('waiting'), digest, why: v.string(), untilMs: v.number() }),
  v.object({ type: v.literal('verified'), digest }),
  /** Something that the person should know and that stops nothing. */
  v.object({ type: v.literal('notice'), text: v.string() }),
  /** A request has ended, well or not. */
  v.object({ type: v.literal('request'), record: requestRecord }),
  v.object({ type: v.literal('failed'), digest, error: wireError }),
  /** After `stop`: nothing runs any more and every lock is released. */
  v.object({ type: v.literal('stopped') }),
]);
export type FromPullWorker = v.InferOutput<typeof FromPullWorker>;

export const ToHandOver = v.variant('type', [
  /** The reader has every byte before `fromBytes` and wants to go on. */
  v.object({ type: v.literal('want'), fromBytes: bytesCount }),
  /** A handed-over chunk was passed on; the worker may send another. */
  v.object({ type: v.literal('taken') }),
]);
export type ToHandOver = v.InferOutput<typeof ToHandOver>;

export const FromHandOver = v.variant('type', [
  v.object({ type: v.literal('chunk'), fromBytes: bytesCount, bytes: buffer }),
  /** Everything before `toBytes` is in the cache: read it there, then say `want` again. */
  v.object({ type: v.literal('stored'), toBytes: bytesCount }),
  /** Every byte was handed over or stored, and the digest matched. */
  v.object({ type: v.literal('complete') }),
  v.object({ type: v.literal('failed'), error: wireError }),
]);
export type FromHandOver = v.InferOutput<typeof FromHandOver>;

export const ToArchiveSum = v.variant('type', [
  v.object({ type: v.literal('piece'), bytes: buffer }),
  /** Every piece was sent. */
  v.object({ type: v.literal('end') }),
  /** It does not keep up: the archive is delivered without a sum. */
  v.object({ type: v.literal('behind') }),
]);
export type ToArchiveSum = v.InferOutput<typeof ToArchiveSum>;

export const FromArchiveSum = v.variant('type', [
  /** `waitFor`: it keeps up well enough to be waited for. */
  v.object({ type: v.literal('ready'), waitFor: v.boolean() }),
  v.object({ type: v.literal('hashed'), bytes: bytesCount }),
]);
export type FromArchiveSum = v.InferOutput<typeof FromArchiveSum>;

export const ToArchiveSumWorker = v.object({ port });

/** Lower-case hexadecimal; undefined for one that was given up. */
export const Sum = v.object({ hex: v.optional(v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/))) });
export type Sum = v.InferOutput<typeof Sum>;

/**
 * Reads a message of one conversation.
 * @throws PulltabError `internal` when it is not one: page and workers are then of different versions.
 */
export function decodeMessage<T>(schema: v.GenericSchema<unknown, T>, data: unknown): T {
  const result = v.safeParse(schema, data);
  if (result.success) return result.output;
  throw new PulltabError('internal', {
    attempted: 'read a message between parts of Pulltab',
    seen: v.summarize(result.issues).slice(0, 200),
  });
}

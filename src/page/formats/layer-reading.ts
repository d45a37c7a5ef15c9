/** Formats that are made of what is in the layers: what has to be read before their length is known, and the reading. */
import { proxy, type Remote, wrap } from 'comlink';
import type { ReadLayer } from '../../core/archive/docker.ts';
import type { PlanEntry } from '../../core/archive/plan.ts';
import type { Digest } from '../../core/digest.ts';
import { asPulltabError, fromWire, isAbort, PulltabError } from '../../core/errors.ts';
import { isReadToEnd } from '../../core/layer/layer-index.ts';
import { type InspectedLayer, isWireError } from '../../protocol/inspector.ts';
import type { Unpacker, UnpackingEvents } from '../../protocol/unpacking.ts';
import { findCompleteBlobs } from '../../store/blobs.ts';
import { findLayerIndex } from '../../store/layer-indexes.ts';
import { activityLog } from '../activity-log.ts';
import { layeredImage } from '../layered-image.ts';
import type { OpenedImage } from '../open-image.ts';

/** What has to be done before the archive's length is known. */
export interface Unread {
  /** Of layers that have to be read (bytes, as they are served). */
  readonly readBytes: number;
  /** Of those that are not here yet (bytes). */
  readonly fetchBytes: number;
}

export interface ReadingOptions {
  readonly signal: AbortSignal;
  /** Bytes of all layers that have been read, and of all layers. */
  readonly onBytes: (bytes: number, ofBytes: number) => void;
}

/**
 * The image's layers, each with the diffId that the config says.
 * @throws PulltabError `manifest-unsupported` where the config does not say it, or where that cannot be checked
 */
export function layersOf(opened: OpenedImage): readonly InspectedLayer[] {
  const { title } = opened.view;
  const refuse = (seen: string): PulltabError =>
    new PulltabError('manifest-unsupported', { attempted: `unpack the layers of ${title}`, seen });
  const layers = layeredImage(opened)?.layers;
  if (layers === undefined) throw refuse('it is no image for a platform');
  if (layers.some(({ diffId }) => diffId === undefined)) {
    throw refuse(`its config does not say for each of its ${layers.length} layers what it unpacks to`);
  }
  return layers;
}

/** @throws PulltabError `storage-refused`: without a cache the layers would have to be fetched twice */
export async function unreadOf(layers: readonly InspectedLayer[]): Promise<Unread> {
  const sizes = new Map<Digest, number>();
  for (const { digest, size } of layers) {
    if (sizes.has(digest)) continue;
    // One after the other: an index may take megabytes, of which only a word is wanted.
    const index = await findLayerIndex(digest, Date.now()).catch(refused);
    if (index === undefined || !isReadToEnd(index)) sizes.set(digest, size);
  }
  const here = await findCompleteBlobs([...sizes.keys()]).catch(refused);
  const sum = (some: readonly (readonly [Digest, number])[]): number => some.reduce((all, [, size]) => all + size, 0);
  const unread = [...sizes];
  return { readBytes: sum(unread), fetchBytes: sum(unread.filter(([digest]) => !here.has(digest))) };
}

/** @throws PulltabError `storage-refused` as `unreadOf` */
export async function requireStorage(): Promise<void> {
  await findCompleteBlobs([]).catch(refused);
}

function refused(error: unknown): never {
  if (!(error instanceof PulltabError) || error.code !== 'storage-refused') throw error;
  const seen = `its layers have to be read before its size is known, and this browser keeps nothing: ${error.seen}`;
  throw new PulltabError('storage-refused', { attempted: 'prepare this format', seen, cause: error });
}

/** @throws PulltabError; an abort when `signal` says so */
export function readLayers(layers: readonly InspectedLayer[], options: ReadingOptions): Promise<readonly ReadLayer[]> {
  return inWorker(layers, options, (worker, events) => worker.read([...layers], events));
}

/** Reads the layers, and plans their merged file system. @throws as `readLayers` */
export function planFiles(layers: readonly InspectedLayer[], options: ReadingOptions): Promise<readonly PlanEntry[]> {
  return inWorker(layers, options, (worker, events) => worker.rootfs([...layers], events));
}

/** A worker for one thing: it ends with it, or with whoever waits for it, and with it go its requests and locks. */
async function inWorker<T>(
  layers: readonly InspectedLayer[],
  { signal, onBytes }: ReadingOptions,
  ask: (worker: Remote<Unpacker>, events: UnpackingEvents) => Promise<T>,
): Promise<T> {
  signal.throwIfAborted();
  const sizes = new Map(layers.map(({ digest, size }) => [digest, size]));
  const ofBytes = [...sizes.values()].reduce((sum, size) => sum + size, 0);
  const worker = new Worker(new URL('../../workers/unpack.ts', import.meta.url), {
    type: 'module',
    name: 'pulltab-unpack',
  });
  const ended = new AbortController();
  const events = proxy({
    // Events have a port of their own, and may arrive after the answer: in Firefox they do where the machine is busy.
    onBytes(bytes: number) {
      if (!ended.signal.aborted) onBytes(bytes, ofBytes);
    },
    onNotice: () => undefined,
    onRequest: activityLog.add,
  });
  try {
    const broken = new Promise<never>((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason), { signal: ended.signal });
      worker.addEventListener('error', (event) => {
        const seen = event.message || 'its worker could not be started';
        reject(new PulltabError('internal', { attempted: 'read the layers', seen }));
      });
    });
    return await Promise.race([ask(wrap<Unpacker>(worker), events), broken]);
  } catch (error) {
    if (isWireError(error)) throw fromWire(error);
    throw isAbort(error) ? error : asPulltabError(error, 'read the layers');
  } finally {
    ended.abort();
    worker.terminate();
  }
}

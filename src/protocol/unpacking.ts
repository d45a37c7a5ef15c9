/** What the unpack worker does for the page, over comlink: it reads layers to their end, and plans what needs that. */
import type { ReadLayer } from '../core/archive/docker.ts';
import type { PlanEntry } from '../core/archive/plan.ts';
import type { RequestRecord } from '../core/report/request-record.ts';
import type { InspectedLayer } from './inspector.ts';

export interface UnpackingEvents {
  /** Bytes of all layers, as they are served, that have been read by now. */
  onBytes(bytes: number): void;
  onNotice(text: string): void;
  onRequest(record: RequestRecord): void;
}

/** Every method may reject with a `WireError`. */
export interface Unpacker {
  /** Reads what is not known of the layers, and keeps it, and them. @returns one for each, in the same order */
  read(layers: readonly InspectedLayer[], events: UnpackingEvents): Promise<readonly ReadLayer[]>;
  /** The same, and then the merged file system as entries of a bare plan. */
  rootfs(layers: readonly InspectedLayer[], events: UnpackingEvents): Promise<readonly PlanEntry[]>;
}

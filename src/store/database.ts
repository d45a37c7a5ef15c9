/**
 * The one IndexedDB database: its schema and its life.
 *
 * A blob's record and its chunks change in the same transaction, so a crash leaves a record that tells the truth. A
 * blob counts only once `complete` is set, after its digest matched.
 */
import { type DBSchema, type IDBPDatabase, openDB } from 'idb';
import type { DownloadChoice } from '../core/archive/choice.ts';
import type { Digest } from '../core/digest.ts';
import { PulltabError } from '../core/errors.ts';
import type { LayerIndex } from '../core/layer/layer-index.ts';
import type { RequestRecord } from '../core/report/request-record.ts';

export interface BlobRecord {
  readonly digest: Digest;
  /** Bytes, as its descriptor states them. */
  readonly size: number;
  /** Bytes whose chunks are committed. */
  readonly storedBytes: number;
  /** Of the hash after `storedBytes`; absent where it cannot be kept, or nothing is stored. See core/hash. */
  readonly hashState?: Uint8Array<ArrayBuffer> | undefined;
  /** Every chunk is here and the whole matched its digest. */
  readonly complete: boolean;
  readonly usedAtMs: number;
}

/** A download that is not over: see jobs.ts. */
export interface JobRecord {
  readonly id: string;
  readonly title: string;
  /** Of its image's page, by digest: from `#` on. */
  readonly address: string;
  /** What of the image is saved. */
  readonly choice: DownloadChoice;
  readonly fileName: string;
  readonly archiveBytes: number;
  readonly blobs: readonly { readonly digest: Digest; readonly size: number; readonly label: string }[];
  readonly startedAtMs: number;
}

/** That an image has a blob: kept as long as the blob is. */
export interface BlobUseRecord {
  readonly digest: Digest;
  /** Familiar form. */
  readonly image: string;
  readonly usedAtMs: number;
}

export interface LayerIndexRecord {
  readonly digest: Digest;
  /** See layer-indexes.ts. */
  readonly format: number;
  readonly usedAtMs: number;
  readonly index: LayerIndex;
}

export interface ManifestRecord {
  readonly digest: Digest;
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** As the registry sent it. */
  readonly contentType: string | undefined;
}

export interface RecentRecord {
  /** Familiar form; also the image's address. */
  readonly reference: string;
  readonly openedAtMs: number;
}

/** One digest that a tag was seen with. */
export interface TagSighting {
  readonly digest: Digest;
  readonly firstSeenMs: number;
  readonly lastSeenMs: number;
}

export interface TagRecord {
  /** Canonical form: "docker.io/library/nginx:1.27". */
  readonly reference: string;
  /** Oldest first; a digest that came back is there again. */
  readonly sightings: readonly TagSighting[];
  readonly seenAtMs: number;
}

/** An account, encrypted: see credentials.ts. */
export interface CredentialRecord {
  readonly registry: string;
  /** The nonce of AES-GCM. */
  readonly iv: Uint8Array<ArrayBuffer>;
  readonly sealed: ArrayBuffer;
}

export interface PulltabSchema extends DBSchema {
  blobs: { key: Digest; value: BlobRecord };
  blobUses: { key: [Digest, string]; value: BlobUseRecord };
  /** A blob's bytes from that one on, up to the next chunk's. */
  chunks: { key: [Digest, number]; value: Blob | ArrayBuffer };
  /** What was read of a layer: see layer-indexes.ts. */
  layerIndexes: { key: Digest; value: LayerIndexRecord; indexes: { usedAtMs: number } };
  jobs: { key: string; value: JobRecord };
  manifests: { key: Digest; value: ManifestRecord };
  recent: { key: string; value: RecentRecord; indexes: { openedAtMs: number } };
  tags: { key: string; value: TagRecord; indexes: { seenAtMs: number } };
  failures: { key: number; value: RequestRecord };
  /** One record, "user": see user-settings.ts. */
  settings: { key: string; value: unknown };
  credentials: { key: string; value: CredentialRecord };
  /** One record, "credentials": the key that they are encrypted with, which no script can read. */
  keys: { key: string; value: CryptoKey };
}

export type Database = IDBPDatabase<PulltabSchema>;

const NAME = 'pulltab';
const VERSION = 2;

let opening: Promise<Database> | undefined;

/**
 * The realm's one connection, opened on first use and again after the browser took it away.
 * @throws PulltabError `storage-refused` where the browser does not let the page store anything.
 */
export function openDatabase(): Promise<Database> {
  opening ??= open().catch((error: unknown) => {
    opening = undefined;
    throw new PulltabError('storage-refused', {
      attempted: 'open the browser’s storage',
      seen: error instanceof Error ? `${error.name}: ${error.message}` : String(error),
      cause: error,
    });
  });
  return opening;
}

async function open(): Promise<Database> {
  const database = await openDB<PulltabSchema>(NAME, VERSION, {
    async upgrade(db, from, _, transaction) {
      if (from === 1) {
        // Its chunks had their number for a key. They are only a cache.
        for (const store of ['blobs', 'blobUses', 'chunks'] as const) await transaction.objectStore(store).clear();
        return;
      }
      db.createObjectStore('blobs', { keyPath: 'digest' });
      db.createObjectStore('blobUses', { keyPath: ['digest', 'image'] });
      db.createObjectStore('chunks');
      db.createObjectStore('layerIndexes', { keyPath: 'digest' }).createIndex('usedAtMs', 'usedAtMs');
      db.createObjectStore('jobs', { keyPath: 'id' });
      db.createObjectStore('manifests', { keyPath: 'digest' });
      db.createObjectStore('recent', { keyPath: 'reference' }).createIndex('openedAtMs', 'openedAtMs');
      db.createObjectStore('credentials', { keyPath: 'registry' });
      db.createObjectStore('keys');
      db.createObjectStore('tags', { keyPath: 'reference' }).createIndex('seenAtMs', 'seenAtMs');
      db.createObjectStore('failures', { autoIncrement: true });
      db.createObjectStore('settings');
    },
    // Page, workers and service worker all hold the database: whoever is older steps aside for an upgrade.
    blocking() {
      database.close();
      opening = undefined;
    },
    terminated() {
      opening = undefined;
    },
  });
  return database;
}

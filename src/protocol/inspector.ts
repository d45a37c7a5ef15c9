/**
 * What the inspect worker offers to the page, over comlink. The worker owns the trees; the page asks for windows of rows,
 * so that an image of 300,000 paths costs the page what it shows.
 */
import type { Digest } from '../core/digest.ts';
import type { WireError } from '../core/errors.ts';
import type { EntryType } from '../core/layer/entry.ts';
import type { Grant } from '../core/registry/account.ts';
import type { Access, Endpoint } from '../core/registry/client.ts';
import type { RequestRecord } from '../core/report/request-record.ts';

export interface InspectedLayer {
  readonly digest: Digest;
  /** Compressed (bytes). */
  readonly size: number;
  readonly mediaType: string;
  /** What the config says the uncompressed layer hashes to; undefined where it lists none. */
  readonly diffId: Digest | undefined;
  readonly annotations: Readonly<Record<string, string>>;
  readonly source: LayerSource;
}

export type LayerSource =
  | {
      readonly kind: 'registry';
      readonly repository: string;
      readonly ways: readonly { endpoint: Endpoint; access: readonly Access[]; grant?: Grant | undefined }[];
      /** Other places of a foreign layer. */
      readonly urls: readonly string[];
    }
  /** The layer's bytes as they are in an archive on this machine. */
  | { readonly kind: 'file'; readonly file: Blob };

export type LayerPhase = 'waiting' | 'reading' | 'read' | 'failed';

export interface LayerProgress {
  /** Position among the layers; 0 is the lowest. */
  readonly layer: number;
  readonly phase: LayerPhase;
  readonly readBytes: number;
  readonly entries: number;
  /** Known when read: sum of file sizes is `contentBytes`, the whole tar `uncompressedBytes`. */
  readonly uncompressedBytes?: number;
  readonly contentBytes?: number;
  readonly compression?: 'gzip' | 'zstd' | 'none' | 'table-of-contents';
  /** False where what was read does not hash to the config's diffId; undefined where that was not (yet) checked. */
  readonly diffIdMatches?: boolean;
  /** What is odd about the layer and was not followed: absolute paths, `..`, bombs, endless entries. */
  readonly problems?: readonly LayerProblem[];
  readonly error?: WireError;
}

export interface LayerProblem {
  readonly kind:
    | 'escapes-root'
    | 'name-too-long'
    | 'link-loop'
    | 'broken'
    | 'too-many-entries'
    | 'too-large'
    | 'ratio'
    | 'unknown-type'
    | 'duplicate';
  /** As text to show, cut to a readable length. */
  readonly path: string;
  readonly detail: string;
}

/** Which files a listing is of: the merged image, what one layer did, or how two images differ. */
export type ListingScope =
  | { readonly kind: 'merged' }
  | { readonly kind: 'layer'; readonly layer: number }
  /** The merged image as it is after this layer. */
  | { readonly kind: 'up-to'; readonly layer: number };

export type Lens = 'set-uid' | 'world-writable' | 'large' | 'secrets';

export interface NameSearch {
  readonly kind: 'name' | 'glob' | 'regex';
  readonly text: string;
}

export interface ListingQuery {
  readonly scope: ListingScope;
  readonly search?: NameSearch | undefined;
  readonly lens?: Lens | undefined;
  /** Directories that are unfolded, by clean path; searches and lenses list flat and ignore it. */
  readonly unfolded: 'all' | readonly string[];
  /** Within a directory; directories come first by name. */
  readonly order: 'name' | 'size' | 'modified';
  readonly hideUnchanged?: boolean | undefined;
}

/** A listing that the worker holds until the next one is asked for. */
export interface Listing {
  readonly id: number;
  readonly rows: number;
  /** Paths in the scope, shown or not, and the bytes of their files, hard links counted once. */
  readonly totalPaths: number;
  readonly totalBytes: number;
}

export type Change = 'added' | 'changed' | 'metadata' | 'removed' | 'unchanged';

export interface FileRow {
  /** Clean path; the name is behind its last slash. */
  readonly path: string;
  readonly depth: number;
  readonly type: Exclude<EntryType, 'whiteout' | 'opaque'>;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Of a file its own, of a directory that of everything below it, hard links counted once (bytes). */
  readonly size: number;
  readonly modifiedAtMs: number;
  readonly linkTarget: string;
  /** The layer that wrote it last; of a removed path, the one that removed it. */
  readonly layer: number;
  /** In a merged listing always `unchanged`; in a layer's, what the layer did. */
  readonly change: Change;
  /** Of a directory: children at hand to unfold. */
  readonly children: number;
  readonly unfolded: boolean;
}

export interface FileDetails extends FileRow {
  readonly device?: { readonly major: number; readonly minor: number };
  readonly xattrs: Readonly<Record<string, string>>;
  /** Every layer that wrote or removed this path, lowest first. */
  readonly writtenBy: readonly { readonly layer: number; readonly change: Change; readonly size: number }[];
  /** Where a symbolic link ends up within the image, if anywhere. */
  readonly resolved: string | undefined;
}

export interface FilePlace {
  readonly path: string;
  /** From this layer; the merged image's where undefined. */
  readonly layer?: number | undefined;
}

export interface FileContent {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Size of the whole file; `bytes` may be its beginning only. */
  readonly size: number;
}

export interface TextHit {
  readonly path: string;
  readonly layer: number;
  /** From 1. */
  readonly line: number;
  /** The line, cut to a readable length. */
  readonly text: string;
}

export interface TextSearchProgress {
  readonly readBytes: number;
  readonly totalBytes: number;
  readonly hits: readonly TextHit[];
}

export interface OpenImageOptions {
  readonly onLayer: (progress: LayerProgress) => void;
  readonly onRequest: (record: RequestRecord) => void;
  readonly onNotice: (text: string) => void;
}

/** Every method may throw a `WireError` in a comlink rejection; the page's side makes a PulltabError of it. */
export interface Inspector {
  /**
   * Reads the layers that are not known yet and merges them; resolves when all are read or have failed. Listings may be
   * asked for before: they are of what has been read.
   */
  open(
    layers: readonly InspectedLayer[],
    onLayer: OpenImageOptions['onLayer'],
    onRequest: OpenImageOptions['onRequest'],
    onNotice: OpenImageOptions['onNotice'],
  ): Promise<void>;
  list(query: ListingQuery): Promise<Listing>;
  /** Rows `from` to `from + count` of the listing, fewer at its end; none of a listing that was replaced. */
  rows(listing: number, from: number, count: number): Promise<readonly FileRow[]>;
  /** Where a path is in a listing, if it is. */
  positionOf(listing: number, path: string): Promise<number | undefined>;
  details(place: FilePlace): Promise<FileDetails | undefined>;
  read(
    place: FilePlace,
    limitBytes: number,
    onProgress: (readBytes: number, totalBytes: number) => void,
  ): Promise<FileContent>;
  /** A file as it is, a directory as a tar. */
  save(place: FilePlace, onProgress: (readBytes: number, totalBytes: number) => void): Promise<Blob>;
  /** The whole scope. */
  exportListing(scope: ListingScope, format: 'json' | 'csv'): Promise<Blob>;
  searchText(
    query: { scope: ListingScope; pattern: string; regex: boolean; ignoreCase: boolean },
    onProgress: (progress: TextSearchProgress) => void,
  ): Promise<void>;
  /** Stops `read`, `save` and `searchText`; each rejects with an AbortError. */
  stop(): Promise<void>;
}

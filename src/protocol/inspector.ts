/**
 * What the inspect worker offers to the page, over comlink. The worker owns the trees; the page asks for windows of rows,
 * so that an image of 300,000 paths costs the page what it shows.
 */
import type { Digest } from '../core/digest.ts';
import { HINTS } from '../core/error-hints.ts';
import type { WireError } from '../core/errors.ts';
import type { Change } from '../core/layer/change-set.ts';
import type { TreeDetails } from '../core/layer/details.ts';
import type { LayerCompression, LayerProblem } from '../core/layer/layer-index.ts';
import type { TreeQuery, TreeRow } from '../core/layer/listing.ts';
import type { InstalledPackage } from '../core/layer/packages/installed-package.ts';
import type { OsRelease } from '../core/layer/packages/os-release.ts';
import type { FileSummary } from '../core/layer/summaries/summarize.ts';
import type { Waste } from '../core/layer/waste.ts';
import type { AdviceShare } from '../core/layer/waste-advice.ts';
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
  /** The layer's bytes as they are in an archive on this machine; undefined where the archive does not hold them. */
  | { readonly kind: 'file'; readonly file: Blob | undefined };

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
  readonly compression?: LayerCompression;
  /** False where what was read does not hash to the config's diffId; undefined where that was not (yet) checked. */
  readonly diffIdMatches?: boolean;
  /** What is odd about the layer and was not followed: absolute paths, `..`, bombs, endless entries. */
  readonly problems?: readonly LayerProblem[];
  readonly error?: WireError;
}

/** Which of the two images that a worker holds: the one that is shown, or the one that it is compared with. */
export type Which = 'shown' | 'other';

/** Files of one image: merged, or what one layer did. */
export type ImageScope =
  | { readonly kind: 'merged'; readonly of?: Which | undefined }
  | { readonly kind: 'layer'; readonly layer: number; readonly of?: Which | undefined }
  /** The merged image as it is after this layer. */
  | { readonly kind: 'up-to'; readonly layer: number; readonly of?: Which | undefined };

/** How the shown image's files differ from the other's; only those that differ in such a way, where that is named. */
export interface ComparedScope {
  readonly kind: 'compared';
  readonly changes?: readonly Change[] | undefined;
}

export type ListingScope = ImageScope | ComparedScope;

export interface ListingQuery extends TreeQuery {
  readonly scope: ListingScope;
}

/** A listing that the worker holds until `LISTINGS_HELD` others were asked for. */
export interface Listing {
  readonly id: number;
  readonly rows: number;
  /** Paths in the scope, shown or not, and the bytes of their files, hard links counted once. */
  readonly totalPaths: number;
  readonly totalBytes: number;
}

export interface FilesCompared {
  /** Paths, and the bytes of their files: after the change, of what was removed before it. */
  readonly counts: Readonly<Record<Change, { readonly paths: number; readonly bytes: number }>>;
  /** Of all files of each image, hard links counted once (bytes). */
  readonly totalBytes: { readonly was: number; readonly is: number };
  /** Of which only the bytes can tell whether they differ, and `compareContents` has not looked yet. */
  readonly undecidedFiles: number;
  readonly undecidedBytes: number;
}

/** Of a listing: a path, with what is known of it. */
export type FileRow = TreeRow;

export type FileDetails = TreeDetails;

export interface FilePlace {
  readonly path: string;
  readonly of?: Which | undefined;
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

export interface TextSearchQuery {
  readonly scope: ImageScope;
  readonly pattern: string;
  readonly regex: boolean;
  readonly ignoreCase: boolean;
}

export interface TextSearchProgress {
  readonly readBytes: number;
  readonly totalBytes: number;
  /** Found since the last report. */
  readonly hits: readonly TextHit[];
}

export interface TextSearchResult {
  /** Files whose text was searched. */
  readonly files: number;
  readonly hits: number;
  /** Files that were left out because they are larger than any text that people write. */
  readonly tooLarge: number;
  /** True where it stopped at `HITS_LIMIT`. */
  readonly capped: boolean;
}

export interface FoundPackage extends InstalledPackage {
  /** The layer that brought it in this version. */
  readonly layer: number;
}

/** A package database that is there, and that the list does not hold. */
export interface UnreadDatabase {
  /** Clean. */
  readonly path: string;
  readonly reason: string;
}

/** What the databases in an image say is installed. */
export interface ImagePackages {
  readonly packages: readonly FoundPackage[];
  /** What system it says it is. */
  readonly system: OsRelease | undefined;
  readonly unread: readonly UnreadDatabase[];
  /** Files about one package each that were not read, because there are more than `PACKAGE_FILES_LIMIT`. */
  readonly leftOut: number;
}

/** Files about one package each that are read at most: npm and Python have one a package. */
export const PACKAGE_FILES_LIMIT = 20_000;
/** An image's waste with the worst of its paths. */
export interface WasteReport extends Waste {
  /** All wasted paths; `paths` has `WASTED_PATHS_SHOWN` of them at most. */
  readonly pathCount: number;
  /** Of all wasted paths. */
  readonly advice: readonly AdviceShare[];
}

export const WASTED_PATHS_SHOWN = 500;
/** Listings that a worker holds at once: the one on screen, the one that replaces it, and those of other views. */
export const LISTINGS_HELD = 6;
/** A text search ends with so many hits. */
export const HITS_LIMIT = 2000;

/** What a worker tells while it reads an image's layers. */
export interface ReadingEvents {
  onLayer(progress: LayerProgress): void;
  /** Listings asked for before are out of date: more has been read. */
  onChanged(): void;
  onRequest(record: RequestRecord): void;
  onNotice(text: string): void;
}

export type OnProgress = (readBytes: number, totalBytes: number) => void;

/**
 * Every method may reject with a `WireError`, of which the page's side makes a PulltabError again, or with an AbortError.
 * `task` is a number of the caller's that `stop` takes.
 */
export interface Inspector {
  /**
   * Reads the layers that are not known yet and merges them; resolves when all are read or have failed, which `onLayer`
   * tells. Listings may be asked for before: they are of what has been read.
   */
  open(which: Which, layers: readonly InspectedLayer[], events: ReadingEvents): Promise<void>;
  list(query: ListingQuery): Promise<Listing>;
  /** Rows `from` to `from + count` of the listing, fewer at its end; none of a listing that is no longer held. */
  rows(listing: number, from: number, count: number): Promise<readonly FileRow[]>;
  /** Where a path is in a listing, if it is. */
  positionOf(listing: number, path: string): Promise<number | undefined>;
  details(place: FilePlace): Promise<FileDetails | undefined>;
  /** A file's content, or its first `limitBytes`. Links are followed within the image. */
  read(task: number, place: FilePlace, limitBytes: number, onProgress: OnProgress): Promise<FileContent>;
  /** A file as it is, a directory as a tar. */
  save(task: number, place: FilePlace, onProgress: OnProgress): Promise<Blob>;
  /** The whole scope. */
  exportListing(scope: ListingScope, format: 'json' | 'csv'): Promise<Blob>;
  /** Of the layers that have been read by now. */
  waste(of: Which): Promise<WasteReport>;
  exportWaste(of: Which, format: 'json' | 'csv'): Promise<Blob>;
  searchText(
    task: number,
    query: TextSearchQuery,
    onProgress: (progress: TextSearchProgress) => void,
  ): Promise<TextSearchResult>;
  /** What can be said of a file beyond its bytes; undefined where nothing can. */
  summarize(task: number, place: FilePlace, onProgress: OnProgress): Promise<FileSummary | undefined>;
  /** Of the layers that have been read by now. */
  packages(task: number, of: Which, onProgress: OnProgress): Promise<ImagePackages>;
  /** How the shown image's files differ from the other's, by what has been read of both by now. */
  compareFiles(): Promise<FilesCompared>;
  /** Reads the files that are undecided. Listings that were asked for before are out of date then. */
  compareContents(task: number, onProgress: OnProgress): Promise<FilesCompared>;
  /** Stops that `read`, `save`, `searchText`, `summarize`, `packages` or `compareContents`; it rejects with an AbortError. */
  stop(task: number): Promise<void>;
}

export function isWireError(value: unknown): value is WireError {
  return typeof value === 'object' && value !== null && 'code' in value && Object.hasOwn(HINTS, String(value.code));
}

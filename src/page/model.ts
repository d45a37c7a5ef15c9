/**
 * What the page knows, as the values that `ui/` draws. Plain data: no promise, no socket, no DOM. `ui/` receives these
 * and the callbacks of `Actions`, and never fetches.
 */
import type { ArchiveFormat, ImageChoice } from '../core/archive/choice.ts';
import type { Digest } from '../core/digest.ts';
import type { PulltabError } from '../core/errors.ts';
import type { ImageConfig } from '../core/image-config.ts';
import type { ArtifactManifest, Descriptor, ImageIndex, ImageManifest, Schema1Manifest } from '../core/manifest.ts';
import type { Platform } from '../core/platform.ts';
import type { Reference } from '../core/reference.ts';
import type { RateLimitHeaders } from '../core/registry/rate-limit.ts';
import type { InspectedLayer } from '../protocol/inspector.ts';
import type { Bundle } from './bundle/model.ts';
import type { Diagnosis } from './diagnosis/diagnosis.ts';
import type { FormatChoice } from './formats/format-choice.ts';
import type { Inspection } from './inspection.ts';
import type { PlatformMatrix } from './platform-matrix.ts';
import type { SeenDigest, Tags } from './tags-model.ts';

/** Which way requests of a registry go. `label` is what a person reads: "direct", "via relay localhost:8080". */
export interface TransportView {
  readonly via: 'direct' | 'relay' | 'static' | 'file';
  readonly label: string;
  /** Why it is not direct, in one sentence; undefined when it is. */
  readonly reason?: string;
  /** Whose accounts count: the mirror's where one is asked in the registry's place. */
  readonly registry?: string;
  /** The relay's host, where one is asked. */
  readonly relay?: string;
  /** Whether an account goes along where the registry asks for one. */
  readonly withAccount?: boolean;
}

/** One row of the platform picker. Keyed by digest: an index may hold the same platform twice (gzip and zstd). */
export interface PlatformChoice {
  readonly digest: Digest;
  /** "linux/arm64"; with "(zstd)" or an os.version where that tells twins apart. */
  readonly label: string;
  readonly platform: Platform | undefined;
}

export interface LayerView {
  readonly digest: Digest;
  readonly mediaType: string;
  /** Compressed size in bytes, as the manifest states it. */
  readonly size: number;
  readonly createdBy: string | undefined;
  /** Wholly in the layer cache. */
  readonly cached: boolean;
}

/** What Download would do, known before the click. */
export interface DownloadOffer {
  readonly fileName: string;
  /** The archive's exact length in bytes. */
  readonly archiveBytes: number;
  /** Bytes of it that the cache holds already. */
  readonly cachedBytes: number;
}

/** One image of one platform, with everything its page shows. */
export interface PlatformImage {
  readonly manifest: ImageManifest;
  readonly config: ImageConfig;
  readonly layers: readonly LayerView[];
  /** Sum of config and distinct layers, bytes as transferred. */
  readonly transferBytes: number;
  /** Undefined for an image of an archive on this machine. */
  readonly offer: DownloadOffer | undefined;
}

export type ImageState =
  /** `doing` is a clause: "asking ghcr.io for org/app:1.2". */
  | { readonly phase: 'loading'; readonly title: string; readonly doing: string }
  | {
      readonly phase: 'failed';
      readonly title: string;
      readonly error: PulltabError;
      /** Where the way was settled before it failed. */
      readonly transport?: TransportView;
      /** What there is to choose, when the platform asked for does not exist. */
      readonly platforms?: readonly PlatformChoice[];
    }
  | ReadyImage;

export interface ReadyImage {
  readonly phase: 'ready';
  /** The familiar reference: level 1 heading. */
  readonly title: string;
  readonly reference: Reference;
  readonly transport: TransportView;
  /** What the reference points to. */
  readonly root: ImageIndex | ImageManifest | ArtifactManifest | Schema1Manifest;
  /** Empty when the root is not an index. */
  readonly platforms: readonly PlatformChoice[];
  /** Attestations and other children of the index that are not images for a platform. */
  readonly otherChildren: readonly Descriptor[];
  /** Undefined for artifacts and schema 1: they are shown, not downloadable; `whyNoDownload` says it. */
  readonly selected: PlatformImage | undefined;
  readonly selectedDigest: Digest | undefined;
  readonly whyNoDownload?: string;
  /** Of an image in an archive on this machine: it has no address that others could open. */
  readonly archive?: {
    readonly fileName: string;
    /** The archive holds no manifest, so this app made the one that is shown: its digest is known to nobody else. */
    readonly manifestMade: boolean;
  };
  /** The digest that the tag had before, where it changed lately. */
  readonly movedFrom?: SeenDigest;
  /** What the registry's last answer says of a limit on pulls. */
  readonly rateLimit?: RateLimitHeaders | undefined;
}

/** An archive on this machine, from the moment that it was chosen. */
export type ArchiveState =
  /** `doing` is a clause: "reading image.tar". */
  | { readonly phase: 'reading'; readonly doing: string; readonly doneBytes: number; readonly totalBytes: number }
  | { readonly phase: 'failed'; readonly error: PulltabError }
  | {
      readonly phase: 'open';
      readonly fileName: string;
      /** As it is on this machine. */
      readonly bytes: number;
      readonly images: readonly ArchivedImageChoice[];
      /** Names and links in it that lead out of it, which were not followed. */
      readonly ignored: readonly string[];
    };

export interface ArchivedImageChoice {
  /** What `image=` of its address is: its name, or `@` and its position from 0. */
  readonly key: string;
  readonly names: readonly string[];
  /** As the archive names it: of its manifest or index, or the path of its config. */
  readonly id: string;
}

/** An image whose layers can be read: what they are, and where from. */
export interface LayeredImage {
  readonly title: string;
  /** Lowest first. */
  readonly layers: readonly InspectedLayer[];
}

/** An image with what a comparison looks at. */
export interface ComparableImage extends LayeredImage {
  readonly reference: Reference;
  readonly selected: PlatformImage;
}

export type BlobPhase = 'waiting' | 'cached' | 'fetching' | 'verified' | 'failed';

export interface JobBlobView {
  readonly digest: Digest;
  /** "layer 2 of 5", "config". */
  readonly label: string;
  readonly size: number;
  readonly fetchedBytes: number;
  readonly phase: BlobPhase;
  /** Why it does not move just now, and until when (milliseconds since 1970). */
  readonly waiting?: { readonly why: string; readonly untilMs: number } | undefined;
}

/** `interrupted`: an earlier page left it, and this one can go on with it. */
export type JobPhase = 'starting' | 'running' | 'paused' | 'interrupted' | 'done' | 'failed' | 'cancelled';

/** One download. Progress counts what was handed to the browser, which is what the person waits for. */
export interface JobView {
  readonly id: string;
  readonly title: string;
  readonly fileName: string;
  readonly phase: JobPhase;
  readonly archiveBytes: number;
  readonly deliveredBytes: number;
  /** Smoothed; 0 while nothing has moved. */
  readonly bytesPerSecond: number;
  /** Undefined while it cannot be told. */
  readonly remainingMs: number | undefined;
  readonly blobs: readonly JobBlobView[];
  readonly error: PulltabError | undefined;
  /** Something worth saying that is not a failure: "nothing is kept: the browser refuses to store data". */
  readonly notice: string | undefined;
  readonly loadCommands: readonly LoadCommand[];
  /** Undefined until it is known. */
  readonly sum?: ArchiveSumView | undefined;
  /** What compares the file with `sum`. */
  readonly checkCommands: readonly LoadCommand[];
  readonly elapsedMs: number;
}

/** The sha256 that the file should have, as lower-case hexadecimal; or why it is not known. */
export type ArchiveSumView = { readonly hex: string } | { readonly missing: string };

export interface LoadCommand {
  /** "Docker", "Podman", "containerd", "skopeo". */
  readonly tool: string;
  readonly line: string;
}

export interface RecentImage {
  /** Familiar reference, which is also its address after `#/`. */
  readonly reference: string;
  readonly openedAtMs: number;
}

/** What the widgets may ask for. */
export interface Actions {
  /** Text as typed or pasted; gives the error to show beside the field, or undefined when it navigated. */
  inspect(text: string): Promise<PulltabError | undefined>;
  choosePlatform(digest: Digest): void;
  download(choice: ImageChoice): void;
  /** What an archive of that format of the shown image takes; undefined where no image is shown by then. */
  chooseFormat(format: ArchiveFormat, left: AbortSignal): Promise<FormatChoice | undefined>;
  cancel(jobId: string): void;
  pause(jobId: string): void;
  /** Goes on with a paused job, or with one that an earlier page left. */
  resume(jobId: string): void;
  retry(jobId: string): void;
  /** Takes a finished, failed or cancelled job off the list. */
  dismiss(jobId: string): void;
  reload(): void;
  /** The tags of the shown image's repository; undefined where no image is shown by then. */
  openTags(): Promise<Tags | undefined>;
  /**
   * The files of the shown image: its layers are read from the first call on, until the image is left. Undefined where
   * no image is shown by then.
   */
  inspectFiles(): Promise<Inspection | undefined>;
  /** Bytes of the files of layers that were read before, without reading any. */
  unpackedSizes(layers: readonly Digest[]): Promise<readonly (number | undefined)[]>;
  /** The platforms of the shown index side by side, until `left`; undefined where no image is shown by then. */
  openPlatforms(left: AbortSignal): Promise<PlatformMatrix | undefined>;
  /**
   * The image of that reference, for the platform of `shown`.
   * @throws PulltabError of whatever kept it from being opened; an abort when `signal` says so.
   */
  compare(text: string, shown: ReadyImage, signal: AbortSignal): Promise<ComparableImage>;
  /** Opens an archive of images: nothing of it leaves this machine. The one before is closed. */
  openFile(file: File): void;
  /** Several images in one archive, until `left`. */
  openBundle(left: AbortSignal): Promise<Bundle>;
  /** Begins to find out why a pull fails; whoever asked stops it when leaving. */
  diagnose(reference: Reference): Promise<Diagnosis>;
  clearRecent(): void;
}

/** What the page of a bundle shows and may ask for. Plain data, but for the signal that it comes by. */
import type { ReadonlySignal } from '@preact/signals-core';
import type { Digest } from '../../core/digest.ts';
import type { PulltabError } from '../../core/errors.ts';
import type { PlatformChoice } from '../model.ts';

/** One image of one platform. */
export interface BundledImageView {
  readonly digest: Digest;
  /** "linux/arm64". */
  readonly platform: string;
  /** Of its page. */
  readonly address: string;
  /** Of its manifest, config and layers, each once. */
  readonly bytes: number;
  /** Of these, what other images of the bundle have as well. */
  readonly sharedBytes: number;
  /** The tag that it loads under; undefined for one without. */
  readonly loadsAs: string | undefined;
  /** An image before it has the tag that it asked for. */
  readonly renamed: boolean;
  /** Some of its layers are of a kind that older loaders do not know. */
  readonly zstd: boolean;
}

export interface BundleEntryView {
  /** As the link has it. */
  readonly text: string;
  /** Without its digest, as people know it; the text itself as long as it could not be read. */
  readonly title: string;
  /** Of its page; undefined for what is no reference. */
  readonly address: string | undefined;
  /** What the reference leads to; undefined until it is known. */
  readonly root: Digest | undefined;
  /** It is named by digest. */
  readonly pinned: boolean;
  /** What there is to choose; empty where there is nothing. */
  readonly choices: readonly PlatformChoice[];
  readonly chosen: ReadonlySet<Digest>;
  /** A clause, while something of it is on its way: "asking ghcr.io for org/app". */
  readonly doing: string | undefined;
  readonly images: readonly BundledImageView[];
  readonly errors: readonly PulltabError[];
}

export interface BundleOffer {
  readonly fileName: string;
  readonly archiveBytes: number;
  /** Bytes of it that the cache holds already. */
  readonly cachedBytes: number;
  /** What the images would take apart, less what they take together. */
  readonly savedBytes: number;
  readonly images: number;
  /** Images of the list that are not in it, because they failed. */
  readonly leftOut: number;
}

export interface BundleView {
  readonly entries: readonly BundleEntryView[];
  /** Undefined while an entry is on its way, and where none is ready. */
  readonly offer: BundleOffer | undefined;
  /** The same list by digest, from `#` on; undefined where it already is, and while that is not known. */
  readonly pinnedAddress: string | undefined;
  /** Why there is no offer although images are ready. */
  readonly error?: PulltabError | undefined;
}

/** What of a text became entries, and what did not. */
export interface Added {
  /** What is wrong as it was, to be corrected. */
  readonly wrong: string;
  readonly error: PulltabError | undefined;
}

export interface Bundle {
  readonly view: ReadonlySignal<BundleView>;
  /** Opens what the link lists; what is open already stays. */
  follow(query: string): void;
  /** One reference, a command, several lines, a Compose file. The page goes to the longer list. */
  add(text: string): Added;
  /** @param position of an entry in the list, here and below */
  remove(position: number): void;
  choosePlatform(position: number, digest: Digest, chosen: boolean): void;
  /** Tries again what failed of an entry. */
  retry(position: number): void;
  /** Does nothing before there is an offer. */
  download(): void;
}

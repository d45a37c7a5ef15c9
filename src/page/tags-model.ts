/** What the Tags view draws and may ask for; model.ts for the rest of the page. */
import type { ReadonlySignal } from '@preact/signals-core';
import type { Digest } from '../core/digest.ts';
import type { PulltabError } from '../core/errors.ts';

/** A digest that a tag had when this browser saw it. */
export interface SeenDigest {
  readonly digest: Digest;
  readonly firstSeenMs: number;
  readonly lastSeenMs: number;
}

/** Names of tags or repositories, as far as they were read. */
export interface NameList {
  /** In the registry's order. */
  readonly names: readonly string[];
  readonly phase: 'idle' | 'reading';
  /** Why there are no more to read; undefined where there may be more. See paged-list.ts. */
  readonly end: 'whole' | 'repeats' | undefined;
  /** Entries of the registry's list that are no valid names. */
  readonly invalid: number;
  /** Why reading ended where it did; what came before is kept. */
  readonly error: PulltabError | undefined;
}

/** The search for the tags that have the shown image's digest. */
export interface TagSearch {
  /** `costs`: the registry hides digests from pages, so that each tag's manifest would have to be read. */
  readonly phase: 'idle' | 'asking' | 'done' | 'stopped' | 'costs';
  /** What is known by now, also from searches before. `missing`: no such tag, or none of the image's kind. */
  readonly digests: ReadonlyMap<string, Digest | 'missing'>;
  readonly asked: number;
  readonly total: number;
  readonly error: PulltabError | undefined;
}

export interface Tags {
  readonly list: ReadonlySignal<NameList>;
  /** Reads on from where the list ends; of a very long one only a part. Never rejects. */
  read(): Promise<void>;
  /** Forgets what was read and begins anew. Never rejects. */
  readAgain(): Promise<void>;
  /** Undefined where nothing goes to the registry directly: a relay does not pass its catalogue. */
  readonly repositories: { readonly list: ReadonlySignal<NameList>; read(): Promise<void> } | undefined;
  readonly search: ReadonlySignal<TagSearch>;
  /** @param options.pulls read manifests, which counts as pulls, instead of asking for digests alone. Never rejects. */
  find(tags: readonly string[], options: { readonly pulls: boolean }): Promise<void>;
  stopSearch(): void;
  /** Of the shown tag, oldest first. */
  readonly history: ReadonlySignal<readonly SeenDigest[]>;
  readHistory(): Promise<void>;
  /** Forgets the history of all tags of all images. Never rejects. */
  forget(): Promise<void>;
  readonly forgetError: ReadonlySignal<PulltabError | undefined>;
  /** Ends all requests that are under way; what they brought is kept. */
  stop(): void;
}

/** One format that a person looks at: what it takes to know its archive's exact length, and then the download. */
import { type ReadonlySignal, signal } from '@preact/signals-core';
import type { ArchiveFormat } from '../../core/archive/choice.ts';
import { asPulltabError, isAbort, type PulltabError } from '../../core/errors.ts';
import type { JobRequest } from '../jobs.ts';
import type { DownloadOffer } from '../model.ts';
import { offerOf } from '../offer-of.ts';
import type { OpenedImage } from '../open-image.ts';
import { layersOf, type Unread, unreadOf } from './layer-reading.ts';
import type { ReferrersFound } from './oci-contents.ts';
import { type RequestOptions, referrersClient, requestFor } from './request.ts';

export type FormatState =
  /** `doing` is a clause: "reading manifest 3 of 12". */
  | { readonly phase: 'preparing'; readonly doing: string }
  /** The layers have to be read first, which waits for `read`. */
  | ({ readonly phase: 'unread' } & Unread)
  | {
      readonly phase: 'ready';
      readonly offer: DownloadOffer;
      readonly notice: string | undefined;
      /** Undefined where nobody asked for them. */
      readonly referrers: ReferrersFound | undefined;
    }
  | { readonly phase: 'failed'; readonly error: PulltabError };

export interface FormatChoice {
  readonly state: ReadonlySignal<FormatState>;
  /** Reads the layers of an `unread` one, and tries again what failed. */
  read(): void;
  /** Does nothing before it is ready. */
  download(): void;
  /** Whether what refers to the image is saved with it: not at first. Undefined where there is nobody to ask. */
  readonly referrers: { readonly wanted: ReadonlySignal<boolean>; choose(wanted: boolean): void } | undefined;
}

export interface ChooseOptions {
  /** The format is not looked at any more. */
  readonly left: AbortSignal;
  readonly at: RequestOptions['at'];
  readonly start: (request: JobRequest) => void;
}

/** Begins at once. */
export function chooseFormat(opened: OpenedImage, format: ArchiveFormat, options: ChooseOptions): FormatChoice {
  const { left, at, start } = options;
  const state = signal<FormatState>({ phase: 'preparing', doing: 'preparing it' });
  const wanted = signal(false);
  let request: JobRequest | undefined;
  let attempts = new AbortController();
  left.addEventListener('abort', () => attempts.abort(left.reason));

  async function prepare(stopped: AbortSignal): Promise<void> {
    const onDoing = (doing: string): void => {
      if (!stopped.aborted) state.value = { phase: 'preparing', doing };
    };
    onDoing('preparing it');
    let referrers: ReferrersFound | undefined;
    const onReferrers = (found: ReferrersFound): void => {
      referrers = found;
    };
    const choice = format === 'oci' && wanted.value ? { format, referrers: true } : { format };
    const made = await requestFor(opened, choice, { signal: stopped, at, onDoing, onReferrers });
    const offer = await offerOf(made.plan);
    stopped.throwIfAborted();
    request = made;
    state.value = { phase: 'ready', offer, notice: made.notice, referrers };
  }

  /** What costs nothing at once; to read layers somebody has to say so. */
  async function begin(stopped: AbortSignal): Promise<void> {
    const unread = format === 'docker' || format === 'rootfs' ? await unreadOf(layersOf(opened)) : NOTHING_UNREAD;
    stopped.throwIfAborted();
    if (unread.readBytes === 0) await prepare(stopped);
    else state.value = { phase: 'unread', ...unread };
  }

  /** The one before is over with it. */
  async function attempt(work: (stopped: AbortSignal) => Promise<void>): Promise<void> {
    attempts.abort();
    attempts = new AbortController();
    if (left.aborted) attempts.abort(left.reason);
    const { signal: stopped } = attempts;
    request = undefined;
    try {
      await work(stopped);
    } catch (error) {
      const attempted = `prepare the archive of ${opened.view.title}`;
      if (!isAbort(error) && !stopped.aborted)
        state.value = { phase: 'failed', error: asPulltabError(error, attempted) };
    }
  }

  function choose(referrers: boolean): void {
    wanted.value = referrers;
    void attempt(prepare);
  }

  void attempt(begin);
  return {
    state,
    read: () => void attempt(prepare),
    download() {
      if (request !== undefined) start(request);
    },
    referrers: format === 'oci' && referrersClient(opened) !== undefined ? { wanted, choose } : undefined,
  };
}

const NOTHING_UNREAD: Unread = { readBytes: 0, fetchBytes: 0 };

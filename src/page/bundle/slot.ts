/** One platform of one entry of a bundle, from the moment that the link names it. */
import type { PulltabError } from '../../core/errors.ts';
import type { PlatformChoice } from '../model.ts';
import type { ImageRoute } from '../open-image.ts';
import type { Part } from './parts.ts';

export type Slot =
  | { readonly phase: 'waiting'; readonly at?: ImageRoute | undefined }
  | { readonly phase: 'loading'; readonly at?: ImageRoute | undefined; readonly doing: string }
  | {
      readonly phase: 'failed';
      /** Undefined for what is no reference. */
      readonly at?: ImageRoute | undefined;
      readonly error: PulltabError;
      /** What there is, where the platform is what was missing. */
      readonly choices: readonly PlatformChoice[];
    }
  | { readonly phase: 'ready'; readonly at: ImageRoute; readonly part: Part };

/** Those that are ready. */
export function partsIn(slots: readonly Slot[]): Part[] {
  return slots.flatMap((slot) => (slot.phase === 'ready' ? [slot.part] : []));
}

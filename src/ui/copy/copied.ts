/**
 * Copying, from buttons and from the `c` key alike. What was copied last is one signal, so that whichever control
 * shows that text can say so.
 */
import { signal } from '@preact/signals';

const SHOWN_MS = 1600;

export type CopyOutcome =
  | { readonly kind: 'copied'; readonly text: string }
  /** No permission, or a page without a secure context: the text can still be selected by hand. */
  | { readonly kind: 'refused' };

export const lastCopy = signal<CopyOutcome | undefined>(undefined);

let clearing: ReturnType<typeof setTimeout> | undefined;

export async function copyText(text: string): Promise<void> {
  lastCopy.value = await writeText(text);
  clearTimeout(clearing);
  clearing = setTimeout(() => {
    lastCopy.value = undefined;
  }, SHOWN_MS);
}

async function writeText(text: string): Promise<CopyOutcome> {
  try {
    await navigator.clipboard.writeText(text);
    return { kind: 'copied', text };
  } catch {
    return { kind: 'refused' };
  }
}

/** Whether `text` is what was copied a moment ago. */
export function isJustCopied(text: string): boolean {
  return lastCopy.value?.kind === 'copied' && lastCopy.value.text === text;
}

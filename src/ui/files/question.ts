/** What the address's `find=` and `lens=` ask of the files. */
import type { Lens } from '../../core/layer/lenses.ts';
import type { NameSearch } from '../../core/layer/search.ts';

export type FindKind = NameSearch['kind'] | 'text' | 'text-regex';

export interface Find {
  readonly kind: FindKind;
  readonly text: string;
}

const FIND_KINDS: readonly FindKind[] = ['name', 'glob', 'regex', 'text', 'text-regex'];
const LENSES: readonly Lens[] = ['set-uid', 'world-writable', 'large', 'secrets'];

/** `glob:*.conf`; a part of a name where no kind stands before it. */
export function parseFind(asked: string | undefined): Find | undefined {
  if (asked === undefined) return undefined;
  const kind = FIND_KINDS.find((known) => asked.startsWith(`${known}:`));
  return kind === undefined ? { kind: 'name', text: asked } : { kind, text: asked.slice(kind.length + 1) };
}

export function formatFind({ kind, text }: Find): string {
  return `${kind}:${text}`;
}

export function findsText(find: Find | undefined): boolean {
  return find?.kind === 'text' || find?.kind === 'text-regex';
}

/** The search by name that a listing is asked for; none for an empty one, nor while the search is in texts. */
export function nameSearchOf(find: Find | undefined): NameSearch | undefined {
  if (find === undefined || find.text === '' || find.kind === 'text' || find.kind === 'text-regex') return undefined;
  return { kind: find.kind, text: find.text };
}

export function parseLens(asked: string | undefined): Lens | undefined {
  return LENSES.find((lens) => lens === asked);
}

/** Why a pattern is no regular expression; undefined where it is one. */
export function whyNoRegex(text: string): string | undefined {
  try {
    new RegExp(text, 'u');
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message.replace(/^Invalid regular expression: /, '') : String(error);
  }
}

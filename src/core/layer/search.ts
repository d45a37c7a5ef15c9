/** Finds paths by a part of their name, by a glob, or by a regular expression. */
import { PulltabError } from '../errors.ts';
import { parseGlob } from './glob.ts';
import type { TreeView } from './tree-view.ts';

export interface NameSearch {
  /** `name`: a part, upper and lower case alike; with a slash in it, of the path. */
  readonly kind: 'name' | 'glob' | 'regex';
  readonly text: string;
}

/** What a search looks at. */
interface Matcher {
  readonly of: 'name' | 'path';
  readonly expression: RegExp;
}

/** A search ends after so long. A single path that takes forever is stopped by ending the worker. */
const LONGEST_MS = 3000;
/** The clock is looked at once in so many paths. */
const PATHS_BETWEEN = 16;
/** No longer path is looked at: what backtracking costs grows with it. Linux has none. */
const LONGEST_PATH = 4096;

/**
 * Those of `nodes` that match, in their order. Paths begin with a slash.
 * @throws PulltabError `pattern-invalid`, `pattern-too-slow`
 */
export function searchNames(view: TreeView, nodes: readonly number[], search: NameSearch): number[] {
  const { of, expression } = matcherOf(search);
  const pathOf = view.table.reader();
  const textOf = (node: number): string => (of === 'name' ? view.table.name(node) : `/${pathOf(node)}`);
  const began = Date.now();
  return nodes.filter((node, at) => {
    if (at % PATHS_BETWEEN === 0 && Date.now() - began > LONGEST_MS) throw tooSlow(search);
    const text = textOf(node);
    return text.length <= LONGEST_PATH && expression.test(text);
  });
}

function matcherOf({ kind, text }: NameSearch): Matcher {
  if (kind === 'name') {
    const expression = new RegExp(text.replaceAll(/[.*+?^${}()|[\]\\/]/g, '\\$&'), 'i');
    return { of: text.includes('/') ? 'path' : 'name', expression };
  }
  try {
    return kind === 'glob' ? parseGlob(text) : { of: 'path', expression: new RegExp(text) };
  } catch (error) {
    const seen = error instanceof Error ? error.message : String(error);
    throw new PulltabError('pattern-invalid', { attempted: attempted(text), seen, cause: error });
  }
}

function tooSlow({ text }: NameSearch): PulltabError {
  const seen = `it took longer than ${LONGEST_MS / 1000} s`;
  return new PulltabError('pattern-too-slow', { attempted: attempted(text), seen });
}

function attempted(text: string): string {
  return `search for ${text.slice(0, 80)}`;
}

/** What an entry's numbers and names look like to a person. */
import type { Change } from '../../core/layer/change-set.ts';
import type { FileRow } from '../../protocol/inspector.ts';

type RowType = FileRow['type'];

const TYPE_LETTERS: Readonly<Record<RowType, string>> = {
  file: '-',
  hardlink: '-',
  directory: 'd',
  symlink: 'l',
  'character-device': 'c',
  'block-device': 'b',
  fifo: 'p',
};

export const TYPE_WORDS: Readonly<Record<RowType, string>> = {
  file: 'file',
  hardlink: 'hard link',
  directory: 'directory',
  symlink: 'symbolic link',
  'character-device': 'character device',
  'block-device': 'block device',
  fifo: 'named pipe',
};

/** A sign beside each word: colour never tells a change alone. */
export const CHANGE_SIGNS: Readonly<Record<Change, string>> = {
  added: '+',
  changed: '~',
  metadata: '≈',
  removed: '−',
  unchanged: '',
};

export const CHANGE_WORDS: Readonly<Record<Change, string>> = {
  added: 'added',
  changed: 'changed',
  metadata: 'metadata changed',
  removed: 'removed',
  unchanged: 'unchanged',
};

/** "drwxr-xr-x", with set-uid, set-gid and sticky bits as `ls -l` writes them. */
export function formatMode(type: RowType, mode: number): string {
  const triple = (shift: number, special: number, letter: string): string => {
    const bits = mode >> shift;
    const isSpecial = (mode & special) !== 0;
    const execute = (bits & 1) !== 0;
    const last = isSpecial ? (execute ? letter : letter.toUpperCase()) : execute ? 'x' : '-';
    return `${bits & 4 ? 'r' : '-'}${bits & 2 ? 'w' : '-'}${last}`;
  };
  return TYPE_LETTERS[type] + triple(6, 0o4000, 's') + triple(3, 0o2000, 's') + triple(0, 0o1000, 't');
}

/** "0755", "4755". */
export function formatOctal(mode: number): string {
  return mode.toString(8).padStart(4, '0');
}

/** "2024-02-03"; a day says more of a file than "2 years": reproducible builds stamp 1970. */
export function formatDay(atMs: number): string {
  const date = new Date(atMs);
  return Number.isNaN(date.getTime()) ? '' : date.toISOString().slice(0, 10);
}

/** Controls, and what turns the direction of text around or cannot be seen: names and files lie with these. */
const UNSEEN = /(?!\t)\p{Cc}|[\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/gu;

/** A name of a layer as text to show: "a\u{1b}[31m" for what a terminal would obey. Tabs are escaped in names only. */
export function showName(name: string): string {
  return showLine(name).replaceAll('\t', '\\t');
}

/** A line of a file as text to show. */
export function showLine(text: string): string {
  return text.replace(UNSEEN, (character) => `\\u{${character.charCodeAt(0).toString(16)}}`);
}

/** The name behind the last slash; the root's is "/". */
export function baseName(path: string): string {
  return path === '' ? '/' : path.slice(path.lastIndexOf('/') + 1);
}

/** The directories above a path, the highest first, without the root. */
export function ancestorsOf(path: string): string[] {
  const parts = path.split('/').slice(0, -1);
  return parts.map((_, at) => parts.slice(0, at + 1).join('/'));
}

/** What the address's `path=` means as a clean path: never above the root. */
export function cleanPath(asked: string): string {
  const parts: string[] = [];
  for (const part of asked.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return parts.join('/');
}

const COUNT = new Intl.NumberFormat('en-US');

/** "12,300 paths", "1 path". */
export function countOf(count: number, one: string, many = `${one}s`): string {
  return `${COUNT.format(count)} ${count === 1 ? one : many}`;
}

/**
 * The history of an image as the Dockerfile that it was built from, as far as it tells: what every step did, and which
 * layer that made. `FROM`, the other stages of a build and the files that were copied are in no history.
 * https://github.com/opencontainers/image-spec/blob/main/config.md#properties (history)
 */
import type { HistoryEntry } from '../image-config.ts';
import { readGoStrings } from './go-strings.ts';
import { type Instruction, readInstruction } from './instruction.ts';

export interface BuildStep {
  /** One line or several, without control characters. A comment where the builder wrote no instruction. */
  readonly text: string;
  readonly keyword: string | undefined;
  /** As `NAME=value`. */
  readonly buildArgs: readonly string[];
  /** What the builder noted beside it. */
  readonly note: string | undefined;
  /** Position of the layer that it made, 0 the lowest; undefined where it made none, or where that is not known. */
  readonly layer: number | undefined;
  /** It says of itself that it made no layer. */
  readonly empty: boolean;
  /** RFC 3339, as written. */
  readonly created: string | undefined;
}

export interface Dockerfile {
  readonly steps: readonly BuildStep[];
  /** Steps that say they made a layer. Layers are told to steps only where these are as many as the layers. */
  readonly layerSteps: number;
  readonly layerCount: number;
  /** What the image was built on, where a builder noted it. */
  readonly from: string | undefined;
}

/** BuildKit's name for itself, on each of its steps. */
const SAYS_NOTHING = /^buildkit\.\w+\.v\d+$/;
/** buildah notes what each step started from: the image that `FROM` names, or one that it made itself, by its ID. */
const NOTED_FROM = /^FROM (\S+)$/;
const SHORT_ID = /^[0-9a-f]{12,64}$/;
/** Control characters and those that turn the direction of text, which could make it read as something else. */
const UNSEEN = /(?![\n\t])[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu;

export function rebuildDockerfile(history: readonly HistoryEntry[], layerCount: number): Dockerfile {
  const layerSteps = history.filter(({ emptyLayer }) => !emptyLayer).length;
  const known = layerSteps === layerCount;
  const shells: string[] = [];
  let layer = 0;
  const steps = history.map((entry): BuildStep => {
    const instruction = entry.createdBy === undefined ? undefined : readInstruction(entry.createdBy, shells);
    if (instruction?.keyword === 'SHELL') shells.unshift(readGoStrings(instruction.rest).join(' '));
    const note = noteOf(entry);
    return {
      text: instruction === undefined ? describeStep(entry.createdBy, note) : formatInstruction(instruction),
      keyword: instruction?.keyword,
      buildArgs: instruction?.buildArgs.map(showUnseen) ?? [],
      note: instruction === undefined ? undefined : note,
      layer: entry.emptyLayer || !known ? undefined : layer++,
      empty: entry.emptyLayer,
      created: entry.created,
    };
  });
  return { steps, layerSteps, layerCount, from: notedFrom(history) };
}

function noteOf({ comment }: HistoryEntry): string | undefined {
  if (comment === undefined || SAYS_NOTHING.test(comment) || NOTED_FROM.test(comment)) return undefined;
  return showUnseen(comment);
}

/** What an image's own builder noted: an image that it is based on has notes of its own, before those. */
function notedFrom(history: readonly HistoryEntry[]): string | undefined {
  const names = history.flatMap(({ comment = '' }) => NOTED_FROM.exec(comment)?.[1] ?? []);
  const name = names.filter((noted) => !SHORT_ID.test(noted)).at(-1);
  return name === undefined ? undefined : showUnseen(name);
}

/** All steps as one file, with what cannot be known said in comments. */
export function formatDockerfile(dockerfile: Dockerfile): string {
  const head = [
    '# Rebuilt from the history of an image: what it was built FROM, other stages and build contexts are not in it.',
  ];
  if (dockerfile.from !== undefined) head.push(`# Its builder noted: FROM ${dockerfile.from}`);
  const steps = dockerfile.steps.map(({ text, buildArgs, note }) =>
    [
      ...(note === undefined ? [] : [asComment(note)]),
      ...(buildArgs.length === 0 ? [] : [asComment(`with build arguments ${buildArgs.join(' ')}`)]),
      text,
    ].join('\n'),
  );
  return `${[...head, ...steps].join('\n')}\n`;
}

function formatInstruction({ keyword, rest }: Instruction): string {
  return showUnseen(rest === '' ? keyword : `${keyword} ${rest}`);
}

function describeStep(createdBy: string | undefined, note: string | undefined): string {
  const by = createdBy === undefined ? undefined : showUnseen(createdBy.replace(/\s+# buildkit\s*$/, '').trim());
  if (by === undefined || by === '') return asComment(note ?? 'this step was not recorded');
  if (note === undefined) return by.startsWith('#') ? asComment(by.slice(1).trim()) : asComment(by);
  return asComment(`${note} (${by})`);
}

function asComment(text: string): string {
  return text
    .split('\n')
    .map((line) => `# ${line}`)
    .join('\n');
}

function showUnseen(text: string): string {
  return text.replace(UNSEEN, (unseen) => `\\u${unseen.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

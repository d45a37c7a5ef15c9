/**
 * Several images from a text: one on each line as people type or paste them, or the images that a Compose file, a
 * Kubernetes manifest or a Dockerfile names. What cannot be read is given back with what is wrong with it.
 */
import { asPulltabError, type PulltabError } from '../../core/errors.ts';
import { parsePastedReference } from '../../core/pasted-reference.ts';
import { formatPlatform } from '../../core/platform.ts';
import { formatReference } from '../../core/reference.ts';

export interface PastedImage {
  /** Familiar form; `sample` for the image that comes with the app. */
  readonly image: string;
  readonly platform: string | undefined;
}

export interface PastedList {
  readonly images: readonly PastedImage[];
  /** The lines that could not be read, as they were. */
  readonly wrong: string;
  /** Of the first of them. */
  readonly error: PulltabError | undefined;
}

/** `image: nginx:1.27`, as a value or in a list. */
const YAML_IMAGE = /^\s*(?:-\s+)?["']?image["']?\s*:\s*(?<image>[^\s#].*?),?\s*$/;
const FROM = /^\s*FROM\s+(?:--platform=(?<platform>\S+)\s+)?(?<image>\S+)(?:\s+AS\s+(?<stage>\S+))?\s*$/i;

export function readPastedList(text: string): PastedList {
  const lines = text.split(/[\r\n]+/).map((line) => line.replace(/(?:^|\s)#.*$/, ''));
  const images: PastedImage[] = [];
  const wrong: string[] = [];
  let error: PulltabError | undefined;
  for (const line of imageLines(lines)) {
    try {
      images.push(readLine(line));
    } catch (cause) {
      error ??= asPulltabError(cause, 'read the reference');
      wrong.push(line);
    }
  }
  return { images, wrong: wrong.join('\n'), error };
}

/** Of a file that is no list of images, what stands for one in it. */
function imageLines(lines: readonly string[]): string[] {
  const yaml = lines.flatMap((line) => YAML_IMAGE.exec(line)?.groups?.image ?? []);
  if (yaml.length > 0) return [...new Set(yaml)];
  const from = lines.map((line) => FROM.exec(line)?.groups).filter((groups) => groups !== undefined);
  if (from.length > 0) return fromLines(from);
  return lines.map((line) => line.trim()).filter((line) => line !== '');
}

/** Stages of the same file are no images, and neither is `scratch`. */
function fromLines(from: readonly Record<string, string | undefined>[]): string[] {
  const stages = new Set(from.map(({ stage }) => stage));
  const bases = from.filter(({ image }) => image !== 'scratch' && !stages.has(image));
  const lines = bases.map(({ image = '', platform }) => {
    // A variable is the builder's to fill in.
    return platform === undefined || platform.includes('$') ? image : `docker pull --platform ${platform} ${image}`;
  });
  return [...new Set(lines)];
}

function readLine(line: string): PastedImage {
  if (line === 'sample') return { image: line, platform: undefined };
  const { reference, platform } = parsePastedReference(line);
  return { image: formatReference(reference), platform: platform && formatPlatform(platform) };
}

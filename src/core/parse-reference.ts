/** A reference from text, and in words what is wrong with a text that is none. The grammar itself is reference.ts. */
import { whyNotDigest } from './digest.ts';
import { PulltabError } from './errors.ts';
import {
  HOST_MAX_LENGTH,
  REPOSITORY_MAX_LENGTH,
  type Reference,
  ReferenceFault,
  readReference,
  TAG_MAX_LENGTH,
} from './reference.ts';
import { shownText } from './reference-text.ts';

/**
 * Like `readReference`, for a text whose faults a person is to read.
 *
 * @throws PulltabError `reference-invalid`, which says what is wrong and never repeats a password.
 */
export function parseReference(text: string, options: { readonly isUrl?: boolean } = {}): Reference {
  try {
    return readReference(text, options);
  } catch (error) {
    if (!(error instanceof ReferenceFault)) throw error;
    throw new PulltabError('reference-invalid', { attempted: `read ${shownText(text)}`, seen: inWords(error) });
  }
}

function inWords({ kind, part }: ReferenceFault): string {
  switch (kind) {
    case 'empty':
      return 'it is empty';
    case 'space':
      return 'it holds a space; give one reference at a time';
    case 'after-at':
      return whyNotDigestPart(part);
    case 'digest':
      return `of the digest, ${whyNotDigest(part)}`;
    case 'digest-alone':
      return 'it is a digest alone; put the repository before it, as in app@sha256:…';
    case 'image-id':
      return 'it is the ID of a local image; registries know images by repository and digest, as in app@sha256:…';
    case 'tag':
      return whyNotTag(part);
    case 'no-repository':
      return 'it names a registry but no repository';
    case 'no-registry':
      return 'the registry’s name is empty';
    case 'registry-length':
      return `the registry’s name has more than ${HOST_MAX_LENGTH} characters`;
    case 'registry':
      return `“${part}” is not the name or address of a registry`;
    case 'port':
      return `the port “${part}” is not a number from 1 to 65535; a tag comes last, after the repository`;
    case 'no-name':
      return 'the repository’s name is missing';
    case 'empty-part':
      return 'it has an empty part beside a slash';
    case 'upper-case':
      return `a repository is written in lower case: ${part}`;
    case 'path-part':
      return whyNotPathPart(part);
    case 'repository-length':
      return `the repository has ${part} characters; at most ${REPOSITORY_MAX_LENGTH} are allowed`;
  }
}

function whyNotDigestPart(afterAt: string): string {
  if (afterAt.includes('/'))
    return 'it holds a user name or a password, which a reference never does; take off what stands before @';
  const algorithm = /^((?:md|sha|blake)\d[a-z0-9_+.-]*):/i.exec(afterAt)?.[1];
  if (algorithm !== undefined) return `the digest’s algorithm ${algorithm} is not sha256 or sha512`;
  return 'what follows @ is not a digest, which starts with sha256: or sha512:; a tag follows a colon';
}

function whyNotTag(tag: string): string {
  if (tag === '') return 'the tag after the colon is empty';
  if (tag.length > TAG_MAX_LENGTH) return `the tag has ${tag.length} characters; at most ${TAG_MAX_LENGTH} are allowed`;
  if (/^[.-]/.test(tag))
    return `the tag “${tag}” starts with ${tag.slice(0, 1)}; it has to start with a letter, a digit or _`;
  return `the tag “${tag}” holds characters other than letters, digits, _ . and -`;
}

function whyNotPathPart(part: string): string {
  const shown = part.length > 40 ? `${part.slice(0, 40)}…` : part;
  if (/[^A-Za-z0-9._-]/.test(part)) return `“${shown}” holds characters other than a–z, 0–9, . _ and -`;
  if (/^[._-]|[._-]$/.test(part)) return `“${shown}” starts or ends with . _ or -`;
  return `in “${shown}”, . and _ stand alone or as __, between letters or digits`;
}

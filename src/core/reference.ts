/**
 * References: `[registry/]repository[:tag][@digest]`, the names that images are asked for by.
 * The grammar and the defaults are Docker's (https://github.com/distribution/reference). What people paste around a
 * reference (commands, addresses of pages) is read by pasted-reference.ts, which is loaded only when it is needed.
 */
import { type Digest, parseDigest } from './digest.ts';
import { asPulltabError, PulltabError } from './errors.ts';
import { holdsSecret, shownText } from './reference-text.ts';

export interface Reference {
  /** `docker.io`, `localhost:5000`, `[::1]:5000`: lower case, never one of Docker Hub's other names. */
  readonly registry: string;
  /** In full: `library/nginx`. */
  readonly repository: string;
  readonly tag?: string;
  readonly digest?: Digest;
}

const DOCKER_HUB = 'docker.io';

const DOCKER_HUB_NAMES: ReadonlySet<string> = new Set([
  DOCKER_HUB,
  'index.docker.io',
  'registry-1.docker.io',
  'registry.hub.docker.com',
]);
/** Docker Hub keeps its official images there, and leaves it out of their names. */
const OFFICIAL = 'library/';
const REPOSITORY_MAX_LENGTH = 255;
const TAG_MAX_LENGTH = 128;
const HOST_MAX_LENGTH = 253;

// The grammar, from named pieces. Each is a source text; `whole` makes an expression of it.
const ALPHANUMERIC = '[a-z0-9]+';
/** One dot, one or two underscores, or any number of hyphens. */
const SEPARATOR = '(?:[._]|__|-+)';
const PATH_PART = `${ALPHANUMERIC}(?:${SEPARATOR}${ALPHANUMERIC})*`;
const HOST_LABEL = '[a-z0-9](?:[a-z0-9-]*[a-z0-9])?';
const HOST_NAME = `${HOST_LABEL}(?:\\.${HOST_LABEL})*`;
const IPV6_HOST = '\\[[0-9a-f:.]+\\]';
const TAG = `[A-Za-z0-9_][A-Za-z0-9_.-]{0,${TAG_MAX_LENGTH - 1}}`;

const PATH_PART_ONLY = whole(PATH_PART);
const HOST_ONLY = whole(`(?:${HOST_NAME}|${IPV6_HOST})`);
const TAG_ONLY = whole(TAG);
const IMAGE_ID = /^[0-9a-f]{64}$/;

function whole(source: string): RegExp {
  return new RegExp(`^${source}$`);
}

/**
 * Reads a name as it stands: `nginx`, `ghcr.io/org/app:1.2`, `app:1.2@sha256:…`. The tag is `latest` when neither a tag
 * nor a digest is given.
 *
 * @param options.isUrl the text was an address, whose first part is a host whatever it looks like
 * @throws PulltabError `reference-invalid`, which says what is wrong and never repeats a password.
 */
export function parseReference(text: string, options: { readonly isUrl?: boolean } = {}): Reference {
  return parseName(text, options.isUrl ?? false);
}

/** Whether the text can only be a name, with nothing around it that `parsePastedReference` would take off. */
export function isBareReference(text: string): boolean {
  return (
    /^[\w.:@/[\]-]+$/.test(text) &&
    !text.includes('://') &&
    !/^(?:hub\.docker\.com|(?:www\.)?github\.com|quay\.io\/repository)\b/i.test(text)
  );
}

/**
 * The familiar form, which `parseReference` reads back to the same reference: `nginx:1.27`,
 * `ghcr.io/org/app:1.2@sha256:…`. A name that would be read otherwise without its registry keeps it.
 */
export function formatReference(reference: Reference): string {
  const { registry, repository } = reference;
  if (registry !== DOCKER_HUB) return formatCanonical(reference);
  const isOfficial = repository.startsWith(OFFICIAL) && !repository.includes('/', OFFICIAL.length);
  const familiar = isOfficial ? repository.slice(OFFICIAL.length) : repository;
  return isMistakable(familiar, reference) ? formatCanonical(reference) : familiar + formatSuffix(reference);
}

/** The form with nothing left out: `docker.io/library/nginx:1.27`. */
export function formatCanonical(reference: Reference): string {
  return `${reference.registry}/${reference.repository}${formatSuffix(reference)}`;
}

function formatSuffix({ tag, digest }: Reference): string {
  return `${tag === undefined ? '' : `:${tag}`}${digest === undefined ? '' : `@${digest}`}`;
}

/** Whether a name on Docker Hub reads as something else when it stands alone. */
function isMistakable(familiar: string, { tag }: Reference): boolean {
  const slash = familiar.indexOf('/');
  if (slash >= 0) return isHost(familiar.slice(0, slash));
  return IMAGE_ID.test(familiar) || (familiar === 'sha256' && tag !== undefined && IMAGE_ID.test(tag));
}

/** Docker's rule for the first part: a host has a dot or a port, or is `localhost`; anything else is on Docker Hub. */
function isHost(firstPart: string): boolean {
  return /[.:[]/.test(firstPart) || firstPart.toLowerCase() === 'localhost';
}

function parseName(text: string, isUrl: boolean): Reference {
  if (text === '') throw invalid(text, 'it is empty');
  if (/\s/.test(text)) throw invalid(text, 'it holds a space; give one reference at a time');
  const at = text.indexOf('@');
  if (at >= 0 && holdsSecret(text)) throw invalid(text, whyNotDigestPart(text.slice(text.lastIndexOf('@') + 1)));
  const digest = at < 0 ? undefined : parseDigestPart(text, text.slice(at + 1));
  const { name, tag } = splitTag(text, at < 0 ? text : text.slice(0, at));
  const { registry, path } = splitRegistry(text, name, isUrl);
  if (registry === undefined && path === 'sha256' && tag !== undefined && IMAGE_ID.test(tag)) {
    throw invalid(text, 'it is a digest alone; put the repository before it, as in app@sha256:…');
  }
  if (registry === undefined && IMAGE_ID.test(path) && tag === undefined && digest === undefined) {
    throw invalid(
      text,
      'it is the ID of a local image; registries know images by repository and digest, as in app@sha256:…',
    );
  }
  const repository = parseRepository(text, { registry: registry ?? DOCKER_HUB, path });
  return {
    registry: registry ?? DOCKER_HUB,
    repository,
    ...(tag === undefined ? {} : { tag }),
    ...(digest === undefined ? {} : { digest }),
    ...(tag === undefined && digest === undefined ? { tag: 'latest' } : {}),
  };
}

function whyNotDigestPart(afterAt: string): string {
  if (afterAt.includes('/'))
    return 'it holds a user name or a password, which a reference never does; take off what stands before @';
  const algorithm = /^((?:md|sha|blake)\d[a-z0-9_+.-]*):/i.exec(afterAt)?.[1];
  if (algorithm !== undefined) return `the digest’s algorithm ${algorithm} is not sha256 or sha512`;
  return 'what follows @ is not a digest, which starts with sha256: or sha512:; a tag follows a colon';
}

function parseDigestPart(text: string, part: string): Digest {
  try {
    return parseDigest(part);
  } catch (error) {
    throw invalid(text, `of the digest, ${asPulltabError(error, 'read the digest').seen}`);
  }
}

/** The tag follows the last colon, unless that colon belongs to a port. */
function splitTag(text: string, nameAndTag: string): { name: string; tag: string | undefined } {
  const colon = nameAndTag.lastIndexOf(':');
  if (colon < 0 || nameAndTag.includes('/', colon) || nameAndTag.endsWith(']'))
    return { name: nameAndTag, tag: undefined };
  const tag = nameAndTag.slice(colon + 1);
  const name = nameAndTag.slice(0, colon);
  if (/^\[[^/]*\]$/.test(name)) return { name: nameAndTag, tag: undefined };
  if (!TAG_ONLY.test(tag)) throw invalid(text, whyNotTag(tag));
  return { name, tag };
}

function whyNotTag(tag: string): string {
  if (tag === '') return 'the tag after the colon is empty';
  if (tag.length > TAG_MAX_LENGTH) return `the tag has ${tag.length} characters; at most ${TAG_MAX_LENGTH} are allowed`;
  if (/^[.-]/.test(tag))
    return `the tag “${tag}” starts with ${tag.slice(0, 1)}; it has to start with a letter, a digit or _`;
  return `the tag “${tag}” holds characters other than letters, digits, _ . and -`;
}

function splitRegistry(text: string, name: string, isUrl: boolean): { registry: string | undefined; path: string } {
  const slash = name.indexOf('/');
  const first = slash < 0 ? name : name.slice(0, slash);
  if (slash < 0) {
    if (isUrl || first.startsWith('[')) throw invalid(text, 'it names a registry but no repository');
    return { registry: undefined, path: name };
  }
  if (!isUrl && !isHost(first)) return { registry: undefined, path: name };
  const path = name.slice(slash + 1);
  if (path === '') throw invalid(text, 'it names a registry but no repository');
  return { registry: parseHost(text, first), path };
}

/** Lower case, port checked, all names of Docker Hub made one. */
function parseHost(text: string, hostAndPort: string): string {
  const { host, port } = splitPort(hostAndPort.toLowerCase());
  if (host === '') throw invalid(text, 'the registry’s name is empty');
  if (host.length > HOST_MAX_LENGTH)
    throw invalid(text, `the registry’s name has more than ${HOST_MAX_LENGTH} characters`);
  if (!HOST_ONLY.test(host)) throw invalid(text, `“${host}” is not the name or address of a registry`);
  if (port !== undefined && !isPort(port)) {
    throw invalid(text, `the port “${port}” is not a number from 1 to 65535; a tag comes last, after the repository`);
  }
  const url = readHost(host);
  if (url === undefined || (!host.startsWith('[') && url !== host)) {
    throw invalid(text, `“${host}” is not the name or address of a registry`);
  }
  if (port !== undefined) return `${url}:${Number(port)}`;
  return DOCKER_HUB_NAMES.has(url) ? DOCKER_HUB : url;
}

function splitPort(hostAndPort: string): { host: string; port: string | undefined } {
  const colon = hostAndPort.startsWith('[')
    ? hostAndPort.indexOf(':', hostAndPort.indexOf(']'))
    : hostAndPort.indexOf(':');
  if (colon < 0) return { host: hostAndPort, port: undefined };
  return { host: hostAndPort.slice(0, colon), port: hostAndPort.slice(colon + 1) };
}

function isPort(port: string): boolean {
  return /^\d{1,5}$/.test(port) && Number(port) >= 1 && Number(port) <= 65535;
}

/** How a browser reads this host: `[::1]` for `[0::1]`; another name for `127.1`, which is refused for that reason. */
function readHost(host: string): string | undefined {
  try {
    return new URL(`http://${host}/`).hostname;
  } catch {
    return undefined;
  }
}

function parseRepository(text: string, { registry, path }: { registry: string; path: string }): string {
  if (path === '') throw invalid(text, 'the repository’s name is missing');
  const parts = path.split('/');
  if (parts.includes('')) throw invalid(text, 'it has an empty part beside a slash');
  const lower = path.toLowerCase();
  if (lower !== path && lower.split('/').every((part) => PATH_PART_ONLY.test(part))) {
    throw invalid(text, `a repository is written in lower case: ${lower}`);
  }
  const wrong = parts.find((part) => !PATH_PART_ONLY.test(part));
  if (wrong !== undefined) throw invalid(text, whyNotPathPart(wrong));
  const repository = registry === DOCKER_HUB && parts.length === 1 ? OFFICIAL + path : path;
  if (repository.length > REPOSITORY_MAX_LENGTH) {
    throw invalid(
      text,
      `the repository has ${repository.length} characters; at most ${REPOSITORY_MAX_LENGTH} are allowed`,
    );
  }
  return repository;
}

function whyNotPathPart(part: string): string {
  const shown = part.length > 40 ? `${part.slice(0, 40)}…` : part;
  if (/[^A-Za-z0-9._-]/.test(part)) return `“${shown}” holds characters other than a–z, 0–9, . _ and -`;
  if (/^[._-]|[._-]$/.test(part)) return `“${shown}” starts or ends with . _ or -`;
  return `in “${shown}”, . and _ stand alone or as __, between letters or digits`;
}

function invalid(text: string, seen: string): PulltabError {
  return new PulltabError('reference-invalid', { attempted: `read ${shownText(text)}`, seen });
}

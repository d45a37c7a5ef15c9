/**
 * References: `[registry/]repository[:tag][@digest]`, the names that images are asked for by.
 * The grammar and the defaults are Docker's (https://github.com/distribution/reference). What people paste around a
 * reference (commands, addresses of pages) is read by pasted-reference.ts, which is loaded only when it is needed.
 */
import { type Digest, isDigest } from './digest.ts';
import { holdsSecret } from './reference-text.ts';

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
export const REPOSITORY_MAX_LENGTH = 255;
export const TAG_MAX_LENGTH = 128;
export const HOST_MAX_LENGTH = 253;

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

/** What keeps a text from being a reference. In words: parse-reference.ts, which is loaded only to say it. */
export class ReferenceFault extends Error {
  constructor(
    readonly kind:
      | 'empty'
      | 'space'
      | 'after-at'
      | 'digest'
      | 'digest-alone'
      | 'image-id'
      | 'tag'
      | 'no-repository'
      | 'no-registry'
      | 'registry-length'
      | 'registry'
      | 'port'
      | 'no-name'
      | 'empty-part'
      | 'upper-case'
      | 'path-part'
      | 'repository-length',
    /** The part of the text that is wrong; for `upper-case` how it would be right. */
    readonly part = '',
  ) {
    super(kind);
  }
}

/**
 * Reads a name as it stands: `nginx`, `ghcr.io/org/app:1.2`, `app:1.2@sha256:…`. The tag is `latest` when neither a tag
 * nor a digest is given.
 *
 * @param options.isUrl the text was an address, whose first part is a host whatever it looks like
 * @throws ReferenceFault
 */
export function readReference(text: string, options: { readonly isUrl?: boolean } = {}): Reference {
  return readName(text, options.isUrl ?? false);
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
 * The familiar form, which `readReference` reads back to the same reference: `nginx:1.27`,
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

function readName(text: string, isUrl: boolean): Reference {
  if (text === '') throw new ReferenceFault('empty');
  if (/\s/.test(text)) throw new ReferenceFault('space');
  const at = text.indexOf('@');
  if (at >= 0 && holdsSecret(text)) throw new ReferenceFault('after-at', text.slice(text.lastIndexOf('@') + 1));
  const digest = at < 0 ? undefined : readDigest(text.slice(at + 1));
  const { name, tag } = splitTag(at < 0 ? text : text.slice(0, at));
  const { registry, path } = splitRegistry(name, isUrl);
  if (registry === undefined && path === 'sha256' && tag !== undefined && IMAGE_ID.test(tag)) {
    throw new ReferenceFault('digest-alone');
  }
  if (registry === undefined && IMAGE_ID.test(path) && tag === undefined && digest === undefined) {
    throw new ReferenceFault('image-id');
  }
  const repository = readRepository({ registry: registry ?? DOCKER_HUB, path });
  return {
    registry: registry ?? DOCKER_HUB,
    repository,
    ...(tag === undefined ? {} : { tag }),
    ...(digest === undefined ? {} : { digest }),
    ...(tag === undefined && digest === undefined ? { tag: 'latest' } : {}),
  };
}

function readDigest(part: string): Digest {
  if (!isDigest(part)) throw new ReferenceFault('digest', part);
  return part;
}

/** The tag follows the last colon, unless that colon belongs to a port. */
function splitTag(nameAndTag: string): { name: string; tag: string | undefined } {
  const colon = nameAndTag.lastIndexOf(':');
  if (colon < 0 || nameAndTag.includes('/', colon) || nameAndTag.endsWith(']'))
    return { name: nameAndTag, tag: undefined };
  const tag = nameAndTag.slice(colon + 1);
  const name = nameAndTag.slice(0, colon);
  if (/^\[[^/]*\]$/.test(name)) return { name: nameAndTag, tag: undefined };
  if (!TAG_ONLY.test(tag)) throw new ReferenceFault('tag', tag);
  return { name, tag };
}

function splitRegistry(name: string, isUrl: boolean): { registry: string | undefined; path: string } {
  const slash = name.indexOf('/');
  const first = slash < 0 ? name : name.slice(0, slash);
  if (slash < 0) {
    if (isUrl || first.startsWith('[')) throw new ReferenceFault('no-repository');
    return { registry: undefined, path: name };
  }
  if (!isUrl && !isHost(first)) return { registry: undefined, path: name };
  const path = name.slice(slash + 1);
  if (path === '') throw new ReferenceFault('no-repository');
  return { registry: readHost(first), path };
}

/** Lower case, port checked, all names of Docker Hub made one. */
function readHost(hostAndPort: string): string {
  const { host, port } = splitPort(hostAndPort.toLowerCase());
  if (host === '') throw new ReferenceFault('no-registry');
  if (host.length > HOST_MAX_LENGTH) throw new ReferenceFault('registry-length');
  if (!HOST_ONLY.test(host)) throw new ReferenceFault('registry', host);
  if (port !== undefined && !isPort(port)) {
    throw new ReferenceFault('port', port);
  }
  const url = browserHost(host);
  if (url === undefined || (!host.startsWith('[') && url !== host)) {
    throw new ReferenceFault('registry', host);
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
function browserHost(host: string): string | undefined {
  try {
    return new URL(`http://${host}/`).hostname;
  } catch {
    return undefined;
  }
}

function readRepository({ registry, path }: { registry: string; path: string }): string {
  if (path === '') throw new ReferenceFault('no-name');
  const parts = path.split('/');
  if (parts.includes('')) throw new ReferenceFault('empty-part');
  const lower = path.toLowerCase();
  if (lower !== path && lower.split('/').every((part) => PATH_PART_ONLY.test(part))) {
    throw new ReferenceFault('upper-case', lower);
  }
  const wrong = parts.find((part) => !PATH_PART_ONLY.test(part));
  if (wrong !== undefined) throw new ReferenceFault('path-part', wrong);
  const repository = registry === DOCKER_HUB && parts.length === 1 ? OFFICIAL + path : path;
  if (repository.length > REPOSITORY_MAX_LENGTH) {
    throw new ReferenceFault('repository-length', String(repository.length));
  }
  return repository;
}

/**
 * What people paste around a reference: command lines, `docker://` and other prefixes, addresses of the pages of Docker
 * Hub, GitHub packages and Quay. This takes it off and leaves a name for reference.ts to judge.
 */
import { PulltabError } from './errors.ts';
import { parseReference } from './parse-reference.ts';
import { type Platform, parsePlatform } from './platform.ts';
import type { Reference } from './reference.ts';
import { holdsSecret, shownText } from './reference-text.ts';

/**
 * Reads what people paste: `nginx`, `docker pull --platform linux/arm64 nginx`, `docker://nginx`,
 * `https://hub.docker.com/_/nginx`; with the platform that a command asks for.
 *
 * @throws PulltabError `reference-invalid`, which says what is wrong and never repeats a password; `platform-invalid` for
 * the platform of a command.
 */
export function parsePastedReference(text: string): { readonly reference: Reference; readonly platform?: Platform } {
  const { text: name, isUrl, platform } = unwrapPasted(text);
  const reference = parseReference(name, { isUrl });
  return platform === undefined ? { reference } : { reference, platform: parsePlatform(platform) };
}

interface Unwrapped {
  /** `ghcr.io/org/app:1.2`: not checked yet. */
  readonly text: string;
  /** It was an address, so that its first part is a host even without a dot or a port. */
  readonly isUrl: boolean;
  /** What a command asks for, as it stands there: `linux/arm64`. */
  readonly platform?: string;
}

/** Where the words of the tools end and the image begins. Longest first: `image pull` before `image`. */
const COMMANDS: readonly (readonly string[])[] = [
  ['buildx', 'imagetools', 'inspect'],
  ...['image', 'images', 'i'].flatMap((noun) =>
    ['pull', 'inspect', 'history', 'save', 'copy'].map((verb) => [noun, verb]),
  ),
  ...['manifest', 'blob', 'tag', 'index'].flatMap((noun) =>
    ['inspect', 'get', 'head', 'ls'].map((verb) => [noun, verb]),
  ),
  ...['pull', 'run', 'create', 'inspect', 'history', 'save', 'copy', 'manifest', 'config', 'digest'].map((verb) => [
    verb,
  ]),
  ...['export', 'ls', 'list-tags', 'validate', 'fetch', 'discover', 'resolve', 'tree', 'verify'].map((verb) => [verb]),
];
const TOOLS: ReadonlySet<string> = new Set(
  'docker podman nerdctl finch crane skopeo regctl ctr crictl oras helm cosign buildah'.split(' '),
);
/** Elsewhere the word after the image is a file: `crane pull nginx nginx.tar`. */
const PULLS_SEVERAL: ReadonlySet<string> = new Set(['docker', 'podman', 'nerdctl', 'finch']);
/** Options that take the next word, among them everything that carries a credential: a password is never the image. */
const VALUED_OPTIONS: ReadonlySet<string> = new Set(
  (
    '--platform --override-os --override-arch --override-variant --os --arch --variant --creds --src-creds --dest-creds ' +
    '--username --password --user --registry-token --src-registry-token --dest-registry-token --authfile --src-authfile ' +
    '--cert-dir --src-cert-dir --tls-ca-cert --config --context --host --log-level --format --name --volume --publish --env ' +
    '--env-file --network --net --workdir --entrypoint --restart --mount --label --hostname --memory --cpus --gpus ' +
    '--add-host --device --cap-add --cap-drop --pull --tmpfs --shm-size --namespace --address --output --snapshotter ' +
    '--retry-times --command-timeout --version --host-header --decryption-key -v -p -e -w -u -l -h -m -n -o -c -H -f'
  ).split(' '),
);
const HUB_OWNERS: ReadonlySet<string> = new Set(['r', 'layers']);

/** @throws PulltabError `reference-invalid` for a command or a page that names no image, and for an unknown prefix. */
function unwrapPasted(text: string): Unwrapped {
  const trimmed = trimPasted(text);
  const command = readCommand(trimmed);
  if (command === undefined) return unwrapAddress(trimmed);
  const inner = unwrapAddress(trimPasted(command.image));
  return command.platform === undefined ? inner : { ...inner, platform: command.platform };
}

/** Takes off white space (also the invisible kinds that web pages hold) and pairs of quotes. */
function trimPasted(text: string): string {
  let rest = text.replace(/^[\s\u200b-\u200d\u2060\ufeff]+|[\s\u200b-\u200d\u2060\ufeff]+$/g, '');
  for (;;) {
    const inner = /^(?:"([^"]*)"|'([^']*)'|`([^`]*)`|“([^”]*)”|‘([^’]*)’|«([^»]*)»|<([^>]*)>)$/.exec(rest);
    if (inner === null) return rest;
    rest = (inner.slice(1).find((group) => group !== undefined) ?? '').trim();
  }
}

/** `$ sudo docker pull --platform linux/arm64 nginx` → the image and the platform; `undefined` if it is no command. */
function readCommand(text: string): { image: string; platform?: string } | undefined {
  const words = text.split(/\s+/).filter((word) => word !== '\\');
  while (words.length > 1 && /^(?:[$#%>]|sudo)$/.test(words[0] ?? '')) words.shift();
  const tool = words.shift() ?? '';
  if (words.length === 0 || !TOOLS.has(tool)) return undefined;
  const { options, rest } = readOptions(words);
  const command = COMMANDS.find((verbs) => verbs.every((verb, index) => rest[index] === verb));
  const image = rest[command?.length ?? 0];
  if (command === undefined || image === undefined) {
    throw new PulltabError('reference-invalid', { attempted: `read the ${tool} command`, seen: 'it names no image' });
  }
  const more = rest.length - command.length - 1;
  if (command.at(-1) === 'pull' && more > 0 && PULLS_SEVERAL.has(tool)) {
    throw new PulltabError('reference-invalid', {
      attempted: `read the ${tool} command`,
      seen: `it names ${more + 1} images; give one at a time`,
    });
  }
  const platform = platformOf(options);
  return platform === undefined ? { image } : { image, platform };
}

/** Options until the words of the command and the image are complete; what follows belongs to the container. */
function readOptions(words: readonly string[]): { options: Map<string, string>; rest: string[] } {
  const options = new Map<string, string>();
  const rest: string[] = [];
  for (let index = 0; index < words.length; index++) {
    const word = words[index] ?? '';
    if (!word.startsWith('-')) {
      rest.push(word);
      continue;
    }
    const equals = word.indexOf('=');
    if (equals > 0) {
      setFirst(options, word.slice(0, equals), trimPasted(word.slice(equals + 1)));
    } else if (VALUED_OPTIONS.has(word) || isValuedCluster(word)) {
      index++;
      setFirst(options, word, trimPasted(words[index] ?? ''));
    }
  }
  return { options, rest };
}

/** `-dp 80:80`: single letters in one word, the last of which takes a value. */
function isValuedCluster(word: string): boolean {
  return (
    /^-[a-z]{2,3}$/i.test(word) && /^-[ditPq]+$/.test(word.slice(0, -1)) && VALUED_OPTIONS.has(`-${word.slice(-1)}`)
  );
}

function setFirst(options: Map<string, string>, name: string, value: string): void {
  if (!options.has(name)) options.set(name, value);
}

/** One platform; several in a list, or `all`, leave the choice open. */
function platformOf(options: ReadonlyMap<string, string>): string | undefined {
  const platform = options.get('--platform');
  if (platform !== undefined) return platform === 'all' || platform.includes(',') ? undefined : platform;
  const architecture = options.get('--override-arch') ?? options.get('--arch');
  if (architecture === undefined) return undefined;
  const os = options.get('--override-os') ?? options.get('--os') ?? 'linux';
  const variant = options.get('--override-variant') ?? options.get('--variant');
  return [os, architecture, ...(variant === undefined ? [] : [variant])].join('/');
}

function unwrapAddress(text: string): Unwrapped {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(text)?.[1];
  if (scheme === undefined) return readBarePage(text) ?? { text, isUrl: false };
  const rest = text.slice(scheme.length + '://'.length);
  switch (scheme.toLowerCase()) {
    case 'docker':
    case 'oci':
      return { text: stripSlashes(rest), isUrl: false };
    case 'https':
    case 'http':
      return readUrl(text, scheme.toLowerCase());
    default:
      throw invalid(text, `the prefix ${scheme.slice(0, 20)}:// is not one of docker://, oci://, https:// and http://`);
  }
}

/** Pages copied without `https://`. On Quay, which is a registry too, a tag or digest shows that it is none. */
function readBarePage(text: string): Unwrapped | undefined {
  if (/^(?:hub\.docker\.com|(?:www\.)?github\.com)(?:\/|$)/i.test(text)) return readUrl(`https://${text}`, 'https');
  if (/^quay\.io\/repository\/[^:@]*(?:\?|$)/i.test(text)) return readUrl(`https://${text}`, 'https');
  return undefined;
}

function readUrl(text: string, scheme: string): Unwrapped {
  if (holdsSecret(text) && /^[^/]*\/\/[^/?#]*@/.test(text)) {
    throw invalid(
      text,
      'it holds a user name or a password, which a reference never does; take off what stands before @',
    );
  }
  const [address = ''] = text.slice(scheme.length + '://'.length).split('#', 1);
  const [path = ''] = address.split('?', 1);
  const query = new URLSearchParams(address.slice(path.length));
  const [host = '', ...parts] = stripSlashes(path).split('/').map(decodePart);
  if (host === '') throw invalid(text, 'the address names no registry');
  const page = { host: host.toLowerCase().replace(/^www\./, ''), parts, tag: query.get('tag') ?? undefined };
  const name = readPage(text, page) ?? readApiUrl(page);
  if (name !== undefined) return { text: name, isUrl: true };
  // A host of one word would be taken for a user of Docker Hub: its port says that it is a host.
  const registry =
    /[.:[\]]/.test(host) || host.toLowerCase() === 'localhost' ? host : `${host}:${scheme === 'http' ? 80 : 443}`;
  return { text: [registry, ...parts].join('/'), isUrl: true };
}

interface Page {
  readonly host: string;
  readonly parts: readonly string[];
  readonly tag: string | undefined;
}

/** The name that a page is about; `undefined` when the host serves no pages that are known here. */
function readPage(text: string, page: Page): string | undefined {
  const { host, parts } = page;
  if (host === 'hub.docker.com')
    return readHubPage(parts) ?? fail(text, 'this page of Docker Hub is not about one image');
  if (host === 'github.com')
    return readGitHubPage(page) ?? fail(text, 'this page of GitHub is not about a container image');
  if (host === 'quay.io' && parts[0] === 'repository') {
    return readQuayPage(page) ?? fail(text, 'this page of Quay is not about one image');
  }
  return undefined;
}

/** `/_/nginx`, `/r/org/app[/tags]`, `/repository/docker/org/app`, `/layers/org/app/tag/images/sha256-…`. */
function readHubPage(parts: readonly string[]): string | undefined {
  const [kind = '', ...rest] = parts;
  if (kind === '_' && rest[0] !== undefined) return `docker.io/library/${rest[0]}`;
  const [owner, name, tag, , digest] = kind === 'repository' && rest[0] === 'docker' ? rest.slice(1) : rest;
  if (!(HUB_OWNERS.has(kind) || kind === 'repository') || owner === undefined || name === undefined) return undefined;
  const repository = `docker.io/${owner === '_' ? 'library' : owner}/${name}`;
  if (kind !== 'layers' || tag === undefined) return repository;
  return withTag(repository, { tag, digest: digest?.replace(/^(sha\d+)-/, '$1:') });
}

/** `/org/repo/pkgs/container/app[/123?tag=…]`, `/orgs/org/packages/container/[package/]app[/123?tag=…]`, the same under `/users`. */
function readGitHubPage({ parts, tag }: Page): string | undefined {
  const isScoped = parts[0] === 'orgs' || parts[0] === 'users';
  const owner = isScoped ? parts[1] : parts[0];
  const marker = parts.findIndex((part, index) => index >= 2 && part === 'container');
  if (owner === undefined || marker < 0 || parts[marker - 1] !== (isScoped ? 'packages' : 'pkgs')) return undefined;
  const app = parts[marker + 1] === 'package' ? parts[marker + 2] : parts[marker + 1];
  if (app === undefined) return undefined;
  // The registry knows owners and packages in lower case only.
  return withTag(`ghcr.io/${owner}/${app}`.toLowerCase(), { tag });
}

/** `/repository/org/app[/manifest/sha256:…][?tab=tags&tag=…]`. */
function readQuayPage({ parts, tag }: Page): string | undefined {
  const [, ...rest] = parts;
  const marker = rest.findIndex((part, index) => index >= 2 && (part === 'manifest' || part === 'tag'));
  const repository = marker < 0 ? rest : rest.slice(0, marker);
  if (repository.length < 2) return undefined;
  const chosen = marker < 0 ? undefined : rest[marker + 1];
  const name = `quay.io/${repository.join('/')}`;
  return rest[marker] === 'manifest' ? withTag(name, { digest: chosen }) : withTag(name, { tag: chosen ?? tag });
}

/** What tools print when a request fails: `https://registry-1.docker.io/v2/library/nginx/manifests/1.27`. */
function readApiUrl({ host, parts }: Page): string | undefined {
  const marker = parts.lastIndexOf('manifests');
  const chosen = parts[marker + 1];
  if (parts[0] !== 'v2' || marker < 2 || chosen === undefined || parts.length !== marker + 2) return undefined;
  const name = [host, ...parts.slice(1, marker)].join('/');
  return chosen.includes(':') ? withTag(name, { digest: chosen }) : withTag(name, { tag: chosen });
}

function withTag(name: string, { tag, digest }: { tag?: string | undefined; digest?: string | undefined }): string {
  return `${name}${tag === undefined ? '' : `:${tag}`}${digest === undefined ? '' : `@${digest}`}`;
}

function stripSlashes(text: string): string {
  return text.replace(/\/+$/, '');
}

/** A part as written when its escapes are broken: the grammar then says what is wrong with it. */
function decodePart(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

function fail(text: string, seen: string): never {
  throw invalid(text, seen);
}

function invalid(text: string, seen: string): PulltabError {
  return new PulltabError('reference-invalid', { attempted: `read ${shownText(text)}`, seen });
}

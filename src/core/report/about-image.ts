/**
 * What an image says of itself, by the annotations and labels that tools agree on; where it says nothing of its base,
 * a guess by marks that well-known images leave in the history of everything built on them.
 * https://github.com/opencontainers/image-spec/blob/main/annotations.md
 */
import type { HistoryEntry, ImageConfig } from '../image-config.ts';
import { parseJsonObject } from '../json-document.ts';

const PREFIX = 'org.opencontainers.image.';

export interface StatedLink {
  readonly text: string;
  /** https only. */
  readonly address: string | undefined;
}

export interface BaseImage {
  readonly name: string;
  readonly digest: string | undefined;
  /** What a guess is by; undefined where the image states its base. */
  readonly guessedBy: string | undefined;
}

export interface AboutImage {
  readonly title: string | undefined;
  readonly description: string | undefined;
  readonly version: string | undefined;
  readonly vendor: string | undefined;
  readonly licenses: string | undefined;
  readonly url: StatedLink | undefined;
  readonly documentation: StatedLink | undefined;
  readonly source: StatedLink | undefined;
  readonly revision: StatedLink | undefined;
  readonly base: BaseImage | undefined;
  /** As a command line, or a vector; undefined where there is none. */
  readonly healthCheck: readonly string[] | undefined;
}

type Texts = Readonly<Record<string, string>>;

/** @param annotations of the manifest first, then of its index: the nearer statement counts, before any label */
export function aboutImage(config: ImageConfig, annotations: readonly Texts[]): AboutImage {
  const stated = (name: string): string | undefined => {
    const found = [...annotations, config.labels].find((texts) => Object.hasOwn(texts, PREFIX + name));
    return found?.[PREFIX + name]?.trim() || undefined;
  };
  const link = (name: string): StatedLink | undefined => linkTo(stated(name));
  const source = stated('source');
  const baseName = stated('base.name');
  return {
    title: stated('title'),
    description: stated('description'),
    version: stated('version'),
    vendor: stated('vendor'),
    licenses: stated('licenses'),
    url: link('url'),
    documentation: link('documentation'),
    source: linkTo(source),
    revision: revisionLink(source, stated('revision')),
    base:
      baseName === undefined
        ? guessBase(config.history)
        : { name: baseName, digest: stated('base.digest'), guessedBy: undefined },
    healthCheck: readHealthCheck(config.bytes),
  };
}

function linkTo(text: string | undefined): StatedLink | undefined {
  return text === undefined ? undefined : { text, address: httpsAddress(text)?.href };
}

/** Nothing else is ever a link: `javascript:` and its like are text. */
export function httpsAddress(text: string): URL | undefined {
  if (!/^https:\/\/[^\s/]/i.test(text) || /\s/.test(text)) return undefined;
  try {
    const url = new URL(text);
    // `https://github.com@elsewhere.example` looks like what it is not.
    return url.username === '' && url.password === '' ? url : undefined;
  } catch {
    return undefined;
  }
}

/** The commit's page, where the source is on a host whose addresses are known. */
function revisionLink(source: string | undefined, revision: string | undefined): StatedLink | undefined {
  if (revision === undefined) return undefined;
  const url = source === undefined ? undefined : httpsAddress(source);
  const [, owner, name] = /^\/([\w.-]+)\/([\w.-]+?)(?:\.git)?(?:\/.*)?$/.exec(url?.pathname ?? '') ?? [];
  if (url === undefined || owner === undefined || !/^[0-9a-f]{7,64}$/i.test(revision)) {
    return { text: revision, address: undefined };
  }
  if (url.host === 'github.com') {
    return { text: revision, address: `https://github.com/${owner}/${name}/commit/${revision}` };
  }
  if (url.host !== 'gitlab.com' && !url.host.startsWith('gitlab.')) return { text: revision, address: undefined };
  // GitLab has groups within groups, up to its own part of the address.
  const project = url.pathname
    .split('/-/')[0]
    ?.replace(/\/$/, '')
    .replace(/\.git$/, '');
  return { text: revision, address: `https://${url.host}${project}/-/commit/${revision}` };
}

/** Nearest to the bottom first; the first pattern that fits counts. */
const BASE_MARKS: readonly { readonly mark: RegExp; readonly name: (found: readonly string[]) => string }[] = [
  { mark: /^ADD alpine-minirootfs-([\d.]+)[\w.-]*\.tar\.gz \//, name: ([, version]) => `Alpine ${version}` },
  { mark: /^# debian\.sh [\s\S]*?out\/ '?(\w+)'?/, name: ([, suite]) => `Debian ${suite}` },
  {
    mark: /LABEL org\.opencontainers\.image\.(?:ref\.name=ubuntu|version=(\d\d\.\d\d))/,
    name: ([, version]) => (version === undefined ? 'Ubuntu' : `Ubuntu ${version}`),
  },
  { mark: /^BusyBox ([\d.]+)/, name: ([, version]) => `BusyBox ${version}` },
  { mark: /^bazel build .*distroless|^bazel build @/, name: () => 'an image of Bazel, distroless perhaps' },
  { mark: /^apko\b/, name: () => 'an image of apko, Wolfi or Alpine' },
  { mark: /^Apply image (mcr\.microsoft\.com\/\S+|[\w.-]+)/, name: ([, image]) => `Windows, ${image}` },
];

/** `ENV` of official images that others are built on. */
const RUNTIME_MARK = /\bENV (NODE|PYTHON|GOLANG|RUBY|PHP|JAVA|NGINX)_VERSION[= ]"?([\w.+-]+)/;
const RUNTIMES: Readonly<Record<string, string>> = {
  NODE: 'Node.js',
  PYTHON: 'Python',
  GOLANG: 'Go',
  RUBY: 'Ruby',
  PHP: 'PHP',
  JAVA: 'Java',
  NGINX: 'nginx',
};

function guessBase(history: readonly HistoryEntry[]): BaseImage | undefined {
  const steps = history.map(({ createdBy = '' }) => createdBy.replace(/^\/bin\/sh -c #\(nop\)\s+/, ''));
  const noted = history.flatMap(({ comment = '' }) => /^FROM (\S*[./]\S*)$/.exec(comment)?.[1] ?? []).at(-1);
  if (noted !== undefined) return { name: noted, digest: undefined, guessedBy: 'a note of its builder' };
  const system = BASE_MARKS.flatMap(({ mark, name }) => {
    const found = steps.map((step) => mark.exec(step)).find((match) => match !== null);
    return found ? [name(found)] : [];
  })[0];
  const runtimes = steps.flatMap((step) => {
    const [, kind, version] = RUNTIME_MARK.exec(step) ?? [];
    return kind === undefined ? [] : [`${RUNTIMES[kind]} ${version}`];
  });
  const name = [runtimes.at(-1), system].filter((part) => part !== undefined).join(' on ');
  return name === '' ? undefined : { name, digest: undefined, guessedBy: 'its history' };
}

/** The config keeps it as Docker's extension, which `ImageConfig` leaves out. */
function readHealthCheck(bytes: Uint8Array<ArrayBuffer>): readonly string[] | undefined {
  const run = parseJsonObject(bytes, 'read the health check').config;
  const check = isObject(run) && isObject(run.Healthcheck) ? run.Healthcheck.Test : undefined;
  if (!Array.isArray(check)) return undefined;
  const [kind, ...command] = check.filter((part) => typeof part === 'string');
  return kind === undefined || kind === 'NONE' || command.length === 0 ? undefined : command;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

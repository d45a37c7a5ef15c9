/**
 * The grammar of the page's addresses: everything after `#`, which no server ever sees. A route says what is viewed and
 * never carries a secret, a relay or a setting, so that a stranger's link cannot send anyone's credentials anywhere.
 */
import { asPulltabError, PulltabError } from '../core/errors.ts';
import { formatPlatform } from '../core/platform.ts';
import { formatReference, isBareReference, type Reference, ReferenceFault, readReference } from '../core/reference.ts';

/** What is viewed of an image. As text: whether a platform or a digest exists is for the page to find out. */
export interface ViewParams {
  /** `os/architecture[/variant]`. */
  readonly platform?: string | undefined;
  /** A tab's name in lower case. */
  readonly view?: string | undefined;
  /** A layer's digest. */
  readonly layer?: string | undefined;
  /** A file within the image: `/etc/os-release`. */
  readonly path?: string | undefined;
  /** A JSON pointer. */
  readonly json?: string | undefined;
  /** `12` or `12-20`. */
  readonly line?: string | undefined;
  /** What is searched among the files: `glob:*.conf`, `text:password`. */
  readonly find?: string | undefined;
  /** A selection of the files: `set-uid`. */
  readonly lens?: string | undefined;
  /** The reference that it is compared with. */
  readonly with?: string | undefined;
  /** Of an opened archive: an image's name, its position (`@0`), or a digest. */
  readonly image?: string | undefined;
  /** Parameters of other versions, kept in their order so that a link survives being passed on. */
  readonly unknown: readonly (readonly [name: string, value: string])[];
}

const PAGES = ['settings', 'cache', 'activity'] as const;

export type Route =
  | { readonly name: 'home' }
  | { readonly name: 'image'; readonly reference: Reference; readonly params: ViewParams }
  | { readonly name: 'sample'; readonly params: ViewParams }
  /** An archive on this machine: the link says what is viewed of it, and cannot say which file it is. */
  | { readonly name: 'open'; readonly params: ViewParams }
  | { readonly name: (typeof PAGES)[number] }
  /** Several images: what follows the `?` is read by bundle-list.ts, which is loaded with their page. */
  | { readonly name: 'bundle'; readonly query: string }
  | { readonly name: 'diagnose'; readonly reference: Reference }
  /** More than a bare reference, or a wrong one: `readPasted` says what it is. */
  | { readonly name: 'pasted'; readonly text: string; readonly params: ViewParams }
  /** `text` is what was asked for, so that it can be corrected. */
  | { readonly name: 'invalid'; readonly text: string; readonly error: PulltabError };

const KNOWN_PARAMS = ['platform', 'view', 'layer', 'path', 'json', 'line', 'find', 'lens', 'with', 'image'] as const;
type KnownParam = (typeof KNOWN_PARAMS)[number];

const SAMPLE = 'sample';
const OPEN = 'open';
const BUNDLE = 'bundle';
const DIAGNOSE = 'diagnose/';
export const NO_PARAMS: ViewParams = { unknown: [] };

/** Reads `location.hash`, with or without its `#`. Never throws: what cannot be read is the route `invalid`. */
export function parseRoute(hash: string): Route {
  const address = hash.replace(/^#/, '').replace(/^\//, '');
  const question = address.indexOf('?');
  const path = question < 0 ? address : address.slice(0, question);
  let text = path;
  try {
    text = decode(path);
    const query = question < 0 ? '' : address.slice(question + 1);
    return text === BUNDLE ? { name: text, query } : readPath(text, parseParams(query));
  } catch (error) {
    return { name: 'invalid', text, error: asPulltabError(error, 'read the address of this page') };
  }
}

/** The route that `?image=<reference>` before the `#` asks for; undefined where there is no such parameter. */
export function routeFromSearch(search: string): Route | undefined {
  const image = new URLSearchParams(search).get('image');
  return image === null ? undefined : parseRoute(`#/${encodePath(image)}`);
}

/** The route for what someone typed: like an address, but the words of pages are names of images there. */
export function routeForText(text: string): Route {
  const name = text.trim();
  return name === SAMPLE ? { name: 'sample', params: NO_PARAMS } : imageRoute(name, NO_PARAMS);
}

/**
 * What a pasted command or address is about: the route `image` or `invalid`. A pasted command's platform counts where the
 * address itself asks for none. The forms people paste are many, so what reads them is loaded when one comes.
 */
export async function readPasted({ text, params }: Extract<Route, { name: 'pasted' }>): Promise<Route> {
  try {
    const { parsePastedReference } = await import('../core/pasted-reference.ts');
    const { reference, platform } = parsePastedReference(text);
    if (platform === undefined || params.platform !== undefined) return { name: 'image', reference, params };
    return { name: 'image', reference, params: { ...params, platform: formatPlatform(platform) } };
  } catch (error) {
    return { name: 'invalid', text, error: asPulltabError(error, 'read the reference') };
  }
}

/** The address of a route, from `#` on; `parseRoute` reads it back to the same route. */
export function formatRoute(route: Route): string {
  switch (route.name) {
    case 'home':
      return '#/';
    case 'image':
      return `#/${encodePath(formatReference(route.reference))}${formatParams(route.params)}`;
    case 'sample':
    case 'open':
      return `#/${route.name}${formatParams(route.params)}`;
    case 'bundle':
      return `#/bundle${route.query && `?${route.query}`}`;
    case 'diagnose':
      return `#/${DIAGNOSE}${encodePath(formatReference(route.reference))}`;
    case 'invalid':
      return `#/${encodePath(route.text)}`;
    case 'pasted':
      return `#/${encodePath(route.text)}${formatParams(route.params)}`;
    default:
      return `#/${route.name}`;
  }
}

function readPath(text: string, params: ViewParams): Route {
  if (text === '') return { name: 'home' };
  if (text === SAMPLE || text === OPEN) return { name: text, params };
  const page = PAGES.find((name) => name === text);
  if (page !== undefined) return { name: page };
  if (!text.startsWith(DIAGNOSE)) return imageRoute(text, params);
  const image = imageRoute(text.slice(DIAGNOSE.length), params);
  return image.name === 'image' ? { name: 'diagnose', reference: image.reference } : image;
}

/** `pasted` for all that is no plain reference, a wrong one among it: what says so in words is loaded then. */
function imageRoute(text: string, params: ViewParams): Extract<Route, { name: 'image' | 'pasted' }> {
  if (isBareReference(text)) {
    try {
      return { name: 'image', reference: readReference(text), params };
    } catch (error) {
      if (!(error instanceof ReferenceFault)) throw error;
    }
  }
  return { name: 'pasted', text, params };
}

function parseParams(query: string): ViewParams {
  const known: { [name in KnownParam]?: string } = {};
  const unknown: [string, string][] = [];
  for (const part of query.split('&')) {
    if (part === '') continue;
    const equals = part.indexOf('=');
    const name = decode(equals < 0 ? part : part.slice(0, equals));
    const value = equals < 0 ? '' : decode(part.slice(equals + 1));
    const param = KNOWN_PARAMS.find((candidate) => candidate === name);
    if (param === undefined) unknown.push([name, value]);
    // Of a repeated parameter the first counts; the others are dropped with their meaning.
    else known[param] ??= value;
  }
  return { ...known, unknown };
}

function formatParams(params: ViewParams): string {
  const pairs: (readonly [string, string])[] = [];
  for (const name of KNOWN_PARAMS) {
    const value = params[name];
    if (value !== undefined) pairs.push([name, value]);
  }
  pairs.push(...params.unknown);
  const text = pairs.map(([name, value]) => `${encodeValue(name)}=${encodeValue(value)}`).join('&');
  return text === '' ? '' : `?${text}`;
}

/** @throws PulltabError `route-invalid` for a broken escape. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    throw new PulltabError('route-invalid', {
      attempted: 'read the address of this page',
      seen: `“${text.slice(0, 80)}” holds a % that is not followed by two hexadecimal digits, or no UTF-8`,
      cause: error,
    });
  }
}

/** Escapes only what would end the path or be decoded to something else: references stay readable. */
function encodePath(text: string): string {
  return encodeURIComponent(wellFormed(text)).replace(/%(?:2F|3A|40|5B|5D)/g, decodeURIComponent);
}

export function encodeValue(text: string): string {
  return encodeURIComponent(wellFormed(text)).replace(/%(?:2F|3A|40|2C)/g, decodeURIComponent);
}

/** A lone half of a surrogate pair cannot be written in an address. */
function wellFormed(text: string): string {
  return text.replace(/\p{Surrogate}/gu, '\uFFFD');
}

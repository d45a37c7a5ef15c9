/** Checks of what a person types into the settings: the value to keep, or in a sentence what is wrong with it. */
import { readReference } from '../core/reference.ts';
import { isLoopbackHost } from '../core/registry/loopback.ts';

export type Checked = { readonly value: string } | { readonly wrong: string };

/** A registry as references spell it: "docker.io", "localhost:5000". */
export function checkRegistryName(text: string): Checked {
  const name = text.trim();
  if (name === '') return { wrong: 'Name a registry: docker.io, ghcr.io, registry.example:5000.' };
  try {
    const { registry, repository } = readReference(`${name}/any/name`);
    if (repository === 'any/name') return { value: registry };
  } catch {
    // Said below, in words about registries instead of references.
  }
  return { wrong: 'A registry is a host, with a port where it has one: docker.io, registry.example:5000.' };
}

/** A relay's address, or a path of the page's own host. @param pageUrl the page's own address */
export function checkRelayAddress(text: string, pageUrl: string): Checked {
  const address = text.trim();
  if (address === '') return { wrong: 'Give the relay’s address: https://relay.example or /relay.' };
  if (/^\/(?!\/)[^?#\\]*$/.test(address)) return { value: address };
  return checkAddress(address, { pageUrl, example: 'https://relay.example' });
}

/** A mirror's address. @param pageUrl the page's own address */
export function checkMirrorAddress(text: string, pageUrl: string): Checked {
  return checkAddress(text.trim(), { pageUrl, example: 'https://mirror.example' });
}

/** An amount of bytes that a person types in a larger unit; empty for no limit. */
export interface Amount {
  /** What is typed may end with it. */
  readonly unit: RegExp;
  readonly bytesPerUnit: number;
  readonly leastBytes: number;
  /** What to type, where it was something else. */
  readonly advice: string;
}

export const BANDWIDTH: Amount = {
  unit: /\s*MB(?:\/s)?$/i,
  bytesPerUnit: 1_000_000,
  leastBytes: 10_000,
  advice: 'Give a number of at least 0.01: 2.5 is two and a half megabytes each second. Empty is no limit.',
};

export const CACHE_SIZE: Amount = {
  unit: /\s*GB$/i,
  bytesPerUnit: 1_000_000_000,
  leastBytes: 0,
  advice: 'Give a number: 2.5 is two and a half gigabytes. Empty is no limit of yours.',
};

/** Bytes; undefined for no limit. */
export function checkAmount(
  text: string,
  { unit, bytesPerUnit, leastBytes, advice }: Amount,
): { readonly value: number | undefined } | { readonly wrong: string } {
  const number = text.trim().replace(unit, '').replace(',', '.');
  if (number === '') return { value: undefined };
  const bytes = /^\d{1,6}(?:\.\d{1,6})?$/.test(number) ? Math.round(Number(number) * bytesPerUnit) : -1;
  return bytes >= leastBytes ? { value: bytes } : { wrong: advice };
}

function checkAddress(address: string, { pageUrl, example }: { pageUrl: string; example: string }): Checked {
  if (!URL.canParse(address)) return { wrong: `This is no address. One looks like ${example}.` };
  const url = new URL(address);
  if (url.protocol !== 'https:' && url.protocol !== 'http:')
    return { wrong: 'It must begin with https:// or http://.' };
  if (url.username !== '' || url.password !== '') {
    return { wrong: 'An address must not hold a user name or password: sign in to the registry instead.' };
  }
  if (url.search !== '' || url.hash !== '') return { wrong: 'Leave out everything from the “?” or “#” on.' };
  const blocked = url.protocol === 'http:' && new URL(pageUrl).protocol === 'https:' && !isLoopbackHost(url.hostname);
  if (blocked)
    return { wrong: 'This page came over https, so browsers block http addresses of other hosts: use https.' };
  return { value: url.href.replace(/\/+$/, '') };
}

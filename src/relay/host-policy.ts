/**
 * Which hosts the relay speaks to: the large public registries, and what its operator names. Nothing else.
 *
 * Redirects and token services may lead to any public https host, because registries keep blobs at storage providers;
 * private addresses are reached only where the operator named exactly that host and port, and no public registry may
 * lead there. Names are judged here, addresses where they are resolved (`node-fetch.ts`).
 */

import { PulltabError } from '../core/errors.ts';
import { isAddress, isPublicAddress } from '../core/registry/addresses.ts';
import { isPublicRegistryHost } from '../core/registry/known-registries.ts';
import { isLoopbackHost } from '../core/registry/loopback.ts';

export interface HostPolicy {
  /** Origin of the API of a registry that requests may name; undefined when they may not. */
  registryOrigin(host: string): string | undefined;
  /**
   * Whether the operator named the host of this origin, or it is one of the large public registries: passwords go to no
   * other, whatever `*` lets tokens go to.
   */
  mayHavePasswords(origin: string): boolean;
  /** Whether a redirect or a challenge of the one address may lead to the other. */
  allowsOnward(url: URL, from: URL): boolean;
  /** Whether the operator named the host and port of this address, so that it may be private. */
  isNamed(url: URL): boolean;
}

/** What an operator names to serve every public https host at port 443. */
const ANY_PUBLIC_HOST = '*';

/** Endings of names that are never on the public Internet (RFC 6761, RFC 6762, RFC 8375, RFC 9476). */
const LOCAL_ENDINGS = [
  '.local',
  '.localhost',
  '.localdomain',
  '.internal',
  '.intranet',
  '.private',
  '.corp',
  '.home',
  '.lan',
  '.home.arpa',
  '.test',
  '.invalid',
  '.example',
  '.onion',
  '.alt',
];

/**
 * @param named what the operator adds: "registry.example.org", "registry.example.org:5000", or "http://localhost:5000"
 * for a registry on this machine or in a private network that has no https; "*" alone for every public https host
 * @throws PulltabError `settings-invalid` for an entry that is none of these
 */
export function createHostPolicy(named: readonly string[]): HostPolicy {
  const isOpen = named.includes(ANY_PUBLIC_HOST);
  const origins = new Set(named.filter((entry) => entry !== ANY_PUBLIC_HOST).map(namedOrigin));

  function registryOrigin(host: string): string | undefined {
    for (const scheme of ['https', 'http']) {
      const url = parseOrigin(`${scheme}://${host}`);
      // Only the one spelling that parsers of addresses keep as it is: never "127.1" for 127.0.0.1.
      if (url?.host === host && origins.has(url.origin)) return url.origin;
    }
    return isPublicRegistryHost(host) || (isOpen && isPlainPublicName(host)) ? `https://${host}` : undefined;
  }

  function mayHavePasswords(origin: string): boolean {
    return origins.has(origin) || isPublicRegistryHost(new URL(origin).host);
  }

  function isNamed(url: URL): boolean {
    return origins.has(url.origin);
  }

  function allowsOnward(url: URL, from: URL): boolean {
    if (url.username !== '' || url.password !== '') return false;
    if (isNamed(url) && isNamed(from)) return true;
    return url.protocol === 'https:' && url.port === '' && isPublicName(url.hostname);
  }

  return { registryOrigin, mayHavePasswords, allowsOnward, isNamed };
}

/** As `isPublicName`, spelled as parsers of addresses keep it. */
function isPlainPublicName(host: string): boolean {
  const url = parseOrigin(`https://${host}`);
  return url?.host === host && url.port === '' && isPublicName(host);
}

/** A name with a dot that is not an address and does not end like a local one. */
function isPublicName(hostname: string): boolean {
  if (isAddress(hostname) || !hostname.includes('.') || hostname.endsWith('.')) return false;
  return !LOCAL_ENDINGS.some((ending) => hostname.endsWith(ending));
}

function namedOrigin(entry: string): string {
  const attempted = `read the relay host “${entry}”`;
  const refuse = (seen: string): PulltabError => new PulltabError('settings-invalid', { attempted, seen });
  const url = parseOrigin(entry.includes('://') ? entry : `https://${entry}`);
  // Parsers of addresses take "*" for a name, but this is no pattern.
  if (url === undefined || !/^(?:[a-z0-9.-]+|\[[0-9a-f:]+\])$/.test(url.hostname)) {
    throw refuse('it is not host, host:port or http://host:port');
  }
  const { protocol, hostname } = url;
  if (protocol !== 'https:' && protocol !== 'http:') throw refuse('only https and http are spoken');
  // A name may still resolve to a public address; that is found out and refused when it is connected to.
  const mayBePrivate = isLoopbackHost(hostname) || !isAddress(hostname) || !isPublicAddress(hostname);
  if (protocol === 'http:' && !mayBePrivate) throw refuse('http is only for this machine and private networks');
  return url.origin;
}

/** The URL of text that is an origin and nothing more. */
function parseOrigin(text: string): URL | undefined {
  if (!/^[a-z]+:\/\/[^/?#@\\\s]+$/i.test(text) || !URL.canParse(text)) return undefined;
  return new URL(text);
}

/**
 * What is known of public registries before any of them is asked: the host of the API, whether pages may read its
 * answers, and its token service. The service is needed where CORS hides the challenge that would name it. A host that
 * is not in the table is asked directly first.
 */
import { isLoopbackHost } from './loopback.ts';

/** `relay`: never readable by a page. `auto`: may be, so ask directly first. `direct`: only ever directly. */
export type TransportHint = 'relay' | 'direct' | 'auto';

export interface RegistryEndpoint {
  /** Origin of the API, without a trailing slash: "https://registry-1.docker.io". */
  readonly base: string;
  readonly transport: TransportHint;
}

export interface KnownTokenService {
  readonly realm: string;
  readonly service: string | undefined;
}

interface KnownRegistry {
  /** A host, or a host with `*` for any text within one label: "*-docker.pkg.dev", "*.azurecr.io". */
  readonly pattern: string;
  /** Where the API is, when not at the name itself. */
  readonly apiHost?: string;
  /** `HOST` stands for the host that was asked. Absent where anonymous requests need no token. */
  readonly realm?: string;
  readonly service?: string;
  /** Every request needs an account, so that a relay without credentials has no use for it. */
  readonly accountsOnly?: true;
}

// None of these sends Access-Control-Allow-Origin on its API, so all of them need a relay.
const KNOWN_REGISTRIES: readonly KnownRegistry[] = [
  {
    pattern: 'docker.io',
    apiHost: 'registry-1.docker.io',
    realm: 'https://auth.docker.io/token',
    service: 'registry.docker.io',
  },
  { pattern: 'registry-1.docker.io', realm: 'https://auth.docker.io/token', service: 'registry.docker.io' },
  { pattern: 'ghcr.io', realm: 'https://ghcr.io/token', service: 'ghcr.io' },
  { pattern: 'quay.io', realm: 'https://quay.io/v2/auth', service: 'quay.io' },
  { pattern: 'gcr.io', realm: 'https://gcr.io/v2/token', service: 'gcr.io' },
  { pattern: '*.gcr.io', realm: 'https://HOST/v2/token', service: 'HOST' },
  { pattern: '*-docker.pkg.dev', realm: 'https://HOST/v2/token', service: 'HOST' },
  { pattern: 'registry.k8s.io', realm: 'https://registry.k8s.io/token' },
  { pattern: 'mcr.microsoft.com' },
  { pattern: '*.azurecr.io', realm: 'https://HOST/oauth2/token', service: 'HOST' },
  { pattern: 'public.ecr.aws', realm: 'https://public.ecr.aws/token/', service: 'public.ecr.aws' },
  { pattern: '*.dkr.ecr.*.amazonaws.com', accountsOnly: true },
  { pattern: 'registry.gitlab.com', realm: 'https://gitlab.com/jwt/auth', service: 'container_registry' },
  { pattern: 'cgr.dev', realm: 'https://cgr.dev/token', service: 'cgr.dev' },
  { pattern: 'nvcr.io', realm: 'https://nvcr.io/proxy_auth' },
  {
    pattern: 'registry.redhat.io',
    realm: 'https://registry.redhat.io/auth/realms/rhcc/protocol/redhat-docker-v2/auth',
    service: 'docker-registry',
    accountsOnly: true,
  },
  { pattern: 'registry.access.redhat.com' },
  { pattern: '*.jfrog.io', realm: 'https://HOST/v2/token' },
  {
    pattern: 'registry.*.aliyuncs.com',
    realm: 'https://dockerauth.cn-hangzhou.aliyuncs.com/auth',
    service: 'registry.aliyuncs.com:REGION:26842',
  },
];

/** Where the API of a registry is, for a registry as a reference spells it ("docker.io", "localhost:5000"). */
export function registryEndpoint(registry: string): RegistryEndpoint {
  const known = findKnown(registry);
  const host = known?.apiHost ?? registry;
  const scheme = isLoopbackHost(withoutPort(host)) ? 'http' : 'https';
  return { base: `${scheme}://${host}`, transport: known === undefined ? 'auto' : 'relay' };
}

/** The token service of a registry (or of its API host) as the table has it. */
export function knownTokenService(registry: string): KnownTokenService | undefined {
  const known = findKnown(registry);
  if (known?.realm === undefined) return undefined;
  const region = /^registry\.([^.]+)\./.exec(registry)?.[1] ?? '';
  const service = known.service?.replace('HOST', registry).replace('REGION', region);
  return { realm: known.realm.replace('HOST', registry), service };
}

/** Whether this is the API host of a large public registry that serves images without an account. */
export function isPublicRegistryHost(host: string): boolean {
  const known = findKnown(host);
  return known !== undefined && known.accountsOnly === undefined && known.apiHost === undefined;
}

function findKnown(host: string): KnownRegistry | undefined {
  return KNOWN_REGISTRIES.find(({ pattern }) => matchesHost(pattern, host));
}

function matchesHost(pattern: string, host: string): boolean {
  const labels = host.split('.');
  const wanted = pattern.split('.');
  return labels.length === wanted.length && wanted.every((label, at) => matchesLabel(label, labels[at] ?? ''));
}

/** `*` stands for one character or more. A port never matches: ":" is not among what `*` takes. */
function matchesLabel(pattern: string, label: string): boolean {
  if (!pattern.startsWith('*')) return pattern === label;
  const ending = pattern.slice(1);
  return label.endsWith(ending) && /^[a-z0-9-]+$/.test(label) && label.length > ending.length;
}

function withoutPort(host: string): string {
  return host.replace(/:[0-9]+$/, '');
}

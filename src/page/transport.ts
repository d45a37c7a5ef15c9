/**
 * Which way requests for a registry go. Direct first where a registry may allow pages to read it, through the relay
 * where it is known not to. Every way says what it is, because nothing falls back without saying so.
 */
import { PulltabError } from '../core/errors.ts';
import type { Grant } from '../core/registry/account.ts';
import { createRegistryClient, type Endpoint, type RegistryClient } from '../core/registry/client.ts';
import { registryEndpoint } from '../core/registry/known-registries.ts';
import { recorded } from './activity.ts';
import type { TransportView } from './model.ts';
import type { Settings } from './settings.ts';

/** The account to use at a registry. */
export type GrantAt = (at: Pick<Endpoint, 'registry' | 'repositoryPrefix'>) => Grant | undefined;

/** One way to a registry, with the client that has its tokens. */
export interface Way {
  readonly client: RegistryClient;
  readonly view: TransportView;
}

/**
 * The ways to a registry, in the order to try them: a later one only when the one before could not be reached at all.
 * @param registry as references spell it: "docker.io"
 * @param grantAt the account for where requests go, which is the mirror's where there is one
 * @throws PulltabError `relay-missing` where only a relay would do and there is none.
 */
export function waysTo(
  registry: string,
  settings: Settings,
  pageBase: string,
  grantAt: GrantAt = () => undefined,
): readonly [Way, ...Way[]] {
  const own = settings.registries[registry];
  const { base, transport: hint } = registryEndpoint(registry);
  const at: Place = own?.mirror === undefined ? { registry, base, label: '' } : mirrorOf(registry, own.mirror);
  const transport = own?.transport ?? (own?.mirror === undefined ? hint : 'auto');
  const { label, ...place } = at;
  const grant = grantAt(place);
  const direct = way({ ...place, via: 'direct' }, { via: 'direct', label: `direct${label}` }, grant);
  if (transport === 'direct') return [direct];
  const relayed = settings.relay === null ? undefined : relayWay(at, settings.relay, pageBase, grant);
  if (transport === 'auto')
    return relayed === undefined ? [direct] : [direct, relayed('a page cannot read it directly')];
  if (relayed === undefined) {
    throw new PulltabError('relay-missing', {
      attempted: `reach ${registry}`,
      seen: 'it does not let web pages read it, and this page has no relay',
    });
  }
  return [relayed('it does not let web pages read it')];
}

/** The registry that is a folder of static files beside the page. */
export function staticWay(registry: string, pageBase: string): Way {
  const base = new URL('.', pageBase).href;
  return way({ registry, base, via: 'static' }, { via: 'static', label: 'served with this page' });
}

type Place = Omit<Endpoint, 'via'> & { readonly label: string };

/**
 * A mirror is a registry of its own: what is known of the other one, and an account there, does not hold for it. The path
 * of its address is the project that a proxy cache (Harbor) keeps the other's repositories in.
 */
function mirrorOf(registry: string, address: string): Place {
  const { origin, host, pathname } = new URL(address);
  const project = pathname.replace(/^\/+(?:v2\/)?|\/+$/g, '');
  if (!/^[a-z0-9._/-]*$/.test(project)) {
    const seen = `“${project}” in the address of its mirror is no name that repositories are kept below`;
    throw new PulltabError('settings-invalid', { attempted: `reach ${registry}`, seen });
  }
  const prefix = project === '' ? {} : { repositoryPrefix: `${project}/` };
  return { registry: host, base: origin, ...prefix, label: `, from mirror ${host}` };
}

function relayWay(
  { label, ...place }: Place,
  address: string,
  pageBase: string,
  grant: Grant | undefined,
): (reason: string) => Way {
  const relay = new URL(address.replace(/\/*$/, '/'), pageBase);
  const base = new URL(`r/${new URL(place.base).host}`, relay).href;
  const view = { via: 'relay', label: `via relay ${relay.host}${label}`, relay: relay.host } as const;
  return (reason) => way({ ...place, base, via: 'relay' }, { ...view, reason }, grant);
}

function way(endpoint: Endpoint, view: TransportView, grant?: Grant): Way {
  const withAccount = grant !== undefined && (endpoint.via === 'direct' || grant.viaRelay);
  const client = createRegistryClient({ endpoint, grant, fetch: recorded(endpoint.via) });
  return { client, view: { ...view, registry: endpoint.registry, withAccount } };
}

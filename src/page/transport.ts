/**
 * Which way requests for a registry go. Direct first where a registry may allow pages to read it, through the relay
 * where it is known not to. Every way says what it is, because nothing falls back without saying so.
 */
import { PulltabError } from '../core/errors.ts';
import { createRegistryClient, type Endpoint, type RegistryClient } from '../core/registry/client.ts';
import { registryEndpoint } from '../core/registry/known-registries.ts';
import { recorded } from './activity.ts';
import type { TransportView } from './model.ts';
import type { Settings } from './settings.ts';

/** One way to a registry, with the client that has its tokens. */
export interface Way {
  readonly client: RegistryClient;
  readonly view: TransportView;
}

/**
 * The ways to a registry, in the order to try them: a later one only when the one before could not be reached at all.
 * @param registry as references spell it: "docker.io"
 * @throws PulltabError `relay-missing` where only a relay would do and there is none.
 */
export function waysTo(registry: string, settings: Settings, pageBase: string): readonly [Way, ...Way[]] {
  const own = settings.registries[registry];
  const { base: knownBase, transport: hint } = registryEndpoint(registry);
  const base = own?.mirror ?? knownBase;
  const transport = own?.transport ?? (own?.mirror === undefined ? hint : 'auto');
  const direct = way({ registry, base, via: 'direct' }, { via: 'direct', label: 'direct' });
  if (transport === 'direct') return [direct];
  const relayed = settings.relay === null ? undefined : relayWay(registry, { base, relay: settings.relay, pageBase });
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

function relayWay(registry: string, at: { base: string; relay: string; pageBase: string }): (reason: string) => Way {
  const relay = new URL(at.relay.replace(/\/*$/, '/'), at.pageBase);
  const { host } = new URL(at.base);
  const endpoint: Endpoint = { registry, base: new URL(`r/${host}`, relay).href, via: 'relay' };
  return (reason) => way(endpoint, { via: 'relay', label: `via relay ${relay.host}`, reason });
}

function way(endpoint: Endpoint, view: TransportView): Way {
  return { client: createRegistryClient({ endpoint, fetch: recorded(endpoint.via) }), view };
}

import { describe, expect, test } from 'vitest';
import type { Settings } from '../../src/page/settings.ts';
import { staticWay, waysTo } from '../../src/page/transport.ts';

const PAGE = 'https://page.example/app/';

function ways(registry: string, settings: Partial<Settings>): string[] {
  return waysTo(registry, { relay: null, registries: {}, ...settings }, PAGE).map(
    ({ client, view }) => `${view.label}: ${client.endpoint.base}`,
  );
}

describe('ways to a registry', () => {
  test('a known public one goes through the relay alone', () => {
    expect(ways('docker.io', { relay: '/relay' })).toEqual([
      'via relay page.example: https://page.example/relay/r/registry-1.docker.io',
    ]);
  });

  test('an unknown one is asked directly first', () => {
    expect(ways('registry.example:5443', { relay: 'https://relay.example/x' })).toEqual([
      'direct: https://registry.example:5443',
      'via relay relay.example: https://relay.example/x/r/registry.example:5443',
    ]);
    expect(ways('registry.example', {})).toEqual(['direct: https://registry.example']);
  });

  test.each([
    ['localhost:5000', 'http://localhost:5000'],
    ['127.0.0.2:5000', 'http://127.0.0.2:5000'],
    ['[::1]:5000', 'http://[::1]:5000'],
    ['192.168.0.7:5000', 'https://192.168.0.7:5000'],
  ])('%s is spoken to at %s', (registry, base) => {
    expect(ways(registry, {})).toEqual([`direct: ${base}`]);
  });

  test('without a relay, one that needs it is refused with what to do', () => {
    expect(() => ways('ghcr.io', {})).toThrow(expect.objectContaining({ code: 'relay-missing' }));
  });

  test('the deployer decides otherwise', () => {
    const registries = {
      'ghcr.io': { transport: 'direct' },
      'docker.io': { mirror: 'https://mirror.example' },
      'own.example': { transport: 'relay' },
    } as const;
    expect(ways('ghcr.io', { registries })).toEqual(['direct: https://ghcr.io']);
    expect(ways('docker.io', { registries })).toEqual(['direct, from mirror mirror.example: https://mirror.example']);
    expect(ways('own.example', { registries, relay: '/relay/' })).toEqual([
      'via relay page.example: https://page.example/relay/r/own.example',
    ]);
  });

  test('a mirror is asked as the registry that it is, below the project in its address', () => {
    const mirrored = (mirror: string) => {
      const settings = { relay: '/relay', registries: { 'docker.io': { mirror } } };
      return waysTo('docker.io', settings, PAGE).map(({ client, view }) => ({ ...client.endpoint, label: view.label }));
    };
    const place = { registry: 'harbor.example:8443', repositoryPrefix: 'hubproxy/' };
    const ways = [
      {
        ...place,
        base: 'https://harbor.example:8443',
        via: 'direct',
        label: 'direct, from mirror harbor.example:8443',
      },
      {
        ...place,
        base: 'https://page.example/relay/r/harbor.example:8443',
        via: 'relay',
        label: 'via relay page.example, from mirror harbor.example:8443',
      },
    ];
    expect(mirrored('https://harbor.example:8443/hubproxy')).toEqual(ways);
    expect(mirrored('https://harbor.example:8443/v2/hubproxy/')).toEqual(ways);
    expect(() => mirrored('https://harbor.example/Hub Proxy')).toThrow(
      expect.objectContaining({ code: 'settings-invalid' }),
    );
  });

  test('take the account of where they go: of the mirror, and never of the registry that it stands for', () => {
    const grants = new Map(
      ['docker.io', 'harbor.example', 'own.example'].map((name) => {
        const account = { kind: 'registry-token', token: name } as const;
        return [name, { account, viaRelay: false, realmHosts: [] }];
      }),
    );
    const tokens = (registry: string, mirror?: string) => {
      const registries = mirror === undefined ? {} : { [registry]: { mirror } };
      const asked: (string | undefined)[] = [];
      const found = waysTo(registry, { relay: '/relay', registries }, PAGE, ({ registry: name, repositoryPrefix }) => {
        asked.push(repositoryPrefix);
        return grants.get(name);
      });
      return [asked, found.map(({ client }) => client.grant?.account)];
    };
    const account = (token: string) => ({ kind: 'registry-token', token });
    expect(tokens('own.example')).toEqual([[undefined], [account('own.example'), account('own.example')]]);
    expect(tokens('docker.io')).toEqual([[undefined], [account('docker.io')]]);
    expect(tokens('docker.io', 'https://harbor.example/hub')).toEqual([
      ['hub/'],
      [account('harbor.example'), account('harbor.example')],
    ]);
    expect(tokens('docker.io', 'https://mirror.example')).toEqual([[undefined], [undefined, undefined]]);
  });

  test('the sample is beside the page, whatever the page is called', () => {
    expect(staticWay('localhost', 'https://page.example/app/index.html').client.endpoint).toEqual({
      registry: 'localhost',
      base: 'https://page.example/app/',
      via: 'static',
    });
  });
});

/** Proves the lab: other tests rely on its registries, proxies and loaders being what their comments say. */
import { describe, expect, it } from 'vitest';
import { useLab } from './use-lab.ts';

const lab = await useLab();

describe('registries', () => {
  const path = '/v2/app/hello/manifests/1';

  it.each([
    { kind: 'plain', get: 200, preflight: 200, cors: '*' },
    { kind: 'token', get: 401, preflight: 401, cors: '*' },
    { kind: 'nginx', get: 401, preflight: 204, cors: '*' },
    { kind: 'closed', get: 200, preflight: 200, cors: null },
  ] as const)('$kind answers GET $get and a preflight $preflight', async ({ kind, ...expected }) => {
    const registry = lab[kind];
    registry.clearRequests();
    const accept = 'application/vnd.oci.image.manifest.v1+json';
    const get = await fetch(registry.base + path, { headers: { accept } });
    const headers = { origin: 'http://localhost', 'access-control-request-headers': 'authorization' };
    const preflight = await fetch(registry.base + path, { method: 'OPTIONS', headers });
    const cors = preflight.headers.get('access-control-allow-origin');
    expect({ get: get.status, preflight: preflight.status, cors }).toEqual(expected);
    expect(get.headers.get('access-control-allow-origin')).toBe(expected.cors);
    await get.text();
    const logged = () =>
      registry.requests().map(({ method, path, status, origin }) => ({ method, path, status, origin }));
    await expect.poll(logged).toEqual([
      { method: 'GET', path, status: expected.get, origin: '' },
      { method: 'OPTIONS', path, status: expected.preflight, origin: 'http://localhost' },
    ]);
  });
});

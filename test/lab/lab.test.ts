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
    { kind: 'htpasswd', get: 401, preflight: 204, cors: '*' },
    { kind: 'redirect', get: 401, preflight: 204, cors: '*' },
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

  it('blobs of one are at a storage provider, which refuses Authorization and lets only redirected pages read', async () => {
    const digest = 'sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a';
    const redirected = await fetch(`${lab.redirect.base}/v2/app/hello/blobs/${digest}`, { redirect: 'manual' });
    const location = redirected.headers.get('location') ?? '';
    expect([redirected.status, location.startsWith(lab.storage.base)]).toEqual([307, true]);
    const ask = (headers: Record<string, string>) => fetch(location, { headers });
    expect((await ask({ authorization: 'Bearer t' })).status).toBe(400);
    const reader = async (origin: string) => (await ask({ origin })).headers.get('access-control-allow-origin');
    expect([await reader('null'), await reader('http://localhost')]).toEqual(['null', null]);
  });
});

/** The app's own registry client through the relay, at registries that no page could read. */
import { createHash } from 'node:crypto';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { createRegistryClient } from '../../src/core/registry/client.ts';
import type { Lab } from '../lab/lab.ts';
import { useLab } from '../lab/use-lab.ts';
import { startRelay } from './stage.ts';

let lab: Lab;

beforeAll(async () => {
  lab = await useLab();
});

async function clientOf(host: string, named: readonly string[]) {
  const relay = await startRelay({ named });
  onTestFinished(() => lab.tokenServer.clearRequests());
  const base = `http://127.0.0.1:${relay.port}/relay/r/${host}`;
  return { client: createRegistryClient({ endpoint: { registry: host, base, via: 'relay' }, fetch }), relay };
}

test('a registry behind tokens: the manifest, then a blob, with one token', async () => {
  const tokenOrigin = new URL(lab.tokenServer.realm).origin;
  const { client, relay } = await clientOf(lab.token.host, [lab.token.base, tokenOrigin]);
  const { bytes, digest } = await client.manifest('app/hello', '1');
  const manifest: { layers: { digest: typeof digest }[] } = JSON.parse(new TextDecoder().decode(bytes));
  const layer = manifest.layers[0]?.digest ?? digest;
  const blob = await client.blob('app/hello', layer);
  const hash = createHash('sha256').update(new Uint8Array(await blob.arrayBuffer()));
  expect(`sha256:${hash.digest('hex')}`).toBe(layer);
  expect(relay.log.map(({ kind, status }) => `${kind} ${status}`)).toEqual([
    'manifest 401',
    'token 200',
    'manifest 200',
    'blob 200',
  ]);
});

test('an image that wants an account stays closed', async () => {
  const tokenOrigin = new URL(lab.tokenServer.realm).origin;
  const { client } = await clientOf(lab.token.host, [lab.token.base, tokenOrigin]);
  await expect(client.manifest('private/hello', '1')).rejects.toMatchObject({ status: expect.toBeOneOf([401, 403]) });
});

test('a token server that the operator has not named is not asked', async () => {
  const { client } = await clientOf(lab.token.host, [lab.token.base]);
  lab.tokenServer.clearRequests();
  const asked = client.manifest('app/hello', '1');
  await expect(asked).rejects.toMatchObject({
    code: 'relay-refused',
    seen: expect.stringContaining('realm-not-allowed'),
  });
  expect(lab.tokenServer.requests()).toEqual([]);
});

test('a registry without CORS, and a host that is not named', async () => {
  const { client } = await clientOf(lab.closed.host, [lab.closed.base]);
  expect((await client.manifest('app/multi', '1')).contentType).toBe('application/vnd.oci.image.index.v1+json');
  const { client: stranger } = await clientOf(lab.closed.host, []);
  await expect(stranger.manifest('app/multi', '1')).rejects.toMatchObject({
    code: 'relay-refused',
    seen: expect.stringContaining('host-not-allowed'),
  });
});

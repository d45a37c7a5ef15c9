/** Which paths look like secrets, and which only look as if they did. */
import { expect, test } from 'vitest';
import { createListing } from '../../../src/core/layer/listing.ts';
import { createTree } from '../../../src/core/layer/merged-tree.ts';
import { looksSecret } from '../../../src/core/layer/secrets.ts';
import { file, makeIndex } from './make-index.ts';

test.each([
  'root/.ssh/id_rsa',
  'home/app/.ssh/deploy',
  'etc/ssh/ssh_host_ed25519_key',
  'root/.aws/credentials',
  'root/.docker/config.json',
  'root/.npmrc',
  'home/app/.pypirc',
  'root/.netrc',
  'root/.kube/config',
  'app/.git/config',
  'app/.env',
  'app/.env.production',
  'app/service-account.json',
  'etc/nginx/server.key',
  'etc/ssl/private/server.pem',
  'app/keystore.jks',
  'run/secrets/token',
])('%s looks like a secret', (path) => {
  expect(looksSecret(path)).toMatchObject({ isLikelyHarmless: false });
});

test.each([
  'etc/ssl/certs/ISRG_Root_X1.pem',
  'etc/ssl/cert.pem',
  'etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem',
  'etc/pki/rpm-gpg/RPM-GPG-KEY-fedora.key',
  'usr/lib/python3/dist-packages/certifi/cacert.pem',
  'etc/apk/keys/alpine-devel@lists.alpinelinux.org-4a6a0840.rsa.pub',
  'usr/share/keyrings/debian-archive-keyring.gpg',
  'root/.ssh/id_rsa.pub',
  'root/.ssh/known_hosts',
  'root/.ssh/authorized_keys',
  'app/.env.example',
  'app/environment.ts',
  'app/config.json',
  'usr/lib/python3/secrets.py',
  'usr/bin/keytool',
  'constructor',
])('%s does not', (path) => {
  expect(looksSecret(path)).toBeUndefined();
});

test('test data is shown behind what no test needs', () => {
  const paths = ['app/test/fixtures/key.pem', 'app/server.key', 'app/docs/id_rsa', 'z/.netrc', 'app/plain.txt'];
  const layer = makeIndex(paths.map((path) => file(path)));
  const listing = createListing(createTree([layer]).view({ kind: 'merged' }), {
    ...{ lens: 'secrets', unfolded: 'all', order: 'name' },
  });
  expect(listing.slice(0, 9).map(({ path }) => path)).toEqual([
    'app/server.key',
    'z/.netrc',
    'app/docs/id_rsa',
    'app/test/fixtures/key.pem',
  ]);
});

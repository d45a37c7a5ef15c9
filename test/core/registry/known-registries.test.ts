import { describe, expect, test } from 'vitest';
import {
  isPublicRegistryHost,
  knownTokenService,
  registryEndpoint,
} from '../../../src/core/registry/known-registries.ts';

test.each([
  ['docker.io', 'https://registry-1.docker.io', 'relay'],
  ['ghcr.io', 'https://ghcr.io', 'relay'],
  ['europe-docker.pkg.dev', 'https://europe-docker.pkg.dev', 'relay'],
  ['eu.gcr.io', 'https://eu.gcr.io', 'relay'],
  ['myteam.azurecr.io', 'https://myteam.azurecr.io', 'relay'],
  ['123456789012.dkr.ecr.eu-west-1.amazonaws.com', 'https://123456789012.dkr.ecr.eu-west-1.amazonaws.com', 'relay'],
  ['registry.example.com', 'https://registry.example.com', 'auto'],
  ['registry.example.com:5000', 'https://registry.example.com:5000', 'auto'],
  ['localhost', 'http://localhost', 'auto'],
  ['localhost:5000', 'http://localhost:5000', 'auto'],
  ['registry.localhost:5000', 'http://registry.localhost:5000', 'auto'],
  ['127.0.0.2:5000', 'http://127.0.0.2:5000', 'auto'],
  ['[::1]:5000', 'http://[::1]:5000', 'auto'],
  ['10.0.0.7:5000', 'https://10.0.0.7:5000', 'auto'],
  // A port makes it another registry than the known one.
  ['ghcr.io:8443', 'https://ghcr.io:8443', 'auto'],
])('%s is at %s, reached by %s', (registry, base, transport) => {
  expect(registryEndpoint(registry)).toEqual({ base, transport });
});

test.each([
  ['docker.io', 'https://auth.docker.io/token', 'registry.docker.io'],
  ['registry-1.docker.io', 'https://auth.docker.io/token', 'registry.docker.io'],
  ['quay.io', 'https://quay.io/v2/auth', 'quay.io'],
  ['us.gcr.io', 'https://us.gcr.io/v2/token', 'us.gcr.io'],
  ['us-docker.pkg.dev', 'https://us-docker.pkg.dev/v2/token', 'us-docker.pkg.dev'],
  ['team.azurecr.io', 'https://team.azurecr.io/oauth2/token', 'team.azurecr.io'],
  ['registry.k8s.io', 'https://registry.k8s.io/token', undefined],
  ['registry.gitlab.com', 'https://gitlab.com/jwt/auth', 'container_registry'],
  [
    'registry.cn-beijing.aliyuncs.com',
    'https://dockerauth.cn-hangzhou.aliyuncs.com/auth',
    'registry.aliyuncs.com:cn-beijing:26842',
  ],
])('%s gets its tokens from %s for %s', (registry, realm, service) => {
  expect(knownTokenService(registry)).toEqual({ realm, service });
});

test.each(['mcr.microsoft.com', 'registry.example.com', 'localhost:5000', 'ghcr.io:8443'])(
  'no token service is known for %s',
  (registry) => {
    expect(knownTokenService(registry)).toBeUndefined();
  },
);

describe('a pattern takes one label and nothing else', () => {
  test.each([
    ['eu.gcr.io', true],
    ['registry-1.docker.io', true],
    ['us-docker.pkg.dev', true],
    // Only a name for people: the API is elsewhere.
    ['docker.io', false],
    ['a.b.gcr.io', false],
    ['.gcr.io', false],
    ['-docker.pkg.dev', false],
    ['evil-gcr.io', false],
    ['gcr.io.evil.example', false],
    ['evil.example/x.gcr.io', false],
    ['x@eu.gcr.io', false],
    ['EU.gcr.io', false],
    ['eu.gcr.io:443', false],
    // An account is needed, so a relay without one is of no use.
    ['123.dkr.ecr.eu-west-1.amazonaws.com', false],
    ['registry.redhat.io', false],
    ['example.com', false],
    ['', false],
  ])('%s is the host of a public registry: %s', (host, expected) => {
    expect(isPublicRegistryHost(host)).toBe(expected);
  });
});

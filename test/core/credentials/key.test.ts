import { expect, test } from 'vitest';
import { bestKey, credentialKey } from '../../../src/core/credentials/key.ts';

test.each([
  ['https://index.docker.io/v1/', 'docker.io'],
  ['index.docker.io', 'docker.io'],
  ['docker.io', 'docker.io'],
  ['registry-1.docker.io', 'docker.io'],
  ['HTTPS://Quay.IO/v2/', 'quay.io'],
  ['http://localhost:5000', 'localhost:5000'],
  ['gcr.io/team/', 'gcr.io/team'],
  ['gcr.io//team/app', 'gcr.io/team/app'],
  ['*.azurecr.io', '*.azurecr.io'],
  ['[::1]:5000', '[::1]:5000'],
  ['quay.io?x=1', 'quay.io'],
  ['', undefined],
  ['user@quay.io', undefined],
  ['a b', undefined],
  ['javascript:alert(1)', undefined],
  ['ftp://quay.io', undefined],
])('%s is filed under %s', (text, key) => {
  expect(credentialKey(text)).toBe(key);
});

const KEYS = [
  'docker.io',
  'gcr.io',
  'gcr.io/team',
  'gcr.io/team/app',
  '*.azurecr.io',
  'one.azurecr.io',
  'localhost:5000',
  '*.dkr.ecr.*.amazonaws.com',
  'x?.example',
  'docker.io/__proto__',
];

test.each([
  ['docker.io', 'library/nginx', 'docker.io'],
  ['registry-1.docker.io', 'library/nginx', 'docker.io'],
  ['gcr.io', 'other/app', 'gcr.io'],
  ['gcr.io', 'team', 'gcr.io/team'],
  ['gcr.io', 'team/app', 'gcr.io/team/app'],
  ['gcr.io', 'team/apple', 'gcr.io/team'],
  ['gcr.io', 'teams/app', 'gcr.io'],
  ['one.azurecr.io', 'a', 'one.azurecr.io'],
  ['two.azurecr.io', 'a', '*.azurecr.io'],
  ['a.two.azurecr.io', 'a', undefined],
  ['azurecr.io', 'a', undefined],
  ['two.azurecr.io:5000', 'a', undefined],
  ['localhost:5000', 'a', 'localhost:5000'],
  ['localhost', 'a', undefined],
  ['localhost:5001', 'a', undefined],
  ['123.dkr.ecr.eu-west-1.amazonaws.com', 'a', '*.dkr.ecr.*.amazonaws.com'],
  ['123.dkr.ecr.eu.west.amazonaws.com', 'a', undefined],
  ['xy.example', 'a', 'x?.example'],
  ['xyz.example', 'a', undefined],
  ['quay.io', 'a', undefined],
])('for %s and %s, %s counts', (registry, repository, key) => {
  expect(bestKey(KEYS, registry, repository)).toBe(key);
});

test('a pattern made to take long takes no time: work grows with the product of both lengths at most', () => {
  expect(bestKey([`${'*a'.repeat(2000)}b`], 'a'.repeat(2000), 'x')).toBe(undefined);
});

import { expect, test } from 'vitest';
import { archiveUrl, matchArchiveUrl } from '../../src/protocol/urls.ts';

const SCOPE = 'https://host.example/some/where/';

test('the address of an archive is recognised, under any path', () => {
  const url = archiveUrl(SCOPE, 'job/1 é', 'app_1.2_linux-amd64.tar');
  expect(url.startsWith(SCOPE)).toBe(true);
  expect(url.endsWith('/app_1.2_linux-amd64.tar')).toBe(true);
  expect(matchArchiveUrl(SCOPE, url)).toBe('job/1 é');
});

test.each([
  'https://host.example/some/where/v2/pulltab/sample/manifests/latest',
  'https://host.example/some/where/',
  'https://host.example/-/archive/1/a.tar',
  'https://other.example/some/where/-/archive/1/a.tar',
  'https://host.example/some/where/-/archive/',
])('%s is no archive', (url) => {
  expect(matchArchiveUrl(SCOPE, url)).toBeUndefined();
});

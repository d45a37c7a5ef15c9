import { isIPv4, isIPv6 } from 'node:net';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isAddress, isLoopbackHost, isPublicAddress } from '../../../src/core/registry/addresses.ts';

test.each([
  ['localhost', true],
  ['LOCALHOST', true],
  ['localhost.', true],
  ['registry.localhost', true],
  ['127.0.0.1', true],
  ['127.255.255.254', true],
  ['[::1]', true],
  ['::1', true],
  ['[0:0:0:0:0:0:0:1]', true],
  ['localhost.example', false],
  ['mylocalhost', false],
  ['128.0.0.1', false],
  ['127.0.0.1.example', false],
  ['127.1', false],
  ['[::]', false],
  ['0.0.0.0', false],
  ['[::ffff:127.0.0.1]', false],
  ['', false],
])('%s is this machine: %s', (host, expected) => {
  expect(isLoopbackHost(host)).toBe(expected);
});

// IANA special-purpose registries: https://www.iana.org/assignments/iana-ipv4-special-registry and …-ipv6-…
test.each([
  ['8.8.8.8', true],
  ['172.15.255.255', true],
  ['172.32.0.0', true],
  ['100.63.255.255', true],
  ['100.128.0.0', true],
  ['198.17.255.255', true],
  ['198.20.0.0', true],
  ['223.255.255.255', true],
  ['[2606:4700::1111]', true],
  ['2001:4860:4860::8888', true],
  ['2a00:1450:4001::', true],
  ['0.0.0.0', false],
  ['10.0.0.1', false],
  ['100.64.0.1', false],
  ['100.100.100.200', false],
  ['127.0.0.1', false],
  ['169.254.169.254', false],
  ['172.16.0.1', false],
  ['172.31.255.255', false],
  ['192.0.0.1', false],
  ['192.0.2.1', false],
  ['192.168.1.1', false],
  ['198.18.0.1', false],
  ['198.19.255.255', false],
  ['198.51.100.1', false],
  ['203.0.113.1', false],
  ['224.0.0.1', false],
  ['239.1.1.1', false],
  ['255.255.255.255', false],
  ['[::]', false],
  ['[::1]', false],
  ['[fe80::1]', false],
  ['fe80::1%eth0', false],
  ['[fd00:ec2::254]', false],
  ['[fc00::1]', false],
  ['[ff02::1]', false],
  ['[::ffff:8.8.8.8]', false],
  ['[::8.8.8.8]', false],
  ['[64:ff9b::8.8.8.8]', false],
  ['[2001:db8::1]', false],
  ['[2001::1]', false],
  ['[2002:808:808::1]', false],
  ['[3fff::1]', false],
  ['[100::1]', false],
  ['example.com', false],
  ['8.8.8', false],
  ['08.8.8.8', false],
  ['8.8.8.256', false],
  ['', false],
])('%s is public: %s', (address, expected) => {
  expect(isPublicAddress(address)).toBe(expected);
});

test('what is an address is what Node takes for one', () => {
  const nearly = fc.stringMatching(/^[0-9a-f:.]{0,24}$/);
  fc.assert(
    fc.property(fc.oneof(fc.ipV4(), fc.ipV6(), nearly), (text) => {
      expect(isAddress(text)).toBe(isIPv4(text) || isIPv6(text));
    }),
    { numRuns: 3000 },
  );
});

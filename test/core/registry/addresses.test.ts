import { BlockList, isIPv4, isIPv6 } from 'node:net';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isAddress, isPublicAddress } from '../../../src/core/registry/addresses.ts';
import { isLoopbackHost } from '../../../src/core/registry/loopback.ts';

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
    { numRuns: 1000 },
  );
});

// The registries' ranges in their own notation, judged by Node's BlockList instead of by the code under test.
const SPECIAL = [
  '0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24',
  '192.31.196.0/24 192.52.193.0/24 192.88.99.0/24 192.168.0.0/16 192.175.48.0/24 198.18.0.0/15 198.51.100.0/24',
  '203.0.113.0/24 224.0.0.0/4 240.0.0.0/4',
  '::/3 4000::/2 8000::/1 2001::/23 2001:db8::/32 2002::/16 2620:4f:8000::/48 3fff::/20',
]
  .join(' ')
  .split(' ');

test('the edges of every special range, and any address, are judged as Node judges them', () => {
  // One list for each family: in a common one, IPv4 addresses are found in IPv6 ranges as ::ffff:….
  const lists = { ipv4: new BlockList(), ipv6: new BlockList() };
  const familyOf = (address: string) => (address.includes(':') ? 'ipv6' : 'ipv4');
  for (const range of SPECIAL) {
    const [network = '', bits] = range.split('/');
    lists[familyOf(network)].addSubnet(network, Number(bits), familyOf(network));
  }
  const agree = (address: string) => {
    const special = lists[familyOf(address)].check(address, familyOf(address));
    expect([address, isPublicAddress(address)]).toEqual([address, !special]);
  };
  for (const range of SPECIAL) edgesOf(range).forEach(agree);
  fc.assert(
    fc.property(
      fc.oneof(
        fc.ipV4(),
        fc.ipV6().filter((address) => !address.includes('.')),
      ),
      agree,
    ),
    { numRuns: 500 },
  );
});

/** The last address before a range, its first, its last, and the first after it. */
function edgesOf(range: string): string[] {
  const [network = '', bits] = range.split('/');
  const width = network.includes(':') ? 128n : 32n;
  const first = width === 32n ? numberOf(network.split('.'), 10, 8n) : numberOf(groupsOf(network), 16, 16n);
  const after = first + (1n << (width - BigInt(bits ?? 0)));
  return [first - 1n, first, after - 1n, after]
    .filter((value) => value >= 0n && value < 1n << width)
    .map((value) => textOf(value, width));
}

function groupsOf(network: string): string[] {
  const given = network
    .replace(/::$/, '')
    .split(':')
    .filter((group) => group !== '');
  return [...given, ...Array.from({ length: 8 - given.length }, () => '0')];
}

function numberOf(parts: readonly string[], radix: number, bits: bigint): bigint {
  return parts.reduce((sum, part) => (sum << bits) + BigInt(Number.parseInt(part, radix)), 0n);
}

function textOf(value: bigint, width: bigint): string {
  const [count, bits, radix] = width === 32n ? [4, 8n, 10] : [8, 16n, 16];
  const parts = Array.from({ length: count }, (_, index) =>
    ((value >> (bits * BigInt(count - 1 - index))) & ((1n << bits) - 1n)).toString(radix),
  );
  return parts.join(width === 32n ? '.' : ':');
}

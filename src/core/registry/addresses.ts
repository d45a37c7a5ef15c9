/**
 * What kind of machine an address names: this one, one of a private network, or a public one. Works on host names as
 * `URL.hostname` spells them (lower case, IPv4 in four decimal parts, IPv6 in brackets) and on bare addresses of DNS
 * answers. Ranges: the IANA special-purpose registries for IPv4 and IPv6 (RFC 6890 and its successors).
 */

/** Whether the text is an IPv4 or IPv6 address, with or without the brackets that a URL puts around IPv6. */
export function isAddress(text: string): boolean {
  return parseAddress(text) !== undefined;
}

/**
 * Whether the address can be somewhere on the public Internet. False for loopback, private, link-local, shared (CGNAT),
 * unique local, multicast, documentation, benchmark, reserved and unspecified ranges, for every IPv6 form that carries an
 * IPv4 address within (mapped, compatible, translated, 6to4, Teredo), and for text that is no address at all.
 */
export function isPublicAddress(text: string): boolean {
  const address = parseAddress(text);
  if (address === undefined) return false;
  const blocked = address.length === 4 ? SPECIAL_IPV4 : SPECIAL_IPV6;
  if (blocked.some((range) => startsWithBits(address, range))) return false;
  // Outside 2000::/3 nothing of IPv6 is allocated for global unicast.
  return address.length === 4 || startsWithBits(address, { prefix: [0x20], bits: 3 });
}

interface Range {
  readonly prefix: readonly number[];
  readonly bits: number;
}

const SPECIAL_IPV4: readonly Range[] = [
  { prefix: [0], bits: 8 },
  { prefix: [10], bits: 8 },
  { prefix: [100, 64], bits: 10 },
  { prefix: [127], bits: 8 },
  { prefix: [169, 254], bits: 16 },
  { prefix: [172, 16], bits: 12 },
  { prefix: [192, 0, 0], bits: 24 },
  { prefix: [192, 0, 2], bits: 24 },
  { prefix: [192, 31, 196], bits: 24 },
  { prefix: [192, 52, 193], bits: 24 },
  { prefix: [192, 88, 99], bits: 24 },
  { prefix: [192, 168], bits: 16 },
  { prefix: [192, 175, 48], bits: 24 },
  { prefix: [198, 18], bits: 15 },
  { prefix: [198, 51, 100], bits: 24 },
  { prefix: [203, 0, 113], bits: 24 },
  { prefix: [224], bits: 4 },
  { prefix: [240], bits: 4 },
];

/** Ranges within 2000::/3 only: everything else is refused as a whole. */
const SPECIAL_IPV6: readonly Range[] = [
  // 2001::/23 holds Teredo (2001::/32), benchmarks and ORCHID.
  { prefix: [0x20, 0x01, 0x00], bits: 23 },
  { prefix: [0x20, 0x01, 0x0d, 0xb8], bits: 32 },
  { prefix: [0x20, 0x02], bits: 16 },
  { prefix: [0x26, 0x20, 0x00, 0x4f, 0x80, 0x00], bits: 48 },
  { prefix: [0x3f, 0xff, 0x00], bits: 20 },
];

function startsWithBits(address: readonly number[], { prefix, bits }: Range): boolean {
  const whole = Math.floor(bits / 8);
  for (let at = 0; at < whole; at++) {
    if (address[at] !== (prefix[at] ?? 0)) return false;
  }
  const rest = bits % 8;
  if (rest === 0) return true;
  const step = 2 ** (8 - rest);
  return Math.floor((address[whole] ?? 0) / step) === Math.floor((prefix[whole] ?? 0) / step);
}

/** The address as 4 or 16 bytes. Only canonical IPv4 (four decimal parts without leading zeros) is read as IPv4. */
function parseAddress(text: string): number[] | undefined {
  const bare = text.startsWith('[') && text.endsWith(']') ? text.slice(1, -1) : text;
  return bare.includes(':') ? parseIpv6(bare) : parseIpv4(bare);
}

function parseIpv4(text: string): number[] | undefined {
  const parts = text.split('.');
  if (parts.length !== 4 || !parts.every((part) => /^(0|[1-9][0-9]{0,2})$/.test(part))) return undefined;
  const bytes = parts.map(Number);
  return bytes.every((byte) => byte <= 255) ? bytes : undefined;
}

function parseIpv6(text: string): number[] | undefined {
  // A zone ("fe80::1%eth0") names an interface of this machine and is never part of a public address.
  const [head = '', tail, ...more] = (text.split('%')[0] ?? '').split('::');
  if (more.length > 0) return undefined;
  const before = groupBytes(head);
  const after = tail === undefined ? [] : groupBytes(tail);
  if (before === undefined || after === undefined) return undefined;
  const missing = 16 - before.length - after.length;
  if (tail === undefined ? missing !== 0 : missing < 2) return undefined;
  return [...before, ...Array.from({ length: missing }, () => 0), ...after];
}

function groupBytes(text: string): number[] | undefined {
  if (text === '') return [];
  const bytes: number[] = [];
  const groups = text.split(':');
  for (const [at, group] of groups.entries()) {
    if (group.includes('.') && at === groups.length - 1) {
      const ipv4 = parseIpv4(group);
      if (ipv4 === undefined) return undefined;
      bytes.push(...ipv4);
    } else if (/^[0-9a-fA-F]{1,4}$/.test(group)) {
      const value = Number.parseInt(group, 16);
      bytes.push(Math.floor(value / 256), value % 256);
    } else {
      return undefined;
    }
  }
  return bytes;
}

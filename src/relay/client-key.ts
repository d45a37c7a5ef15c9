/**
 * Whom the limits count for. An IPv6 customer gets a /64 at the least (RFC 6177), and could come from another address of
 * it with every request: the /64 is one client.
 */

/** @param address as the platform tells it: "203.0.113.9", "::ffff:203.0.113.9", "2001:db8::1", "fe80::1%eth0" */
export function clientKey(address: string): string {
  const bare = address.split('%')[0] ?? '';
  if (!bare.includes(':') || !URL.canParse(`http://[${bare}]/`)) return address;
  // The parser of addresses writes every IPv6 address in one way, without IPv4 notation.
  const groups = eightGroups(new URL(`http://[${bare}]/`).hostname.slice(1, -1));
  const mapped = groups.slice(0, 6).join(':') === '0:0:0:0:0:ffff';
  if (mapped) return groups.slice(6).flatMap(twoBytes).join('.');
  return `${groups.slice(0, 4).join(':')}::/64`;
}

function eightGroups(canonical: string): string[] {
  const [head = '', tail] = canonical.split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  return [...before, ...Array.from({ length: 8 - before.length - after.length }, () => '0'), ...after];
}

function twoBytes(group: string): number[] {
  const value = Number.parseInt(group, 16);
  return [Math.floor(value / 256), value % 256];
}

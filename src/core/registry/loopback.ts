/** Which names lead to this very machine. Apart from addresses.ts: every first visit asks this, and nothing else of it. */

/** `localhost`, `*.localhost`, 127.0.0.0/8 and ::1, with or without brackets: reached without leaving the machine. */
export function isLoopbackHost(hostname: string): boolean {
  const name = hostname.toLowerCase().replace(/\.$/, '');
  if (name === 'localhost' || name.endsWith('.localhost')) return true;
  // Parsers of addresses bring IPv6 to one form; of IPv4 they also take "127.1", which is no way to spell it.
  const address = name.includes(':') ? `http://${name.startsWith('[') ? name : `[${name}]`}/` : `http://${name}/`;
  if (!URL.canParse(address)) return false;
  const { hostname: canonical } = new URL(address);
  return canonical === '[::1]' || (canonical === name && /^127(?:\.[0-9]+){3}$/.test(name));
}

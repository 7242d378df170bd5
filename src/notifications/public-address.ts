import ipaddr from 'ipaddr.js';

/**
 * What no list of special ranges has: Azure's host, which answers metadata calls on an address that is public by its
 * number. The other clouds' metadata services are link-local, unique-local or carrier-grade.
 */
const HOST_SERVICES = new Set(['168.63.129.16']);

/** Global unicast; what lies outside is either special or not assigned. */
const GLOBAL_V6: readonly [ipaddr.IPv6, number] = [ipaddr.IPv6.parse('2000::'), 3];

/**
 * Whether an address, as a resolver gives it, is one of the public internet. Everything else is refused: private,
 * loopback, link-local and metadata, carrier-grade NAT, multicast, unassigned, and every form of IPv6 that carries an
 * IPv4 address inside (mapped, NAT64, 6to4, Teredo), since whatever translates it might lead inwards.
 */
export function isPublicAddress(address: string): boolean {
  if (ipaddr.IPv4.isValidFourPartDecimal(address))
    return ipaddr.IPv4.parse(address).range() === 'unicast' && !HOST_SERVICES.has(address);
  // A zone belongs to a link of this host; spellings other than a resolver's are nothing that came from one.
  if (address.includes('%') || !ipaddr.IPv6.isValid(address)) return false;
  const parsed = ipaddr.IPv6.parse(address);
  return parsed.range() === 'unicast' && parsed.match(GLOBAL_V6[0], GLOBAL_V6[1]);
}

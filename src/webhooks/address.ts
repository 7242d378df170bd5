import type { LookupAddress } from 'node:dns';
import { lookup } from 'node:dns/promises';
import { isIP, type LookupFunction } from 'node:net';
import ipaddr from 'ipaddr.js';
import { isAllowedHost } from '../domain/callback-url.ts';
import type { Destination } from '../domain/delivery.ts';

/** All addresses of a name, in the order in which they are to be tried. Rejects when there are none. */
export type Resolve = (hostname: string) => Promise<readonly LookupAddress[]>;

export const resolveName: Resolve = (hostname) => lookup(hostname, { all: true });

/** What a connection fails with that is not opened. */
export class AddressError extends Error {
  override readonly name = 'AddressError';
  readonly code: 'AddressRefused' | 'NameNotResolved';

  constructor(code: AddressError['code']) {
    super(code);
    this.code = code;
  }
}

/**
 * The lookup of one connection. The operator's addresses lead anywhere; a callback only to the public internet by https, unless its
 * host is allowed. The name is resolved once and the connection goes to the checked addresses; one refused address refuses all.
 * @throws AddressError for a refused scheme, or a refused literal address
 */
export function judgedLookup(
  url: URL,
  destination: Destination,
  { resolve, allowHosts }: { resolve: Resolve; allowHosts: readonly string[] },
): LookupFunction {
  const isTrusted = destination !== 'callback' || isAllowedHost(url, allowHosts);
  const isOpen = (address: string): boolean => isTrusted || isPublicAddress(address);
  // URL has put odd spellings of IPv4 (octal, hex, one number) into the plain one already. Node looks no address up.
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const isRefused = !isTrusted && url.protocol !== 'https:';
  if (isRefused || (isIP(host) !== 0 && !isOpen(host))) throw new AddressError('AddressRefused');

  return (hostname, options, callback) => {
    const judge = (addresses: readonly LookupAddress[]): void => {
      const [first] = addresses;
      if (first === undefined) callback(new AddressError('NameNotResolved'), '');
      else if (!addresses.every(({ address }) => isOpen(address)))
        callback(new AddressError('AddressRefused'), '');
      else if (options.all === true) callback(null, [...addresses]);
      else callback(null, first.address, first.family);
    };
    resolve(hostname).then(judge, () => judge([]));
  };
}

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

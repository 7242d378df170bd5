import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import { isAllowedHost } from '../domain/callback-url.ts';
import type { Destination } from '../domain/delivery.ts';

export interface ResolvedAddress {
  readonly address: string;
  readonly family: number;
}

/** All addresses of a name, in the order in which they are to be tried. Rejects when there are none. */
export type Resolve = (hostname: string) => Promise<readonly ResolvedAddress[]>;

export const resolveName: Resolve = (hostname) => lookup(hostname, { all: true });

/** Where a call goes: these addresses and no others, however the name may be answered a moment later. */
export type Route =
  | { readonly kind: 'open'; readonly addresses: readonly ResolvedAddress[] }
  | { readonly kind: 'refused' }
  | { readonly kind: 'unknown' };

/**
 * Resolves a name once and judges what came. The operator's own address may lead anywhere; a callback only to the
 * public internet by https, unless its host is allowed. One refused address among several refuses them all: a name
 * that answers with both is not a mistake.
 */
export async function routeTo(
  url: URL,
  destination: Destination,
  { resolve, allowHosts }: { resolve: Resolve; allowHosts: readonly string[] },
): Promise<Route> {
  const isTrusted = destination === 'webhook' || isAllowedHost(url, allowHosts);
  if (!isTrusted && url.protocol !== 'https:') return { kind: 'refused' };
  const addresses = await addressesOf(url, resolve);
  if (addresses.length === 0) return { kind: 'unknown' };
  if (isTrusted || addresses.every(({ address }) => isPublicAddress(address)))
    return { kind: 'open', addresses };
  return { kind: 'refused' };
}

/** URL has put odd spellings of IPv4 (octal, hex, one number) into the plain one already. */
async function addressesOf(url: URL, resolve: Resolve): Promise<readonly ResolvedAddress[]> {
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const family = isIP(host);
  if (family !== 0) return [{ address: host, family }];
  return resolve(host).catch(() => []);
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

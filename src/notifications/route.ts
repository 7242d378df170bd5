import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { isAllowedHost } from '../domain/callback-url.ts';
import type { Destination } from '../domain/delivery.ts';
import { isPublicAddress } from './public-address.ts';

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

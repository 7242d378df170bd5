import { BlockList, isIP } from 'node:net';
import type { FastifyRequest } from 'fastify';
import ipaddr from 'ipaddr.js';

/** Whose `X-Forwarded-For` is believed: no one's, every peer's, or these addresses and CIDR blocks. */
export type ProxyTrust = boolean | readonly string[];

declare module 'fastify' {
  interface FastifyRequest {
    /** The caller's address in one spelling, for logs; see {@link clientAddress}. */
    readonly clientAddress: string;
  }
}

/** The socket is gone, or has no address. */
const UNKNOWN = 'unknown';

/**
 * Fastify's option for it. The header's left end is the caller's own writing; a proxy appends on the right. So
 * `true` trusts the one hop that connects and takes the last address, where Fastify's own `true` takes the first.
 * Blocks are compared with addresses as they are read here: Fastify would not know a proxy that is named with its port.
 */
export function trustProxyOption(trust: ProxyTrust): false | ((entry: string, hop: number) => boolean) {
  if (trust === true) return (_entry, hop) => hop === 0;
  if (trust === false) return false;
  const proxies = new BlockList();
  for (const block of trust) {
    const [address = '', prefix] = block.split('/');
    const family = isIP(address) === 4 ? 'ipv4' : 'ipv6';
    proxies.addSubnet(withoutZone(address), Number(prefix ?? (family === 'ipv4' ? 32 : 128)), family);
  }
  return (entry) => {
    const address = readAddress(entry);
    return address !== undefined && proxies.check(address.toString(), address.kind());
  };
}

/**
 * The address of the caller. Where an entry of `X-Forwarded-For` holds no address, the proxy that wrote it counts, in
 * the end the one that is connected: no limit would hold callers who can choose the name that they are counted under.
 */
export function clientAddress({ ip, ips = [ip] }: Pick<FastifyRequest, 'ip' | 'ips'>): string {
  const known = ips.map(readAddress).filter((address) => address !== undefined);
  return known.at(-1)?.toString() ?? UNKNOWN;
}

/**
 * The key under which an address is counted. A customer of IPv6 has at least 2^64 addresses of his own, so
 * those count by their first 64 bits; an IPv4 address that came in IPv6 form counts as itself.
 * @param address as {@link clientAddress} gives it
 */
export function addressKey(address: string): string {
  if (isIP(address) !== 6) return address;
  return `${ipaddr.IPv6.networkAddressFromCIDR(`${address}/64`).toString()}/64`;
}

/**
 * Reads one entry. Proxies add a port, brackets or a zone; an IPv4 address may come in IPv6 form. All of them are
 * dropped, so that each address has one spelling. Undefined: there is no address in it.
 */
function readAddress(entry: string | undefined): ipaddr.IPv4 | ipaddr.IPv6 | undefined {
  const bare = withoutZone(withoutPort(entry ?? ''));
  return isIP(bare) === 0 ? undefined : ipaddr.process(bare);
}

/** `192.0.2.7:443`, `[2001:db8::1]:443` and `[2001:db8::1]`; without brackets the end of an IPv6 address is no port. */
function withoutPort(entry: string): string {
  const [, v4, v6] = /^(?:([0-9.]+):[0-9]+|\[([^\]]*)\](?::[0-9]+)?)$/.exec(entry) ?? [];
  return v4 ?? v6 ?? entry;
}

const withoutZone = (address: string): string => address.replace(/%.*$/s, '');

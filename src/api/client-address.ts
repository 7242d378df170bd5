import { isIPv6 } from 'node:net';

/** Whose `X-Forwarded-For` is believed: nobody's, whoever connects, or these addresses and CIDR blocks. */
export type ProxyTrust = boolean | readonly string[];

/**
 * Fastify's option for it. The header's left end is the caller's own writing; a proxy appends on the right. So
 * `true` trusts the one hop that connects and takes the last address, where Fastify's own `true` takes the first.
 */
export function trustProxyOption(
  trust: ProxyTrust,
): false | string[] | ((address: string, hop: number) => boolean) {
  if (trust === true) return (_address, hop) => hop === 0;
  return trust === false ? false : [...trust];
}

/**
 * The key under which an address is counted. A customer of IPv6 has at least 2^64 addresses of his own, so
 * those count by their first 64 bits; an IPv4 address that came in IPv6 form counts as itself.
 */
export function addressKey(address: string): string {
  const mapped = /^::ffff:([0-9.]+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  if (!isIPv6(address)) return address;
  const [head = '', tail] = address.replace(/%.*/, '').split('::', 2);
  const front = head === '' ? [] : head.split(':');
  const back = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros =
    tail === undefined ? [] : Array<string>(Math.max(0, 8 - front.length - back.length)).fill('0');
  const groups = [...front, ...zeros, ...back].slice(0, 4);
  return `${groups.map((group) => Number.parseInt(group, 16).toString(16)).join(':')}::/64`;
}

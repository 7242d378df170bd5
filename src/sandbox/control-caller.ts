import type { IncomingHttpHeaders } from 'node:http';

/** Of a request as Node has it. */
interface RequestFacts {
  readonly headers: IncomingHttpHeaders;
  readonly socket: { readonly localAddress?: string | undefined };
}

/** The header that shows it, as it was sent. */
export interface ForeignPart {
  readonly field: 'host' | 'origin';
  readonly value: string;
}

/** Host names that lead to this machine and that no page elsewhere can be made to have. */
const LOOPBACK = /^(localhost|127(\.[0-9]{1,3}){3}|\[::1\])$/;

/**
 * What makes a control request one that a web page elsewhere may have sent, if anything. A browser sends text/plain
 * anywhere without asking first, so a page could reset or break a sandbox on its reader's machine: it names its origin
 * then. A page whose name was made to lead here (DNS rebinding) has our origin, but its own name as the host.
 * @param listensOn the host that the sandbox was told to listen on
 */
export function foreignPart({ headers, socket }: RequestFacts, listensOn: string): ForeignPart | undefined {
  const authority = (headers.host ?? '').toLowerCase();
  const host = authority.replace(/:[0-9]*$/, '');
  const own = [listensOn, socket.localAddress ?? ''].map(asHost);
  if (!LOOPBACK.test(host) && !own.includes(host)) return { field: 'host', value: headers.host ?? '' };
  const { origin } = headers;
  if (origin === undefined || origin.toLowerCase() === `http://${authority}`) return undefined;
  return { field: 'origin', value: origin };
}

/** As it stands in a URL; an IPv4 address that a socket shows in IPv6 form is what the caller wrote as IPv4. */
function asHost(address: string): string {
  const bare = address.toLowerCase().replace(/^::ffff:(?=[0-9.]+$)/, '');
  return bare.includes(':') ? `[${bare}]` : bare;
}

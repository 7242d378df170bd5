/** HTTP_PROXY, HTTPS_PROXY and NO_PROXY, as programs have long read them; there is no standard. */
export interface OutboundProxies {
  readonly http: string | undefined;
  readonly https: string | undefined;
  /** The entries of NO_PROXY. */
  readonly none: readonly string[];
}

/** The proxy that a call goes through; undefined: it goes straight to its target. */
export function proxyFor(
  target: Pick<URL, 'protocol' | 'hostname' | 'port'>,
  proxies: OutboundProxies,
): string | undefined {
  const proxy = target.protocol === 'https:' ? proxies.https : proxies.http;
  return proxy === undefined || proxies.none.some((entry) => names(entry, target)) ? undefined : proxy;
}

/**
 * Whether an entry of NO_PROXY names a target: `*`, a host with its subdomains (also as `.host` or `*.host`), an address, each
 * with or without a port. Blocks of addresses (CIDR) are not read.
 */
function names(
  entry: string,
  { protocol, hostname, port }: Pick<URL, 'protocol' | 'hostname' | 'port'>,
): boolean {
  if (entry === '*') return true;
  const [, host = '', only = ''] = /^(.*?)(?::([0-9]+))?$/.exec(entry.replace(/^\[(.*)\]/, '$1 ')) ?? [];
  if (only !== '' && only !== (port || DEFAULT_PORTS[protocol])) return false;
  const wanted = host
    .trim()
    .toLowerCase()
    .replace(/^\*?\./, '');
  const name = hostname.toLowerCase().replace(/^\[(.*)\]$/, '$1');
  return wanted !== '' && (name === wanted || name.endsWith(`.${wanted}`));
}

const DEFAULT_PORTS: Readonly<Record<string, string>> = { 'http:': '80', 'https:': '443' };

/** The entries of NO_PROXY: separated by commas or blanks. */
export const noProxyEntries = (text: string): readonly string[] =>
  text.split(/[\s,]+/).filter((entry) => entry !== '');

/** Where a proxy is, without the name and password that it may be asked with. */
export const proxyOrigin = (proxy: string): string => {
  const { protocol, host } = new URL(proxy);
  return `${protocol}//${host}`;
};

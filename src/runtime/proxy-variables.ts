import { text, url } from './config-parsers.ts';
import type { Variable } from './variable.ts';

/** What leads out of the network; part of `VARIABLES`. */
export const PROXY_VARIABLES = {
  HTTPS_PROXY: {
    meaning:
      'Proxy for AWS calls and webhooks to https addresses, such as `http://user:password@proxy:3128`; also as `https_proxy`',
    parse: url('http', 'https'),
    defaultNote: 'none',
    secret: true,
  },
  HTTP_PROXY: {
    meaning: 'The same for http addresses; also as `http_proxy`',
    parse: url('http', 'https'),
    defaultNote: 'none',
    secret: true,
  },
  NO_PROXY: {
    meaning:
      'Hosts called without a proxy, separated by commas: `host` (and its subdomains), `.suffix`, `host:port`, or `*`; no address blocks; also as `no_proxy`',
    parse: text,
    defaultNote: 'none',
  },
} as const satisfies Readonly<Record<string, Variable<unknown>>>;

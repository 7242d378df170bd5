import { invalid, valid, type Checked } from './field-issue.ts';
import { BLANKS, quoted, shownUrl, withoutSecrets } from './shown.ts';
import { isGiven, notText, textIssues } from './text.ts';

export const URL_MAX_LENGTH = 2_048;

const OCTET = '(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])';
const HOST = `((${OCTET}[.]){3}${OCTET}|([A-Za-z0-9_-]+[.])*[A-Za-z][A-Za-z0-9_-]*)`;
const PORT = '(:(6553[0-5]|655[0-2][0-9]|65[0-4][0-9]{2}|6[0-4][0-9]{3}|[1-5][0-9]{4}|[0-9]{1,4}))?';
const ADDRESS = `://${HOST}${PORT}([/?][^#\\\\${BLANKS}]*)?$`;
/**
 * No user name, no fragment, nothing that two readers of addresses might read in two ways. A plain grammar, which
 * JavaScript and PostgreSQL read alike, for the SQL function `onboarding.accept`: no IPv6, and host names in ASCII.
 */
export const HTTPS_URL = `^[Hh][Tt][Tt][Pp][Ss]${ADDRESS}`;
const FORM = new RegExp(`^[Hh][Tt][Tt][Pp][Ss]?${ADDRESS}`);

/**
 * Reads where an onboarding's end is to be told. Only https, but for the hosts that the operator has allowed.
 * Addresses are judged where the call is made, after the name is resolved; here only the form counts.
 */
export function parseCallbackUrl(value: unknown, allowHosts: readonly string[] = []): Checked<string | null> {
  const field = 'callbackUrl';
  if (!isGiven(value)) return valid(null);
  if (typeof value !== 'string') return invalid(notText(field, value));
  const issues = textIssues(value, field, {
    maxLength: URL_MAX_LENGTH,
    subject: () => quoted(withoutSecrets(value)),
  });
  if (issues.length > 0) return invalid(...issues);
  if (FORM.test(value) && URL.canParse(value)) {
    const url = new URL(value);
    if (url.protocol === 'https:' || isAllowedHost(url, allowHosts)) return valid(value);
  }
  return invalid({
    field,
    code: 'invalid_url',
    message: `Send an absolute https:// address with a host name in ASCII or an IPv4 address, without user name or fragment, not ${shownUrl(value)}.`,
  });
}

/** Whether an entry of CALLBACK_ALLOW_HOSTS names the address: `host` with any port, `host:port` with that one. */
export function isAllowedHost(url: URL, allowHosts: readonly string[]): boolean {
  const port = url.port === '' ? (url.protocol === 'https:' ? '443' : '80') : url.port;
  const host = url.hostname.toLowerCase();
  return allowHosts.some((entry) => entry === host || entry === `${host}:${port}`);
}

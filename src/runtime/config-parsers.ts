import { isIP } from 'node:net';
import { shownUrl } from '../domain/shown.ts';

/** Small readers of environment texts: each answers a value or the sentence that names the fix. */

export type Parsed<T> =
  | { readonly ok: true; readonly value: T }
  /** `of`: the entry of a list that is meant; absent = the whole text. */
  | { readonly ok: false; readonly problem: string; readonly of?: string };

export type Parser<T> = (text: string) => Parsed<T>;

export const value = <T>(parsed: T): Parsed<T> => ({ ok: true, value: parsed });
export const problem = (sentence: string): Parsed<never> => ({ ok: false, problem: sentence });

/** As tokens and keys are: long, with letters and digits, and without the dots and colons of names and addresses. */
const LIKE_A_SECRET = /(?=[\w+=-]*[0-9])(?=[\w+=-]*[A-Za-z])[\w+=-]{20}/;

/** The value, unless it may be a secret that was set to the wrong variable. */
export const itIs = (text: string): string =>
  LIKE_A_SECRET.test(text) ? 'it looks like a secret and is not shown' : `it is ${shownUrl(text)}`;

/** The sentence about a wrong value, with the value unless it is secret. */
export function refusal(
  name: string,
  text: string,
  {
    parsed,
    isSecret,
  }: { readonly parsed: Parsed<unknown> & { readonly ok: false }; readonly isSecret: boolean },
): string {
  const sentence = `${name} ${parsed.problem}`;
  return isSecret ? sentence : `${sentence}; ${itIs(parsed.of ?? text)}`;
}

export const text: Parser<string> = (input) => value(input);

/** A whole number in [min, max]; nothing is rounded, no unit is guessed. */
export function wholeNumber(min: number, max: number): Parser<number> {
  return (input) => {
    const parsed = Number(input);
    if (!/^[0-9]+$/.test(input) || parsed < min || parsed > max) {
      return problem(`must be a whole number from ${min} to ${max}`);
    }
    return value(parsed);
  };
}

/** A number in (0, max], fractions allowed. */
export function positiveNumber(max: number): Parser<number> {
  return (input) => {
    const parsed = Number(input);
    if (!/^[0-9]+(\.[0-9]+)?$/.test(input) || parsed <= 0 || parsed > max) {
      return problem(`must be a number greater than 0 and at most ${max}`);
    }
    return value(parsed);
  };
}

const UNITS_MS = { m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** A time such as `90m`, `72h` or `3d`, in milliseconds. */
export const duration: Parser<number> = (input) => {
  const [, digits = '', unit = ''] = /^([1-9][0-9]{0,4})([mhd])$/.exec(input) ?? [];
  const unitMs = Object.entries(UNITS_MS).find(([name]) => name === unit)?.[1];
  return unitMs === undefined
    ? problem('must be whole minutes, hours or days, such as 90m, 72h or 3d')
    : value(Number(digits) * unitMs);
};

export function oneOf<const T extends string>(...choices: readonly T[]): Parser<T> {
  return (input) => {
    const choice = choices.find((candidate) => candidate === input);
    return choice === undefined ? problem(`must be one of ${choices.join(', ')}`) : value(choice);
  };
}

const flag: Parser<boolean> = (input) => {
  if (input === 'true' || input === '1') return value(true);
  if (input === 'false' || input === '0') return value(false);
  return problem('must be true or false');
};

/** A URL with one of the schemes; the problem never repeats the input, which may hold a password. */
export function url(...schemes: readonly string[]): Parser<string> {
  const forms = schemes.map((scheme) => `${scheme}://`).join(' or ');
  return (input) => {
    if (!URL.canParse(input) || !schemes.includes(new URL(input).protocol.slice(0, -1))) {
      return problem(`must be an address that starts with ${forms}`);
    }
    return value(input);
  };
}

/** A URL that is shown in logs and documents, and so must not contain a user name or password. */
export function plainUrl(...schemes: readonly string[]): Parser<string> {
  const read = url(...schemes);
  return (input) => {
    const parsed = read(input);
    if (!parsed.ok) return parsed;
    const { username, password } = new URL(parsed.value);
    return username + password === '' ? parsed : problem('must not contain a user name or password');
  };
}

/** The address of the service itself, without a slash at its end; a path of it goes into links and cookies. */
export const ownUrl: Parser<string> = (input) => {
  const parsed = plainUrl('http', 'https')(input);
  if (!parsed.ok) return parsed;
  const { origin, pathname, search, hash } = new URL(parsed.value);
  if (search + hash !== '') return problem('must not contain a query or fragment');
  if (!/^\/(?!\/)[\w.~/-]*$/.test(pathname))
    return problem(
      'must have a path of letters, digits and - . _ ~ only, such as https://example.com/onboard',
    );
  return value(origin + pathname.replace(/\/+$/, ''));
};

const FORMS = {
  postgres: 'postgres://user:password@host:5432/database, or postgres:///database?host=/folder/of/the/socket',
  redis: 'redis://user:password@host:6379/0',
} as const;

/** The address of one server, with credentials; the problem never repeats the input. */
export function serverUrl(server: keyof typeof FORMS, ...schemes: readonly string[]): Parser<string> {
  return (input) => {
    const [, scheme = '', rest = ''] = /^([a-z]+):\/\/(.*)$/s.exec(input) ?? [];
    if (!schemes.includes(scheme)) {
      return problem(`must be an address that starts with ${schemes.map((it) => `${it}://`).join(' or ')}`);
    }
    const cleartext = unencoded(rest);
    if (cleartext !== undefined) {
      const code = `%${cleartext.charCodeAt(0).toString(16).toUpperCase()}`;
      return problem(`contains "${cleartext}" unencoded: in a user name or password, write it as ${code}`);
    }
    const hosts = rest.slice(rest.lastIndexOf('@', rest.search(/[/?]|$/)) + 1).split(/[/?]/)[0] ?? '';
    if (hosts.includes(',')) return problem('names several hosts: name one that always leads to the primary');
    // Credentials without a host belong to a socket; URL refuses what drivers read.
    if (!URL.canParse(input) && !(server === 'postgres' && URL.canParse(input.replace('@/', '@socket/')))) {
      return problem(
        `must have the form ${FORMS[server]}; percent-encode special characters in the password`,
      );
    }
    if (server === 'redis' && !/^\/?\d*$/.test(new URL(input).pathname)) {
      return problem('must end with the number of a database, such as /0');
    }
    return value(input);
  };
}

/** The first character that ends the user name or password too early; an `@` in the query is no sign of one. */
function unencoded(rest: string): string | undefined {
  const at = rest.lastIndexOf('@');
  const end = rest.search(/[/?#]/);
  const isInQuery = end >= 0 && /^(\/[^/@?#]*)?\?[^#@]*=/.test(rest.slice(end, at + 1));
  if (end >= 0 && end < at && !isInQuery) return rest[end];
  if (rest.includes('#')) return '#';
  const credentials = rest.slice(0, rest.lastIndexOf('@', end < 0 ? rest.length : end) + 1);
  return isEncoded(credentials) ? undefined : '%';
}

function isEncoded(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}

/** Whose `X-Forwarded-For` is believed: true, false, or the addresses and CIDR blocks of proxies. */
export const proxyTrust: Parser<boolean | readonly string[]> = (input) => {
  const yesOrNo = flag(input);
  return yesOrNo.ok ? yesOrNo : listOf(addressBlock)(input);
};

const addressBlock: Parser<string> = (input) => {
  const [address = '', prefix, ...rest] = input.split('/');
  const version = isIP(address);
  const fits =
    prefix === undefined || (/^[0-9]{1,3}$/.test(prefix) && Number(prefix) <= (version === 4 ? 32 : 128));
  return version > 0 && fits && rest.length === 0
    ? value(input)
    : problem('is neither true nor false nor an address such as 10.0.0.5 or 10.0.0.0/8');
};

/** A comma list; empty entries are refused, repeats too. */
export function listOf<T>(read: Parser<T>): Parser<readonly T[]> {
  return (input) => {
    const entries = input.split(',').map((entry) => entry.trim());
    const results = entries.map(read);
    const bad = results.findIndex((result) => !result.ok);
    const failed = results[bad];
    if (failed !== undefined && !failed.ok) {
      return { ...problem(`entry ${bad + 1} ${failed.problem}`), of: entries[bad] ?? '' };
    }
    const twice = entries.find((entry, at) => entries.indexOf(entry) !== at);
    if (twice !== undefined) return { ...problem('names an entry twice'), of: twice };
    return value(results.flatMap((result) => (result.ok ? [result.value] : [])));
  };
}

/** A text that a type guard accepts. */
export function matching<T extends string>(accepts: (input: string) => input is T, must: string): Parser<T> {
  return (input) => (accepts(input) ? value(input) : problem(must));
}

const SECRET = /^whsec_([A-Za-z0-9+/]+={0,2})$/;

/** A signing secret as Standard Webhooks writes one. The problem never repeats the input. */
export const webhookSecret: Parser<string> = (input) => {
  const [, encoded = ''] = SECRET.exec(input) ?? [];
  const bytes = Buffer.from(encoded, 'base64');
  // Written again, because Node's decoder takes what is cut short or oddly ended.
  const isWhole = bytes.toString('base64') === encoded;
  return isWhole && bytes.length >= 24 && bytes.length <= 64
    ? value(input)
    : problem(
        'must be whsec_ and the base64 of 24 to 64 bytes; generate one with: echo whsec_$(openssl rand -base64 32)',
      );
};

/** A host as a URL spells it, with or without a port. Answered in lower case. */
export const hostEntry: Parser<string> = (input) => {
  const text = input.toLowerCase();
  if (!/[/?#@\\]/.test(text) && URL.canParse(`http://${text}`)) {
    const { host, hostname } = new URL(`http://${text}`);
    // URL drops the port 80, which http has anyway.
    if (text === host || text === `${hostname}:80`) return value(text);
  }
  return problem('is not a host such as hooks.internal or hooks.internal:8080');
};

/** What protects pages: who may open which, the token of forms, the headers, and where people may be sent on to. */
import type { FastifyRequest } from 'fastify';
import { textIn } from './query.ts';

/** What a page requires of its viewer; pages stand in no OpenAPI document. */
const page = <Access extends string>(access: Access) =>
  ({ config: { access, page: true }, schema: { hide: true } }) as const;

export const OPEN = page('open');
export const VIEWED = page('view');
export const OPERATED = page('operate');

export const CSRF_FIELD = 'csrf';

/** Where a file is sent without a form around it; no page elsewhere can set it. */
const CSRF_HEADER = 'x-csrf-token';

/** Whether a form or a file was sent from a page that we gave to this login. */
export function carriesCsrf({ login, headers, body }: FastifyRequest): boolean {
  return login === null || [headers[CSRF_HEADER], textIn(body, CSRF_FIELD)].includes(login.csrf);
}

/** Scripts, styles and calls of our own and nothing else: no inline code, so that a text that got into a page stays a text. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
].join('; ');

/** What every page says to a browser, over the headers that every answer has. */
export const PAGE_HEADERS = {
  'content-security-policy': POLICY,
  // Forms must say where they come from; nothing is told to others.
  'referrer-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
} as const;

/**
 * A path of our own to continue to, or the overview: `//elsewhere`, `/\elsewhere` and
 * `https://elsewhere` lead away, and a control character makes browsers see another address than we do.
 */
export function localPath(asked: string): string {
  const isLocal = /^\/(?![/\\])[\x21-\x7e]*$/.test(asked) && !/[\\]/.test(asked);
  return isLocal && !/^\/(login|logout)\b/.test(asked) ? asked : '/';
}

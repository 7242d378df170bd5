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

/**
 * What every answer says to a browser: believe the content type, keep no copy, run nothing, show it in no frame,
 * tell nobody where you came from. A page of its own gives itself a wider policy.
 */
export const SAFE_HEADERS = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
} as const;
